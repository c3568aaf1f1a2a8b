"""How the lines of a panel are put together: headings, a margin, two columns side by side."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from memtui.view.lines import EMPTY, Line, Span, Tone, fit, join, width_of
from memtui.view.text import cells, cut


def heading(title: str, width: int, note: str = "") -> Line:
    """The title of a section, with what has to be known to read it behind it; at most `width` cells."""
    title = cut(title, width)
    note = cut(note, width - cells(title) - 2)
    return (Span(title, Tone.TITLE), Span(f"  {note}", Tone.DIM)) if note else (Span(title, Tone.TITLE),)


def beside(left: Sequence[Line], right: Sequence[Line], width: int, gap: int = 3) -> list[Line]:
    """Two blocks of lines in two columns of equal width, exactly `width` cells together."""
    half = column_width(width, gap)
    return [
        (*fit(one, half), Span(" " * gap), *fit(other, width - half - gap))
        for one, other in zip_longest(left, right, fillvalue=EMPTY)
    ]


def column_width(width: int, gap: int = 3) -> int:
    """The width that each column of `beside` may count on."""
    return (width - gap) // 2


def margin(lines: Sequence[Line]) -> list[Line]:
    """The lines moved right by one cell; empty ones stay empty."""
    return [(Span(" "), *row) if row else EMPTY for row in lines]


def sections(*blocks: Sequence[Line]) -> list[Line]:
    """Blocks one below the other with an empty line between them; empty blocks are left out."""
    lines: list[Line] = []
    for block in blocks:
        if block:
            lines += [EMPTY, *block] if lines else block
    return lines


def flow(items: Iterable[Line], width: int, gap: str = "   ") -> list[Line]:
    """Items one after another, on as many lines of at most `width` cells as they need."""
    lines: list[Line] = []
    for item in items:
        longer = join([lines[-1], item], gap) if lines else item
        if lines and width_of(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(_clipped(item, width))
    return lines


def wrap(text: str, width: int, limit: int) -> list[str]:
    """A sanitised text in at most `limit` pieces of at most `width` cells, broken at a space where one is near."""
    pieces: list[str] = []
    while cells(text) > width and len(pieces) < limit - 1:
        head = cut(text, width + 1)[:-1]
        space = head.rfind(" ") + 1
        head = head[:space] if space > len(head) // 2 else head
        pieces.append(head)
        text = text[len(head) :]
    return [*pieces, cut(text, width)]


def wrapped(text: str, width: int) -> list[str]:
    """All of a sanitised text in pieces of at most `width` cells; at least one."""
    return [piece.rstrip() for piece in wrap(text, max(1, width), len(text) + 1)]


def _clipped(row: Line, width: int) -> Line:
    return row if width_of(row) <= width else fit(row, width)
