"""What one process has held since memtui first saw it."""

from collections.abc import Sequence
from typing import Final

from memtui.tui.plot import Series, TimeAxis, plot, time_axis
from memtui.tui.widgets.lines import LineWidget
from memtui.view.lines import Line, Span, Tone
from memtui.view.series import sticky_top_bytes

Points = Sequence[tuple[float | None, ...]]
"""(time, res, pss, uss, swap), oldest first: `Snapshot.trail`."""

_LINES: Final = (("RES", Tone.STRONG), ("PSS", Tone.ANON), ("USS", Tone.FILE), ("SWAP", Tone.SWAP))
_FLOOR: Final = 1024.0 * 1024.0
_EVERY: Final = 1.0


class HistoryPlot(LineWidget):
    """RES, PSS, USS and swap of one process over time."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._trail: Points = ()
        self._now = 0.0
        self._top = _FLOOR
        self._drawn_for: tuple[Points, TimeAxis, int, int] | None = None
        self._lines: list[Line] = []

    def put(self, trail: Points, now: float) -> None:
        """Show a trail at the moment `now` (monotonic seconds).

        Of one that goes on where the last ended, at most one in a second is drawn.
        """
        goes_on = trail[: len(self._trail)] == self._trail and len(self._trail) > 0
        if goes_on and abs(now - self._now) < _EVERY:
            return
        sizes = (size for point in trail for size in point[1:])
        self._top = sticky_top_bytes(self._top if goes_on else _FLOOR, sizes, _FLOOR)
        self._trail, self._now = trail, now
        self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The plot at this size; drawn anew only for other points, another size or another step of time."""
        first = self._trail[0][0] if self._trail else None
        if first is None:
            return [(Span("no history: nothing measured yet", Tone.DIM),)]
        wanted = (self._trail, time_axis(first, self._now, width), width, height)
        if wanted != self._drawn_for:
            series = [
                Series(name, tone, [(point[0], point[column]) for point in self._trail])
                for column, (name, tone) in enumerate(_LINES, start=1)
            ]
            self._lines = plot(series, wanted[1], self._top, width, height)
            self._drawn_for = wanted
        return self._lines
