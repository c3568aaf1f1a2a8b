"""Of cgroups at their limits."""

from typing import Any

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.cgroup import CGROUP_HIGH, CGROUP_MAX, CGROUP_NEAR_MAX
from memtui.proc.cgroup import NO_LIMIT

from .conftest import MIB, Case, Moment, Scene

SCENE = Scene()
GONE: Moment = {"groups": []}


def group(**fields: Any) -> Moment:
    """A cgroup in one without limits, and a process in it."""
    usual = {
        "usage": 99 * MIB, "max": 100 * MIB, "high": NO_LIMIT, "anon": 10 * MIB, "shmem": 0, "kernel": MIB,
        "file": 80 * MIB, "swap": 0, "swap_max": 0, "max_rate": 0.0, "high_rate": 0.0, "some": 0.0, "full": 0.0,
        "refault_rate": 0.0, "refault_anon_rate": 0.0, "majflt_rate": 0.0,
    }  # fmt: skip
    row = SCENE.group("/a/b", **{**usual, **fields})
    above = SCENE.group("/a", usage=row.usage, max=NO_LIMIT, high=NO_LIMIT, max_rate=row.max_rate, some=row.some)
    return {"groups": [above, row], "processes": [SCENE.process(5, "hog", cgroup="/a/b")]}


def high(some: float, high_rate: float, usage: int = 99, **fields: Any) -> Moment:
    return group(high=100 * MIB, max=NO_LIMIT, some=some, high_rate=high_rate, usage=usage * MIB, **fields)


def full(some: float | None, refaults: float | None, anon: int = 10, max_rate: float = 5.0, **fields: Any) -> Moment:
    return group(some=some, refault_rate=refaults, anon=anon * MIB, max_rate=max_rate, **fields)


def v1(refaults: float | None, anon: int = 10, refault_rate: float = 0.0, **fields: Any) -> Moment:
    """Where nobody counts who waits."""
    return full(None, refault_rate, anon, refault_anon_rate=refaults, **fields)


def near(held: float, **fields: Any) -> Moment:
    return group(anon=int((held - 1) * MIB), **fields)


CASES = (
    Case(CGROUP_HIGH, high(10.0, 1.0), high(9.9, 1.0), high(5.0, 0.2), GONE),
    Case(CGROUP_HIGH, high(60.0, 1.0), high(60.0, 0.9), high(5.0, 0.2), GONE, Severity.CRITICAL),
    Case(CGROUP_HIGH, high(10.0, 1.0), high(10.0, 1.0, usage=94), None, GONE),
    Case(CGROUP_MAX, full(10.0, 100.0), full(9.9, 100.0), full(5.0, 50.0, max_rate=0.2), GONE),
    Case(CGROUP_MAX, full(10.0, 100.0), full(10.0, 99.0), full(5.0, 50.0), GONE),
    Case(CGROUP_MAX, full(60.0, 100.0), full(60.0, 100.0, max_rate=0.9), None, GONE, Severity.CRITICAL),
    Case(CGROUP_MAX, full(10.0, 0.0, anon=79), full(10.0, 0.0, anon=78), full(5.0, 0.0, anon=69), GONE),
    Case(CGROUP_MAX, v1(100.0), v1(99.0, refault_rate=1e6, anon=95), v1(50.0), GONE),
    Case(CGROUP_MAX, v1(None, 79, majflt_rate=100.0), v1(None, 79, majflt_rate=99.0), None, GONE),
    Case(CGROUP_MAX, v1(None, 79, majflt_rate=100.0), v1(None, 78, majflt_rate=900.0), None, GONE),
    Case(CGROUP_NEAR_MAX, near(90.0), near(89.9), near(80.0), GONE, Severity.NOTE),
    Case(CGROUP_NEAR_MAX, near(90.0), near(90.0, swap_max=NO_LIMIT), None, GONE, Severity.NOTE),
    Case(CGROUP_NEAR_MAX, near(98.0), near(89.9), near(80.0), GONE, Severity.WARNING),
)
