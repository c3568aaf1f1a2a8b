"""A number to be typed, with what it would mean said while one types."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.prompt import Field
from memtui.tui.widgets.too_small import TooSmall
from memtui.view.blocks import wrap
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.text import sanitize

_WIDEST: Final = 74
_FRAME: Final = 4

Meaning = Callable[[str], tuple[str, bool]]
"""A text as typed: what it means, and whether it will do."""


class AskNumber(ModalScreen[str | None]):
    """A title, what there is to know, a line to type in, and the meaning of what stands there; Esc gives None."""

    DEFAULT_CSS = """
    AskNumber { align: center middle; background: $background 0%; }
    AskNumber > Vertical { border: round $warning; padding: 0 1; height: auto; }
    AskNumber > Vertical > TextLines { width: 1fr; }
    AskNumber > Vertical > Input { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f10", "cancel", show=False)]

    def __init__(self, title: str, known: Sequence[str], value: str, meaning: Meaning) -> None:
        super().__init__()
        self._title, self._known, self._value, self._meaning = sanitize(title), known, value, meaning
        self._above, self._below, self._line = TextLines(), TextLines(), Field(compact=True, select_on_focus=True)

    def compose(self) -> ComposeResult:
        """Title, knowledge, line, meaning."""
        with Vertical():
            yield self._above
            yield self._line
            yield self._below
        yield TooSmall()

    def on_mount(self) -> None:
        """Fill it."""
        self._lay_out()
        with self.prevent(Input.Changed):
            self._line.value = self._value
        self._line.focus()
        self.call_after_refresh(self._line.action_select_all)
        self._say(self._value)

    def on_resize(self) -> None:
        """Fit another size."""
        self._lay_out()
        self._say(self._line.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what it would mean."""
        event.stop()
        self._say(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: take it, if it will do."""
        event.stop()
        if self._meaning(event.value)[1]:
            self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Take nothing."""
        self.dismiss(None)

    @property
    def _width(self) -> int:
        return min(_WIDEST, max(30, self.app.size.width - 2)) - _FRAME

    def _lay_out(self) -> None:
        width = self._width
        lines: list[Line] = [(Span(self._title, Tone.WARN),), EMPTY]
        lines += [(Span(piece),) for line in self._known for piece in wrap(sanitize(line), width, 6)]
        lines.append(EMPTY)
        self.query_one(Vertical).styles.width = width + _FRAME
        self._above.styles.height = len(lines)
        self._below.styles.height = 3
        self._above.set_lines(lines)

    def _say(self, text: str) -> None:
        words, good = self._meaning(text)
        tone = Tone.PLAIN if good else Tone.BAD
        pieces: list[Line] = [(Span(piece, tone),) for piece in wrap(sanitize(words), self._width, 2)]
        keys: Line = (
            Span("Enter", Tone.KEY),
            Span(" on to the question   "),
            Span("Esc", Tone.KEY),
            Span(" leave it"),
        )
        self._below.set_lines([*pieces, *[EMPTY] * (2 - len(pieces)), keys])
