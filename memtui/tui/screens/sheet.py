"""A panel that lies behind a line of another: a screen of its own, with a title; Esc goes back."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen

from memtui.model.snapshot import Snapshot
from memtui.tui.keys import SHEET, bindings
from memtui.tui.messages import Ask
from memtui.tui.panels.base import AskChanged, Panel
from memtui.tui.panels.shmem import ShmemPanel
from memtui.tui.panels.slabs import SlabPanel
from memtui.tui.panels.table import AskSort, TablePanel
from memtui.tui.screens.help import HelpScreen
from memtui.tui.screens.menu import Choice, Menu
from memtui.tui.widgets.bars import KeyBar
from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.table import RowTable
from memtui.tui.widgets.too_small import TooSmall
from memtui.tui.wire import use_cell_updates
from memtui.view.lines import Span, Tone

SHEETS: Final[Mapping[str, Callable[[], Panel]]] = {"slabs": SlabPanel, "shmem": ShmemPanel}
"""The panels that can be asked for by name."""


class SheetScreen(Screen[None]):
    """One panel over the whole screen."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SHEET)]
    DEFAULT_CSS = """
    SheetScreen { layout: vertical; }
    SheetScreen > #title { height: 1; }
    #sheet { height: 1fr; }
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        use_cell_updates(self)
        self.panel = SHEETS[name]()
        self._title = TextLines(id="title")

    def compose(self) -> ComposeResult:
        """Title, panel, keys."""
        yield self._title
        with Container(id="sheet"):  # by itself it would take the height of the screen, and the keys their place
            yield self.panel
        yield KeyBar((*self.panel.KEYS, *SHEET))
        yield TooSmall()

    def on_mount(self) -> None:
        """Ask for what the panel shows."""
        self._title.set_lines([(Span(f" {self.panel.TITLE}", Tone.TITLE),)])
        self.panel.focus()
        self.post_message(Ask())

    def show(self, snapshot: Snapshot) -> None:
        """Draw a snapshot."""
        self.panel.show(snapshot)

    def on_ask_changed(self, event: AskChanged) -> None:
        """Other files are wanted."""
        event.stop()
        self.post_message(Ask())

    def on_row_table_moved(self, event: RowTable.Moved) -> None:
        """Other rows are in view: nothing that is read depends on that here."""
        event.stop()

    def on_ask_sort(self, event: AskSort) -> None:
        """The menu of columns."""
        event.stop()
        choices = [Choice(one.field.key, one.field.title, one.field.meaning) for one in event.columns]

        def chosen(key: str | None) -> None:
            if key is not None and isinstance(self.panel, TablePanel):
                self.panel.action_sort(key)

        self.app.push_screen(Menu("Sort by", choices, event.current), chosen)

    def action_help(self) -> None:
        """Keys and glossary."""
        self.app.push_screen(HelpScreen(self.panel.TITLE, (*self.panel.KEYS, *SHEET)))

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
