"""The one place that touches plotext: sizes over time as a plot made of lines.

plotext is imported when the first plot is drawn (it takes longer than the first screen) and is given numbers from 0
to 1 only: a NaN ends its C++ kernel, and with it the whole program, where no `except` can help. Its figure is one
for the process, so plots are drawn in the thread of the screen only.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import ceil, isfinite
from typing import Any, Final, NamedTuple

from memtui.view import format as fmt
from memtui.view.lines import Line, Span, Tone, fit, join, width_of
from memtui.view.text import cut, sanitize

MIN_WIDTH: Final = 20
MIN_HEIGHT: Final = 5
_MAX_WIDTH: Final = 600
_MAX_HEIGHT: Final = 200
_LARGEST: Final = 2.0**80  # bytes: beyond it, a number is no size
_SCALE: Final = 5  # cells of a size on the y axis, as `format.size` promises: the axis stays where it is
_LETTER_GAP: Final = 3
_LETTER_PERIOD: Final = 24
_LABEL: Final = 7  # cells that a label of the time axis needs
_M, _H, _D = 60, 3600, 86400

# What a time axis may show, and how far apart its labels stand: each is a whole number of one unit.
_SPANS: Final = (
    (_M, 15), (2 * _M, _M), (5 * _M, _M), (10 * _M, 2 * _M), (15 * _M, 5 * _M), (30 * _M, 10 * _M),
    (_H, 15 * _M), (2 * _H, _H), (3 * _H, _H), (6 * _H, 2 * _H), (12 * _H, 3 * _H),
    (_D, 6 * _H), (2 * _D, _D), (4 * _D, _D), (7 * _D, _D),
    (28 * _D, 7 * _D), (84 * _D, 28 * _D), (364 * _D, 91 * _D),
)  # fmt: skip
_SGR: Final = re.compile(r"\x1b\[([\d;]*)m")
_Run = list[tuple[float, float]]
Text = Callable[[float | None], str]


class Series(NamedTuple):
    """One line of the plot: (time, bytes) oldest first, each value holding until the next point.

    The first letter of the name is written along the line, so that lines are told apart without colour. None, NaN,
    infinities and negative values are gaps.
    """

    name: str
    tone: Tone
    points: Sequence[tuple[float | None, float | None]]


class TimeAxis(NamedTuple):
    """Monotonic seconds at the right edge, seconds shown, and seconds between two labels."""

    now: float
    span: float
    tick: float


def time_axis(first: float, now: float, width: int, at_most: float | None = None) -> TimeAxis:
    """The shortest axis of a plot `width` cells wide that shows everything since `first`, at most a year.

    With `at_most` it shows these last seconds, even where there is more.

    The right edge moves in steps of one dot: between them, the same points give the same plot.
    """
    seen = now - first if at_most is None else min(now - first, at_most)
    span, tick = next((axis for axis in _SPANS if axis[0] >= seen), _SPANS[-1])
    dot = span / (2 * _canvas(max(width, MIN_WIDTH)))
    return TimeAxis(ceil(now / dot) * dot, span, tick) if isfinite(now / dot) else TimeAxis(now, span, tick)


def zoomed(span: float | None, step: int, seen: float) -> float | None:
    """The seconds to show after zooming in (1) or out (-1) from `span` (None: all of the `seen` seconds)."""
    spans = [float(axis[0]) for axis in _SPANS]
    whole = next((index for index, axis in enumerate(spans) if axis >= seen), len(spans) - 1)
    place = whole if span is None else spans.index(span) if span in spans else whole
    place = max(0, min(place - step, whole))
    return None if place == whole else spans[place]


def size_text(value: float | None) -> str:
    """Bytes as the scale and the legend have them."""
    return fmt.size(None if value is None else int(value))


def plot(
    series: Sequence[Series], axis: TimeAxis, top: float, width: int, height: int, text: Text = size_text
) -> list[Line]:
    """A line with the current values, and below it the plot of 0..`top` bytes; at most `width` x `height` cells.

    `text` writes a value in at most 5 cells. Less than 20 x 5 cells give an empty list. Never raises: if plotext
    fails, the second line says so.
    """
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return []
    width, height = min(width, _MAX_WIDTH), min(height, _MAX_HEIGHT)
    first = _legend(series, width, text)
    try:
        return [first, *_drawn(series, axis, min(top, _LARGEST) if top > 0 else 1.0, width, height - 1, text)]
    except Exception as error:  # a plot is not worth the monitor
        why = sanitize(f"no plot: {type(error).__name__}: {error}")
        return [first, (Span(cut(why, width), Tone.DIM),)]


def _legend(series: Sequence[Series], width: int, text: Text) -> Line:
    """Names and current values, as many as fit whole, close together where that helps."""
    entries = [(Span(one.name, one.tone), Span(f" {text(_current(one)):<{_SCALE}}")) for one in series]
    gap = "  " if width_of(join(entries, "  ")) <= width else " "
    while entries and width_of(join(entries, gap)) > width:
        entries.pop()
    return join(entries, gap)


def _current(series: Series) -> float | None:
    return _size(series.points[-1][1]) if series.points else None


def _drawn(series: Sequence[Series], axis: TimeAxis, top: float, width: int, height: int, text: Text) -> list[Line]:
    import plotext

    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.theme("colorless")
    figure.canvas("default")
    figure.axes(False, side=1)
    _rule(figure, axis, top, width, height, text)
    tones: dict[str, Tone] = {}
    shapes = [list(_steps(one.points, axis, top)) for one in series]
    for number, (one, runs) in enumerate(zip(series, shapes, strict=True), start=1):
        tones[f"38;5;{number}"] = one.tone  # plotext carries the number through to the cell: the colour is ours
        for run in runs:
            _draw(figure, run, plotext.marker("braille", number), lines=True)
    for number, (one, runs) in enumerate(zip(series, shapes, strict=True), start=1):
        letters = [(x, y) for x in _letter_places(number - 1, len(series), _canvas(width)) for y in _at(runs, x)]
        if letters:
            _draw(figure, letters, plotext.marker(one.name[0], number), lines=False)
    return [_line(row, tones, width) for row in figure.build().string().splitlines()[:height]]


def _draw(figure: Any, run: _Run, marker: Any, *, lines: bool) -> None:
    if not all(0 <= x <= 1 and 0 <= y <= 1 for x, y in run):
        raise ValueError("a point outside the plot")
    x, y = zip(*run, strict=True)
    figure.draw(figure.signal(list(x), list(y), marker=marker).lines(lines))


def _rule(figure: Any, axis: TimeAxis, top: float, width: int, height: int, text: Text) -> None:
    """Both rulers run from 0 to 1; their labels say what that means."""
    figure.ruler("both").alignment(lim="edge").lim(0, 1)
    parts = 4 if height >= 10 else 2
    shares = [part / parts for part in range(parts + 1)]
    figure.ruler("y").ticks(shares, [text(top * share).rjust(_SCALE) for share in shares])
    parts = round(axis.span / axis.tick)
    if parts * _LABEL > _canvas(width):
        parts = 1
    shares = [part / parts for part in range(parts + 1)]
    ago = [f"-{fmt.short_time(round(axis.span * part / parts))}" for part in range(parts, 0, -1)]
    figure.ruler("x").ticks(shares, [*ago, "now"])


def _steps(points: Sequence[tuple[float | None, float | None]], axis: TimeAxis, top: float) -> Iterator[_Run]:
    """The visible runs of (x, y) from 0 to 1, one for each stretch without a gap; the last value lasts till now."""
    timed = [(_place(time, axis), _size(value)) for time, value in points if time is not None and isfinite(time)]
    run: _Run = []
    for (x, value), (end, _) in pairwise([*timed, (1.0, None)]):
        if value is None or x > 1 or end < 0:
            if run:
                yield run
            run = []
            continue
        y = min(value / top, 1.0)
        left, right = max(x, 0.0), min(max(x, end), 1.0)
        if run and run[-1] == (left, y):
            run[-1] = (right, y)
        else:
            run += [(left, y), (right, y)]
    if run:
        yield run


def _place(time: float, axis: TimeAxis) -> float:
    return 1 + (time - axis.now) / axis.span


def _size(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= _LARGEST else None


def _letter_places(index: int, count: int, canvas: int) -> Iterator[float]:
    """Where a line carries its letter: near the right end and again further back, never where another's stands."""
    period = max(_LETTER_PERIOD, count * _LETTER_GAP)
    for column in range(canvas - 2 - (count - 1 - index) * _LETTER_GAP, -1, -period):
        yield (column + 0.5) / canvas


def _at(runs: Sequence[_Run], x: float) -> Iterator[float]:
    """The height of the line at `x`; nothing in a gap."""
    for run in runs:
        for (left, y), (right, _) in pairwise(run):
            if left <= x < right:
                yield y
                return


def _line(text: str, tones: dict[str, Tone], width: int) -> Line:
    """A row of plotext's coloured string: text and SGR codes by turns."""
    pieces = ["", *_SGR.split(text)]
    spans = [
        Span(piece, tones.get(code, Tone.TRACK))
        for code, piece in zip(pieces[::2], pieces[1::2], strict=True)
        if piece
    ]
    return fit(tuple(spans), width)


def _canvas(width: int) -> int:
    """Cells left for the lines: the scale and the axis take the rest."""
    return width - _SCALE - 1
