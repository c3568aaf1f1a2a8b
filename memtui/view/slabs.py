"""The table of kernel slab caches."""

from operator import attrgetter
from typing import Final

from memtui.model.fields import SLAB
from memtui.model.slabs import SlabRow
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import PENDING
from memtui.view import format as fmt
from memtui.view.blocks import flow, margin
from memtui.view.columns import shown_text
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.reasons import missing

DEFAULT_SORT: Final = "size"
_WIDTHS: Final = {
    "growth": 7,
    "objects": 9,
    "active": 9,
    "used_pct": 6,
    "object_size": 9,
    "slabs": 8,
    "name": 0,
    "size": 6,
}


def columns() -> list[Column[SlabRow]]:
    """The columns, as slabtop names them."""
    return [_column(key) for key in SLAB]


def _column(key: str) -> Column[SlabRow]:
    tone = (lambda row: Tone.WARN if row.growth and row.growth > 0 else Tone.PLAIN) if key == "growth" else None
    text = (lambda row: shown_text(row.name)) if key == "name" else None
    return Column(SLAB[key], _WIDTHS[key], attrgetter(key), tone, text)


def grid(sort: str, width: int, *, reverse: bool) -> Grid[SlabRow]:
    """The table at this width."""
    return Grid(tuple(columns()), width, sort, reverse)


def select(snapshot: Snapshot, sort: str, *, reverse: bool) -> list[SlabRow]:
    """The caches in the order of a column; empty ones, of which there are many, last among equals."""
    rows = snapshot.slabs.rows if snapshot.slabs else ()
    by_size = sorted(rows, key=lambda row: (-row.size, row.name))
    return ordered(by_size, _column(sort), reverse=reverse)


def heading(snapshot: Snapshot, width: int) -> list[Line]:
    """What all caches take beside the kernel's own sums, or why nothing is known."""
    slabs, memory = snapshot.slabs, snapshot.memory
    if slabs is None or slabs.reason is not None:
        return margin([missing(PENDING if slabs is None or slabs.reason is None else slabs.reason, width - 1), EMPTY])
    sums = (
        (f"{len(slabs.rows)} caches ", slabs.size),
        ("Slab ", memory.get("Slab")),
        ("of it reclaimable ", memory.get("SReclaimable")),
        ("fixed ", memory.get("SUnreclaim")),
    )
    note = (Span("larger objects come from the page allocator and are in no cache", Tone.DIM),)
    parts = [(Span(words, Tone.LABEL), Span(fmt.size(size), Tone.STRONG)) for words, size in sums]
    return margin([*flow([*parts, note], width - 1), EMPTY])
