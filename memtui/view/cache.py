"""The page cache: which instrument counts, amounts, the system's hits and misses, and who they are of."""

from collections.abc import Callable
from operator import attrgetter
from typing import Final, NamedTuple

from memtui.model.cache import FLAW, FORMULA, CacheRow, Flow, PageCache
from memtui.model.fields import CACHE, MEMORY, PROCESS
from memtui.model.pagecache import Instrument, Quality
from memtui.model.snapshot import Snapshot
from memtui.view import format as fmt
from memtui.view.blocks import flow, margin, wrap
from memtui.view.columns import shown_text
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.series import sparkline, sticky_top
from memtui.view.text import cut, sanitize

DEFAULT_SORT: Final = "misses"
WORTH: Final = {
    Quality.EXACT: ("exact", Tone.GOOD),
    Quality.PARTIAL: ("misses within exact bounds, hits estimated", Tone.WARN),
    Quality.ESTIMATE: ("estimate", Tone.WARN),
}
_HISTORY: Final = 60  # samples
_NOTE_LINES: Final = 2
_LABEL: Final = 8
_TALL: Final = 22  # lines of a panel that has room for the histories and for what the numbers mean
_LOWEST_TOP: Final = 100.0


class CacheSpec(NamedTuple):
    """How the table is asked for: the order, and whether since the counting began or over the last interval."""

    sort: str = DEFAULT_SORT
    reverse: bool = False
    cumulative: bool = False
    pinned: bool = False


def columns(*, cumulative: bool = False) -> list[Column[CacheRow]]:
    """The columns of the per-process table, as cachetop names them."""
    time = "ever" if cumulative else "now"
    counts = [
        Column(CACHE[key], max(7, len(CACHE[key].title) + 1), attrgetter(f"{time}.{key}"))
        for key in ("hits", "misses", "dirties", "read_hit_pct", "write_hit_pct")
    ]
    return [
        Column(PROCESS["pid"], 7, attrgetter("pid"), text=_pid),
        Column(CACHE["uid"], 9, attrgetter("user"), text=lambda row: shown_text(row.user)),
        *counts,
        Column(CACHE["cmd"], 0, attrgetter("command"), text=_command, tone=_command_tone),
    ]


def grid(spec: CacheSpec, width: int) -> Grid[CacheRow]:
    """The table at this width."""
    return Grid(tuple(columns(cumulative=spec.cumulative)), width, spec.sort, spec.reverse, style=spec.cumulative)


def select(cache: PageCache, spec: CacheSpec) -> list[CacheRow]:
    """Processes in the order of a column, ended ones while they count; equal ones by what they missed ever."""
    by_key = {column.field.key: column for column in columns(cumulative=spec.cumulative)}
    rows = [row for row in cache.rows if spec.cumulative or not row.ended or not row.now.idle]
    rows.sort(key=_ever, reverse=True)
    return ordered(rows, by_key[spec.sort], reverse=spec.reverse)


class CacheView:
    """Draws what stands above the table. Between calls it keeps only the tops of the scales."""

    def __init__(self) -> None:
        self._tops: dict[str, float] = {}

    def heading(self, snapshot: Snapshot, spec: CacheSpec, width: int, height: int) -> list[Line]:
        """The lines, as many as a panel of this height has room for."""
        inner, tall = width - 1, height >= _TALL
        cache = snapshot.cache
        lines: list[Line] = [
            *instrument_lines(cache, inner, pinned=spec.pinned),
            *flow(_amounts(snapshot), inner),
            *(flow(_rates(cache), inner) if not tall else ()),
            *self._histories(snapshot, inner, tall=tall),
        ]
        if cache.refused is not None:
            lines += note("no total:", f"counters of others: {cache.refused}", inner)
        if tall:
            lines += note("counts:", FORMULA[cache.instrument.quality], inner)
            lines += note("errs:", FLAW[cache.instrument.quality], inner)
        return margin([*lines, EMPTY, _span(cache, spec, inner)])

    def _histories(self, snapshot: Snapshot, width: int, *, tall: bool) -> list[Line]:
        cache, room = snapshot.cache, max(10, min(_HISTORY, width - 30))
        ratio = snapshot.history.series("hit_ratio", room)
        lines = [
            _history(
                CACHE["hit_ratio"].title,
                fmt.percent(cache.now.read_hit_pct),
                "",
                sparkline(ratio, room, 100.0, Tone.CACHE),
                "0–100",
            )
        ]
        if not tall:
            return lines
        for key, name, tone in (
            ("total", "", Tone.PLAIN),
            ("misses", "cache_misses", Tone.WARN),
            ("hits", "", Tone.PLAIN),
            ("dirties", "cache_dirties", Tone.SWAP),
        ):
            now = fmt.rate(cache.rate(getattr(cache.now, key)))
            if not name:
                lines.append(_history(CACHE[key].title, now, "pages/s", (), ""))
                continue
            values = snapshot.history.series(name, room)
            top = self._tops[name] = sticky_top(self._tops.get(name, 0.0), values, _LOWEST_TOP)
            lines.append(
                _history(CACHE[key].title, now, "pages/s", sparkline(values, room, top, tone), f"0–{fmt.rate(top)}")
            )
        return lines


def instrument_lines(cache: PageCache, width: int, *, pinned: bool = False) -> list[Line]:
    """The instrument with what it is worth, and where there is a better one, what it would take."""
    instrument = cache.instrument
    if cache.pending:
        return [(Span("attaching …", Tone.DIM),)]
    words, tone = WORTH[instrument.quality]
    first: Line = (Span(f"{words}  ", tone), Span(f"counted by {instrument.name}", Tone.DIM))
    if pinned:
        first = (*first, Span("  pinned: counts on in other tabs", Tone.LABEL))
    why = why_not_better(instrument)
    return [first, *(note("better:", why, width) if why else ())]


def why_not_better(instrument: Instrument) -> str:
    """Why no better instrument, in one line; empty for the best."""
    if instrument.quality is Quality.EXACT or not instrument.refused:
        return ""
    reasons = list(dict.fromkeys(sanitize(str(reason)) for _, reason in instrument.refused))
    words = "; ".join(reasons)
    if len(reasons) > 1:
        words = "; ".join(f"{name}: {sanitize(str(reason))}" for name, reason in instrument.refused)
    return f"exact with {sanitize(instrument.command)} ({reasons[0]})" if instrument.command else words


def note(title: str, text: str, width: int) -> list[Line]:
    """A remark behind a word for it, on at most two lines."""
    title = title.ljust(max(_LABEL, len(title) + 1))
    pieces = wrap(text, max(10, width - len(title)), _NOTE_LINES)
    first = (Span(title, Tone.LABEL), Span(pieces[0], Tone.DIM))
    return [first, *((Span(" " * len(title)), Span(piece, Tone.DIM)) for piece in pieces[1:])]


def mebibytes(size: int | None) -> int | None:
    """Bytes in whole MiB, as cachestat shows buffers and cache."""
    return None if size is None else size >> 20


def _span(cache: PageCache, spec: CacheSpec, width: int) -> Line:
    if not spec.cumulative:
        time = "in the last interval" if cache.seconds is None else f"in the last {cache.seconds:.1f} s"
    elif cache.age is None:
        time = "since each process began"
    else:
        time = f"since the counting began, {fmt.duration(cache.age)} ago"
    title = "Pages by process, "
    other = "c: last interval" if spec.cumulative else "c: all that was counted"
    text = cut(f"{time}   {other}", width - len(title))
    return (Span(title, Tone.TITLE), Span(text, Tone.DIM))


def _history(title: str, value: str, unit: str, plot: Line, scale: str) -> Line:
    head = (Span(f"{title:<{_LABEL}}", Tone.LABEL), Span(f"{value:>6}", Tone.STRONG), Span(f" {unit:<8} ", Tone.DIM))
    return (*head, *plot, Span(f"▏{scale}", Tone.DIM)) if plot else head


def _amounts(snapshot: Snapshot) -> list[Line]:
    memory = snapshot.memory
    amounts = (
        ("buffers", memory.buffers, Tone.BUFFERS),
        ("cached", memory.cached, Tone.CACHE),
        ("sreclaimable", memory.get("SReclaimable"), Tone.SLAB),
        ("dirty", memory.get("Dirty"), Tone.WARN),
        ("writeback", memory.get("Writeback"), Tone.WARN),
    )
    return [
        (Span(f"{MEMORY[key].title} ", Tone.LABEL), Span(f"{fmt.size(value):>5}", tone if value else Tone.DIM))
        for key, value, tone in amounts
    ]


def _rates(cache: PageCache) -> list[Line]:
    rates = [
        (Span(f"{CACHE[key].title} ", Tone.LABEL), Span(f"{fmt.rate(cache.rate(getattr(cache.now, key))):>4}"))
        for key in ("total", "misses", "hits", "dirties")
    ]
    return [(Span("pages/s", Tone.DIM),), *rates]


def _ever(row: CacheRow) -> tuple[int, int]:
    return row.ever.misses or 0, row.ever.hits or 0


def _pid(row: CacheRow) -> str:
    return fmt.NONE if row.pid > 1 << 31 else str(row.pid)


def _command(row: CacheRow) -> str:
    return f"{shown_text(row.command)} (ended)" if row.ended else shown_text(row.command)


def _command_tone(row: CacheRow) -> Tone:
    return Tone.DIM if row.ended else Tone.PLAIN


def total_row(now: Flow) -> Callable[[str], int | float | None]:
    """The system's numbers by their keys, as the text and JSON faces name them."""
    return lambda key: now.read_hit_pct if key == "hit_ratio" else getattr(now, key)
