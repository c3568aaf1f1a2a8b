"""What only rules need is read seldom, one kind at a sample, and often while something is suspicious."""

from collections import Counter
from typing import Any

import pytest

from memtui.model.sample import System
from memtui.proc.dentries import Dentries
from memtui.proc.meminfo import Meminfo
from memtui.proc.pressure import Pressure, Stall
from memtui.proc.unavailable import ABSENT
from memtui.proc.vmstat import Vmstat
from memtui.sampling.attention import MOVED, REFAULTS, RHYTHM, Attention
from memtui.sampling.request import Need


def system(
    some: float = 0.0, kills: int = 0, shmem: int = 0, dentries: int = 0, refaults: int = 0, fails: int = 0
) -> System:
    parts: dict[str, Any] = dict.fromkeys(("zoneinfo", "swaps", "loadavg", "uptime", "cpu"), ABSENT)
    pressure = {"memory": Pressure(Stall(some, 0, 0, 0), Stall(0, 0, 0, 0))}
    names = Dentries(dentries, 0, 0)
    lines = Meminfo({"Shmem": shmem, "Slab": 64 << 20})
    return System(
        lines,
        Vmstat({"oom_kill": kills, "workingset_refault_anon": refaults, "compact_fail": fails}),
        pressure=pressure,
        sysctl={},
        dentries=names,
        **parts,
    )


def read(seconds: int, attention: Attention | None = None, wanted: Need = Need.NOTHING, **state: Any) -> list[Need]:
    attention = attention or Attention()
    return [attention.due(float(second), system(**state), wanted) for second in range(seconds)]


def test_every_kind_has_its_rhythm_and_never_two_are_read_at_once() -> None:
    due = read(100)
    counts = Counter(due)
    assert set(counts) <= {Need.NOTHING, *RHYTHM}
    for need, every in RHYTHM.items():
        assert counts[need] == pytest.approx(100 / every, abs=2)


def test_what_is_wanted_anyway_is_not_read_a_second_time() -> None:
    assert Need.CGROUPS not in read(30, wanted=Need.CGROUPS | Need.STATUS)


def test_pressure_and_kills_make_cgroups_and_nodes_due_sooner() -> None:
    assert Counter(read(60, some=3.0))[Need.CGROUPS] >= 18
    attention = Attention()
    read(20, attention)
    quiet = attention.due(20.0, system(), Need.CGROUPS)  # cgroups were just read
    assert Need.CGROUPS not in quiet
    killed = [attention.due(22.0 + step, system(kills=1), Need.NOTHING) for step in range(2)]
    assert Need.CGROUPS in killed


def test_pages_that_come_back_make_cgroups_due_sooner() -> None:
    for rate, at_least, at_most in ((REFAULTS, 18, 30), (REFAULTS - 1, 0, 13)):
        attention = Attention()
        due = [attention.due(float(at), system(refaults=int(at * rate)), Need.NOTHING) for at in range(60)]
        assert at_least <= due.count(Need.CGROUPS) <= at_most


def test_compactions_that_fail_make_nodes_due_sooner() -> None:
    for step, at_least, at_most in ((1, 18, 30), (0, 0, 13)):
        attention = Attention()
        due = [attention.due(float(at), system(fails=at * step), Need.NOTHING) for at in range(60)]
        assert at_least <= due.count(Need.NODES) <= at_most


@pytest.mark.parametrize(("need", "change"), [(Need.MEMORY, {"shmem": MOVED}), (Need.SLABS, {"dentries": 10_000})])
def test_shared_memory_and_names_that_come_make_their_kind_due_and_then_no_more(need: Need, change: Any) -> None:
    attention = Attention()
    assert need in [attention.due(float(second), system(), Need.NOTHING) for second in range(10)]
    attention.due(10.0, system(), need)
    due = [attention.due(11.0 + step, system(**change), Need.NOTHING) for step in range(4)]
    assert due.count(need) == 1
