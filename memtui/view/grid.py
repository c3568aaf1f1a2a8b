"""Tables of many rows: columns made from the field table, cells in fixed widths, rows as lines.

A grid is drawn row by row, only where it is on the screen, so its price doesn't depend on how many rows there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, NamedTuple, TypeVar

from memtui.model.fields import Field, Unit
from memtui.view import format as fmt
from memtui.view.lines import Line, Span, Tone
from memtui.view.text import cut, pad_left, pad_right

T = TypeVar("T")

GAP: Final = " "
DESCENDING: Final = "▼"
ASCENDING: Final = "▲"

_TEXTS: Final[dict[Unit, Callable[[Any], str]]] = {
    Unit.TEXT: str,
    Unit.NUMBER: str,
    Unit.BYTES: fmt.size,
    Unit.BYTES_CHANGE: fmt.signed_size,
    Unit.BYTES_RATE: fmt.size_rate,
    Unit.SECONDS: fmt.short_time,
    Unit.RATE: fmt.rate,
    Unit.PERCENT: fmt.percent,
    Unit.PAGES: fmt.count,
    Unit.CPU_TIME: fmt.cpu_time,
}


class Column(NamedTuple, Generic[T]):
    """A column of a grid: `width` cells (0: what is left over), `value` what it sorts by and shows.

    `tone` gives the tone of a cell where it says more than the value; None is plain.
    """

    field: Field
    width: int
    value: Callable[[T], Any]
    tone: Callable[[T], Tone] | None = None
    text: Callable[[T], str] | None = None

    @property
    def right(self) -> bool:
        """Whether the column holds numbers, which stand at its right edge and sort largest first."""
        return self.field.unit is not Unit.TEXT

    def cell(self, row: T) -> Span:
        """The cell of a row, unpadded: `–` for a missing value."""
        value = self.value(row)
        if value is None:
            return Span(fmt.NONE, Tone.DIM)
        text = self.text(row) if self.text else _TEXTS[self.field.unit](value)
        return Span(text, self.tone(row) if self.tone else Tone.PLAIN)


@dataclass(frozen=True)
class Grid(Generic[T]):
    """Columns at a given width of the screen, with the sorted one marked."""

    columns: tuple[Column[T], ...]
    width: int
    sort: str
    reverse: bool = False
    look: Callable[[T], Any] | None = None  # what a row's look depends on besides the row itself, such as the time
    style: Any = None  # what the look of all rows depends on besides the columns

    def same_cells(self, other: "Grid[T] | None") -> bool:
        """Whether rows look the same under both grids: the order of rows may differ, the columns may not."""
        return other is not None and self._look_of_all == other._look_of_all

    @cached_property
    def _look_of_all(self) -> tuple[Any, ...]:
        return self.width, self.style, tuple((column.field.key, column.width) for column in self.columns)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The cells of each column; the one of width 0 takes what the screen has left, but at least 16."""
        fixed = sum(column.width for column in self.columns) + len(self.columns) - 1
        return tuple(column.width or max(16, self.width - fixed) for column in self.columns)

    @cached_property
    def total_width(self) -> int:
        """The cells of a whole row, which may be more than the screen has."""
        return sum(self.widths) + len(self.columns) - 1

    @cached_property
    def head(self) -> Line:
        """The line of titles."""
        spans = []
        for column, width in zip(self.columns, self.widths, strict=True):
            title, tone = column.field.title, Tone.HEAD
            if column.field.key == self.sort:
                title += ASCENDING if column.right == self.reverse else DESCENDING
                tone = Tone.SORTED
            spans.append(Span(_placed(title, width, right=column.right) + GAP, tone))
        return tuple(spans)

    def row(self, item: T) -> Line:
        """The line of one row: one span for each column, with its padding and the gap behind it."""
        return tuple(
            Span(_placed(cell.text, width, right=column.right) + GAP, cell.tone)
            for column, width in zip(self.columns, self.widths, strict=True)
            for cell in (column.cell(item),)
        )


def _placed(text: str, width: int, *, right: bool) -> str:
    if text.isascii() and len(text) <= width:
        return text.rjust(width) if right else text.ljust(width)
    text = cut(text, width)
    return pad_left(text, width) if right else pad_right(text, width)


def ordered(
    rows: Sequence[T], column: Column[T], *, reverse: bool = False, unknown: Callable[[T], Any] | None = None
) -> list[T]:
    """Rows sorted by a column: numbers largest first, texts A to Z, `reverse` turning that round.

    Missing values come last either way, largest `unknown` first. Equal ones keep the order of `rows`, so they don't
    dance.
    """
    value = column.value
    missing = [row for row in rows if value(row) is None]
    known = [row for row in rows if value(row) is not None] if missing else list(rows)
    known.sort(key=value, reverse=column.right != reverse)
    if unknown is not None:
        missing.sort(key=unknown, reverse=True)
    return known + missing
