"""The question before every change: its exact effect, yes or no."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.too_small import TooSmall
from memtui.view.lines import EMPTY, Line, Span, Tone, fit
from memtui.view.text import cells, sanitize

_WIDEST = 100


class Confirm(ModalScreen[bool]):
    """A title, the effect line by line, and y or n. Enter alone doesn't confirm: it would be pressed in passing."""

    DEFAULT_CSS = """
    Confirm { align: center middle; background: $background 0%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y", "answer(True)", show=False),
        Binding("n,N,escape,q,f10", "answer(False)", show=False),
    ]

    def __init__(self, title: str, effect: Sequence[str]) -> None:
        super().__init__()
        title, effect = sanitize(title), [sanitize(line) for line in effect]
        width = min(_WIDEST, max(cells(line) for line in (title, *effect, " " * 30)) + 4)
        body: list[Line] = [
            (Span(f" {title}", Tone.WARN),),
            EMPTY,
            *((Span(f"  {line}"),) for line in effect),
            EMPTY,
            (Span(" y ", Tone.KEY), Span(" yes   "), Span(" n ", Tone.KEY), Span(" no, Esc")),
        ]
        side = Span("│", Tone.WARN)
        self._lines: list[Line] = [
            (Span(f"╭{'─' * width}╮", Tone.WARN),),
            *((side, *fit(line, width), side) for line in body),
            (Span(f"╰{'─' * width}╯", Tone.WARN),),
        ]
        self._text = TextLines()
        self._text.styles.width, self._text.styles.height = width + 2, len(self._lines)
        self._text.styles.max_width = "100%"

    def compose(self) -> ComposeResult:
        """The box alone; the screen below stays visible."""
        yield self._text
        yield TooSmall()

    def on_mount(self) -> None:
        """Fill the box."""
        self._text.set_lines(self._lines)

    def action_answer(self, yes: bool) -> None:
        """Answer and close."""
        self.dismiss(yes)
