"""The address space of one process: a picture of it, and its mappings by what they are. Read once, and on request."""

from collections.abc import Hashable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.widget import Widget

from memtui.model.mappings import AddressSpace
from memtui.model.sample import ProcKey
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Why
from memtui.sampling.address_space import Progress, read_address_space
from memtui.tui.keys import MOVE, SPACE, bindings
from memtui.tui.sections.base import Read, Reader, Section, State
from memtui.tui.sections.space_table import SpaceTable
from memtui.tui.widgets.lines import LineWidget, TextLines
from memtui.view import maps as view
from memtui.view import space as around
from memtui.view.address_map import picture
from memtui.view.lines import Line
from memtui.view.maps import Row

_SIDE_BY_SIDE: Final = 130  # cells from which on there is room for the picture beside the table
_TALL: Final = 19  # lines from which on there is room for all of the foot
_AUTO: Final = 5.0  # seconds between two readings at least
_AUTO_SHARE: Final = 20  # times the seconds that a reading took: at most 5 % of the time
_HIDDEN_STARTCODE: Final = 1  # what the kernel says instead, to who may not know


class Picture(LineWidget):
    """The picture of an address space, drawn anew for another reading or size."""

    def __init__(self) -> None:
        super().__init__()
        self._space: AddressSpace | None = None
        self._drawn: tuple[AddressSpace, int, int, list[Line]] | None = None

    def put(self, space: AddressSpace | None) -> None:
        """Show this one."""
        self._space = space
        self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The picture, with a margin on its right."""
        space, drawn = self._space, self._drawn
        if space is None:
            return ()
        if drawn is None or drawn[0] is not space or drawn[1:3] != (width, height):
            drawn = self._drawn = space, width, height, picture(space, width - 2, height)
        return drawn[3]


class Space(Section):
    """Status line, picture, table."""

    TITLE = "Mappings"
    KEYS = SPACE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SPACE[len(MOVE) :])]
    DEFAULT_CSS = """
    Space { layout: vertical; height: 1fr; }
    Space > TextLines { height: 1; }
    Space > Horizontal { height: 1fr; }
    Space Picture { width: 2fr; display: none; }
    Space Picture.-shown { display: block; }
    Space SpaceTable { width: 3fr; }
    Space SpaceTable.-hidden { display: none; }
    """

    def __init__(self, source: ProcSource | None) -> None:
        super().__init__()
        self.reader = Reader(self, source)
        self.space: AddressSpace | None = None
        self.table = SpaceTable(self)
        self._status, self._picture = TextLines(), Picture()
        self._key: ProcKey | None = None
        self._state: State | None = None
        self._why: Unavailable | None = None
        self._progress: Progress | None = None
        self._before: view.Before | None = None
        self._code = self._code_before = 0  # the start of the program that was read for, where it has changed
        self._opened: set[Hashable] = set()
        self._sort, self._reverse, self._auto = view.DEFAULT_SORT, False, False
        self._wanted: bool | None = None  # the picture: None is as the size has it

    def compose(self) -> ComposeResult:
        """Status, picture, table."""
        yield self._status
        with Horizontal():
            yield self._picture
            yield self.table

    @property
    def front(self) -> Widget:
        """The table, unless the picture stands in its place."""
        return self if self.table.has_class("-hidden") else self.table

    def begin(self, key: ProcKey) -> None:
        """Another process: forget the reading."""
        self.reader.cancel()
        self._key, self.space, self._why, self._before, self._progress = key, None, None, None, None
        self._code = self._code_before = 0
        self._opened.clear()
        self.table.clear()
        self._draw()

    def leave(self) -> None:
        """Stop reading."""
        self.reader.cancel()

    def show(self, state: State) -> None:
        """Draw; read where nothing has been read, where the process runs another program, and for `auto`."""
        self._state = state
        if not state.ended and not self.reader.busy:
            self._read_if_due(state)
        self._draw_status()

    def _read_if_due(self, state: State) -> None:
        if self.space is None:
            self._why = self._why or around.no_space(state.process)
            if self._why is None and state.process.res < around.DEAR:
                self.action_again()
            return
        code = state.detail.startcode if state.detail else 0
        if code > _HIDDEN_STARTCODE and code not in (self.space.startcode, self._code):
            self._code, self._before = code, None  # what has grown since another program is no growth
            self.action_again()
        elif self._auto and state.snapshot.at - self.space.at >= max(_AUTO, _AUTO_SHARE * self.space.seconds):
            self.action_again()

    # -- reading ------------------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Read."""
        key = self._key
        if key is None or (self._state is not None and self._state.ended):
            return
        self._progress = Progress(0, 0, 0.0)
        self.reader.start(key, lambda source, told, stop: read_address_space(source, key, told, stop))
        self._draw_status()

    def action_cancel(self) -> None:
        """Stop reading; what was read last stays."""
        if self.reader.busy:
            self.reader.cancel()
            self._auto = False
            if self.space is None:
                self._why = Unavailable(Why.PENDING, "cancelled; r reads")
            self._draw_status()

    def action_auto(self) -> None:
        """Read again and again, or not any more."""
        self._auto = not self._auto
        if self._state is not None:
            self.show(self._state)

    def on_read(self, event: Read) -> None:
        """A reading, or word of how far it is."""
        event.stop()
        if not self.reader.wants(event):
            return
        if not event.done:
            self._progress = event.result
            self._draw_status()
        elif isinstance(event.result, AddressSpace) and event.result.mappings:
            if self.space is not None and self._code == self._code_before:
                self._before = view.sizes_by_key(self.space)
            self._code_before = self._code
            self.space, self._why = event.result, None
            self._draw()
        else:
            empty = isinstance(event.result, AddressSpace)
            self._why = around.NO_MAPPINGS if empty else event.result
            self._auto = False
            self._draw_status()

    # -- drawing ------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        self._draw_status()
        self._arrange()
        self.draw_table()
        self._picture.put(self.space)

    def _draw_status(self) -> None:
        width = self.size.width
        if not width or self._state is None:
            return
        self._status.set_lines([self._status_line(self._state, width)])

    def _status_line(self, state: State, width: int) -> Line:
        if self.reader.busy and self._progress is not None:
            rss, mappings = self._progress.rss, self._progress.mappings
            return around.progress_line(mappings, rss, state.process.res, self._progress.seconds, width)
        if self.space is not None and self._why is None:
            return around.read_line(self.space, state.snapshot.at, width, auto=self._auto, live=self.reader.live)
        if self._why is not None:
            return around.unavailable_line(self._why, width)
        words = "it had ended before its mappings were read" if state.ended else around.dear_words(state.process)
        return around.status_line(words, width)

    def _arrange(self) -> None:
        """Picture and table beside each other where there is room, else one of them."""
        both = self.size.width >= _SIDE_BY_SIDE
        picture_too = self._wanted if self._wanted is not None else both
        self._picture.set_class(picture_too, "-shown")
        self.table.set_class(picture_too and not both, "-hidden")

    def draw_table(self) -> None:
        """Lay the table out anew."""
        if self.space is None or not self.table.size.width:
            return
        rows = view.rows(self.space, self._opened, self._sort, reverse=self._reverse, before=self._before)
        self._put(rows)

    def draw_foot(self) -> None:
        """Say what the row under the cursor is."""
        if self.space is not None:
            self._put(self.table.rows)

    def _put(self, rows: Sequence[Row]) -> None:
        space, width = self.space, self.table.size.width
        if space is None:
            return
        grid = view.grid(width, self._sort, reverse=self._reverse, growth=self._before is not None)
        lines = 4 if self.table.size.height >= _TALL else 3
        detail = self._state.detail if self._state else None
        for _ in range(2):  # where the cursor lands is known when the rows are there
            row = self.table.cursor_row
            self.table.put(rows, grid, foot=around.foot(space, grid, row, detail, width, lines))
            if self.table.cursor_row is row:
                break

    def on_resize(self, event: Resize) -> None:
        """Fit another size."""
        del event
        self._draw()

    # -- keys ---------------------------------------------------------------------------------------------------

    def action_fold(self) -> None:
        """Open the row under the cursor, or close it; of a mapping, its group."""
        row = self.table.cursor_row
        if row is not None and row.opened is not None:
            self._opened ^= {row.key}
            self.table.release_order()
            self.draw_table()

    def action_fold_all(self) -> None:
        """Open all kinds; if any is open, close all."""
        if self.space is not None:
            kinds: set[Hashable] = {group.kind for group in self.space.groups}
            self._opened = set() if self._opened else kinds
            self.table.release_order()
            self.draw_table()

    def action_picture(self) -> None:
        """The picture, or not."""
        shown = self._picture.has_class("-shown")
        self._wanted = not shown
        self._arrange()
        self.front.focus()

    def action_sort_next(self, step: int) -> None:
        """Sort by the neighbour of the sorted column."""
        keys = [column.field.key for column in view.columns(growth=self._before is not None)]
        place = keys.index(self._sort) if self._sort in keys else 0
        self.sort_by(keys[max(0, min(place + step, len(keys) - 1))], turn=False)

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._reverse = not self._reverse
        self.table.release_order()
        self.draw_table()

    def sort_by(self, key: str, *, turn: bool = True) -> None:
        """Sort by a column; with `turn` the same one again turns the order round."""
        self._reverse = not self._reverse if turn and key == self._sort else False
        self._sort = key
        self.table.release_order()
        self.draw_table()
