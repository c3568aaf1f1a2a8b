"""The help: keys of the panel that asked, and what every column and number means and where it comes from."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from memtui.model.fields import GLOSSARY
from memtui.tui.keys import EVERYWHERE, HELP, Key, bindings
from memtui.tui.widgets.bars import KeyBar
from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.too_small import TooSmall
from memtui.tui.wire import use_cell_updates
from memtui.view.lines import EMPTY, Line, Span, Tone

_KEY_WIDTH = 12
_TITLE_WIDTH = 18


def help_lines(title: str, keys: Sequence[Key], width: int) -> list[Line]:
    """Keys first, then the glossary; texts are wrapped at `width`."""
    lines: list[Line] = [(Span(f"Keys: {title}", Tone.TITLE),)]
    lines += _keys(keys, width)
    lines += [EMPTY, (Span("Keys everywhere", Tone.TITLE),), *_keys(EVERYWHERE, width)]
    lines += [EMPTY, (Span("Signs", Tone.TITLE),)]
    lines += _entry("–", "could not be read, or not yet: the line below the table says why", width, _KEY_WIDTH)
    lines += _entry("◆ ▲ •", "a finding: critical; a warning; a note, which harms nobody now", width, _KEY_WIDTH)
    lines += _entry("dim PSS, USS", "carried on from an older reading of smaps_rollup", width, _KEY_WIDTH)
    for group, fields in GLOSSARY:
        lines += [EMPTY, (Span(group, Tone.TITLE),)]
        for field in fields.values():
            bad = f" Bad: {field.bad}." if field.bad else ""
            lines += _entry(field.title, f"{field.meaning}.{bad} [{field.source}]", width, _TITLE_WIDTH)
    return lines


def _keys(keys: Iterable[Key], width: int) -> Iterable[Line]:
    for key in keys:
        if key.shown:
            yield from _entry(key.shown, key.help, width, _KEY_WIDTH, Tone.STRONG)


def _entry(title: str, text: str, width: int, indent: int, tone: Tone = Tone.LABEL) -> Iterable[Line]:
    room = max(20, width - indent - 4)
    rows = [""]
    for word in text.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > room:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".lstrip()
    for index, row in enumerate(rows):
        yield Span(f"  {title if index == 0 else '':<{indent}}", tone), Span(row)


class _Page(TextLines):
    """The help text, wrapped anew when the size changes."""

    def __init__(self, title: str, keys: Sequence[Key]) -> None:
        super().__init__()
        self._title, self._keys = title, keys

    def repaint(self) -> None:
        """Wrap for this width and draw."""
        self._lines = help_lines(self._title, self._keys, self.size.width)
        super().repaint()


class HelpScreen(Screen[None]):
    """A page to scroll through; Esc closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HELP)]

    def __init__(self, title: str, keys: Sequence[Key]) -> None:
        super().__init__()
        use_cell_updates(self)
        self._page = _Page(title, keys)

    def compose(self) -> ComposeResult:
        """The text and the key bar."""
        yield self._page
        yield KeyBar(HELP)
        yield TooSmall()

    def action_move(self, lines: int) -> None:
        """Scroll."""
        self._page.scroll_by(lines)

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self._page.scroll_page(pages)

    def action_ends(self, last: bool) -> None:
        """Top or bottom."""
        self._page.scroll_to_end(last=last)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()
