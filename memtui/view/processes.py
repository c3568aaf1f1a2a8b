"""The process table: which rows pass, in which order or tree or groups, and the totals below."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.view import format as fmt
from memtui.view.columns import Look, column, is_stale, width_of
from memtui.view.filters import Filter, FilterError, compile_filter
from memtui.view.grid import Grid, ordered
from memtui.view.groups import BY, Group, groups
from memtui.view.lines import Line, Span, Tone, join
from memtui.view.tree import ADDS_UP, tree

DEFAULT_COLUMNS: Final = (
    "pid", "user", "virt", "res", "shr", "pss", "uss", "swap", "mem_pct", "minflt_rate", "majflt_rate", "oom_score",
    "cpu_pct", "cpu_time", "command",
)  # fmt: skip
_ESSENTIAL: Final = ("pid", "user", "members", "res", "pss", "uss", "swap")
_ROOM_FOR_COMMAND: Final = 16


@dataclass(frozen=True, slots=True)
class TableSpec:
    """What the user asked the table to show: all of it survives the next sample, the next resize and a restart.

    `group` is one of `groups.BY` or empty; `opened` the group whose members are shown.
    """

    columns: tuple[str, ...] = DEFAULT_COLUMNS
    sort: str = "pss"
    reverse: bool = False
    filter: str = ""
    user: str = ""
    pids: frozenset[int] = frozenset()
    kernel_threads: bool = False
    tree: bool = False
    group: str = ""
    opened: str | None = None
    full_command: bool = True

    @property
    def grouped(self) -> bool:
        """Whether the rows are groups."""
        return bool(self.group) and self.opened is None


class Arrangement(NamedTuple):
    """Rows in their order (processes, or groups of them), and the guides that a tree draws before commands."""

    rows: list[Any]
    lead: dict[ProcKey, str]


@lru_cache(maxsize=16)
def filter_of(text: str) -> Filter:
    """The filter of an expression; raises `FilterError`."""
    return compile_filter(text)


def filter_error(text: str) -> str:
    """What is wrong with an expression, or nothing."""
    try:
        filter_of(text)
    except FilterError as error:
        return str(error)
    return ""


def passing(processes: Iterable[Process], spec: TableSpec) -> list[Process]:
    """The processes that pass all filters; an expression that is wrong, or not finished, filters nothing."""
    rows = [row for row in processes if spec.kernel_threads or not row.kernel_thread]
    if spec.user:
        rows = [row for row in rows if row.user == spec.user]
    if spec.pids:
        rows = [row for row in rows if row.pid in spec.pids]
    if spec.opened is not None:
        name_of = BY[spec.group]
        rows = [row for row in rows if name_of(row) == spec.opened]
    if spec.filter and not filter_error(spec.filter):
        test = filter_of(spec.filter)
        rows = [row for row in rows if test(row)]
    return rows


def select(processes: Iterable[Process], spec: TableSpec) -> list[Process]:
    """The rows that pass the filters, in the order of the sort; those whose value is not known yet by RES."""
    return _sorted(spec)(passing(processes, spec))


def arrange(snapshot: Snapshot, spec: TableSpec, folded: Collection[ProcKey] = ()) -> Arrangement:
    """The rows of the table as the spec has it: one under another, as a tree, or added up in groups."""
    rows = passing(snapshot.processes.values(), spec)
    if spec.grouped:
        sort = spec.sort if spec.sort in ADDS_UP or spec.sort in ("oom_score", "command", "members") else "pss"
        return Arrangement(ordered(groups(rows, spec.group), column(sort), reverse=spec.reverse), {})
    if spec.tree:
        arranged = tree(rows, _sorted(spec), folded)
        return Arrangement(arranged.rows, dict(arranged.lead))
    return Arrangement(_sorted(spec)(rows), {})


def _sorted(spec: TableSpec) -> Callable[[list[Process]], list[Process]]:
    by, size = column(spec.sort), attrgetter("res")
    return lambda rows: ordered(rows, by, reverse=spec.reverse, unknown=size)


def shown_columns(spec: TableSpec) -> tuple[str, ...]:
    """The columns of the table; groups have their count, and no column that doesn't add up."""
    if not spec.grouped:
        return spec.columns
    return ("members", *(key for key in spec.columns if key in ADDS_UP or key in ("oom_score", "command")))


def grid(spec: TableSpec, width: int, now: float, lead: dict[ProcKey, str] | None = None) -> Grid[Any]:
    """The table's columns for a screen of `width` cells, at monotonic time `now`.

    Where they don't fit, the essential ones and the sorted one come first, then the command, and the rest is reached
    by scrolling sideways.
    """
    look = Look(now, spec.full_command or spec.grouped, lead or {})
    keys = shown_columns(spec)
    ages = "pss_age" in keys

    def changing(row: Any) -> Any:
        return now if ages else (is_stale(row, now), look.lead.get(row.key))

    if sum(width_of(key) + 1 for key in keys) + _ROOM_FOR_COMMAND <= width:
        columns = [column(key, look) for key in keys]
    else:
        first = [key for key in keys if key in _ESSENTIAL or key == spec.sort]
        first += ["command"] if "command" in keys and "command" not in first else []
        first.sort(key=lambda key: (key == "command", keys.index(key)))
        columns = [column(key, look) for key in (*first, *(key for key in keys if key not in first))]
        room = max(_ROOM_FOR_COMMAND, width - sum(width_of(key) + 1 for key in first))
        columns = [one if one.width else one._replace(width=room) for one in columns]
    return Grid(tuple(columns), width, spec.sort, spec.reverse, changing, spec.full_command)


def matches(row: Any, words: str) -> bool:
    """Whether `words` stands in the command, the name or the pid of a process, capitals aside; for the search."""
    needle = words.casefold()
    if isinstance(row, Group):
        return needle in row.name.casefold()
    return needle in row.command.casefold() or needle in row.comm.casefold() or needle == str(row.pid)


def users(snapshot: Snapshot) -> list[str]:
    """All users that have processes, A to Z."""
    return sorted({row.user for row in snapshot.processes.values() if row.user})


def _sum(rows: Iterable[Process], key: str) -> int:
    """The sum of a column over the rows that have a value."""
    return sum(filter(None, map(attrgetter(key), rows)))


def totals(rows: Sequence[Process], snapshot: Snapshot, spec: TableSpec, width: int) -> Line:
    """The line below the table: how many processes pass, their sums, the oldest PSS among them.

    Σ PSS of all processes is what the kernel counts as AnonPages and Mapped, less what has no PSS yet: shown while
    nothing is filtered away.
    """
    everyone = len(snapshot.processes) - (0 if spec.kernel_threads else snapshot.coverage.kernel_threads)
    oldest = min(filter(None, map(attrgetter("pss_at"), rows)), default=None)
    pss = _sum(rows, "pss")
    parts: list[Line] = [
        (Span(" Σ", Tone.LABEL), Span(f" {len(rows)} of {everyone}")),
        (Span("PSS ", Tone.LABEL), Span(fmt.size(pss).rjust(5), Tone.STRONG)),
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
    anon, mapped = snapshot.memory.get("AnonPages"), snapshot.memory.get("Mapped")
    if len(rows) == everyone and width >= 150 and anon is not None and mapped is not None:
        whole = anon + mapped
        words = f"AnonPages + Mapped {fmt.size(whole)}, not in Σ PSS {fmt.size(whole - pss)}"
        parts.append((Span(words, Tone.DIM),))
    return join(parts)
