"""`memtui slabs`: the kernel's slab caches, as slabtop -o prints them."""

from collections.abc import Mapping
from typing import Any

from memtui.model.fields import SLAB
from memtui.model.slabs import SlabRow
from memtui.proc.source import ProcSource
from memtui.report.document import document
from memtui.report.failure import Failure
from memtui.report.paper import paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view.slabs import DEFAULT_SORT, grid, heading, select


def run(source: ProcSource, limit: int | None, sort: str | None, *, as_json: bool) -> int:
    """Print the caches once, `limit` of them at most; the exit status."""
    (snapshot,) = snapshots(source, Request(needs=Need.SLABS), None, None, processes=False)
    slabs = snapshot.slabs
    if slabs is None or slabs.reason is not None:
        raise Failure(f"slabinfo: {slabs.reason if slabs else 'not read'}")
    sort = sort or DEFAULT_SORT
    chosen = select(snapshot, sort, reverse=False)[:limit]
    if as_json:
        print(document("slabs", snapshot, [row(one) for one in chosen]), flush=True)
    else:
        on = paper()
        table = grid(sort, on.width, reverse=False)
        show([*heading(snapshot, on.width), table.head, *(table.row(one) for one in chosen)], on)
    return 0


def row(one: SlabRow) -> Mapping[str, Any]:
    """Every field of a cache; growth takes two readings, which a single output doesn't have."""
    return {"name": one.name, **{key: getattr(one, key) for key in SLAB if key not in ("name", "growth")}}
