"""Memory is short: what is available, and how long programs wait for it."""

from collections.abc import Iterable
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules import flow
from memtui.model.findings.rules.common import drilldown, held_by, largest, own_size, sized
from memtui.model.findings.words import Words, percent, size

_MICROSECONDS: Final = 1e4  # of a second: a percent of it
_FILE: Final = "/proc/pressure/memory: avg10, or of the last 3 s if that is less"


def _available(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    """Held against RAM without reserved huge pages, which ordinary programs can't have (mm/hugetlb.c)."""
    available, total = facts.now.memory.available, facts.now.memory.total - (facts.line("Hugetlb") or 0)
    if available is None or total <= 0:
        return
    share = 100 * available / total
    severity = limits.below("available", share)
    if severity is None:
        return
    holders = largest(facts.processes(), own_size)
    title: Words = "Only ", size(available), " of memory available (", percent(share), ")"
    if holders:
        title = *title, "; most is held by ", *sized(holders[0], own_size)
    yield Symptom(
        severity,
        title,
        (
            limits.evidence("available", "MemAvailable / (MemTotal - Hugetlb)", share),
            *held_by(holders, "pss", own_size, Unit.BYTES),
        ),
        steps=tuple(drilldown(row) for row in holders[:1]),
    )


AVAILABLE_LOW: Final = Rule(
    "available_low",
    "Available memory low",
    "When nothing more is available, programs reclaim and swap for themselves, and then the OOM killer chooses one. "
    "Page cache and reclaimable slab count as available: this is not a machine that merely uses its RAM as cache.",
    _available,
    marks=(
        Mark(
            "available", 10.0, "percent of RAM that new programs could have", Unit.PERCENT, critical=5.0, stays=15.0,
            source="netdata health.d/ram.conf (10, clears at 15); earlyoom (kills at 10 and 5, swap as low)",
        ),
    ),
    steps=(
        Step(("who holds the memory",), "memtui top -n 10", Place("processes", sort="pss")),
        Step(("what RAM is used for",), "memtui free", Place("memory")),
    ),
)  # fmt: skip


def _stalled(facts: Facts, kind: str) -> float | None:
    """Percent of the time that is lost: avg10, or what it was in the last 3 s if that is less.

    avg10 takes half a minute to forget, so that it alone would tell of what is over.
    """
    stall, lately = facts.stall(kind), facts.rate(kind, flow.LATELY)
    if stall is None:
        return None
    return stall.avg10 if lately is None else min(stall.avg10, lately / _MICROSECONDS)


def _pressure(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    some, full = _stalled(facts, "some"), _stalled(facts, "full")
    severity = limits.above("some", some)
    title: Words = "Programs wait for memory ", percent(some), " of the time"
    if full is not None and full >= limits("full"):
        severity = Severity.CRITICAL
        title = *title, ", all at once ", percent(full)
    if severity is None:
        return
    streams = flow.streams(facts)
    if streams:
        title = *title, ", while files stream through the page cache"
    yield Symptom(
        Severity.NOTE if streams else severity,
        title,
        (
            limits.evidence("some", "some", some, _FILE),
            *([limits.evidence("full", "full", full, _FILE)] if full is not None else ()),
        ),
    )


PRESSURE: Final = Rule(
    "memory_pressure",
    "Memory pressure",
    "Pressure stall information counts the time in which at least one task (some), or all that could run (full), "
    "waited for reclaim, for swap, or for a page that had been evicted. It is work lost to the lack of memory, "
    "unless only the programs wait that read or copy much: a page of theirs has to be evicted for each new one.",
    _pressure,
    marks=(
        Mark("some", 10.0, "percent of 10 s in which a task waited", Unit.PERCENT, stays=5.0, source="syswatch"),
        Mark("full", 5.0, "percent of 10 s in which all tasks waited", Unit.PERCENT, stays=2.5, source="syswatch"),
    ),
    steps=(
        Step(("who swaps and faults",), "memtui vmstat 1 10", Place("swap")),
        Step(("which cgroup is under pressure",), "memtui cgroups", Place("cgroups", sort="some")),
    ),
)
