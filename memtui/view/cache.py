"""The page cache: amounts, the system's hit ratio, and the table of who reads and dirties."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from memtui.model.cache import FLAW, FORMULA, CacheRow
from memtui.model.fields import CACHE, MEMORY, PROCESS
from memtui.model.snapshot import Snapshot
from memtui.view import format as fmt
from memtui.view.bars import meter
from memtui.view.columns import shown_text
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import Line, Span, Tone, fit
from memtui.view.series import sparkline

DEFAULT_SORT: Final = "misses"


def columns() -> list[Column[CacheRow]]:
    """The columns of the per-process table, as cachetop names them."""
    rates = [
        Column(CACHE[key], 10, attrgetter(key))
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
    first: list[Span] = []
    for key, value, tone in amounts:
        first += [
            Span(f"{MEMORY[key].title} ", Tone.LABEL),
            Span(f"{fmt.size(value):>5}  ", tone if value else Tone.DIM),
        ]
    room = max(10, min(60, width - 34))
    ratios = snapshot.history.series("hit_ratio", room)
    return [
        tuple(first),
        _rates(cache.total, cache.hits, cache.misses, cache.dirties),
        (
            Span("HIT% ", Tone.LABEL),
            Span(f"{fmt.percent(cache.hit_ratio):>5} ", Tone.STRONG),
            *sparkline(ratios, room, 100.0, Tone.CACHE),
            Span("  scale 0–100", Tone.DIM),
        ),
        fit((Span("cached share of RAM ", Tone.LABEL), *_share(snapshot, width)), width),
        fit((Span("estimate ", Tone.WARN), Span(FORMULA, Tone.DIM)), width),
        fit((Span("  it errs: ", Tone.WARN), Span(FLAW, Tone.DIM)), width),
        (),
    ]


def _rates(total: float | None, hits: float | None, misses: float | None, dirties: float | None) -> Line:
    spans: list[Span] = []
    for key, value in (("total", total), ("hits", hits), ("misses", misses), ("dirties", dirties)):
        spans += [Span(f"{CACHE[key].title} ", Tone.LABEL), Span(f"{fmt.rate(value):>4}/s  ")]
    return (*spans, Span("pages", Tone.DIM))


def _share(snapshot: Snapshot, width: int) -> Sequence[Span]:
    memory = snapshot.memory
    share = 100 * memory.buff_cache / memory.total if memory.total else None
    bar = meter(memory.buff_cache, memory.total, max(10, min(60, width - 30)), Tone.CACHE)
    return (Span(f"{fmt.percent(share):>5}% "), *bar)


def _ever_read(row: CacheRow) -> int:
    return row.process.io.io.read_bytes if row.process.io else 0
