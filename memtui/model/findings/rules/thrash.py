"""Thrash: what was evicted is wanted again, from swap or from files.

workingset_refault counts pages that were evicted and came back, workingset_restore those of them that had been in
use when they were evicted (mm/workingset.c). Measured: a copy, or a file read twice, that is larger than the cache
refaults by the 100,000 a second and may activate all of it, but restores less than 4 a second.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from memtui.model.cgroups import GroupRow
from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules import flow
from memtui.model.findings.rules.common import drilldown, held_by, who
from memtui.model.findings.rules.flow import MEAN, WAITS, look_at, most, steady
from memtui.model.findings.rules.hits import LOW_HIT_RATIO
from memtui.model.findings.words import Name, Words, rate, size, size_rate
from memtui.model.process import Process
from memtui.proc.cgroup import NO_LIMIT

MIB: Final = 1 << 20
CLEAR: Final = 16.0  # seconds: not before PSI, which its own average keeps up, has gone down as well
_FULL: Final = 0.95  # share of a limit from which on what comes in has something else evicted
_AGAIN: Final = 0.5  # share of major faults that must be for pages which had been evicted: others are first reads


def _swap(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    """Same-filled pages and those in zswap come back without pswpin, so refaults of anonymous memory count too."""
    inward = flow.named(facts, "pswpin", "pswpin + zswpin", "workingset_refault_anon")
    outward = flow.named(facts, "pswpout", "pswpout + zswpout", "pgsteal_anon")
    if inward is None or outward is None:
        return
    (back, come), (away, went) = inward, outward
    severity, harm = limits.above("swapped", min(come, went)), flow.waits(facts)
    if severity is None:
        return
    if not flow.waited(harm, limits("waits")):
        severity = Severity.WARNING
    group = flow.culprit(facts, lambda row: row.refault_anon_rate, facts.rate("workingset_refault_anon"))
    rows, page = flow.faulting(flow.members(facts, group)), facts.now.page_size
    head: Words = ("Cgroup ", Name(group.path), " swaps ") if group is not None else ("Swapping ",)
    title: Words = (*head, size_rate(come * page), " in and ", size_rate(went * page), " out at once", *_by(rows))
    evidence = (
        limits.evidence("swapped", back, come, MEAN),
        limits.evidence("swapped", away, went, MEAN),
        *([limits.evidence("waits", "some", harm, "avg10 of memory or io")] if harm is not None else []),
        *_group(group),
        *held_by(rows, "majflt", lambda row: row.majflt_rate, Unit.RATE),
    )
    yield Symptom(severity, title, evidence, group and group.path, _steps(group, rows))


SWAP_THRASH: Final = Rule(
    "swap_thrash",
    "Swap thrash",
    "What is swapped out is needed again at once, so programs wait for storage at almost every step: more memory is "
    "in use at the same time than fits. Pages that go out and stay out would be harmless.",
    _swap,
    marks=(
        Mark(
            "swapped", 100.0, "pages a second that come in and also go out", Unit.RATE, critical=500.0, stays=50.0,
            source="atop (swap-outs: 100 a second, critical 500)",
        ),
        WAITS._replace(meaning=f"{WAITS.meaning}: less is never critical"),
    ),
    steps=(
        Step(("who swaps and faults",), "memtui vmstat 1 10", Place("swap")),
        Step(("who has the most in swap",), "memtui top -s swap -n 10", Place("processes", sort="swap")),
    ),
    hold=4.0,
    clear=CLEAR,
)  # fmt: skip


class _Reads(NamedTuple):
    """Per second: pages of files that came back, those that had been in use, and major faults."""

    back: float
    restored: float
    faults: float


def _cache(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    back = most(steady(facts, "workingset_refault_file"))
    restored = most(steady(facts, "workingset_restore_file"), steady(facts, "workingset_restore"))
    if back is None:
        back = steady(facts, "workingset_refault")  # before 5.9: of files alone
    if back is None or back < limits("refaults"):
        return
    reads = _Reads(back, restored or 0.0, steady(facts, "pgmajfault") or 0.0)
    mapped = reads.faults >= limits("faults") and back >= reads.faults * _AGAIN
    whole = facts.rate("workingset_refault_file") or facts.rate("workingset_refault")
    group = flow.culprit(facts, lambda row: row.refault_file_rate, whole)
    if (mapped or reads.restored >= limits("restored")) and flow.waited(flow.waits(facts), limits("waits")):
        yield _needed(facts, limits, reads, group)
    elif group is not None and _full(group) and back * facts.now.page_size >= limits("reread"):
        yield _reread(facts, limits, reads, group)


def _needed(facts: Facts, limits: Limits, reads: _Reads, group: GroupRow | None) -> Symptom:
    rows, harm = flow.faulting(flow.members(facts, group)), flow.waits(facts)
    again = size_rate(reads.back * facts.now.page_size)
    head: Words = ("Cgroup ", Name(group.path), " reads ") if group is not None else ("Reading ",)
    title: Words = (*head, again, " of files again: evicted while in use", *_by(rows))
    evidence = (
        limits.evidence("refaults", "workingset_refault_file", reads.back, MEAN),
        limits.evidence("restored", "workingset_restore_file", reads.restored, MEAN),
        limits.evidence("faults", "pgmajfault", reads.faults, MEAN),
        *([limits.evidence("waits", "some", harm, "avg10 of memory or io")] if harm is not None else []),
        *_group(group),
        *held_by(rows, "majflt", lambda row: row.majflt_rate, Unit.RATE),
    )
    return Symptom(Severity.WARNING, title, evidence, group and group.path, _steps(group, rows))


def _reread(facts: Facts, limits: Limits, reads: _Reads, group: GroupRow) -> Symptom:
    again = reads.back * facts.now.page_size
    title: Words = (
        "Cgroup ", Name(group.path), " reads ", size_rate(again), " of files again: more than fits its limit of ",
        size(group.max),
    )  # fmt: skip
    evidence = (
        limits.evidence("reread", "workingset_refault_file * page", again, MEAN),
        limits.evidence("restored", "workingset_restore_file", reads.restored, MEAN),
        *flow.stalls(facts),
        *_group(group),
    )
    because = ("None of it was in use when it was evicted, as with files read from end to end: a note, no more.",)
    return Symptom(Severity.NOTE, title, evidence, group.path, (look_at(group),), because)


CACHE_THRASH: Final = Rule(
    "cache_thrash",
    "Page cache thrash",
    "Pages of files were evicted though they were in use, and are read from storage again: the files and programs "
    "in use don't fit into the memory left for them. Reading much once, or copying, does not do this.",
    _cache,
    marks=(
        Mark("refaults", 100.0, "pages of files a second that had been evicted", Unit.RATE, stays=50.0),
        Mark("restored", 30.0, "of them a second those that had been in use", Unit.RATE, stays=15.0),
        Mark(
            "faults", 500.0, "major faults a second, half of them for evicted pages", Unit.RATE, stays=250.0,
            source="node-mixin",
        ),
        WAITS,
        Mark("reread", 16.0 * MIB, "bytes a second read again at a cgroup's limit", Unit.BYTES_RATE, stays=8.0 * MIB),
    ),
    steps=(
        Step(("who reads and misses",), "memtui cachetop 1 10", Place("cache")),
        Step(("which cgroup it is",), "memtui cgroups", Place("cgroups", sort="refault_rate")),
    ),
    hold=4.0,
    clear=CLEAR,
)  # fmt: skip


def _faults(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    """First reads, as of programs that start, are no harm: most must be for what had been here."""
    faults, back = steady(facts, "pgmajfault"), steady(facts, "workingset_refault")
    severity = limits.above("faults", faults)
    if severity is None or faults is None or back is None or 100 * back < limits("again") * faults:
        return
    rows = flow.faulting(flow.members(facts, None))
    evidence = (
        limits.evidence("faults", "pgmajfault", faults, MEAN),
        limits.evidence("again", "workingset_refault / pgmajfault", 100 * back / faults, "percent; readahead adds"),
        *held_by(rows, "majflt", lambda row: row.majflt_rate, Unit.RATE),
    )
    yield Symptom(severity, (rate(faults), " major faults/s", *_by(rows)), evidence, steps=_steps(None, rows))


MAJOR_FAULTS: Final = Rule(
    "major_faults",
    "Many major faults",
    "A major fault has a program wait until a page is read from swap or from a file. Those of a program that starts "
    "are normal; these are for pages that were in memory and had been evicted.",
    _faults,
    marks=(
        Mark("faults", 500.0, "major faults a second", Unit.RATE, stays=250.0, source="node-mixin"),
        Mark("again", 50.0, "percent of them that are for pages which had been evicted", Unit.PERCENT, stays=25.0),
    ),
    steps=(Step(("who faults",), "memtui top -s majflt_rate -n 10", Place("processes", sort="majflt_rate")),),
    hold=7.0,
)


def _by(rows: list[Process]) -> Words:
    """The process that faults most, if any does."""
    return ("; most by ", *who(rows[0])) if rows else ()


def _full(group: GroupRow) -> bool:
    return group.max not in (None, NO_LIMIT) and (group.usage or 0) >= _FULL * (group.max or 0)


def _group(group: GroupRow | None) -> list[Evidence]:
    if group is None:
        return []
    found = [
        Evidence(
            "memory.stat workingset_refault",
            group.refault_rate,
            unit=Unit.RATE,
            note=f"{group.path}, its last reading",
        )
    ]
    if group.max not in (None, NO_LIMIT):
        found.append(Evidence("usage", group.usage, group.max, Unit.BYTES, f"{group.path}: of its limit"))
    return [one for one in found if one.value is not None]


def _steps(group: GroupRow | None, rows: list[Process]) -> tuple[Step, ...]:
    return (*([look_at(group)] if group is not None else []), *(drilldown(row) for row in rows[:1]))


THRASH: Final = (SWAP_THRASH, CACHE_THRASH, MAJOR_FAULTS, LOW_HIT_RATIO)
