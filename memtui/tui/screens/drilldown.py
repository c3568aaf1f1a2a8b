"""Everything about one process. It stays, marked *ended*, when the process does."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen

from memtui.model.processes import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot, find
from memtui.tui.keys import DRILLDOWN, bindings
from memtui.tui.screens.help import HelpScreen
from memtui.tui.widgets.bars import KeyBar
from memtui.tui.widgets.history import HistoryPlot
from memtui.tui.widgets.lines import TextLines
from memtui.tui.wire import use_cell_updates
from memtui.view.detail import detail_lines


class DrilldownScreen(Screen[None]):
    """Lines about the process on the left (or above), its history on the right (or below)."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DRILLDOWN)]
    DEFAULT_CSS = """
    DrilldownScreen { layout: vertical; }
    #drilldown { layout: horizontal; height: 1fr; }
    #drilldown > TextLines { width: 3fr; }
    #drilldown > HistoryPlot { width: 2fr; margin: 0 0 0 2; }
    .-narrow #drilldown, .-normal #drilldown { layout: vertical; }
    .-narrow #drilldown > *, .-normal #drilldown > * { width: 1fr; margin: 0; }
    .-narrow #drilldown > HistoryPlot, .-normal #drilldown > HistoryPlot { height: 12; }
    .-narrow.-short #drilldown > HistoryPlot, .-normal.-short #drilldown > HistoryPlot { height: 9; }
    """

    def __init__(self, key: ProcKey) -> None:
        super().__init__()
        use_cell_updates(self)
        self.key = key
        self._lines = TextLines()
        self._plot = HistoryPlot()
        self._last: tuple[Snapshot, Process] | None = None

    def compose(self) -> ComposeResult:
        """Lines, plot, keys."""
        with Container(id="drilldown"):
            yield self._lines
            yield self._plot
        yield KeyBar(DRILLDOWN)

    def show(self, snapshot: Snapshot) -> None:
        """Draw the process of a snapshot, or its last state once it has ended."""
        process = find(snapshot, self.key)
        if process is not None and (snapshot.detail is None or snapshot.detail.key == self.key):
            self._last = snapshot, process
        if self._last is not None:
            last, row = self._last
            width = self._lines.size.width or self.size.width
            self._lines.set_lines(detail_lines(last, row, width, ended=process is None))
            if process is not None:
                self._plot.put(last.trail, last.at)

    def action_move(self, lines: int) -> None:
        """Scroll."""
        self._lines.scroll_by(lines)

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self._lines.scroll_page(pages)

    def action_ends(self, last: bool) -> None:
        """Top or bottom."""
        self._lines.scroll_to_end(last=last)

    def action_help(self) -> None:
        """Keys and glossary."""
        self.app.push_screen(HelpScreen("Drilldown", DRILLDOWN))

    def action_close(self) -> None:
        """Back to the table."""
        self.dismiss()
