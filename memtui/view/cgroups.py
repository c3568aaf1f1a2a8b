"""The cgroup tree: its columns, which rows pass and in which order, and the limit that memtui itself is under."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, NamedTuple

from memtui.model.cgroups import Cgroups, GroupRow, parent
from memtui.model.fields import CGROUP, Unit
from memtui.model.snapshot import Snapshot
from memtui.proc.cgroup import NO_LIMIT
from memtui.proc.unavailable import PENDING
from memtui.view import format as fmt
from memtui.view.bars import meter
from memtui.view.blocks import flow, margin
from memtui.view.columns import shown_text
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.reasons import missing

UNLIMITED: Final = "∞"
_ALL: Final = tuple(CGROUP)
_NARROW: Final = ("usage", "anon", "file", "kernel", "swap", "max", "used_pct", "oom_kills", "path")
_MEDIUM: Final = (
    "usage", "anon", "file", "kernel", "sock", "swap", "high", "max", "used_pct", "max_rate", "oom_kills", "some",
    "procs", "path",
)  # fmt: skip
_MEDIUM_FROM: Final = 110
_ALL_FROM: Final = 190
_NEARLY: Final = 90.0  # percent of its limit from which a cgroup is pointed out
_METER: Final = 24


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """What the user asked of the table: the sorted column, the words of a filter, tree or flat."""

    sort: str = "usage"
    reverse: bool = False
    filter: str = ""
    tree: bool = True


class Arrangement(NamedTuple):
    """Rows in their order, the guides that a tree draws before names, and how many there are in all."""

    rows: list[GroupRow]
    lead: Mapping[str, str]


def keys(width: int, version: int) -> tuple[str, ...]:
    """The columns that there is room for; those that only the other version has are left out."""
    chosen = _ALL if width >= _ALL_FROM else _MEDIUM if width >= _MEDIUM_FROM else _NARROW
    only = {
        1: ("memsw_max",),
        2: ("min", "high", "swap_max", "high_rate", "low_rate", "ooms", "some", "full", "scan_rate"),
    }
    other = only.get(3 - version, ())
    return tuple(key for key in chosen if key not in other)


def columns(width: int, version: int, lead: Mapping[str, str] | None = None) -> list[Column[GroupRow]]:
    """The columns at a width of the screen."""
    return [_column(key, lead) for key in keys(width, version)]


def grid(snapshot: Snapshot, spec: GroupSpec, width: int, lead: Mapping[str, str]) -> Grid[GroupRow]:
    """The table at this width."""
    version = snapshot.cgroups.version if snapshot.cgroups else 2

    def look(row: GroupRow) -> str:
        return lead.get(row.path, "")

    return Grid(tuple(columns(width, version, lead)), width, spec.sort, spec.reverse, look, bool(lead))


def arrange(groups: Cgroups | None, spec: GroupSpec, folded: Collection[str]) -> Arrangement:
    """The rows that pass, in the order of the sorted column, as a tree or flat.

    Under a filter the tree has the cgroups above those that pass too, and nothing is folded.
    """
    if groups is None:
        return Arrangement([], {})
    rows = list(groups.rows.values())
    column = _column(spec.sort, None)
    words = spec.filter.casefold().split()
    if words:
        rows = [row for row in rows if all(word in row.path.casefold() for word in words)]
    if not spec.tree:
        return Arrangement(ordered(rows, column, reverse=spec.reverse), {})
    if words:
        rows = _with_parents(rows, groups.rows)
    return _tree(ordered(rows, column, reverse=spec.reverse), set() if words else folded)


def heading(snapshot: Snapshot, width: int) -> list[Line]:
    """The limit that really applies to memtui here, the host's RAM beside it; what the hierarchy is."""
    groups = snapshot.cgroups
    if groups is None:
        return margin([missing(PENDING, width - 1), EMPTY])
    if groups.reason is not None:
        return margin([missing(groups.reason, width - 1), EMPTY])
    memory = snapshot.memory
    host = Span("host RAM ", Tone.LABEL), Span(f"{fmt.size(memory.total)}, {fmt.size(memory.available)} available")
    kind = (
        Span(f"cgroup v{groups.version}", Tone.LABEL),
        Span(f"  {len(groups.rows)} cgroups; sizes are of a cgroup and all below it", Tone.DIM),
    )
    return margin([*flow([_own(groups, memory.total), host, kind], width - 1), EMPTY])


def own_limit(groups: Cgroups) -> GroupRow | None:
    """The cgroup whose limit is the smallest above memtui; None where there is no limit."""
    path, found = groups.own, None
    while path is not None:
        row = groups.rows.get(path)
        if (
            row is not None
            and row.max is not None
            and row.max != NO_LIMIT
            and (found is None or row.max < _max(found))
        ):
            found = row
        path = parent(path)
    return found


def _max(row: GroupRow) -> float:
    return NO_LIMIT if row.max is None else row.max


def _own(groups: Cgroups, total: int) -> Line:
    row = own_limit(groups)
    if row is None or row.max is None or row.usage is None or (total and row.max >= total):
        where = shown_text(groups.own) if groups.own else "?"
        return Span("no limit here ", Tone.LABEL), Span(f"memtui is in {where}", Tone.DIM)
    tone = Tone.BAD if row.usage >= _NEARLY / 100 * row.max else Tone.GOOD
    return (
        Span("limit here ", Tone.LABEL),
        Span(fmt.size(int(row.max)), Tone.STRONG),
        Span(" ▕", Tone.TRACK),
        *meter(row.usage, row.max, _METER, tone),
        Span("▏ ", Tone.TRACK),
        Span(f"{fmt.size(row.usage)} used, {fmt.size(int(row.max) - row.usage)} left", Tone.STRONG),
        Span(f" set by {shown_text(row.path)}", Tone.DIM),
    )


# -- columns --------------------------------------------------------------------------------------------------------


def _column(key: str, lead: Mapping[str, str] | None) -> Column[GroupRow]:
    field = CGROUP[key]
    width = 0 if key == "path" else max(len(field.title) + 1, 5 if field.unit is Unit.BYTES else 4)
    return Column(field, width, attrgetter(key), _tone(key), _text(key, lead))


def _text(key: str, lead: Mapping[str, str] | None) -> Any:
    if key == "path":
        if not lead:
            return lambda row: shown_text(row.path)
        return lambda row: lead.get(row.path, "") + shown_text(row.name)
    if CGROUP[key].unit is Unit.BYTES:
        get = attrgetter(key)
        return lambda row: UNLIMITED if get(row) == NO_LIMIT else fmt.size(int(get(row)))
    return None


def _tone(key: str) -> Any:
    if key in ("high", "max", "swap_max", "memsw_max", "min", "low"):
        return lambda row: Tone.DIM if getattr(row, key) in (0, NO_LIMIT) else Tone.PLAIN
    if key == "used_pct":
        return lambda row: Tone.BAD if (row.used_pct or 0) >= _NEARLY else Tone.PLAIN
    if key in ("max_rate", "high_rate", "low_rate", "refault_rate", "scan_rate", "majflt_rate", "some", "full"):
        return lambda row: Tone.WARN if getattr(row, key) else Tone.DIM
    if key in ("oom_kills", "ooms"):
        return lambda row: Tone.BAD if getattr(row, key) else Tone.DIM
    if key == "swap":
        return lambda row: Tone.SWAP if row.swap else Tone.DIM
    return None


# -- the tree -------------------------------------------------------------------------------------------------------


def _with_parents(rows: Sequence[GroupRow], every: Mapping[str, GroupRow]) -> list[GroupRow]:
    found = {row.path: row for row in rows}
    for row in rows:
        path = parent(row.path)
        while path is not None and path not in found:
            if path in every:
                found[path] = every[path]
            path = parent(path)
    return list(found.values())


def _tree(rows: Sequence[GroupRow], folded: Collection[str]) -> Arrangement:
    """Rows, which are in the order of siblings, as a tree."""
    known = {row.path for row in rows}
    below: dict[str | None, list[GroupRow]] = {}
    for row in rows:
        above = parent(row.path)
        below.setdefault(above if above in known else None, []).append(row)
    out: list[GroupRow] = []
    lead: dict[str, str] = {}
    todo = [(row, "", True, False) for row in reversed(below.get(None, []))]
    while todo:
        row, indent, last, child = todo.pop()
        children = below.get(row.path, [])
        closed = bool(children) and row.path in folded
        lead[row.path] = (indent + ("└─ " if last else "├─ ") if child else "") + ("+ " if closed else "")
        out.append(row)
        if not closed:
            deeper = indent + ("   " if last else "│  ") if child else ""
            todo += [(one, deeper, one is children[-1], True) for one in reversed(children)]
    return Arrangement(out, lead)
