"""What reclaim does at the moment: rates that last, whether files only stream through, and which cgroup it is about.

A mean over 10 s goes on for 10 s after a burst of one; what `steady` gives is over within 3 s of its end.
"""

from collections.abc import Callable, Iterable
from typing import Final

from memtui.model.cgroups import ROOT, GroupRow
from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Step
from memtui.model.findings.rule import Mark
from memtui.model.findings.rules.common import largest
from memtui.model.findings.words import Name
from memtui.model.process import Process

MEAN: Final = "mean of 10 s"
LATELY: Final = 3.0  # seconds: the end of a cause shows in a rate over so long
BEHIND: Final = 30.0  # seconds in which PSI's avg10 forgets what was (95 %)
_EASY: Final = 90.0  # percent of the scanned pages that reclaim can take, where nobody holds on to them
_BULK: Final = 5000.0  # pages a second that are reclaimed where much streams through (20 MB/s)
_WANTED: Final = {"workingset_refault_anon": 1.0, "pswpin": 1.0, "workingset_restore_file": 20.0}
"""Percent of what is reclaimed that may come back: a large file that is read for the third time was in use, too."""

_ROOM: Final = 25.0  # percent of RAM available: what is reclaimed meanwhile are pages of the cache
_MOST: Final = 60.0  # percent of all that one cgroup has, to be the one that it is about


def steady(facts: Facts, name: str) -> float | None:
    """Events per second of a counter that go on: the mean of 10 s, or of the last 3 s if that is less."""
    mean, late = facts.rate(name), facts.rate(name, LATELY)
    return None if mean is None or late is None else min(mean, late)


def most(*rates: float | None) -> float | None:
    """The highest of what is known."""
    return max((rate for rate in rates if rate is not None), default=None)


def named(facts: Facts, *names: str) -> tuple[str, float] | None:
    """The steadily highest of some counters and its rate; a name with + in it is a sum of two."""
    rates = {name: total(*(steady(facts, part) for part in name.split(" + "))) for name in names}
    known = [(name, value) for name, value in rates.items() if value is not None]
    return max(known, key=lambda one: one[1], default=None)


def total(*rates: float | None) -> float | None:
    """The sum of what is known; None if nothing is."""
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None


def efficiency(facts: Facts, who: tuple[str, ...], seconds: float = BEHIND) -> float | None:
    """sar's %vmeff: percent of the scanned pages that were reclaimed; None while nothing is scanned.

    `who` are the ends of the counters' names: kswapd, direct, or anon and file, which have cgroups' reclaim too.
    """
    scanned = total(*(facts.rate(f"pgscan_{one}", seconds) for one in who))
    stolen = total(*(facts.rate(f"pgsteal_{one}", seconds) for one in who))
    return None if not scanned or stolen is None else 100 * stolen / scanned


def streams(facts: Facts) -> bool:
    """Whether files only stream through the page cache, as in copies: reclaim is easy and nothing is wanted back.

    Programs wait for reclaim then too, but only those that stream, and no longer than their pages take.
    """
    available, size = facts.now.memory.available, facts.now.memory.total
    if available is None or available < size * _ROOM / 100:
        return False
    for who in (("anon", "file"), ("kswapd", "direct")):  # the first has cgroups' reclaim too, since 5.8
        stolen, easy = total(*(facts.rate(f"pgsteal_{one}", BEHIND) for one in who)), efficiency(facts, who)
        if stolen is not None and easy is not None and stolen >= _BULK and easy >= _EASY:
            back = {name: facts.rate(name, BEHIND) or 0.0 for name in _WANTED}
            return all(100 * rate < _WANTED[name] * stolen for name, rate in back.items())
    return False


def waits(facts: Facts) -> float | None:
    """Percent of the last 10 s in which a task waited for memory or for storage; None where there is no PSI."""
    stalls = (facts.stall("some"), facts.stall("some", "io"))
    return most(*(stall.avg10 if stall else None for stall in stalls))


def memory_waits(facts: Facts) -> float | None:
    """Percent of the last 10 s in which a task waited for memory; None where there is no PSI."""
    stall = facts.stall("some")
    return stall.avg10 if stall else None


def stalls(facts: Facts) -> list[Evidence]:
    """PSI of memory and storage, as far as it is known, as evidence."""
    known = [(of, facts.stall("some", of)) for of in ("memory", "io")]
    return [
        Evidence("some", stall.avg10, unit=Unit.PERCENT, note=f"avg10 of /proc/pressure/{of}")
        for of, stall in known
        if stall is not None
    ]


WAITS: Final = Mark(
    "waits", 10.0, "percent of 10 s in which a task waited for memory or storage (PSI some)", Unit.PERCENT, stays=3.0
)
MEMORY_WAITS: Final = Mark(
    "waits", 5.0, "percent of 10 s in which a task waited for memory: less is a note", Unit.PERCENT, stays=2.5
)
"""Marks of rules that look whether anybody is harmed; without PSI they do without."""


def waited(value: float | None, mark: float) -> bool:
    """Whether somebody waits so much, as far as that can be known."""
    return value is None or value >= mark


def culprit(facts: Facts, by: Callable[[GroupRow], float | None], whole: float | None) -> GroupRow | None:
    """The innermost cgroup that has most of something of which the machine has `whole`; None if none has."""
    if facts.cgroups is None or not whole:
        return None
    found = [
        row for path, row in facts.cgroups.rows.items() if path != ROOT and (by(row) or 0) >= whole * _MOST / 100
    ]
    return max(found, key=lambda row: row.path.count("/"), default=None)


def members(facts: Facts, group: GroupRow | None) -> list[Process]:
    """The processes in a cgroup and below it; all processes if there is none."""
    rows = facts.now.processes.values()
    if group is None:
        return list(rows)
    within = group.path.rstrip("/") + "/"
    return [row for row in rows if row.cgroup and (row.cgroup + "/").startswith(within)]


def faulting(rows: Iterable[Process], count: int = 3) -> list[Process]:
    """The processes with the most major faults a second."""
    return largest([row for row in rows if row.majflt_rate], lambda row: row.majflt_rate, count)


def look_at(group: GroupRow) -> Step:
    """Open a cgroup."""
    return Step(("cgroup ", Name(group.path)), "memtui cgroups", Place("cgroups", path=group.path))
