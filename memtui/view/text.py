"""Text from outside made safe to show, and text measured in terminal cells.

Every comm, command line, file and cgroup name goes through `sanitize` once, before it reaches a `Span`; the
other functions here take its output and measure that.
"""

import re
from typing import Final

from rich.cells import cell_len

ELLIPSIS: Final = "…"
_MARKS_ON_ONE_BASE: Final = 4

# Controls (C0, DEL, C1), line and paragraph separators, lone surrogates, private use, noncharacters, and what
# Unicode lists as Default_Ignorable_Code_Point: bidi and format controls, zero-width characters, fillers, tags,
# variation selectors. The last are refused wherever they stand because terminals disagree on their width.
_HIDDEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_NAMED: Final = {"\0": " ", "\t": " ", "\n": r"\n"}


def sanitize(text: str) -> str:
    r"""The text with everything that is unseen or steers a terminal turned into a visible escape.

    `\x1b`, `\u202e`, `\U000e0041`; a newline is `\n`, a byte that was not UTF-8 (decoded by surrogateescape)
    is `\xff`; NUL and TAB are spaces. A combining mark is escaped where it has no base to stand on, at the
    start, and beyond the fourth on one base. Clean text comes back as the same object.
    """
    if text.isascii() and text.isprintable():
        return text
    if _HIDDEN.search(text):
        text = _HIDDEN.sub(_visible, text)
    return text if text.isascii() else _anchor_marks(text)


def cells(text: str) -> int:
    """The width of a text in terminal cells."""
    return cell_len(text)


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, ending in `…` if something was left out.

    A wide character that would stick out by half is left out whole: the result may be a cell short of `width`.
    """
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    left = width - 1
    if text.isascii():
        return text[:left] + ELLIPSIS
    end = 0
    for character in text:
        left -= cell_len(character)
        if left < 0:
            break
        end += 1
    return text[:end] + ELLIPSIS


def pad_left(text: str, width: int) -> str:
    """The text moved right to end at `width` cells; a wider text comes back whole."""
    return " " * (width - cell_len(text)) + text


def pad_right(text: str, width: int) -> str:
    """The text filled up with spaces to `width` cells; a wider text comes back whole."""
    return text + " " * (width - cell_len(text))


def _visible(found: re.Match[str]) -> str:
    character = found[0]
    return _NAMED.get(character) or _escape(ord(character))


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _anchor_marks(text: str) -> str:
    widths = [cell_len(character) for character in text]
    if 0 not in widths:
        return text
    out = []
    run = _MARKS_ON_ONE_BASE
    for character, width in zip(text, widths, strict=True):
        run = 0 if width else run + 1
        out.append(character if run <= _MARKS_ON_ONE_BASE else _escape(ord(character)))
    shown = "".join(out)
    return text if shown == text else shown
