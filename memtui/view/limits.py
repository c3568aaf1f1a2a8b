"""What bounds a process: its resource limits, and the limits of its cgroup and of those that it lies in."""

from collections.abc import Sequence
from math import inf
from typing import Final, NamedTuple

from memtui.model.sample import Detail, Level
from memtui.model.snapshot import Snapshot
from memtui.proc.cgroup import NO_LIMIT, MemoryGroup
from memtui.proc.pid_files import Limit
from memtui.proc.pid_status import PidStatus
from memtui.proc.pressure import Pressure
from memtui.proc.unavailable import PENDING, Unavailable
from memtui.view import format as fmt
from memtui.view.blocks import heading, sections, wrap
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.table import Column, table
from memtui.view.text import sanitize

_NEAR: Final = 90  # percent of a limit from which on it is pointed out
_LIMITS: Final = (
    ("Max address space", "RLIMIT_AS", "vm_size"),
    ("Max data size", "RLIMIT_DATA", "vm_data"),
    ("Max stack size", "RLIMIT_STACK", "vm_stk"),
    ("Max locked memory", "RLIMIT_MEMLOCK", "vm_lck"),
)
_WIDE: Final = 100
_EVENTS: Final = ("high", "max", "oom", "oom_kill")


class Bound(NamedTuple):
    """A limit of a cgroup: which file of which cgroup, its bytes, and the bytes used of it."""

    path: str
    name: str
    limit: int
    used: int

    @property
    def left(self) -> int:
        """Bytes up to the limit."""
        return self.limit - self.used


def resource_limits(detail: Detail | None, width: int) -> list[Line]:
    """The resource limits of memory beside their use; every line at most `width` cells."""
    limits = detail.limits if detail else PENDING
    if isinstance(limits, Unavailable):
        return [heading("Limits", width), missing(limits, width)]
    status = detail.status if detail else PENDING
    columns = (
        Column("Limits", 14, tone=Tone.TITLE),
        *[Column(title, room, right=True) for title, room in (("used", 6), ("soft", 9), ("hard", 9), ("used%", 5))],
    )
    rows = []
    for name, title, key in _LIMITS:
        limit = limits.get(name)
        used: int | None = getattr(status, key) if isinstance(status, PidStatus) else None
        share = 100 * used / limit.soft if limit and limit.soft and used is not None else None
        tone = Tone.WARN if share is not None and share >= _NEAR else Tone.PLAIN
        cells = (fmt.size(used), _bound(limit, "soft"), _bound(limit, "hard"), fmt.percent(share, 0))
        rows.append((Span(title), *[Span(cell, Tone.DIM if cell == fmt.NONE else tone) for cell in cells]))
    return table(columns, rows, width)


def limit_lines(snapshot: Snapshot, detail: Detail | None, width: int) -> list[Line]:
    """Resource limits, then the cgroups up to the root with what is left in each, and the tightest of all."""
    words = (
        "soft is what counts; the process may raise it up to hard. Stack grows to its limit by itself; locked memory "
        "is mlock(2), huge pages and BPF."
    )
    note: list[Line] = [(Span(piece, Tone.DIM),) for piece in wrap(words, width, 3)]
    return sections([*resource_limits(detail, width), *note], _cgroups(snapshot, detail, width))


def bounds(levels: Sequence[Level]) -> list[Bound]:
    """Every limit on memory that is set on the way to the root, the one with the least left first."""
    found = []
    for path, group in levels:
        if isinstance(group, Unavailable) or group.usage is None:
            continue
        both = None if group.swap is None else group.usage + group.swap
        for name, limit, used in (
            ("memory.high", group.high, group.usage),
            ("memory.max" if group.version == 2 else "limit_in_bytes", group.max, group.usage),
            ("memsw.limit_in_bytes", group.memsw_max, both),
        ):
            if limit is not None and limit != NO_LIMIT and used is not None:
                found.append(Bound(path, name, int(limit), used))
    return sorted(found, key=lambda bound: bound.left)


def tightest_words(snapshot: Snapshot, levels: Sequence[Level]) -> tuple[str, Tone]:
    """The tightest limit in a sentence."""
    found = bounds(levels)
    if not found:
        available = fmt.size(snapshot.memory.available)
        return f"no limit up to the root: the machine's own is the next, {available} available", Tone.PLAIN
    first = found[0]
    share = 100 * first.used / first.limit if first.limit else 100.0
    words = f"{first.name} of {sanitize(first.path)}: {fmt.size(first.used)} of {fmt.size(first.limit)} used, "
    return words + f"{fmt.size(max(0, first.left))} left", Tone.WARN if share >= _NEAR else Tone.PLAIN


def _cgroups(snapshot: Snapshot, detail: Detail | None, width: int) -> list[Line]:
    levels = detail.levels if detail else PENDING
    if isinstance(levels, Unavailable):
        return [heading("Cgroups", width), missing(levels, width)]
    version = next((one.group.version for one in levels if isinstance(one.group, MemoryGroup)), None)
    title = heading("Cgroups", width, f"from its own up to the root, v{version}" if version else "")
    words, tone = tightest_words(snapshot, levels)
    tightest: list[Line] = [(Span(piece, tone),) for piece in wrap("tightest: " + words, width, 3)]
    columns = [
        Column("cgroup", 0),
        *[Column(name, 5, right=True) for name in ("usage", "high", "max", "swap")],
        Column("swmax" if version == 2 else "memsw", 5, right=True),
        Column("used%", 5, right=True),
    ]
    wide = width >= _WIDE
    if wide:
        columns += [Column(name, 8, right=True) for name in _EVENTS] + [Column("PSI some/full", 13, right=True)]
    rows = [_row(one, wide=wide) for one in levels]
    events = [] if wide else _events(levels, width)
    return [title, *table(columns, rows, width), *tightest, *events]


def _row(level: Level, *, wide: bool) -> list[Span]:
    group = level.group
    name = Span(sanitize(level.path))
    if isinstance(group, Unavailable):
        group = MemoryGroup(0)
    second = group.swap_max if group.version == 2 else group.memsw_max
    limit = min((one for one in (group.high, group.max) if one is not None), default=None)
    share = 100 * group.usage / limit if limit not in (None, 0, inf) and group.usage is not None else None
    tone = Tone.WARN if share is not None and share >= _NEAR else Tone.PLAIN
    cells = [
        Span(fmt.size(group.usage)), _limit(group.high), _limit(group.max), Span(fmt.size(group.swap)),
        _limit(second), Span(fmt.percent(share, 0), tone),
    ]  # fmt: skip
    if wide:
        counts = [group.events.get(event) for event in _EVENTS]
        cells += [Span(fmt.count(count), Tone.WARN if count else Tone.PLAIN) for count in counts]
        cells.append(Span(_pressure(group.pressure)))
    return [name, *(Span(cell.text, Tone.DIM) if cell.text == fmt.NONE else cell for cell in cells)]


def _events(levels: Sequence[Level], width: int) -> list[Line]:
    """Where there is no room for columns: what has happened, cgroup by cgroup."""
    found: list[Line] = []
    for path, group in levels:
        if isinstance(group, Unavailable):
            continue
        happened = [f"{event} {fmt.count(group.events[event])}" for event in _EVENTS if group.events.get(event)]
        stalls = [] if group.pressure is None else [f"PSI {_pressure(group.pressure)}"]
        if happened or stalls:
            words = f"{sanitize(path)}: {', '.join([*happened, *stalls])}"
            found += [(Span(piece, Tone.DIM),) for piece in wrap(words, width, 2)]
    return found


def _pressure(pressure: Pressure | None) -> str:
    if pressure is None or pressure.some is None:
        return fmt.NONE
    full = fmt.percent(pressure.full.avg10) if pressure.full else fmt.NONE
    return f"{fmt.percent(pressure.some.avg10)}/{full}"


def _limit(value: float | None) -> Span:
    if value is None:
        return Span(fmt.NONE)
    return Span("none", Tone.DIM) if value == NO_LIMIT else Span(fmt.size(int(value)))


def _bound(limit: Limit | None, which: str) -> str:
    if limit is None:
        return fmt.NONE
    value: int | None = getattr(limit, which)
    return "unlimited" if value is None else fmt.size(value)
