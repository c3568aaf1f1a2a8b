"""The history of one process: its sizes since memtui first saw it, its faults since the drilldown was opened."""

from collections import deque
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from memtui.model.history import DEPTH
from memtui.model.sample import ProcKey
from memtui.tui.keys import HISTORY, bindings
from memtui.tui.sections.base import Section, State
from memtui.tui.widgets.history import FaultPlot, HistoryPlot

_Point = tuple[float | None, ...]
KEPT: Final = DEPTH


class History(Section):
    """Two plots over the same time."""

    TITLE = "History"
    KEYS = HISTORY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HISTORY)]
    DEFAULT_CSS = """
    History { layout: vertical; height: 1fr; }
    History > HistoryPlot { width: 1fr; height: 3fr; margin: 0 1; }
    History > FaultPlot { width: 1fr; height: 2fr; margin: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.sizes, self.faults = HistoryPlot(), FaultPlot()
        self._faults: deque[_Point] = deque(maxlen=KEPT)

    def compose(self) -> ComposeResult:
        """Sizes above, faults below."""
        yield self.sizes
        yield self.faults

    def begin(self, key: ProcKey) -> None:
        """Another process: its faults are counted from now on."""
        del key
        self._faults.clear()

    def keep(self, state: State) -> None:
        """Remember the rates of a snapshot, whether the section is open or not."""
        process, at = state.process, state.snapshot.at
        if not state.ended and process.minflt_rate is not None and (not self._faults or self._faults[-1][0] != at):
            self._faults.append((at, process.minflt_rate, process.majflt_rate))

    def show(self, state: State) -> None:
        """Draw both."""
        if not state.ended:
            self.sizes.put(state.snapshot.trail, state.snapshot.at)
            self.faults.put(tuple(self._faults), state.snapshot.at)

    def action_zoom(self, step: int) -> None:
        """Another stretch of time."""
        self.sizes.zoom(step)
        self.faults.zoom(step)
