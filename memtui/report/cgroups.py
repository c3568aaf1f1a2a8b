"""`memtui cgroups`: the tree of memory cgroups with usage, limits, events and pressure."""

from collections.abc import Mapping
from math import isinf
from typing import Any

from memtui.model.cgroups import GroupRow
from memtui.model.fields import CGROUP, Field, Unit
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.report.document import document
from memtui.report.failure import Failure
from memtui.report.paper import Paper, paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view.cgroups import Arrangement, GroupSpec, arrange, grid, heading, own_limit
from memtui.view.lines import EMPTY, Line
from memtui.view.text import cells, sanitize


def run(source: ProcSource, interval: float | None, count: int | None, spec: GroupSpec, *, as_json: bool) -> int:
    """Print the tree once, or `count` times at an interval (seconds); the exit status."""
    request = Request(needs=Need.CGROUPS, complete=True)
    taken = snapshots(source, request, interval, count, processes=False)
    if interval is not None:
        next(taken)  # only its counters are of use, as the first half of a rate
    for number, snapshot in enumerate(taken):
        groups = snapshot.cgroups
        if groups is None or groups.reason is not None:
            raise Failure(f"cgroups: {groups.reason if groups else 'not read'}")
        arranged = arrange(groups, spec, ())
        if as_json:
            own = own_limit(groups)
            limit = {
                "path": groups.own,
                "max": _plain(own.max, CGROUP["max"]) if own else None,
                "set_by": own.path if own else None,
            }
            print(document("cgroups", snapshot, [row(one) for one in arranged.rows], own=limit), flush=True)
        else:
            on = paper()
            show([*([EMPTY] if number else []), *lines(snapshot, arranged, spec, on)], on)
    return 0


def row(one: GroupRow) -> Mapping[str, Any]:
    """Every field of a cgroup; limits that are none are null and named in `unlimited`."""
    limits = [key for key, value in one._asdict().items() if isinstance(value, float) and isinf(value)]
    values = {key: _plain(getattr(one, key), field) for key, field in CGROUP.items() if field.unit is not Unit.TEXT}
    return {"path": one.path, "version": one.version, **values, "unlimited": limits, "events": dict(one.events)}


def lines(snapshot: Snapshot, arranged: Arrangement, spec: GroupSpec, on: Paper) -> list[Line]:
    """The heading and the table; where nothing is cut, wide enough for the longest name."""
    width = on.width
    if not on.cut:
        longest = max(
            (cells(arranged.lead.get(one.path, "") + sanitize(one.path)) for one in arranged.rows), default=0
        )
        width += longest
    table = grid(snapshot, spec, width, arranged.lead)
    return [*heading(snapshot, on.width), table.head, *(table.row(one) for one in arranged.rows)]


def _plain(value: float | None, field: Field) -> float | int | None:
    """A number as JSON has it: sizes whole, a limit that is none null."""
    if value is None or isinf(value):
        return None
    return int(value) if field.unit is Unit.BYTES else value
