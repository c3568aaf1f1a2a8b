"""The main screen: header, tabs, the open panel, keys."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import DescendantFocus, Key
from textual.screen import Screen

from memtui.control.controls import Controls
from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.tui.keys import EVERYWHERE, bindings
from memtui.tui.messages import Ask, AskDelay, OpenProcess, SaveSettings
from memtui.tui.panels.asks import (
    AskAct,
    AskColumns,
    AskNice,
    AskOne,
    AskProcesses,
    AskSave,
    AskWords,
)
from memtui.tui.panels.base import AskChanged, Noted, Panel
from memtui.tui.panels.catalog import tabs
from memtui.tui.panels.processes import ProcessPanel
from memtui.tui.panels.table import AskSort, TablePanel
from memtui.tui.screens import actions
from memtui.tui.screens.columns import ColumnsScreen
from memtui.tui.screens.help import HelpScreen
from memtui.tui.screens.menu import Choice, Menu
from memtui.tui.widgets.bars import KeyBar, TabBar
from memtui.tui.widgets.header import Header
from memtui.tui.widgets.prompt import Prompt
from memtui.tui.widgets.table import RowTable
from memtui.tui.widgets.too_small import TooSmall
from memtui.tui.wire import use_cell_updates
from memtui.view.columns import shown_text
from memtui.view.header import Identity, Status
from memtui.view.processes import TableSpec


class MainScreen(Screen[None]):
    """Tabs over one snapshot. Panels are made when their tab is first opened."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVERYWHERE)]
    DEFAULT_CSS = """
    MainScreen { layout: vertical; }
    #panels { height: 1fr; }
    """

    def __init__(self, identity: Identity, spec: TableSpec, tab: str, controls: Controls) -> None:
        super().__init__()
        use_cell_updates(self)
        self._catalog = tabs(spec, controls, live=identity.live)
        self._names = list(self._catalog)
        self.controls = controls
        self._reniced: Sequence[Process] = ()
        self._panels: dict[str, Panel] = {}
        self._open = tab if tab in self._catalog else self._names[0]
        self._header = Header(identity)
        self._tabs = TabBar([one.title for one in self._catalog.values()])
        self._keys = KeyBar(())
        self._prompt = Prompt()
        self._snapshot: Snapshot | None = None

    def compose(self) -> ComposeResult:
        """Header, tabs, the first panel, keys."""
        yield self._header
        yield self._tabs
        with Container(id="panels"):
            yield self._panel(self._open)
        yield self._keys
        yield self._prompt
        yield TooSmall()

    def on_mount(self) -> None:
        """Show the first tab."""
        self._front()

    @property
    def panel(self) -> Panel:
        """The panel of the open tab."""
        return self._panels[self._open]

    def show(self, snapshot: Snapshot, status: Status) -> None:
        """Draw a snapshot in the header and the open panel."""
        self._snapshot = snapshot
        self._header.show(snapshot, status)
        self.panel.show(snapshot)

    def show_status(self, status: Status) -> None:
        """Redraw the header for another state of memtui itself: paused, another interval."""
        if self._snapshot is not None:
            self._header.show(self._snapshot, status)

    # -- tabs ---------------------------------------------------------------------------------------------------

    def open_tab(self, index: int) -> None:
        """Open a tab by its number."""
        if 0 <= index < len(self._names):
            self._go(self._names[index])

    def on_key(self, event: Key) -> None:
        """Digits open tabs."""
        if event.character and event.character.isdecimal() and not self._prompt.has_class("-open"):
            event.stop()
            self.open_tab(int(event.character) - 1)

    def action_next_tab(self, step: int) -> None:
        """The tab to the right or left, round the corner too."""
        self._go(self._names[(self._names.index(self._open) + step) % len(self._names)])

    def on_tab_bar_picked(self, event: TabBar.Picked) -> None:
        """A click on a tab."""
        self.open_tab(event.index)

    def _panel(self, name: str) -> Panel:
        if name not in self._panels:
            self._panels[name] = self._catalog[name].make()
        return self._panels[name]

    def _go(self, name: str) -> None:
        if name == self._open:
            return
        self.panel.display = False
        self._open = name
        panel = self._panel(name)
        if panel.is_attached:
            panel.display = True
        else:
            self.query_one("#panels").mount(panel)
        if self._snapshot is not None:
            panel.show(self._snapshot)
        self._front()

    def _front(self) -> None:
        self._tabs.note = self.panel.note
        self._tabs.open(self._names.index(self._open))
        self._keys.show([*self.panel.KEYS, *EVERYWHERE])
        self.panel.focus()
        self.post_message(Ask())

    # -- what panels ask for ------------------------------------------------------------------------------------

    def on_ask_changed(self, event: AskChanged) -> None:
        """Other files are wanted."""
        event.stop()
        self.post_message(Ask())

    def on_row_table_moved(self, event: RowTable.Moved) -> None:
        """Other rows are in view."""
        event.stop()
        self.post_message(Ask())

    def on_noted(self, event: Noted) -> None:
        """A word behind the tabs."""
        event.stop()
        self._tabs.note = event.note
        self._tabs.redraw()

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        """Enter on a row."""
        event.stop()
        if isinstance(event.key, ProcKey):
            self.post_message(OpenProcess(event.key))

    def on_ask_sort(self, event: AskSort) -> None:
        """The menu of columns."""
        event.stop()
        choices = [Choice(one.field.key, one.field.title, one.field.meaning) for one in event.columns]
        self.app.push_screen(Menu("Sort by", choices, event.current), self._sort_chosen)

    def on_ask_columns(self, event: AskColumns) -> None:
        """F2: choose the columns."""
        event.stop()
        if isinstance(panel := self.panel, ProcessPanel):

            def chosen(columns: tuple[str, ...] | None) -> None:
                if columns is not None:
                    panel.set_columns(columns)

            self.app.push_screen(ColumnsScreen(panel.spec.columns), chosen)

    def on_ask_processes(self, event: AskProcesses) -> None:
        """The Processes tab with a filter, or in an order."""
        event.stop()
        self._go("processes")
        if isinstance(self.panel, ProcessPanel):
            self.panel.change(**event.changes(self.panel.spec))

    def on_ask_one(self, event: AskOne) -> None:
        """A menu: users, groups."""
        event.stop()
        choices = [Choice(key, shown_text(name)) for key, name in event.choices]

        def chosen(key: str | None) -> None:
            if key is not None and isinstance(self.panel, ProcessPanel):
                self.panel.choose(event.purpose, key)

        self.app.push_screen(Menu(event.title, choices, event.current), chosen)

    def _sort_chosen(self, key: str | None) -> None:
        if key is not None and isinstance(self.panel, TablePanel):
            self.panel.action_sort(key)

    # -- actions ------------------------------------------------------------------------------------------------

    def on_ask_nice(self, event: AskNice) -> None:
        """F7, F8, r: a nice value."""
        event.stop()
        if event.step is not None:
            actions.renice(self.app, self.controls, event.targets, self._acted, step=event.step)
        else:
            self._reniced = event.targets
            self._type("nice", "Nice", str(event.targets[0].nice))

    def on_ask_act(self, event: AskAct) -> None:
        """F9, O, a: signals and all else that can be done."""
        event.stop()
        free = self._snapshot.system.meminfo.get("SwapFree") if self._snapshot else None
        actions.act(self.app, self.controls, event.targets, self._acted, event.what, free)

    def _acted(self) -> None:
        if isinstance(self.panel, ProcessPanel):
            self.panel.action_untag()

    def on_ask_save(self, event: AskSave) -> None:
        """W: save the settings."""
        event.stop()
        if isinstance(panel := self.panel, ProcessPanel):
            self.post_message(SaveSettings(panel.spec, self._open))

    # -- typing -------------------------------------------------------------------------------------------------

    def on_ask_words(self, event: AskWords) -> None:
        """Search or filter."""
        event.stop()
        self._type(event.purpose, event.purpose.capitalize(), event.text)

    def action_delay(self) -> None:
        """Type another interval."""
        self._type("delay", "Seconds")

    def _type(self, purpose: str, title: str, text: str = "") -> None:
        self._keys.display = False
        self._prompt.open(purpose, title, text)

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        """Search and filter answer while one types."""
        if event.purpose == "search" and isinstance(self.panel, ProcessPanel):
            self.panel.search(event.text)
        elif event.purpose == "filter":
            self.panel.refilter(event.text)

    def on_prompt_again(self, event: Prompt.Again) -> None:
        """F3 while searching."""
        event.stop()
        if isinstance(self.panel, ProcessPanel):
            self.panel.search_again()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Who goes to the panel, by Enter, Esc, Tab or the mouse, has done typing."""
        if isinstance(event.widget, Panel):
            self._prompt.close()
            self._keys.display = True

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """Back to the panel; Esc in a filter takes the filter away."""
        self.panel.focus()
        if event.purpose == "delay" and event.text:
            self.post_message(AskDelay(event.text))
        elif event.purpose == "nice" and event.text is not None:
            actions.set_nice(self.app, self.controls, self._reniced, self._acted, text=event.text)
        elif event.purpose == "filter" and event.text is None:
            self.panel.refilter("")

    def action_help(self) -> None:
        """Keys and glossary."""
        self.app.push_screen(HelpScreen(self.panel.TITLE, self.panel.KEYS))
