"""The screen with the tabs: header, tab bar, the open panel, keys."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Key
from textual.screen import Screen

from memtui.control.controls import Controls
from memtui.model.snapshot import Snapshot
from memtui.tui.keys import EVERYWHERE, bindings
from memtui.tui.messages import Ask
from memtui.tui.panels.base import Panel
from memtui.tui.panels.catalog import tabs
from memtui.tui.widgets.bars import BADGE, KeyBar, TabBar, TabName
from memtui.tui.widgets.header import Header
from memtui.tui.widgets.prompt import Prompt
from memtui.tui.widgets.too_small import TooSmall
from memtui.tui.wire import use_cell_updates
from memtui.view.findings_tab import badge
from memtui.view.header import Identity, Status
from memtui.view.processes import TableSpec

if TYPE_CHECKING:
    from memtui.model.findings.watch import Preferences


class TabScreen(Screen[None]):
    """Tabs over one snapshot. Panels are made when their tab is first opened."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVERYWHERE)]
    DEFAULT_CSS = """
    TabScreen { layout: vertical; }
    #panels { height: 1fr; }
    """

    def __init__(
        self,
        identity: Identity,
        spec: TableSpec,
        tab: str,
        controls: Controls,
        wanted: "Preferences | None" = None,
    ) -> None:
        super().__init__()
        use_cell_updates(self)
        self._catalog = tabs(spec, controls, live=identity.live, wanted=wanted)
        self._names = list(self._catalog)
        self.controls = controls
        self._panels: dict[str, Panel] = {}
        self._open = tab if tab in self._catalog else self._names[0]
        self._header = Header(identity)
        self._tabs = TabBar([TabName(one.title, one.short) for one in self._catalog.values()], BADGE)
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
        if (mark := badge(snapshot)) != self._tabs.badge:
            self._tabs.badge = mark
            self._tabs.redraw()
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

    def action_findings(self) -> None:
        """What is wrong now."""
        self._go("findings")

    def on_header_asked(self, event: Header.Asked) -> None:
        """A click on the worst finding."""
        event.stop()
        self.action_findings()

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
