"""The page cache: amounts, the system's hit ratio, and the table of who reads and dirties."""

from operator import attrgetter
from typing import Final

from memtui.model.cache import FLAW, FORMULA, CacheRow
from memtui.model.fields import CACHE, MEMORY, PROCESS
from memtui.model.snapshot import Snapshot
from memtui.view import format as fmt
from memtui.view.blocks import flow, margin, wrap
from memtui.view.columns import shown_text
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.series import sparkline

DEFAULT_SORT: Final = "misses"
_HISTORY: Final = 60  # samples
_NOTE_LINES: Final = 3


def columns() -> list[Column[CacheRow]]:
    """The columns of the per-process table, as cachetop names them."""
    rates = [
        Column(CACHE[key], len(CACHE[key].title) + 1, attrgetter(key))
        for key in ("hits", "misses", "dirties", "read_hit_pct", "write_hit_pct")
    ]
    return [
        Column(PROCESS["pid"], 7, attrgetter("process.pid")),
        Column(PROCESS["user"], 9, attrgetter("process.user"), text=lambda row: shown_text(row.process.user)),
        *rates,
        Column(
            PROCESS["command"], 0, attrgetter("process.command"), text=lambda row: shown_text(row.process.command)
        ),
    ]


def grid(sort: str, width: int, *, reverse: bool) -> Grid[CacheRow]:
    """The table at this width."""
    return Grid(tuple(columns()), width, sort, reverse)


def select(snapshot: Snapshot, sort: str, *, reverse: bool) -> list[CacheRow]:
    """Processes in the order of a column; equal ones, the idle above all, by what they have read since start."""
    by_key = {column.field.key: column for column in columns()}
    rows = sorted(snapshot.cache_rows, key=_ever_read, reverse=True)
    return ordered(rows, by_key[sort], reverse=reverse)


def heading(snapshot: Snapshot, width: int) -> list[Line]:
    """Amounts, the system's rates with the history of the hit ratio, and what kind of numbers these are."""
    memory, cache = snapshot.memory, snapshot.cache
    amounts = (
        ("buffers", memory.buffers, Tone.BUFFERS),
        ("cached", memory.cached, Tone.CACHE),
        ("sreclaimable", memory.get("SReclaimable"), Tone.SLAB),
        ("dirty", memory.get("Dirty"), Tone.WARN),
        ("writeback", memory.get("Writeback"), Tone.WARN),
    )
    rates = (("total", cache.total), ("hits", cache.hits), ("misses", cache.misses), ("dirties", cache.dirties))
    room = max(10, min(_HISTORY, width - 24))
    refused = () if cache.refused is None else _note("no total: ", f"io of others {cache.refused}", width - 1)
    return margin(
        [
            *flow((_amount(*amount) for amount in amounts), width - 1),
            *flow((_rate(*rate) for rate in rates), width - 1),
            (
                Span(f"{CACHE['hit_ratio'].title} ", Tone.LABEL),
                Span(f"{fmt.percent(cache.hit_ratio):>5}  ", Tone.STRONG),
                *sparkline(snapshot.history.series("hit_ratio", room), room, 100.0, Tone.CACHE),
                Span("▏0–100", Tone.DIM),
            ),
            *refused,
            *_note("estimate: ", FORMULA, width - 1),
            *_note("it errs:  ", FLAW, width - 1),
            EMPTY,
        ]
    )


def _amount(key: str, value: int | None, tone: Tone) -> Line:
    return Span(f"{MEMORY[key].title} ", Tone.LABEL), Span(f"{fmt.size(value):>5}", tone if value else Tone.DIM)


def _rate(key: str, value: float | None) -> Line:
    return Span(f"{CACHE[key].title} ", Tone.LABEL), Span(f"{fmt.rate(value):>4}"), Span(" pages/s", Tone.DIM)


def _note(title: str, text: str, width: int) -> list[Line]:
    pieces = wrap(text, width - len(title), _NOTE_LINES)
    first = (Span(title, Tone.WARN), Span(pieces[0], Tone.DIM))
    return [first, *((Span(" " * len(title)), Span(piece, Tone.DIM)) for piece in pieces[1:])]


def _ever_read(row: CacheRow) -> int:
    return row.process.io.io.read_bytes if row.process.io else 0
