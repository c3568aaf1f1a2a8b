"""What grows and doesn't stop: processes and cgroups."""

from collections.abc import Iterable, Mapping
from typing import Final

from memtui.model.cgroups import GroupRow, parent
from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rising import Rise, own
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.common import who
from memtui.model.findings.rules.kernel import SLAB_GREW, SLAB_GROWING
from memtui.model.findings.rules.trend import GROWN, LONG, SEEN, WITHIN, bad, lasting
from memtui.model.findings.trends import Level, patience
from memtui.model.findings.words import Name, Words, seconds, size, size_rate
from memtui.model.growth import Trend
from memtui.model.process import Process
from memtui.proc.cgroup import NO_LIMIT

MIB: Final = 1 << 20
TOP: Final = 3  # processes that are told of at once: a build has dozens that grow
_LONG_ENOUGH: Final = 8.0  # seconds
_RISES: Final = 4  # at least: with long intervals a share says little
_ALIKE: Final = 4  # of the same name that grew and ended lately: that is how this program works, as compilers do
_STEP: Final = 0.6  # share of all gain in one rise, above which it is a burst
_NEARLY: Final = 0.8  # share of a cgroup's growth that is one process's
_LATE: Final = 0.2  # share of all gain in the second half of the time, below which it has levelled off


def _processes(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    found = [_process(rise, facts, limits) for rise in facts.rising.values()]
    told = sorted((one for one in found if one is not None), key=lambda one: (-one[0], -one[1]))
    return [symptom for *_, symptom in told[:TOP]]


def _process(rise: Rise, facts: Facts, limits: Limits) -> tuple[Severity, float, Symptom] | None:
    """How bad it is, what was gained, and the symptom."""
    trend = rise.row.trend
    if trend is not None and trend.trend is Trend.GROWING and trend.rate and rise.quiet <= patience(trend.rate):
        grown = trend.rate * trend.seconds
        if grown >= limits("gained"):
            return _trend(rise, trend.rate, grown, facts, limits)
    return _early(rise, limits)


def _early(rise: Rise, limits: Limits) -> tuple[Severity, float, Symptom] | None:
    share = 100 * rise.rises / max(1, rise.samples)
    if rise.gained < limits("gained") or share < limits("rising") or rise.seconds < _LONG_ENOUGH:
        return None
    if rise.rises < _RISES or rise.biggest > _STEP * rise.gained or rise.late < _LATE * rise.gained:
        return None
    if rise.alike >= _ALIKE:
        return None
    row, rate = rise.row, rise.gained / rise.seconds
    title: Words = (
        *who(row), " grows by ", size_rate(rate), ", ", size(rise.gained), " in ", seconds(rise.seconds),
        ": too early to call it a leak",
    )  # fmt: skip
    evidence = (
        limits.evidence("gained", "RssAnon + VmSwap gained", rise.gained, "over the last 10 s"),
        limits.evidence("rising", "samples at which it rose", share, "of the last 10 s"),
        Evidence("RssAnon + VmSwap", own(row), unit=Unit.BYTES),
    )
    return Severity.NOTE, rise.gained, Symptom(Severity.NOTE, title, evidence, row.key, _steps(row))


def _trend(
    rise: Rise, rate: float, grown: float, facts: Facts, limits: Limits
) -> tuple[Severity, float, Symptom] | None:
    row = rise.row
    room, of = _room(row, facts)
    left = lasting(room, rate)
    severity = bad(limits, grown, rise.seen, left)
    title: Words = (
        *who(row), " has grown by ", size_rate(rate), " for ", seconds(rise.seen), "; at that rate ", *of, " lasts ",
        seconds(left), ": consistent with a leak",
    )  # fmt: skip
    evidence = (
        limits.evidence("grown", "grown", grown, "USS + VmSwap, Theil-Sen slope times its time"),
        limits.evidence("long", "has grown for", rise.seen),
        limits.evidence("within", "lasts", left, "until it is used up"),
        Evidence("rate", rate, unit=Unit.BYTES_RATE),
        Evidence("room", room, unit=Unit.BYTES),
    )
    return severity, grown, Symptom(severity, title, evidence, row.key, _steps(row))


def _steps(row: Process) -> tuple[Step, ...]:
    leaks = Place("leaks", process=row.key)
    return (
        Step(("which part of ", *who(row), " grows, and which code keeps it"), f"memtui leaks -p {row.pid}", leaks),
    )


def _room(row: Process, facts: Facts) -> tuple[float | None, Words]:
    """What is left for a process to grow into (bytes), and what that is called: of its cgroups, or of the machine."""
    room, name = facts.now.memory.available, "available memory"
    least: float | None = room
    words: Words = (name,)
    groups = facts.cgroups.rows if facts.cgroups else {}
    path = row.cgroup
    while path is not None:
        group = groups.get(path)
        free = None if group is None else room_of(group)
        if free is not None and (least is None or free < least):
            least, words = free, ("what its cgroup ", Name(path), " may have")
        path = parent(path)
    return least, words


def room_of(group: GroupRow) -> float | None:
    """What is left to a cgroup (bytes) when its page cache is dropped; None without a limit."""
    if group.max is None or group.max == NO_LIMIT or group.usage is None:
        return None
    cache = max(0, (group.file or 0) - (group.shmem or 0))
    return max(0.0, group.max - max(0, group.usage - cache))


PROCESS_GROWING: Final = Rule(
    "process_growing",
    "A process grows",
    "Its anonymous memory goes on growing and nothing comes back, as with a leak; a cache, a heap or a data set that "
    "fills looks the same until it slows down. Only time tells, and what code the memory is kept by.",
    _processes,
    marks=(
        Mark("gained", 8.0 * MIB, "bytes that are worth a word", Unit.BYTES, stays=4.0 * MIB),
        Mark("rising", 80.0, "percent of samples at which it rose, while there is no trend yet", Unit.PERCENT,
             stays=50.0),
        GROWN, SEEN, LONG, WITHIN,
    ),
    steps=(Step(("who grows, by trend",), "memtui top -s growth_rate", Place("leaks", sort="growth_rate")),),
    hold=2.0,
)  # fmt: skip


def _cgroups(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    rows = facts.cgroups.rows if facts.cgroups else {}
    growing = {
        path: level
        for path, level in facts.growing.items()
        if path in rows and level.goes_on and (level.growth.rate or 0) * level.growth.seconds >= limits("gained")
    }
    for path, level in growing.items():
        if not _explained(path, level, growing, rows) and not _by_one(path, level.growth.rate or 0.0, facts):
            yield _cgroup(rows[path], level, limits)


def _explained(path: str, level: Level, growing: Mapping[str, Level], rows: Mapping[str, GroupRow]) -> bool:
    """Whether a cgroup in this one grows and comes to its own limit no later: the innermost is told of."""
    mine = _lasts(rows[path], level)
    inside = (other for other in growing if other != path and other.startswith(path.rstrip("/") + "/"))
    return any((_lasts(rows[other], growing[other]) or 0) <= (mine or 0) for other in inside)


def _by_one(path: str, rate: float, facts: Facts) -> bool:
    """Whether one process in a cgroup grows nearly as fast as that does (bytes/s): then the process is told of."""
    inside = path.rstrip("/") + "/"
    rows = (rise.row for rise in facts.rising.values() if rise.seen)
    own_rates = (row.growth_rate or 0.0 for row in rows if row.cgroup and (row.cgroup + "/").startswith(inside))
    return max(own_rates, default=0.0) >= _NEARLY * rate


def _lasts(row: GroupRow, level: Level) -> float | None:
    return lasting(room_of(row), level.growth.rate or 0.0)


def _cgroup(row: GroupRow, level: Level, limits: Limits) -> Symptom:
    rate, left = level.growth.rate or 0.0, _lasts(row, level)
    grown = rate * level.growth.seconds
    title: Words = (
        "Cgroup ", Name(row.path), " has grown by ", size_rate(rate), " for ", seconds(level.seen),
        "; at that rate it is at its limit of ", size(row.max), " in ", seconds(left),
    )  # fmt: skip
    evidence = (
        limits.evidence("grown", "grown", grown, "anon + shmem, Theil-Sen slope times its time"),
        limits.evidence("long", "has grown for", level.seen),
        limits.evidence("within", "lasts", left, "until memory.max, page cache dropped"),
        Evidence("anon + shmem", level.value, unit=Unit.BYTES),
        Evidence("memory.max", row.max, unit=Unit.BYTES),
    )
    step = Step(("cgroup ", Name(row.path)), "memtui cgroups", Place("cgroups", path=row.path))
    return Symptom(bad(limits, grown, level.seen, left), title, evidence, row.path, (step,))


CGROUP_GROWING: Final = Rule(
    "cgroup_growing",
    "A cgroup grows towards its limit",
    "Its anonymous and shared memory, which can't be dropped, goes on growing. At the limit its programs reclaim for "
    "themselves and wait; when nothing can be reclaimed, the OOM killer takes one of them.",
    _cgroups,
    marks=(
        Mark("gained", 8.0 * MIB, "bytes that are worth a word", Unit.BYTES, stays=4.0 * MIB),
        GROWN, SEEN, LONG, WITHIN,
    ),
    steps=(Step(("which of its processes grows",), "memtui top -s growth_rate", Place("leaks", sort="growth_rate")),),
)  # fmt: skip

GROWTH: Final = (CGROUP_GROWING, PROCESS_GROWING, SLAB_GROWING, SLAB_GREW)
