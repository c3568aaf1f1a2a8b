"""The one-line bars of the screen: tabs above the panel, keys below it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from textual.events import Click
from textual.message import Message

from memtui.tui.keys import Key
from memtui.tui.widgets.lines import LineWidget
from memtui.view.lines import Line, Span, Tone, fit, width_of
from memtui.view.text import cells

BADGE: Final = 2
"""Cells to reserve for a badge, such as the number of findings."""

_SHORTEST_NOTE: Final = 12  # cells of a longer note that are worth showing


class TabName(NamedTuple):
    """The title of a tab, and the one for a narrow terminal (empty: the same)."""

    title: str
    short: str = ""


class TabBar(LineWidget):
    """The names of the tabs with their digits, the open one marked; a badge behind the last name."""

    DEFAULT_CSS = "TabBar { height: 1; }"

    class Picked(Message):
        """A click on a tab."""

        def __init__(self, index: int) -> None:
            self.index = index
            super().__init__()

    def __init__(self, names: Sequence[TabName], reserve: int = 0) -> None:
        super().__init__()
        self._names, self._reserve = names, reserve
        self._open = 0
        self.note: Line = ()
        self.badge = Span("")

    def open(self, index: int) -> None:
        """Mark a tab as the open one."""
        self._open = index
        self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """One line; a note, such as the filter in force, stands behind the names where there is room."""
        del height
        spans: list[Span] = []
        for index, text in enumerate(tab_texts(self._names, width - self._reserve)):
            spans.append(Span(text, Tone.TAB_ON if index == self._open else Tone.TAB))
        if self.badge.text:
            spans.append(self.badge)
        room = width - width_of(tuple(spans)) - 2
        if self.note and room >= min(width_of(self.note), _SHORTEST_NOTE):
            spans += [Span("  "), *(self.note if width_of(self.note) <= room else fit(self.note, room))]
        return [tuple(spans)]

    def on_click(self, event: Click) -> None:
        """Tell which tab was clicked; the badge belongs to the last one."""
        edge, texts = 0, tab_texts(self._names, self.size.width - self._reserve)
        for index, text in enumerate(texts):
            edge += cells(text) + (cells(self.badge.text) if index == len(texts) - 1 else 0)
            if event.x < edge:
                self.post_message(self.Picked(index))
                return


def tab_texts(names: Sequence[TabName], width: int) -> list[str]:
    """Digits and names in `width` cells, if that is possible.

    Where not all fit, the name goes first that becomes shortest by it, then the space behind the names.
    """
    titles = [name.title for name in names]
    saved = {index: len(name.title) - len(name.short) for index, name in enumerate(names) if name.short}
    for index in sorted(saved, key=lambda index: -saved[index]):
        if sum(map(len, titles)) + 4 * len(titles) <= width:
            break
        titles[index] = names[index].short
    behind = " " if sum(map(len, titles)) + 4 * len(titles) <= width else ""
    return [f" {number} {title}{behind}" for number, title in enumerate(titles, 1)]


_NAMES: Final = {"enter": "Enter", "escape": "Esc", "q": "q"}


class KeyBar(LineWidget):
    """What the function keys do here."""

    DEFAULT_CSS = "KeyBar { height: 1; }"

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys

    def show(self, keys: Sequence[Key]) -> None:
        """Show other keys: another panel has the focus."""
        self._keys = keys
        self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """One line of key names, each with its word; where not all fit, the last one stays, which leads out."""
        del height
        entries: list[Line] = []
        for key in sorted((key for key in self._keys if key.bar), key=_place):
            name, word = _name(key), key.bar.removeprefix("Enter ")
            entries.append((Span(f" {name}", Tone.STRONG), Span(word if name[0] == "F" else f" {word}", Tone.KEY)))
        while len(entries) > 1 and sum(map(width_of, entries)) > width:
            del entries[-2]
        return [tuple(span for entry in entries for span in entry)]


def _name(key: Key) -> str:
    for name in key.keys.split(","):
        if name[0] == "f" and name[1:].isdigit():
            return name.upper()
    first = key.keys.split(",", maxsplit=1)[0]
    return _NAMES.get(first, first)


def _place(key: Key) -> int:
    name = _name(key)
    return int(name[1:]) if name[1:].isdigit() else 0
