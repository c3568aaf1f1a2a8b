"""The drawing unit of both faces: a line is a tuple of spans, a span is text and a tone.

A tone is what a piece of text *means*; tui/theme.py gives it a colour, the text face drops it. Text in a span is
already sanitised (`view.text.sanitize`) and is measured in terminal cells.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size


class Tone(StrEnum):
    """The meaning of a span. The same kind of memory has the same tone everywhere."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    TITLE = "title"
    HEAD = "head"
    SORTED = "sorted"
    KEY = "key"
    LABEL = "label"
    MATCH = "match"
    TAB = "tab"
    TAB_ON = "tab_on"
    ANON = "anon"
    FILE = "file"
    SHMEM = "shmem"
    CACHE = "cache"
    BUFFERS = "buffers"
    SLAB = "slab"
    PAGETABLES = "pagetables"
    KERNEL = "kernel"
    HUGE = "huge"
    FREE = "free"
    SWAP = "swap"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    TRACK = "track"
    MARK = "mark"


class Span(NamedTuple):
    """A run of text with one meaning."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]
EMPTY: Line = ()


def line(*parts: str | Span | tuple[str, Tone]) -> Line:
    """A line from strings (plain) and spans."""
    return tuple(Span(part) if isinstance(part, str) else Span(*part) for part in parts)


def text_of(row: Line) -> str:
    """The text of a line without its tones, right-trimmed: what the text face prints."""
    return "".join(span.text for span in row).rstrip()


def width_of(row: Line) -> int:
    """The width of a line in terminal cells."""
    return sum(cell_len(span.text) for span in row)


def fit(row: Line, width: int) -> Line:
    """The line cut or padded to exactly `width` cells; a cut through a wide character leaves a space."""
    out: list[Span] = []
    left = width
    for span in row:
        if left <= 0:
            break
        size = cell_len(span.text)
        if size > left:
            span = Span(_cut(span.text, size, left), span.tone)
            size = left
        out.append(span)
        left -= size
    if left > 0:
        out.append(Span(" " * left))
    return tuple(out)


def _cut(text: str, size: int, width: int) -> str:
    """The first `width` cells; where every character is one cell wide, as nearly always, that is a slice."""
    return text[:width] if size == len(text) else set_cell_size(text, width)


def changed(old: Line, new: Line) -> Iterator[tuple[int, int]]:
    """The (start, end) cell ranges in which `new` differs from `old`, both being of one total width.

    Spans that keep their place and width are compared one by one; from the first that doesn't, the rest counts
    as changed.
    """
    x = start = 0
    open_run = False
    for before, after in zip(old, new, strict=False):
        size = cell_len(after.text)
        if cell_len(before.text) != size:
            break
        if before != after:
            if not open_run:
                start, open_run = x, True
        elif open_run:
            yield start, x
            open_run = False
        x += size
    else:
        if open_run:
            yield start, x
        return
    total = width_of(new)
    yield (start if open_run else x), total


def join(parts: Iterable[Line], gap: str = "  ") -> Line:
    """Lines one after another on one line, `gap` between them; empty ones are left out."""
    out: list[Span] = []
    for part in parts:
        if part:
            if out:
                out.append(Span(gap))
            out.extend(part)
    return tuple(out)
