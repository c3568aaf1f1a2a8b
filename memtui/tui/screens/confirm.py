"""The question before every change: its exact effect, yes or no."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from memtui.control.controls import Target
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot, find
from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.too_small import TooSmall
from memtui.view.blocks import wrap
from memtui.view.lines import EMPTY, Line, Span, Tone, fit
from memtui.view.text import cells, sanitize

_WIDEST: Final = 100
_NARROWEST: Final = 34
_INDENT: Final = 2
_FRAME: Final = 2
_LONGEST: Final = 20  # lines of one effect


class Confirm(ModalScreen[bool]):
    """A title, the effect line by line, and y or n. Enter alone doesn't confirm: it would be pressed in passing."""

    DEFAULT_CSS = """
    Confirm { align: center middle; background: $background 0%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,Y", "answer(True)", show=False),
        Binding("n,N,escape,q,f10", "answer(False)", show=False),
    ]

    def __init__(self, title: str, effect: Sequence[str], targets: Sequence[Target] = ()) -> None:
        super().__init__()
        self._targets, self._ended = targets, ""
        self._title, self._effect = sanitize(title), [sanitize(line) for line in effect]
        self._text = TextLines()

    def compose(self) -> ComposeResult:
        """The box alone; the screen below stays visible."""
        yield self._text
        yield TooSmall()

    def on_mount(self) -> None:
        """Fill the box."""
        self._lay_out()

    def on_resize(self) -> None:
        """Fit the box into another size."""
        self._lay_out()

    def show(self, snapshot: Snapshot) -> None:
        """Say which of those that are meant have ended since the question came up."""
        ended = [one.pid for one in self._targets if find(snapshot, ProcKey(one.pid, one.start_time)) is None]
        words = ""
        if ended:
            who = f"{ended[0]} has" if len(ended) == 1 else f"{len(ended)} of {len(self._targets)} have"
            words = f"■ {who} ended meanwhile: nothing will be done to what has its pid now"
        if words != self._ended:
            self._ended = words
            self._lay_out()

    def action_answer(self, yes: bool) -> None:
        """Answer and close."""
        self.dismiss(yes)

    def _lay_out(self) -> None:
        longest = max(cells(line) for line in (self._title, *self._effect, self._ended)) + 2 * _INDENT
        width = min(max(longest, _NARROWEST), _WIDEST, max(_NARROWEST, self.app.size.width - _FRAME))
        room = width - 2 * _INDENT
        body: list[Line] = [
            *((Span(f" {piece}", Tone.WARN),) for piece in wrap(self._title, room, _LONGEST)),
            EMPTY,
            *((Span(" " * _INDENT + piece),) for line in self._effect for piece in wrap(line, room, _LONGEST)),
            EMPTY,
            *((Span(" " * _INDENT + piece, Tone.BAD),) for piece in wrap(self._ended, room, _LONGEST) if self._ended),
            *([EMPTY] if self._ended else []),
            (Span(" y ", Tone.KEY), Span(" yes   "), Span(" n ", Tone.KEY), Span(" no, Esc")),
        ]
        side = Span("│", Tone.WARN)
        lines: list[Line] = [
            (Span(f"╭{'─' * width}╮", Tone.WARN),),
            *((side, *fit(line, width), side) for line in body),
            (Span(f"╰{'─' * width}╯", Tone.WARN),),
        ]
        self._text.styles.width, self._text.styles.height = width + _FRAME, len(lines)
        self._text.set_lines(lines)
