"""Pages of lines, some of which lead somewhere: the cursor of the screen stops at these, text output ignores it."""

from collections.abc import Iterable
from typing import NamedTuple

from memtui.view.lines import EMPTY, Line, Span


class Row(NamedTuple):
    """A line, and what it stands for if something lies behind it (empty: nothing)."""

    line: Line
    key: str = ""


def plain(lines: Iterable[Line]) -> list[Row]:
    """Lines that lead nowhere."""
    return [Row(line) for line in lines]


def lines_of(rows: Iterable[Row]) -> list[Line]:
    """The lines alone."""
    return [row.line for row in rows]


def stacked(*blocks: list[Row]) -> list[Row]:
    """Blocks one below the other with an empty line between them; empty blocks are left out."""
    out: list[Row] = []
    for block in blocks:
        if block:
            out += [Row(EMPTY), *block] if out else block
    return out


def with_margin(rows: Iterable[Row]) -> list[Row]:
    """The rows moved right by one cell; empty ones stay empty."""
    return [row._replace(line=(Span(" "), *row.line)) if row.line else row for row in rows]
