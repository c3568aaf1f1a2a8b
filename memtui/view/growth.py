"""Who grows: processes ranked by the trend of their own memory, each with its rate, range and shape."""

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

from memtui.model.fields import GROWTH
from memtui.model.growth import FLOOR, MIN_SECONDS, Trend
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.view import format as fmt
from memtui.view.blocks import flow, margin, wrap
from memtui.view.columns import column as process_column
from memtui.view.columns import width_of
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.series import LEVELS

DEFAULT_SORT: Final = "growth_rate"
CAREFUL: Final = (
    "growing: consistent with a leak; a cache that fills looks the same until it slows down. Enter shows which part "
    "of the process grows and which code does it."
)
_SHAPE_WIDTH: Final = 24
_COLUMNS: Final = (
    "pid", "user", "growth_state", "growth_rate", "growth_range", "growth_over", "growth_lasts", "uss", "swap",
    "growth_shape", "command",
)  # fmt: skip
_ROOM_FOR_COMMAND: Final = 16
_NOTE_LINES: Final = 3


def columns(available: int | None, width: int) -> list[Column[Process]]:
    """The columns that there is room for; `available` is MemAvailable in bytes."""
    own: dict[str, Column[Any]] = {
        "growth_range": Column(GROWTH["growth_range"], 15, attrgetter("trend"), _dim, _range),
        "growth_over": Column(GROWTH["growth_over"], 5, _over),
        "growth_lasts": Column(GROWTH["growth_lasts"], 6, lambda row: lasts(row, available)),
        "growth_shape": Column(GROWTH["growth_shape"], _SHAPE_WIDTH, attrgetter("trend"), _shape_tone, _shape),
    }
    made = {key: own[key] if key in own else process_column(key)._replace(width=width_of(key)) for key in _COLUMNS}
    for key in ("swap", "user", "growth_range", "growth_over", "uss", "growth_lasts", "growth_shape"):
        room = width - sum(one.width + 1 for one in made.values())
        if room >= _ROOM_FOR_COMMAND:
            break
        del made[key]
    return list(made.values())


def grid(snapshot: Snapshot, sort: str, width: int, *, reverse: bool) -> Grid[Process]:
    """The table at this width."""
    shown = columns(snapshot.memory.available, width)
    return Grid(tuple(shown), width, sort, reverse, lambda row: lasts(row, snapshot.memory.available))


def select(snapshot: Snapshot, sort: str, width: int, *, reverse: bool) -> list[Process]:
    """Processes in the order of a column; of equal ones the larger first."""
    rows = [row for row in snapshot.processes.values() if not row.kernel_thread]
    rows.sort(key=lambda row: -(row.uss if row.uss is not None else row.res))
    by = {one.field.key: one for one in columns(snapshot.memory.available, max(width, 200))}
    return ordered(rows, by.get(sort, by[DEFAULT_SORT]), reverse=reverse)


def heading(snapshot: Snapshot, width: int, traced: str) -> list[Line]:
    """How many grow, what that means, and what is being traced."""
    counts = Counter(row.growth_state for row in snapshot.processes.values() if not row.kernel_thread)
    items = [_counted(trend, counts[trend.value]) for trend in Trend]
    if counts[Trend.EARLY.value]:
        items[-1] = (*items[-1], Span(f" (a trend takes {MIN_SECONDS:.0f} s)", Tone.DIM))
    lines = flow(items, width - 1)
    lines += [(Span(piece, Tone.DIM),) for piece in wrap(CAREFUL, width - 1, _NOTE_LINES)]
    if traced:
        lines.append((Span("traced now: ", Tone.LABEL), Span(traced, Tone.STRONG)))
    return margin([*lines, EMPTY])


def _counted(trend: Trend, count: int) -> Line:
    tone = Tone.DIM if not count else Tone.WARN if trend is Trend.GROWING else Tone.PLAIN
    return Span(f"{count:>4} ", tone), Span(trend.value, Tone.LABEL)


def lasts(row: Process, available: int | None) -> float | None:
    """Seconds for which MemAvailable lasts while the process grows so."""
    rate = row.growth_rate
    return available / rate if available is not None and rate is not None and rate > 0 else None


def rate_range(low: float | None, high: float | None) -> str:
    """`79.9K … 80.5K`, or `–`."""
    return fmt.NONE if low is None or high is None else f"{fmt.size_rate(low)} … {fmt.size_rate(high)}"


def shape(points: Sequence[float], width: int) -> str:
    """Sizes as blocks, from the least to the most of them; flat where they hardly differ."""
    if not points:
        return ""
    least, most = min(points), max(points)
    shown = points[-width:]
    if most - least < FLOOR:
        return LEVELS[1] * len(shown)
    return "".join(LEVELS[1 + round(7 * (point - least) / (most - least))] for point in shown)


def _range(row: Process) -> str:
    trend = row.trend
    return fmt.NONE if trend is None or not trend.rate else rate_range(trend.low, trend.high)


def _over(row: Process) -> float | None:
    trend = row.trend
    return trend.seconds if trend is not None and trend.rate else None


def _shape(row: Process) -> str:
    return shape(row.trend.shape, _SHAPE_WIDTH) if row.trend is not None else ""


def _shape_tone(row: Process) -> Tone:
    return Tone.ANON if row.growth_state == Trend.GROWING.value else Tone.DIM


def _dim(row: Process) -> Tone:
    del row
    return Tone.DIM
