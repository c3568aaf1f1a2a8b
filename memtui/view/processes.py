"""The process table: its columns, which rows pass, their order, and the totals below."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Final

from memtui.model.fields import PROCESS
from memtui.model.processes import Process
from memtui.model.snapshot import Snapshot
from memtui.view import format as fmt
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import Line, Span, Tone, join
from memtui.view.text import sanitize

_WIDTHS: Final = {
    "pid": 7, "ppid": 7, "start_time": 10, "user": 9, "state": 1, "nice": 3, "threads": 5, "mem_pct": 5,
    "minflt": 7, "majflt": 7, "minflt_rate": 8, "majflt_rate": 8, "oom_score": 4, "oom_score_adj": 5, "cpu_pct": 5,
    "cpu_time": 9, "read_rate": 6, "write_rate": 7, "started": 12, "cgroup": 24, "command": 0,
}  # fmt: skip
_SIZE_WIDTH: Final = 5
DEFAULT_COLUMNS: Final = (
    "pid", "user", "virt", "res", "shr", "pss", "uss", "swap", "mem_pct", "minflt_rate", "majflt_rate", "oom_score",
    "cpu_pct", "cpu_time", "command",
)  # fmt: skip
_ESSENTIAL: Final = ("pid", "user", "res", "pss", "uss", "swap")
_ROOM_FOR_COMMAND: Final = 16
STALE_AFTER: Final = 6.0  # seconds after which a carried PSS is drawn dim


@dataclass(frozen=True, slots=True)
class TableSpec:
    """What the user asked the table to show: all of it survives the next sample, the next resize and a restart."""

    columns: tuple[str, ...] = DEFAULT_COLUMNS
    sort: str = "pss"
    reverse: bool = False
    filter: str = ""
    user: str = ""
    pids: frozenset[int] = frozenset()
    kernel_threads: bool = False

    def sorted_by(self, key: str) -> "TableSpec":
        """The spec sorted by another column in its natural direction."""
        return replace(self, sort=key, reverse=False)


def _sized_width(key: str) -> int:
    return _WIDTHS.get(key, max(_SIZE_WIDTH, len(PROCESS[key].title) + 1))


@lru_cache(maxsize=8192)
def shown_text(text: str) -> str:
    """A command or user as it may go to a terminal; cached, as most come again every second."""
    return sanitize(text)


def _text(key: str) -> Callable[[Process], str] | None:
    get = attrgetter(key)
    if key in ("user", "command", "cgroup"):
        return lambda row: shown_text(get(row))
    if key == "started":
        return lambda row: fmt.moment(row.started)
    return None


def _tone(key: str, now: float) -> Callable[[Process], Tone] | None:
    if key in ("pss", "uss", "swap_pss", "pss_anon", "thp"):
        return lambda row: Tone.DIM if row.pss_at is not None and now - row.pss_at > STALE_AFTER else Tone.PLAIN
    if key == "majflt_rate":
        return lambda row: Tone.WARN if row.majflt_rate else Tone.PLAIN
    if key == "swap":
        return lambda row: Tone.SWAP if row.swap else Tone.PLAIN
    if key == "state":
        return lambda row: Tone.WARN if row.state == "D" else Tone.PLAIN
    return None


def column(key: str, now: float = 0.0) -> Column[Process]:
    """The column of a field; `now` (monotonic) tells which values are old."""
    return Column(PROCESS[key], _sized_width(key), attrgetter(key), _tone(key, now), _text(key))


def grid(spec: TableSpec, width: int, now: float) -> Grid[Process]:
    """The table's columns for a screen of `width` cells.

    Where they don't fit, the essential ones and the sorted one come first, then the command, and the rest is reached
    by scrolling sideways.
    """

    def look(row: Process) -> bool:
        return row.pss_at is not None and now - row.pss_at > STALE_AFTER

    keys = spec.columns
    if sum(_sized_width(key) + 1 for key in keys) + _ROOM_FOR_COMMAND > width:
        first = [key for key in keys if key in _ESSENTIAL or key == spec.sort]
        first += ["command"] if "command" in keys and "command" not in first else []
        first.sort(key=lambda key: (key == "command", keys.index(key)))
        rest = [key for key in keys if key not in first]
        columns = [column(key, now) for key in (*first, *rest)]
        taken = sum(_sized_width(key) + 1 for key in first)
        columns = [
            one._replace(width=max(_ROOM_FOR_COMMAND, width - taken)) if not one.width else one for one in columns
        ]
        return Grid(tuple(columns), width, spec.sort, spec.reverse, look)
    return Grid(tuple(column(key, now) for key in keys), width, spec.sort, spec.reverse, look)


def select(processes: Iterable[Process], spec: TableSpec) -> list[Process]:
    """The rows that pass the filters, in the order of the sort; those whose value is not known yet by RES."""
    rows = [row for row in processes if spec.kernel_threads or not row.kernel_thread]
    if spec.user:
        rows = [row for row in rows if row.user == spec.user]
    if spec.pids:
        rows = [row for row in rows if row.pid in spec.pids]
    if spec.filter:
        rows = [row for row in rows if matches(row, spec.filter)]
    return ordered(rows, column(spec.sort), reverse=spec.reverse, unknown=attrgetter("res"))


def matches(row: Process, words: str) -> bool:
    """Whether `words` stands in the command, the name, the user or the pid, capitals aside."""
    needle = words.casefold()
    return needle in row.command.casefold() or needle in row.comm.casefold() or needle == str(row.pid)


def users(snapshot: Snapshot) -> list[str]:
    """All users that have processes, A to Z."""
    return sorted({row.user for row in snapshot.processes.values() if row.user})


def _sum(rows: Iterable[Process], key: str) -> int:
    """The sum of a column over the rows that have a value."""
    return sum(filter(None, map(attrgetter(key), rows)))


def totals(rows: Sequence[Process], snapshot: Snapshot, spec: TableSpec, width: int) -> Line:
    """The line below the table: how many rows, their sums, and how old the oldest PSS among them is."""
    everyone = len(snapshot.processes) - (0 if spec.kernel_threads else snapshot.coverage.kernel_threads)
    oldest = min(filter(None, map(attrgetter("pss_at"), rows)), default=None)
    parts: list[Line] = [
        (Span("Σ", Tone.LABEL), Span(f" {len(rows)} of {everyone}")),
        (Span("PSS ", Tone.LABEL), Span(fmt.size(_sum(rows, "pss")).rjust(5), Tone.STRONG)),
        (Span("USS ", Tone.LABEL), Span(fmt.size(_sum(rows, "uss")).rjust(5))),
        (Span("SWAP ", Tone.LABEL), Span(fmt.size(_sum(rows, "swap")).rjust(5))),
        (
            Span("RES ", Tone.LABEL),
            Span(fmt.size(_sum(rows, "res")).rjust(5)),
            Span(" shared counted twice" if width >= 100 else "", Tone.DIM),
        ),
    ]
    if oldest is not None:
        parts.append((Span(f"PSS age ≤ {fmt.short_time(snapshot.at - oldest + 0.999)}", Tone.DIM),))
    return join(parts)
