"""What one process has held and done, over time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from memtui.tui.plot import Series, Text, TimeAxis, plot, size_text, time_axis, zoomed
from memtui.tui.widgets.lines import LineWidget
from memtui.view import format as fmt
from memtui.view.lines import Line, Span, Tone
from memtui.view.series import sticky_top, sticky_top_bytes

Points = Sequence[tuple[float | None, ...]]
"""(time, values…), oldest first: `Snapshot.trail` is (time, res, pss, uss, swap)."""

_SIZES: Final = (("RES", Tone.STRONG), ("PSS", Tone.ANON), ("USS", Tone.FILE), ("SWAP", Tone.SWAP))
_FAULTS: Final = (("minor/s", Tone.FILE), ("MAJOR/s", Tone.WARN))
_MIB: Final = 1024.0 * 1024.0
_EVERY: Final = 1.0
_Top = Callable[[float, Iterable[float | None], float], float]


class HistoryPlot(LineWidget):
    """RES, PSS, USS and swap of one process over time."""

    LINES: Sequence[tuple[str, Tone]] = _SIZES
    FLOOR: float = _MIB
    NOTHING = "no history: nothing measured yet"
    text: Text = staticmethod(size_text)
    top_of: _Top = staticmethod(sticky_top_bytes)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._trail: Points = ()
        self._now = 0.0
        self._top = self.FLOOR
        self._span: float | None = None
        self._drawn_for: tuple[Points, TimeAxis, int, int] | None = None
        self._lines: list[Line] = []

    def put(self, trail: Points, now: float) -> None:
        """Show a trail at the moment `now` (monotonic seconds).

        Of one that goes on where the last ended, at most one in a second is drawn.
        """
        goes_on = trail[: len(self._trail)] == self._trail and len(self._trail) > 0
        if goes_on and abs(now - self._now) < _EVERY:
            return
        values = (value for point in trail for value in point[1:])
        self._top = self.top_of(self._top if goes_on else self.FLOOR, values, self.FLOOR)
        self._trail, self._now = trail, now
        self.redraw()

    def zoom(self, step: int) -> None:
        """Show less time in more detail (1), or more (-1) up to all there is."""
        first = self._trail[0][0] if self._trail else None
        if first is not None:
            self._span = zoomed(self._span, step, self._now - first)
            self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The plot at this size; drawn anew only for other points, another size or another step of time."""
        first = self._trail[0][0] if self._trail else None
        if first is None:
            return [(Span(self.NOTHING, Tone.DIM),)]
        wanted = (self._trail, time_axis(first, self._now, width, self._span), width, height)
        if wanted != self._drawn_for:
            series = [
                Series(name, tone, [(point[0], point[column]) for point in self._trail])
                for column, (name, tone) in enumerate(self.LINES, start=1)
            ]
            self._lines = plot(series, wanted[1], self._top, width, height, self.text)
            self._drawn_for = wanted
        return self._lines


class FaultPlot(HistoryPlot):
    """Minor and major faults per second since the drilldown was opened."""

    LINES = _FAULTS
    FLOOR = 10.0
    NOTHING = "faults per second: they take two samples"
    text: Text = staticmethod(fmt.rate)
    top_of: _Top = staticmethod(sticky_top)
