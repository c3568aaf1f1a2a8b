"""Histories as rows of block characters, newest at the right, and the scale that is printed beside them."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from memtui.view.lines import Line, Span, Tone

LEVELS: Final = " ▁▂▃▄▅▆▇█"
MISSING: Final = "·"
_FALL_BELOW: Final = 0.4
_Step = Callable[[float], float]


def sparkline(values: Sequence[float | None], width: int, top: float, tone: Tone) -> Line:
    """The newest `width` values on 0..`top`, exactly `width` cells; see `area` for the glyphs."""
    return area(values, width, 1, top, tone)[0]


def area(values: Sequence[float | None], width: int, height: int, top: float, tone: Tone) -> list[Line]:
    """The newest `width` values on 0..`top` as `height` rows, top row first, each exactly `width` cells.

    A zero is a dim baseline `▁`; anything above it is at least `▂`, so the two differ without colour too. A
    missing value is `·` on the baseline; where history has not begun, all is blank. Values beyond `top` fill
    their column.
    """
    shown = values[-width:] if width > 0 else ()
    levels = [None if value is None else _level(value, top, height * 8) for value in shown]
    blank = max(0, width - len(shown))
    return [_row(levels, blank, row, tone) for row in reversed(range(height))]


def sticky_top(previous: float, values: Iterable[float | None], floor: float) -> float:
    """The top of a printed scale in steps of 1, 2, 5 × 10ⁿ, never below `floor`.

    It rises at once to the step that holds the maximum of `values`, and falls only when all that is shown has
    become less than 40 % of it, so that a scale doesn't flicker between two steps.
    """
    return _sticky(previous, values, floor, _decimal_step)


def sticky_top_bytes(previous: float, values: Iterable[float | None], floor: float) -> float:
    """As `sticky_top`, in powers of two: 1, 2, 4 … 512 of each binary unit."""
    return _sticky(previous, values, floor, _binary_step)


def _level(value: float, top: float, full: int) -> int:
    """Eighths of a row: 1 is the baseline of a zero, so a positive value begins at 2."""
    if value <= 0:
        return 1
    return full if value >= top else max(2, round(value / top * full))


def _row(levels: Sequence[int | None], blank: int, row: int, tone: Tone) -> Line:
    runs = groupby(_cells(levels, blank, row, tone), key=lambda cell: cell.tone)
    return tuple(Span("".join(cell.text for cell in run), meaning) for meaning, run in runs)


def _cells(levels: Sequence[int | None], blank: int, row: int, tone: Tone) -> Iterator[Span]:
    for _ in range(blank):
        yield Span(" ", Tone.TRACK)
    for level in levels:
        if level is None:
            yield Span(" " if row else MISSING, Tone.TRACK)
        elif level == 1:
            yield Span(" ", tone) if row else Span(LEVELS[1], Tone.DIM)
        else:
            yield Span(LEVELS[min(8, max(0, level - row * 8))], tone)


def _sticky(previous: float, values: Iterable[float | None], floor: float, step: _Step) -> float:
    peak = max((value for value in values if value is not None), default=0.0)
    if previous * _FALL_BELOW <= peak <= previous:
        return max(previous, floor)
    return max(floor, step(peak)) if peak > 0 else floor


def _decimal_step(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 5) if step * power >= value), 10 * power)


def _binary_step(value: float) -> float:
    fraction, exponent = math.frexp(value)
    return value if fraction == 0.5 else math.ldexp(1.0, exponent)
