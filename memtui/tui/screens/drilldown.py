"""Everything about one process. It stays, marked *ended*, when the process does."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen

from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot, find
from memtui.tui.keys import DRILLDOWN, bindings
from memtui.tui.screens.help import HelpScreen
from memtui.tui.widgets.bars import KeyBar
from memtui.tui.widgets.history import HistoryPlot
from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.too_small import TooSmall
from memtui.tui.wire import use_cell_updates
from memtui.view.detail import detail_lines


class _Detail(TextLines):
    """What is known of the process, laid out anew when the size changes."""

    _last: tuple[Snapshot, Process] | None = None
    _ended = False

    def put(self, snapshot: Snapshot, process: Process) -> None:
        """Show the process as it is now."""
        self._last, self._ended = (snapshot, process), False
        self._lay_out()
        self.redraw()

    def end(self) -> None:
        """Show what was known last of a process that is there no more."""
        self._ended = True
        self._lay_out()
        self.redraw()

    def repaint(self) -> None:
        """Lay the lines out for the size that there is now, and draw them."""
        self._lay_out()
        super().repaint()

    def _lay_out(self) -> None:
        if self._last is not None and self.size.width:
            self._lines = detail_lines(*self._last, self.size.width, ended=self._ended)


class DrilldownScreen(Screen[None]):
    """Lines about the process on the left (or above), its history on the right (or below)."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DRILLDOWN)]
    DEFAULT_CSS = """
    DrilldownScreen { layout: vertical; }
    #drilldown { layout: horizontal; height: 1fr; }
    #drilldown > TextLines { width: 3fr; }
    #drilldown > HistoryPlot { width: 2fr; margin: 0 0 0 2; }
    DrilldownScreen.-narrow #drilldown { layout: vertical; }
    DrilldownScreen.-narrow #drilldown > * { width: 1fr; margin: 0; }
    DrilldownScreen.-narrow #drilldown > HistoryPlot { height: 12; }
    DrilldownScreen.-narrow.-short #drilldown > HistoryPlot { height: 9; }
    """

    def __init__(self, key: ProcKey) -> None:
        super().__init__()
        use_cell_updates(self)
        self.key = key
        self._lines = _Detail()
        self._plot = HistoryPlot()

    def compose(self) -> ComposeResult:
        """Lines, plot, keys."""
        with Container(id="drilldown"):
            yield self._lines
            yield self._plot
        yield KeyBar(DRILLDOWN)
        yield TooSmall()

    def show(self, snapshot: Snapshot) -> None:
        """Draw the process of a snapshot, or its last state once it has ended."""
        process = find(snapshot, self.key)
        if process is None:
            self._lines.end()
        elif snapshot.detail is None or snapshot.detail.key == self.key:
            self._lines.put(snapshot, process)
            self._plot.put(snapshot.trail, snapshot.at)

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
