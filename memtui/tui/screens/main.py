"""The main screen: what the panels behind its tabs ask for."""

from collections.abc import Sequence

from textual.events import DescendantFocus

from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.tui.messages import Ask, AskDelay, OpenProcess, SaveSettings
from memtui.tui.panels.asks import (
    AskAct,
    AskColumns,
    AskNice,
    AskOne,
    AskPlace,
    AskProcesses,
    AskSave,
    AskWords,
)
from memtui.tui.panels.base import AskChanged, Noted, Panel
from memtui.tui.panels.processes import ProcessPanel
from memtui.tui.panels.table import AskSort, TablePanel
from memtui.tui.screens import actions
from memtui.tui.screens.columns import ColumnsScreen
from memtui.tui.screens.help import HelpScreen
from memtui.tui.screens.menu import Choice, Menu
from memtui.tui.screens.places import follow
from memtui.tui.screens.tabs import TabScreen
from memtui.tui.widgets.prompt import Prompt
from memtui.tui.widgets.table import RowTable
from memtui.view.columns import shown_text


class MainScreen(TabScreen):
    """What panels ask of the screen around them: words, choices, other tabs, actions."""

    _reniced: Sequence[Process] = ()

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

    def on_ask_place(self, event: AskPlace) -> None:
        """Where a finding leads."""
        event.stop()
        if self._snapshot is not None:
            follow(event.place, self._snapshot, self, self._at)

    def _at(self, name: str) -> Panel:
        self._go(name)
        return self.panel

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
