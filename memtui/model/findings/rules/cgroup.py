"""Cgroups at their limits, told of the deepest one only: what it uses counts for all that it lies in too.

A cgroup that is full of page cache which nobody wants back is at its limit all the time, and is well.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from memtui.model.cgroups import Cgroups, GroupRow, is_inside, swap_room, unreclaimable
from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.common import drilldown, largest, own_size, sized
from memtui.model.findings.words import Name, Words, percent, rate, size
from memtui.proc.cgroup import NO_LIMIT

_AT_IT: Final = 0.95  # share of its high from which a cgroup is the one that is throttled, not one above it
_WAITED: Final = "avg10 of its memory.pressure"
_WAITS: Final = Mark(
    "some", 10.0, "percent of 10 s in which a task of it waited for memory", Unit.PERCENT, critical=60.0, stays=5.0,
    source="syswatch (some 10); oomd (60 for user.slice)",
)  # fmt: skip


def _high(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    often, waits = limits("high_rate"), limits("some")
    throttled = [
        row
        for row in _looked_at(facts.cgroups).busy
        if (row.high_rate or 0) >= often
        and (row.some or 0) >= waits
        and _finite(row.high)
        and (row.usage or 0) >= _AT_IT * (row.high or 0)
    ]
    for row in _deepest(throttled):
        title: Words = (
            Name(row.path), " is at its high limit of ", size(row.high), ": its programs are slowed, waiting ",
            percent(row.some), " of the time",
        )  # fmt: skip
        evidence = (
            limits.evidence("some", "some", row.some, _WAITED),
            limits.evidence("high_rate", "high", row.high_rate, "memory.events, per second"),
            Evidence("usage", row.usage, row.high, Unit.BYTES, "memory.current, against memory.high"),
        )
        yield _symptom(facts, row, limits.above("some", row.some) or Severity.WARNING, title, evidence)


CGROUP_HIGH: Final = Rule(
    "cgroup_high",
    "Cgroup throttled",
    "Above memory.high the kernel has the programs of a cgroup reclaim, and lets them sleep when that is not enough. "
    "They get slower and are not killed; this is the earliest sign that a limit is too small.",
    _high,
    marks=(
        _WAITS,
        Mark("high_rate", 1.0, "times a second that it was over its high limit", Unit.RATE, stays=0.2),
    ),
    steps=(Step(("its limits and what it uses",), "memtui cgroups", Place("cgroups", sort="high_rate")),),
)


def _max(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    """What can't be dropped fills it or what was dropped is wanted back; and somebody waits, if that is counted."""
    often, waits, refaults, held = limits("max_rate"), limits("some"), limits("refaults"), limits("held")
    full = [
        row
        for row in _looked_at(facts.cgroups).busy
        if (row.max_rate or 0) >= often
        and (row.some is None or row.some >= waits)
        and _finite(row.max)
        and ((_wanted_back(row) or 0) >= refaults or (_held_up(row, refaults) and (_share(row) or 0) >= held))
    ]
    for row in _deepest(full):
        title: Words = Name(row.path), " is at its limit of ", size(row.max)
        back, name = _wanted_back(row), "workingset_refault" if row.some is not None else "workingset_refault_anon"
        if row.some is not None:
            title = *title, ": its programs reclaim for themselves and wait ", percent(row.some), " of the time"
        elif (back or 0) >= refaults:
            title = *title, " and needs ", rate(back), " pages/s back from swap that were just taken from it"
        else:
            title = *title, " with little to reclaim, and has ", rate(row.majflt_rate), " major faults/s"
            back, name = row.majflt_rate, "pgmajfault"
        evidence = (
            *((limits.evidence("some", "some", row.some, _WAITED),) if row.some is not None else ()),
            limits.evidence("max_rate", "max", row.max_rate, "memory.events (v1: failcnt), per second"),
            *((limits.evidence("refaults", name, back, "memory.stat, per second"),) if back is not None else ()),
            *((_held(row, limits, "held"),) if _share(row) is not None else ()),
        )
        yield _symptom(facts, row, limits.above("some", row.some) or Severity.WARNING, title, evidence)


CGROUP_MAX: Final = Rule(
    "cgroup_max",
    "Cgroup at its limit",
    "At memory.max (v1: memory.limit_in_bytes) every new page costs the program that needs it a search for another "
    "one to take away. When that finds nothing, a process of the cgroup is killed.",
    _max,
    marks=(
        _WAITS,
        Mark("max_rate", 1.0, "times a second that it ran into its limit", Unit.RATE, stays=0.2),
        Mark(
            "refaults", 100.0, "pages a second that it needs back soon after they were taken", Unit.RATE, stays=50.0
        ),
        Mark("held", 80.0, "percent of its limit that is no page cache", Unit.PERCENT, stays=70.0),
    ),
    steps=(Step(("its limits and what it uses",), "memtui cgroups", Place("cgroups", sort="max_rate")),),
)


def _near(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    mark = limits("held")
    near = [row for row, share in _looked_at(facts.cgroups).held if share >= mark and not _can_swap(row, facts)]
    for row in _deepest(near):
        left = (row.max or 0) - (unreclaimable(row) or 0)
        title: Words = (
            "Only ", size(max(0, left)), " left to ", Name(row.path), ": ", percent(_share(row)),
            " of its limit is memory that can't be dropped",
        )  # fmt: skip
        evidence = (_held(row, limits, "held"), *_parts(row))
        nearly = (_share(row) or 0) >= limits("full")
        yield _symptom(facts, row, Severity.WARNING if nearly else Severity.NOTE, title, evidence)


CGROUP_NEAR_MAX: Final = Rule(
    "cgroup_near_max",
    "Cgroup nearly full",
    "Page cache makes room when it has to; anonymous memory, shared memory and the kernel's can only go to swap, and "
    "there is none left for it. If it stays so by design, all is well; if it grows, one of its processes is killed.",
    _near,
    marks=(
        Mark(
            "held", 90.0, "percent of its limit that is no page cache", Unit.PERCENT, stays=80.0,
            source="netdata health.d/ram.conf (in use: 90, clears at 80)",
        ),
        Mark(
            "full", 98.0, "percent from which it is a warning", Unit.PERCENT, stays=95.0,
            source="netdata health.d/ram.conf (98)",
        ),
    ),
    steps=(Step(("its limits and what it uses",), "memtui cgroups", Place("cgroups", sort="used_pct")),),
    hold=5.0,
)  # fmt: skip

CGROUP: Final = (CGROUP_HIGH, CGROUP_MAX, CGROUP_NEAR_MAX)


class _Looked(NamedTuple):
    """Those cgroups of thousands that may matter: at a limit lately; with one, and what percent of it they hold."""

    busy: tuple[GroupRow, ...] = ()
    held: tuple[tuple[GroupRow, float], ...] = ()


@lru_cache(maxsize=1)
def _looked_at(groups: Cgroups | None) -> _Looked:
    """Sorted out once for each reading of the tree, which serves several samples."""
    if groups is None:
        return _Looked()
    rows = groups.rows.values()
    busy = tuple(row for row in rows if row.max_rate or row.high_rate)
    return _Looked(busy, tuple((row, share) for row in rows if (share := _share(row)) is not None))


def _deepest(rows: list[GroupRow]) -> Iterator[GroupRow]:
    """Those that none of the others lies in."""
    for row in rows:
        if not any(is_inside(other.path, row.path) for other in rows if other is not row):
            yield row


def _symptom(
    facts: Facts, row: GroupRow, severity: Severity, title: Words, evidence: tuple[Evidence, ...]
) -> Symptom:
    holders = largest([one for one in facts.processes() if is_inside(one.cgroup, row.path)], own_size)
    because: Words = (
        ("The largest in it: ", *_listed([sized(one, own_size) for one in holders]), ".") if holders else ()
    )
    where = Step((Name(row.path),), "memtui cgroups", Place("cgroups", path=row.path))
    return Symptom(severity, title, evidence, row.path, (where, *map(drilldown, holders[:1])), because)


def _listed(names: list[Words]) -> Words:
    words: Words = ()
    for number, name in enumerate(names):
        words = *words, *((", ",) if number else ()), *name
    return words


def _finite(limit: float | None) -> bool:
    return limit is not None and 0 < limit < NO_LIMIT


def _share(row: GroupRow) -> float | None:
    held = unreclaimable(row)
    return None if held is None or not row.max or not _finite(row.max) else 100 * held / row.max


def _held(row: GroupRow, limits: Limits, mark: str) -> Evidence:
    return limits.evidence(mark, "(anon + shmem + kernel) / max", _share(row))


def _parts(row: GroupRow) -> list[Evidence]:
    parts = {"anon": row.anon, "shmem": row.shmem, "kernel": row.kernel}
    return [Evidence(name, value, unit=Unit.BYTES, note="memory.stat") for name, value in parts.items() if value]


def _wanted_back(row: GroupRow) -> float | None:
    """Pages a second that came back soon after reclaim took them.

    Where nobody counts who waits (v1), of anonymous memory only: files that are read from end to end again and again
    come back as well, and nobody has lost anything.
    """
    return row.refault_rate if row.some is not None else row.refault_anon_rate


def _held_up(row: GroupRow, faults: float) -> bool:
    """Whether programs wait, or at least fault, while what can't be dropped fills the cgroup."""
    return row.some is not None or (row.majflt_rate or 0) >= faults


def _can_swap(row: GroupRow, facts: Facts) -> bool:
    """Whether a tenth of what the cgroup holds could still go to swap."""
    return swap_room(row, facts.line("SwapFree") or 0) > 0.1 * (unreclaimable(row) or 0)
