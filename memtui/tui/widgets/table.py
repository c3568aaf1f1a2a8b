"""A table of any number of rows: it draws the visible ones, keeps its cursor on a row's identity, not on a number.

Until the user moves it the cursor rests on the top row, whoever that is. Then it stays with its row through every
new order, and goes to the neighbour when the row ends. While the cursor moves the order is held for a moment, so
that nothing jumps away under a finger.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, Generic, TypeVar

from rich.style import Style
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message

from memtui.tui.theme import CURSOR, TAGGED
from memtui.tui.widgets.lines import LineWidget
from memtui.view.grid import Grid
from memtui.view.lines import EMPTY, Line, Span, width_of

T = TypeVar("T")

HOLD: Final = 1.5  # seconds for which the order is held after the cursor moved
_SIDEWAYS: Final = 8  # cells
_FEWEST_ROWS: Final = 3


class RowTable(LineWidget, Generic[T], can_focus=True):
    """Heading lines, a line of titles, the rows, and lines at the foot. Give it all by `put`."""

    class Moved(Message):
        """The cursor or the window moved: other rows are visible now."""

    class Chosen(Message):
        """Enter or a double click on a row."""

        def __init__(self, key: Hashable) -> None:
            self.key = key
            super().__init__()

    class Sorted(Message):
        """A click on a title: sort by that column."""

        def __init__(self, key: str) -> None:
            self.key = key
            super().__init__()

    def __init__(
        self,
        key_of: Callable[[T], Hashable],
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id)
        self._key_of = key_of
        self._clock = clock
        self._rows: Sequence[T] = ()
        self._grid: Grid[T] | None = None
        self._heading: Sequence[Line] = ()
        self._foot: Sequence[Line] = ()
        self._cursor = 0
        self._cursor_key: Hashable | None = None
        self._top = 0
        self._left = 0
        self._frame = (1, 0)  # the line of the first row, and how many rows fit, as drawn last: sizes are dear to ask
        self._held_until = 0.0
        self.tagged: set[Hashable] = set()
        self._drawn: dict[Hashable, tuple[T, Any, Line]] = {}

    # -- what is shown ------------------------------------------------------------------------------------------

    def put(self, rows: Sequence[T], grid: Grid[T], heading: Sequence[Line] = (), foot: Sequence[Line] = ()) -> None:
        """Draw these rows; the cursor stays with its row, the order too while it is held."""
        if self._clock() < self._held_until:
            rows = self._in_held_order(rows)
        if not grid.same_cells(self._grid):
            self._drawn.clear()
        self._rows, self._grid, self._heading, self._foot = rows, grid, heading, foot
        self._find_cursor()
        self.redraw()

    def release_order(self) -> None:
        """Stop holding the order: the user asked for another one."""
        self._held_until = 0.0

    @property
    def cursor_row(self) -> T | None:
        """The row under the cursor, or None in an empty table."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def rows(self) -> Sequence[T]:
        """All rows in the order shown."""
        return self._rows

    @property
    def visible_rows(self) -> Sequence[T]:
        """The rows that are on the screen now."""
        return self._rows[self._top : self._top + self._page]

    @property
    def body_width(self) -> int:
        """Cells that a grid has to fill."""
        return self.size.width

    def window(self, width: int, height: int) -> Sequence[Line]:
        """Heading, titles, rows and foot."""
        if self._grid is None:
            return ()
        del height
        page = self._page
        self._frame = self._first_row, page
        self._top = max(0, min(self._top, len(self._rows) - page))
        self._left = max(0, min(self._left, self._grid.total_width - width))
        body = [self._sideways(row) for row in self._body(self._grid)]
        body += [EMPTY] * (page - len(body))
        return [*self._above, self._sideways(self._grid.head), *body, *self._foot]

    def mark(self, y: int) -> Style | None:
        """The cursor's line is reversed, tagged ones have their colour."""
        first, page = self._frame
        index = y - first + self._top
        if not 0 <= y - first < page or index >= len(self._rows):
            return None
        tagged = bool(self.tagged) and self._key_of(self._rows[index]) in self.tagged
        if index != self._cursor:
            return TAGGED if tagged else None
        return TAGGED + CURSOR if tagged else CURSOR

    # -- moving -------------------------------------------------------------------------------------------------

    def move(self, rows: int) -> None:
        """Move the cursor, which ties it to the row that it lands on."""
        self.move_to(self._cursor + rows)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row by its number, the nearest there is, and bring it into view."""
        if not self._rows:
            return
        self._cursor = max(0, min(index, len(self._rows) - 1))
        self._cursor_key = self._key_of(self._rows[self._cursor])
        self._held_until = self._clock() + HOLD
        self._reveal()
        self.redraw()
        self.post_message(self.Moved())

    def move_to_key(self, key: Hashable) -> bool:
        """Put the cursor on a row by its identity; false if it is not there."""
        for index, row in enumerate(self._rows):
            if self._key_of(row) == key:
                self.move_to(index)
                return True
        return False

    def reveal_cursor(self) -> None:
        """Scroll so that the cursor's row is in view."""
        self._reveal()
        self.redraw()

    def page(self, pages: int) -> None:
        """Move the cursor by whole windows."""
        self.move(pages * max(1, self._page - 1))

    def sideways(self, steps: int) -> None:
        """Scroll to the columns that don't fit."""
        self._left += steps * _SIDEWAYS
        self.redraw()

    def to_left_edge(self) -> None:
        """Back to the first column."""
        self._left = 0
        self.redraw()

    def find(self, test: Callable[[T], bool], start: int, step: int = 1) -> bool:
        """Put the cursor on the next row from `start` on, going round, that passes the test."""
        count = len(self._rows)
        for offset in range(count):
            index = (start + offset * step) % count
            if test(self._rows[index]):
                self.move_to(index)
                return True
        return False

    @property
    def cursor(self) -> int:
        """The number of the row under the cursor."""
        return self._cursor

    # -- the mouse ----------------------------------------------------------------------------------------------

    def on_click(self, event: Click) -> None:
        """A click puts the cursor on a row, a second one opens it; on a title it sorts."""
        row = event.y - self._first_row
        if event.y == self._first_row - 1:
            key = self._title_at(event.x + self._left)
            if key is not None:
                self.post_message(self.Sorted(key))
        elif 0 <= row < self._page and self._top + row < len(self._rows):
            self.move_to(self._top + row)
            if event.chain == 2:
                self.post_message(self.Chosen(self._cursor_key))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the window, not the cursor."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel moves the window, not the cursor."""
        event.stop()
        self._scroll(-3)

    # -- inside -------------------------------------------------------------------------------------------------

    @property
    def _above(self) -> Sequence[Line]:
        """The heading, or its first lines where all of it would leave no room for rows."""
        return self._heading[: max(0, self.size.height - 1 - len(self._foot) - _FEWEST_ROWS)]

    @property
    def _first_row(self) -> int:
        return len(self._above) + 1

    @property
    def _page(self) -> int:
        return max(0, self.size.height - self._first_row - len(self._foot))

    def _scroll(self, rows: int) -> None:
        self._top += rows
        self.redraw()
        self.post_message(self.Moved())

    def _reveal(self) -> None:
        if self._cursor < self._top:
            self._top = self._cursor
        elif self._cursor >= self._top + self._page:
            self._top = self._cursor - self._page + 1

    def _find_cursor(self) -> None:
        if self._cursor_key is None:
            self._cursor = 0
            return
        if self._cursor < len(self._rows) and self._key_of(self._rows[self._cursor]) == self._cursor_key:
            return
        for index, row in enumerate(self._rows):
            if self._key_of(row) == self._cursor_key:
                self._cursor = index
                return
        self._cursor = max(0, min(self._cursor, len(self._rows) - 1))
        self._cursor_key = self._key_of(self._rows[self._cursor]) if self._rows else None

    def _in_held_order(self, rows: Sequence[T]) -> Sequence[T]:
        place = {self._key_of(row): index for index, row in enumerate(self._rows)}
        last = len(place)
        return sorted(rows, key=lambda row: place.get(self._key_of(row), last))

    def _body(self, grid: Grid[T]) -> list[Line]:
        """The lines of the visible rows; a row that is the same object and looks the same keeps its line."""
        drawn, lines = {}, []
        for row in self.visible_rows:
            key, look = self._key_of(row), grid.look(row) if grid.look else None
            before = self._drawn.get(key)
            if before is not None and before[0] is row and before[1] == look:
                entry = before
            else:
                entry = (row, look, grid.row(row))
            drawn[key] = entry
            lines.append(entry[2])
        self._drawn = drawn
        return lines

    def _sideways(self, row: Line) -> Line:
        if not self._left:
            return row
        skip, out = self._left, list[Span]()
        for span in row:
            size = width_of((span,))
            if skip >= size:
                skip -= size
                continue
            out.append(Span(span.text[skip:], span.tone) if skip else span)
            skip = 0
        return tuple(out)

    def _title_at(self, x: int) -> str | None:
        if self._grid is None:
            return None
        edge = 0
        for column, width in zip(self._grid.columns, self._grid.widths, strict=True):
            edge += width + 1
            if x < edge:
                return column.field.key
        return None


AnyTable = RowTable[Any]
