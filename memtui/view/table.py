"""Rows and columns: a heading line and one line for each row, all of one width."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from memtui.view.lines import Line, Span, Tone, fit
from memtui.view.text import cut, pad_left, pad_right

GAP: Final = " "


class Column(NamedTuple):
    """A column of `width` cells; 0 takes what the others leave. `tone` is that of its title."""

    title: str
    width: int
    right: bool = False
    tone: Tone = Tone.HEAD


def table(headers: Sequence[Column], rows: Sequence[Sequence[Span]], width: int) -> list[Line]:
    """The heading and the rows, each exactly `width` cells; what doesn't fit its column ends in `…`.

    A column's padding and the gap behind it carry the tone of the cell, so that every row has the same spans in
    the same places. Raises ValueError for a row that has not one cell for each column.
    """
    rest = width - sum(column.width for column in headers) - len(GAP) * (len(headers) - 1)
    columns = [column if column.width else column._replace(width=rest) for column in headers]
    titles = [Span(column.title, column.tone) for column in columns]
    return [fit(tuple(_aligned(columns, row)), width) for row in (titles, *rows)]


def _aligned(columns: Sequence[Column], row: Sequence[Span]) -> Iterator[Span]:
    for column, cell in zip(columns, row, strict=True):
        pad = pad_left if column.right else pad_right
        yield Span(pad(cut(cell.text, column.width), column.width) + GAP, cell.tone)
