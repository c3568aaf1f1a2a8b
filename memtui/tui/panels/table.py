"""A panel that is a table: the keys for moving and sorting, the same in every table."""

from collections.abc import Collection, Hashable, Sequence
from typing import Any, ClassVar, TypeVar

from textual.binding import BindingType
from textual.message import Message

from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.tui.keys import TABLE, Key, bindings
from memtui.tui.panels.base import Panel
from memtui.tui.widgets.table import RowTable
from memtui.view.grid import Column

T = TypeVar("T")


class AskSort(Message):
    """F6: let the user choose among these columns."""

    def __init__(self, columns: Sequence[Column[Any]], current: str) -> None:
        self.columns, self.current = columns, current
        super().__init__()


class TablePanel(Panel, RowTable[T]):
    """A table of a snapshot. Subclasses give columns and rows; this holds sort, order and cursor."""

    KEYS: ClassVar[tuple[Key, ...]] = TABLE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(TABLE)]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(self.identity, id=id)
        self.snapshot: Snapshot | None = None
        self._following = False

    @staticmethod
    def identity(row: Any) -> Hashable:
        """What a row is, however it changes and wherever it stands."""
        raise NotImplementedError

    def columns(self) -> Sequence[Column[T]]:
        """The columns in their order, those out of sight included."""
        raise NotImplementedError

    @property
    def sort(self) -> tuple[str, bool]:
        """The key of the sorted column and whether its order is reversed."""
        raise NotImplementedError

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by another column."""
        raise NotImplementedError

    def neighbour(self, key: ProcKey, step: int, alive: Collection[ProcKey]) -> ProcKey | None:
        """The process of a row further down or up; rows that are no processes, and ended ones, are passed over."""
        keys = [self.identity(row) for row in self.rows]
        place = keys.index(key) if key in keys else self.cursor
        while 0 <= (place := place + step) < len(keys):
            found = keys[place]
            if isinstance(found, ProcKey) and found in alive:
                self.move_to(place)
                return found
        return None

    def draw(self) -> None:
        """Lay out the last snapshot anew."""
        raise NotImplementedError

    def show(self, snapshot: Snapshot) -> None:
        """Draw a snapshot."""
        self.snapshot = snapshot
        self.draw()
        if self._following:
            self.reveal_cursor()

    def repaint(self) -> None:
        """Lay the table out for the size that there is now."""
        if self.snapshot is not None and self.size.width:
            self.draw()
        super().repaint()

    def on_row_table_sorted(self, event: RowTable.Sorted) -> None:
        """A click on a title: sort by it, a second one turns the order round."""
        key, reverse = self.sort
        self._resort(event.key, reverse=not reverse if event.key == key else False)

    def action_move(self, rows: int) -> None:
        """Cursor up or down."""
        self.move(rows)

    def action_page(self, pages: int) -> None:
        """Cursor by pages."""
        self.page(pages)

    def action_ends(self, last: bool) -> None:
        """Cursor to the first or last row."""
        self.move_to(len(self.rows) - 1 if last else 0)

    def action_sideways(self, steps: int) -> None:
        """Scroll the columns."""
        self.sideways(steps)

    def action_left_edge(self) -> None:
        """Back to the first column."""
        self.to_left_edge()

    def action_open(self) -> None:
        """Enter on a row."""
        if (row := self.cursor_row) is not None:
            self.post_message(self.Chosen(self.identity(row)))

    def action_sort(self, key: str) -> None:
        """Sort by a column; the same one again turns the order round."""
        current, reverse = self.sort
        self._resort(key, reverse=not reverse if key == current else False)

    def action_sort_menu(self) -> None:
        """Choose the column from a list."""
        self.post_message(AskSort(self.columns(), self.sort[0]))

    def action_sort_next(self, step: int) -> None:
        """Sort by the neighbour of the sorted column, stopping at both ends."""
        keys = [column.field.key for column in self.columns()]
        place = keys.index(self.sort[0]) if self.sort[0] in keys else 0
        self._resort(keys[max(0, min(place + step, len(keys) - 1))])

    def action_reverse(self) -> None:
        """Turn the order round."""
        key, reverse = self.sort
        self._resort(key, reverse=not reverse)

    def action_follow(self) -> None:
        """Keep the cursor's row in view, wherever the order takes it; again: don't."""
        self._following = not self._following
        self.reveal_cursor()

    def _resort(self, key: str, *, reverse: bool = False) -> None:
        self.release_order()
        self.set_sort(key, reverse=reverse)
        self.draw()
        self.post_message(self.Moved())
