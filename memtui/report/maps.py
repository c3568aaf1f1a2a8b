"""`memtui maps PID`: the address space of one process, added up by what its parts are, or mapping by mapping.

The same reading, rules and columns as the Address space section of the drilldown. One reading of smaps, and one of
smaps_rollup beside it, which the sums are held against.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from memtui.model.fields import MAPPING
from memtui.model.mappings import AddressSpace, Group
from memtui.model.sample import ProcKey
from memtui.proc import mappings as smaps
from memtui.proc import pid_files, pid_stat, pid_status
from memtui.proc.pid_stat import PidStat
from memtui.proc.smaps import Rollup
from memtui.proc.smaps import parse as parse_rollup
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Unreadable, Why
from memtui.report.document import dumps, iso_time
from memtui.report.failure import Failure
from memtui.report.paper import Paper, paper, show
from memtui.sampling.address_space import read_address_space
from memtui.view import format as fmt
from memtui.view import maps as view
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.reconcile import in_words, sums
from memtui.view.text import cells, sanitize

T = TypeVar("T")

_WIDE: Final = 120  # cells from which on all columns fit beside a path
_GROUP_KEYS: Final = (
    "size", "rss", "pss", "uss", "swap", "swap_pss", "referenced", "anonymous", "anon_huge", "shared_clean",
    "shared_dirty", "private_clean", "private_dirty", "locked", "hugetlb",
)  # fmt: skip


def run(source: ProcSource, pid: int, *, every: bool, sort: str | None, as_json: bool) -> int:
    """Print the address space of a process; `every` mapping by mapping. The exit status."""
    stat = _stat(source, pid)
    key = ProcKey(pid, stat.starttime)
    wall = time.time() if source.manifest is None else source.manifest.wall
    space = read_address_space(source, key)
    if isinstance(space, Unavailable):
        raise Failure(f"process {pid}: {space}")
    if not space.mappings:
        raise Failure(f"process {pid}: no address space: {_why_none(stat)}")
    rollup, status = _rollup(source, pid), pid_status.parse(_quiet(source, f"{pid}/status"))
    if as_json:
        print(dumps(_document(space, rollup, wall, every=every, sort=sort)), flush=True)
        return 0
    on = paper()
    body = _mappings(space, sort, on) if every else _groups(space, sort, on)
    command = sanitize(pid_files.parse_cmdline(_quiet(source, f"{pid}/cmdline")) or f"[{stat.comm}]")
    checks = [in_words(one) for one in sums(space, rollup, status) if one.difference]
    words = checks or ["every sum over the mappings is what the kernel says of the whole process"]
    tail = [EMPTY, *((Span(one, Tone.DIM),) for one in words)]
    show([(Span(f"{pid} {command}"),), *body, *tail], on)
    return 0


def _document(
    space: AddressSpace, rollup: Rollup | None, wall: float, *, every: bool, sort: str | None
) -> Mapping[str, Any]:
    rows = (
        [mapping_row(one, *key) for one, key in zip(space.mappings, space.keys, strict=True)]
        if every
        else [group_row(group) for group in space.groups]
    )
    if sort is not None:
        rows.sort(key=lambda row: row.get(sort) or 0, reverse=True)
    missing = {key: "not in this kernel" for key in _GROUP_KEYS if getattr(space.total, key) is None}
    return {
        "command": "maps",
        "time": iso_time(wall),
        "interval": None,
        "pid": space.key.pid,
        "start_time": space.key.starttime,
        "rows": rows,
        "total": {**group_row(space.total), "group": None, "name": None},
        "rollup": rollup and {"rss": rollup.rss, "pss": rollup.pss, "uss": rollup.uss, "swap": rollup.swap},
        "seconds": round(space.seconds, 6),
        "unavailable": missing,
    }


def group_row(group: Group) -> dict[str, Any]:
    """A group as an object of JSON."""
    sizes = {key: getattr(group, key) for key in _GROUP_KEYS}
    return {"group": group.kind.value, "name": group.name, "mappings": len(group.mappings), **sizes}


def mapping_row(mapping: smaps.Mapping, kind: str, name: str) -> dict[str, Any]:
    """A mapping as an object of JSON: every line of smaps, and the group that it belongs to."""
    return {"group": str(kind), "name": name, **mapping._asdict(), "uss": mapping.uss}


def _groups(space: AddressSpace, sort: str | None, on: Paper) -> list[Line]:
    columns = view.group_columns(narrow=on.cut and on.width < _WIDE)
    groups = _ordered(columns, space.groups, sort)
    return _table(columns, groups, sort, on, space.total)


def _mappings(space: AddressSpace, sort: str | None, on: Paper) -> list[Line]:
    kinds = {one.start: key[0] for one, key in zip(space.mappings, space.keys, strict=True)}
    columns = view.mapping_columns(kinds)
    lines = _table(columns, _ordered(columns, space.mappings, sort), sort, on)
    sizes = "  ".join(f"{MAPPING[key].title} {fmt.size(getattr(space.total, key))}" for key in view.SIZES)
    return [*lines, (Span(f"{len(space.mappings)} mappings: {sizes}", Tone.DIM),)]


def _ordered(columns: list[Column[T]], rows: tuple[T, ...], sort: str | None) -> list[T]:
    column = next((one for one in columns if one.field.key == sort), None)
    return list(rows) if column is None else ordered(rows, column)


def _table(
    columns: list[Column[T]], rows: list[T], sort: str | None, on: Paper, total: T | None = None
) -> list[Line]:
    """The rows under their titles; where nothing is cut, the last column is as wide as its longest text."""
    grid = Grid(tuple(columns), on.width, sort or "")
    if not on.cut:
        last = columns[-1]
        longest = max((cells(str(last.value(row))) for row in rows), default=0)
        grid = Grid(tuple(columns), on.width + max(0, longest - grid.widths[-1]), sort or "")
    lines = [grid.head, *(grid.row(row) for row in rows)]
    return lines if total is None else [*lines, _total_line(grid, total)]


def _total_line(grid: Grid[T], total: T) -> Line:
    *spans, group, name = grid.row(total)
    return (*spans, Span(" " * len(group.text)), Span("all", name.tone))


def _stat(source: ProcSource, pid: int) -> PidStat:
    try:
        stat = pid_stat.parse(source.read(f"{pid}/stat"))
    except Unreadable as error:
        gone = error.reason.why in (Why.GONE, Why.ABSENT)
        raise Failure(f"no process {pid}" if gone else f"process {pid}: {error.reason}") from None
    if stat is None or stat.pid != pid:
        raise Failure(f"process {pid}: its stat file can't be read")
    return stat


def _why_none(stat: PidStat) -> str:
    if stat.kernel_thread:
        return "it is a kernel thread"
    return "it is a zombie" if stat.state == "Z" else "it has ended"


def _rollup(source: ProcSource, pid: int) -> Rollup | None:
    return _parsed(parse_rollup, _quiet(source, f"{pid}/smaps_rollup"))


def _parsed(parse: Callable[[bytes], T | None], data: bytes) -> T | None:
    return parse(data) if data else None


def _quiet(source: ProcSource, path: str) -> bytes:
    try:
        return source.read(path)
    except Unreadable:
        return b""
