"""A bar with marks on a scale that is stretched at its low end: how far a zone is above its watermarks.

Watermarks are about one percent of a zone (mm/page_alloc.c: `__setup_per_zone_wmarks`), so a linear bar would
show all of them in its first cell. Here the left third of the bar is 0..`knee` and the right two thirds are
`knee`..`limit`, both linear; with the high watermark as the knee, the marks stand apart and the fill still
grows over the whole of the zone.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from memtui.view.bars import EIGHTHS, FULL
from memtui.view.lines import Line, Span, Tone
from memtui.view.text import cells

MARK_AHEAD: Final = "┊"
MARK_REACHED: Final = "┃"

Mark = tuple[int, str]


def position(value: int, knee: int, limit: int, width: int) -> float:
    """Where a value stands on the stretched scale, in cells from the left, 0..`width`.

    The scale is plainly linear if the knee is not between 0 and `limit`.
    """
    if limit <= 0 or value <= 0:
        return 0.0
    third = width // 3
    if not 0 < knee < limit:
        return width * min(value, limit) / limit
    if value <= knee:
        return third * value / knee
    return third + (width - third) * (min(value, limit) - knee) / (limit - knee)


def gauge(value: int, marks: Sequence[Mark], limit: int, width: int, tone: Tone, *, knee: int) -> Line:
    """A bar of `value` on 0..`limit`, exactly `width` cells, with (value, label) marks drawn over it.

    A mark is `┃` once the value has reached it and `┊` while it has not, whatever the rounding of the bar; marks
    in one cell are drawn as one, reached when all of them are.
    """
    glyphs = _fill(position(value, knee, limit, width), width)
    tones = [tone if glyph != " " else Tone.TRACK for glyph in glyphs]
    for cell, there in _by_cell(marks, knee, limit, width):
        glyphs[cell] = MARK_REACHED if value >= max(mark for mark, _ in there) else MARK_AHEAD
        tones[cell] = Tone.MARK
    runs = groupby(zip(glyphs, tones, strict=True), key=lambda pair: pair[1])
    return tuple(Span("".join(glyph for glyph, _ in run), meaning) for meaning, run in runs)


def gauge_scale(marks: Sequence[Mark], limit: int, width: int, *, knee: int) -> Line:
    """The labels of the marks, exactly `width` cells, to stand above or under a `gauge` of the same scale.

    Each label touches its mark and keeps a space to the next; one that can't is left out.
    """
    placed = _leftmost([(cell, there[0][1]) for cell, there in _by_cell(marks, knee, limit, width)], width)
    text = ""
    for start, label in _centred(placed, width):
        text += " " * (start - cells(text)) + label
    return (Span(text + " " * (width - cells(text)), Tone.MARK),) if width > 0 else ()


def _fill(end: float, width: int) -> list[str]:
    full, part = divmod(max(round(end * 8), int(end > 0)), 8)
    return list((FULL * full + EIGHTHS[part] + " " * (width - full - 1))[: max(0, width)])


def _by_cell(marks: Sequence[Mark], knee: int, limit: int, width: int) -> Iterator[tuple[int, list[Mark]]]:
    """The marks of each cell that has some, from the left; marks beyond the limit are not on the scale."""

    def cell(mark: Mark) -> int:
        return min(width - 1, int(position(mark[0], knee, limit, width)))

    if width > 0:
        for where, there in groupby(sorted(mark for mark in marks if mark[0] <= limit), key=cell):
            yield where, list(there)


def _leftmost(labels: Sequence[tuple[int, str]], width: int) -> list[tuple[int, int, str]]:
    """(start, cell, label) with every label as far left as it may touch its cell."""
    placed = []
    free = 0
    for cell, label in labels:
        size = cells(label)
        start = max(free, cell - size)
        if start <= min(cell + 1, width - size):
            placed.append((start, cell, label))
            free = start + size + 1
    return placed


def _centred(placed: Sequence[tuple[int, int, str]], width: int) -> list[tuple[int, str]]:
    """(start, label) with every label moved right, as near to centred on its cell as the next one lets it."""
    out: list[tuple[int, str]] = []
    room = width
    for start, cell, label in reversed(placed):
        size = cells(label)
        start = max(start, min(cell - size // 2, room - size))
        out.append((start, label))
        room = start - 1
    return out[::-1]
