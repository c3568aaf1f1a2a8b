"""The table of mappings: cursor and window. What its keys change belongs to the section around it."""

from collections.abc import Hashable
from typing import ClassVar, Protocol

from textual.binding import BindingType

from memtui.tui.keys import MOVE, bindings
from memtui.tui.widgets.table import RowTable
from memtui.view.maps import Row


class Around(Protocol):
    """What the table asks of its section."""

    def draw_table(self) -> None:
        """Lay the table out anew."""

    def draw_foot(self) -> None:
        """Say what the row under the cursor is."""

    def action_fold(self) -> None:
        """Open or close the row under the cursor."""

    def sort_by(self, key: str) -> None:
        """Sort by a column."""


def _key_of(row: Row) -> Hashable:
    return row.key


class SpaceTable(RowTable[Row]):
    """The table with its keys; what they change is the section's."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MOVE)]

    def __init__(self, section: Around) -> None:
        super().__init__(_key_of)
        self._section = section

    def repaint(self) -> None:
        """Lay the table out for the size that there is now."""
        self._section.draw_table()
        super().repaint()

    def clear(self) -> None:
        """Show nothing, and start at the top."""
        self.move_to(0)
        self._rows, self._grid, self._foot, self._cursor_key = (), None, (), None
        self.redraw()

    def action_move(self, rows: int) -> None:
        """Cursor up or down."""
        self.move(rows)

    def action_page(self, pages: int) -> None:
        """Cursor by pages."""
        self.page(pages)

    def action_ends(self, last: bool) -> None:
        """Cursor to the first or last row."""
        self.move_to(len(self.rows) - 1 if last else 0)

    def on_row_table_moved(self, event: RowTable.Moved) -> None:
        """Another row is under the cursor: say what it is."""
        event.stop()
        self._section.draw_foot()

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        """A double click opens and closes."""
        event.stop()
        self._section.action_fold()

    def on_row_table_sorted(self, event: RowTable.Sorted) -> None:
        """A click on a title."""
        event.stop()
        self._section.sort_by(event.key)
