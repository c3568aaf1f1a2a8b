"""`memtui top`: the process table as text, all of it read anew for every table.

Without an interval the table comes at once and has no rates (`–`); with one, the first table comes after the first
interval, so that every table has rates. A captured tree with two instants has them at once.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from memtui.model.fields import PROCESS
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.report.document import document
from memtui.report.paper import Paper, paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view.blocks import margin
from memtui.view.columns import shown_text, value_of
from memtui.view.facts import facts
from memtui.view.grid import Grid
from memtui.view.header import Identity, Status, header
from memtui.view.lines import EMPTY, Line
from memtui.view.processes import TableSpec, grid, select, totals
from memtui.view.text import cells

_EVERYTHING: Final = Request(needs=Need.STATUS | Need.SMAPS | Need.OOM | Need.IO, complete=True)
_STATUS: Final = Status(0.0, paused=False, own_cpu_pct=None, own_rss=None, sample_ms=None)
_HEADER_ROWS: Final = 3  # without the line on the machine and memtui itself


def table_spec(**chosen: Any) -> TableSpec:
    """The table of these options of `TableSpec`, the sorted column among its columns."""
    spec = TableSpec(**chosen)
    columns = spec.columns
    if spec.sort not in columns:
        columns = (*columns[:-1], spec.sort, columns[-1])
    return replace(spec, columns=columns, kernel_threads=bool(spec.pids))


def run(
    source: ProcSource,
    spec: TableSpec,
    limit: int | None,
    interval: float | None,
    count: int | None,
    *,
    as_json: bool,
) -> int:
    """Print the table once, or `count` times at an interval (seconds); the exit status."""
    identity = Identity("", "", source.live)
    taken = snapshots(source, _EVERYTHING, interval, count)
    if interval is not None:
        next(taken)  # only its counters are of use, as the first half of a rate
    for number, snapshot in enumerate(taken):
        if as_json:
            print(document("top", snapshot, rows(snapshot, spec, limit)), flush=True)
        else:
            on = paper()
            show([*([EMPTY] if number else []), *lines(snapshot, identity, spec, limit, on)], on)
    return 0


def rows(snapshot: Snapshot, spec: TableSpec, limit: int | None) -> list[Mapping[str, Any]]:
    """The processes that pass the spec, kernel threads too, in its order, with every field of the field table."""
    chosen = select(snapshot.processes.values(), replace(spec, kernel_threads=True))[:limit]
    values = {key: value_of(key, snapshot.at) for key in PROCESS}
    return [{key: value(process) for key, value in values.items()} for process in chosen]


def lines(snapshot: Snapshot, identity: Identity, spec: TableSpec, limit: int | None, on: Paper) -> list[Line]:
    """The screen's lines on the machine, the table, and its totals, which are of all rows whatever the limit."""
    chosen = select(snapshot.processes.values(), spec)
    shown = chosen[:limit]
    columns = _columns(shown, spec, on, snapshot.at)
    return [
        *header(snapshot, identity, _STATUS, on.width, _HEADER_ROWS),
        *margin([facts(snapshot)]),
        EMPTY,
        columns.head,
        *(columns.row(row) for row in shown),
        totals(chosen, snapshot, spec, on.width),
    ]


def _columns(shown: list[Process], spec: TableSpec, on: Paper, now: float) -> Grid[Process]:
    """The columns for the paper; where nothing is cut, wide enough for the longest command."""
    columns = grid(spec, on.width, now)
    if on.cut:
        return columns
    room = columns.widths[-1]
    longest = max((cells(shown_text(row.command)) for row in shown), default=room)
    return grid(spec, on.width + max(0, longest - room), now)
