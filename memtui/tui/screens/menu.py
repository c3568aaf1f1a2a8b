"""A list to choose one thing from: the column to sort by, a user."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.screen import ModalScreen

from memtui.tui.keys import MOVE, bindings
from memtui.tui.theme import CURSOR
from memtui.tui.widgets.lines import LineWidget
from memtui.tui.widgets.too_small import TooSmall
from memtui.view.lines import Line, Span, Tone, fit, width_of
from memtui.view.text import cells, cut


class Choice(NamedTuple):
    """One entry: what choosing it gives, its name, and a word on it."""

    key: str
    name: str
    hint: str = ""


class ChoiceList(LineWidget, can_focus=True):
    """A title and entries, one of them under the cursor; scrolled when there are more than fit."""

    def __init__(self, title: str, choices: Sequence[Choice], current: str) -> None:
        super().__init__()
        self._title, self.choices = title, choices
        keys = [choice.key for choice in choices]
        self.cursor = keys.index(current) if current in keys else 0
        self._top = 0
        self._name_width = max((cells(choice.name) for choice in choices), default=0)

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The title and as many entries as fit."""
        page = max(1, height - 1)
        self._top = max(0, min(self._top, self.cursor, len(self.choices) - page))
        self._top = max(self._top, self.cursor - page + 1)
        rows: list[Line] = [fit((Span(f" {self._title}", Tone.HEAD), Span(" " * width, Tone.HEAD)), width)]
        for choice in self.choices[self._top : self._top + page]:
            name = fit((Span(f" {choice.name}"),), self._name_width + 2)
            rows.append((*name, Span(cut(choice.hint, max(0, width - width_of(name) - 1)), Tone.DIM)))
        return rows

    def mark(self, y: int) -> Style | None:
        """The cursor."""
        return CURSOR if y == 1 + self.cursor - self._top else None

    def move(self, rows: int) -> None:
        """Move the cursor, stopping at both ends."""
        self.cursor = max(0, min(self.cursor + rows, len(self.choices) - 1))
        self.redraw()

    def replace(self, choices: Sequence[Choice], cursor: int) -> None:
        """Show other entries."""
        self.choices, self.cursor = choices, cursor
        self.redraw()

    def at(self, y: int) -> int | None:
        """The entry on a line of the window, or None."""
        index = self._top + y - 1
        return index if y > 0 and index < len(self.choices) else None


class Menu(ModalScreen[str | None]):
    """Choose with the arrows and Enter, or type the first letters; Esc gives None."""

    DEFAULT_CSS = """
    Menu { align: left top; background: $background 0%; }
    Menu > ChoiceList { width: auto; margin: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(MOVE),
        Binding("enter,space", "choose", show=False),
        Binding("escape,f6,f10,q", "cancel", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], current: str) -> None:
        super().__init__()
        self._list = ChoiceList(title, choices, current)
        width = max((cells(choice.name) + cells(choice.hint) + 4 for choice in choices), default=20)
        self._list.styles.width = min(max(width, cells(title) + 2), 78)
        self._list.styles.height = len(choices) + 1
        self._list.styles.max_height = "100%"

    def compose(self) -> ComposeResult:
        """The list alone; the screen below stays visible."""
        yield self._list
        yield TooSmall()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._list.move(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._list.move(pages * max(1, self._list.size.height - 2))

    def action_ends(self, last: bool) -> None:
        """First or last entry."""
        self._list.move(len(self._list.choices) if last else -len(self._list.choices))

    def action_choose(self) -> None:
        """Take the entry under the cursor."""
        choices = self._list.choices
        self.dismiss(choices[self._list.cursor].key if choices else None)

    def action_cancel(self) -> None:
        """Take nothing."""
        self.dismiss(None)

    def on_click(self, event: Click) -> None:
        """A click takes an entry, one beside the list takes nothing."""
        index = self._list.at(event.y) if event.widget is self._list else None
        self.dismiss(None if index is None else self._list.choices[index].key)
