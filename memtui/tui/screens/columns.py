"""F2: which columns the process table has, and in which order."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from memtui.model.fields import PROCESS
from memtui.tui.keys import COLUMNS, bindings
from memtui.tui.screens.menu import Choice, ChoiceList
from memtui.tui.widgets.bars import KeyBar
from memtui.tui.widgets.too_small import TooSmall

_TITLE: Final = "Columns: [x] is shown, from left to right"
_NAME_WIDTH: Final = 12


class ColumnsScreen(ModalScreen[tuple[str, ...] | None]):
    """A list of all fields, those shown first and in their order. Enter gives the new columns, Esc None."""

    DEFAULT_CSS = """
    ColumnsScreen { align: left top; background: $background 0%; }
    ColumnsScreen > ChoiceList { width: 100%; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(COLUMNS)]

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__()
        self._order = [*columns, *(key for key in PROCESS if key not in columns)]
        self._shown = set(columns)
        self._list = ChoiceList(_TITLE, self._choices(), "")

    def compose(self) -> ComposeResult:
        """The list and its keys."""
        yield self._list
        yield KeyBar(COLUMNS)
        yield TooSmall()

    def _choices(self) -> list[Choice]:
        return [
            Choice(
                key,
                f"{'[x]' if key in self._shown else '[ ]'} {PROCESS[key].title:<{_NAME_WIDTH}}",
                PROCESS[key].meaning,
            )
            for key in self._order
        ]

    def action_show_hide(self) -> None:
        """Show or hide the column under the cursor."""
        self._shown ^= {self._order[self._list.cursor]}
        self._list.replace(self._choices(), min(self._list.cursor + 1, len(self._order) - 1))

    def action_carry(self, step: int) -> None:
        """Move the column under the cursor to the left or to the right."""
        place = self._list.cursor
        target = max(0, min(place + step, len(self._order) - 1))
        self._order.insert(target, self._order.pop(place))
        self._list.replace(self._choices(), target)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._list.move(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._list.move(pages * max(1, self._list.size.height - 2))

    def action_ends(self, last: bool) -> None:
        """First or last."""
        self._list.move(len(self._order) if last else -len(self._order))

    def action_accept(self) -> None:
        """Take the columns; at least one has to be shown."""
        columns = tuple(key for key in self._order if key in self._shown)
        self.dismiss(columns or None)

    def action_cancel(self) -> None:
        """Leave the columns as they were."""
        self.dismiss(None)
