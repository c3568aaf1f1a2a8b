"""A page of lines with a cursor that stops at those behind which something lies."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.events import Click
from textual.message import Message

from memtui.model.snapshot import Snapshot
from memtui.tui.keys import CURSOR_PAGE, Key, bindings
from memtui.tui.panels.base import PagePanel
from memtui.tui.theme import CURSOR
from memtui.view.lines import Line
from memtui.view.page import Row, lines_of


class Behind(Message):
    """Enter on a line: show what is behind it."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__()


class CursorPage(PagePanel):
    """Subclasses give `rows`; the cursor stays on its line's key, wherever that moves."""

    KEYS: ClassVar[tuple[Key, ...]] = CURSOR_PAGE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CURSOR_PAGE)]

    _keys: Sequence[str] = ()
    cursor: str = ""

    def rows(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        """The page at this size."""
        raise NotImplementedError

    def lines(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """The lines of the page; their keys are kept beside."""
        rows = self.rows(snapshot, width, height)
        self._keys = [row.key for row in rows]
        return lines_of(rows)

    def mark(self, y: int) -> Style | None:
        """The cursor's line is reversed."""
        index = self._top + y
        return CURSOR if self.cursor and index < len(self._keys) and self._keys[index] == self.cursor else None

    def action_move(self, lines: int) -> None:
        """The next line that leads somewhere, if it is in view; else scroll."""
        place = self._place()
        step = 1 if lines > 0 else -1
        index = place + step
        while 0 <= index < len(self._keys) and not self._keys[index]:
            index += step
        bottom = self._top + self.size.height
        if 0 <= index < len(self._keys) and self._top - 1 <= index <= bottom:
            self._top = min(max(self._top, index - self.size.height + 1), index)
            self.put_cursor(self._keys[index])
        else:
            self.scroll_by(lines)

    def action_ends(self, last: bool) -> None:
        """Top or bottom, the cursor beside the page."""
        self.cursor = ""
        super().action_ends(last)

    def action_open(self) -> None:
        """Enter on the cursor's line."""
        if self.cursor in self._keys:
            self.post_message(Behind(self.cursor))

    def on_click(self, event: Click) -> None:
        """A click puts the cursor on a line, a second one opens it."""
        index = self._top + event.y
        if 0 <= index < len(self._keys) and self._keys[index]:
            self.put_cursor(self._keys[index])
            if event.chain == 2:
                self.action_open()

    def put_cursor(self, key: str) -> None:
        """Put the cursor on a line that is in view."""
        self.cursor = key
        self.redraw()

    def show_row(self, key: str) -> None:
        """Put the cursor on a line and bring it to the top."""
        if key in self._keys:
            self.cursor, self._top = key, self._keys.index(key)
            self.redraw()

    def _place(self) -> int:
        """Where the cursor is; beside the window if it is out of view, so that it comes back into view."""
        if self.cursor in self._keys:
            index = list(self._keys).index(self.cursor)
            if self._top <= index < self._top + self.size.height:
                return index
        return self._top - 1
