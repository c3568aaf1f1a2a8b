"""What every tab has in common, and the two kinds of panel: a page of lines and a table."""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.sampling.request import Need
from memtui.tui.keys import PAGE, Key, bindings
from memtui.tui.widgets.lines import TextLines
from memtui.view.lines import Line


class AskChanged(Message):
    """A panel needs other files read, or other rows first."""


class Noted(Message):
    """A panel has something to say behind the tabs, such as the filter in force; empty: nothing."""

    def __init__(self, note: Line) -> None:
        self.note = note
        super().__init__()


class Panel(Widget, can_focus=True):
    """One tab. `show` is called with every snapshot while the tab is open."""

    TITLE: ClassVar[str] = ""
    KEYS: ClassVar[tuple[Key, ...]] = ()

    @property
    def needs(self) -> Need:
        """The per-process files that this panel shows something of."""
        return Need.NOTHING

    @property
    def kept_needs(self) -> Need:
        """What this panel wants read even while another one is open."""
        return Need.NOTHING

    @property
    def visible_pids(self) -> tuple[int, ...]:
        """The processes whose rows are on the screen."""
        return ()

    def neighbour(self, key: ProcKey, step: int, alive: Collection[ProcKey]) -> ProcKey | None:
        """The process `step` rows below the one of this key, on which the cursor is put; None at the end.

        Only processes that are `alive` count.
        """
        del key, step, alive
        return None

    @property
    def visible_paths(self) -> tuple[str, ...]:
        """The cgroups whose rows are on the screen."""
        return ()

    @property
    def note(self) -> Line:
        """What to show behind the tabs."""
        return ()

    def refilter(self, text: str) -> None:
        """Show only what passes a filter, in panels that have one."""
        del text

    def show(self, snapshot: Snapshot) -> None:
        """Draw a snapshot."""
        raise NotImplementedError


def kept(panels: Iterable[Panel]) -> Need:
    """What these panels want read whichever is open."""
    return reduce(or_, (panel.kept_needs for panel in panels), Need.NOTHING)


class PagePanel(Panel, TextLines):
    """A panel that is a page of lines, scrolled by the keyboard."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PAGE)]

    _snapshot: Snapshot | None = None

    def lines(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """The page at this size."""
        raise NotImplementedError

    def show(self, snapshot: Snapshot) -> None:
        """Draw the page."""
        self._snapshot = snapshot
        if self.size.width:
            self.set_lines(self.lines(snapshot, self.size.width, self.size.height))

    def repaint(self) -> None:
        """Lay the page out for the size that there is now, and draw it."""
        if self._snapshot is not None and self.size.width:
            self._lines = self.lines(self._snapshot, self.size.width, self.size.height)
        super().repaint()

    def action_move(self, lines: int) -> None:
        """Scroll."""
        self.scroll_by(lines)

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.scroll_page(pages)

    def action_ends(self, last: bool) -> None:
        """Top or bottom."""
        self.scroll_to_end(last=last)
