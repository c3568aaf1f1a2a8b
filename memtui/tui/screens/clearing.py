"""Swap being cleared: how much is left in it, and Esc to stop."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from memtui.control.controls import Controls
from memtui.control.machine import clear
from memtui.control.outcome import Outcome
from memtui.control.swap import Clearing
from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.too_small import TooSmall
from memtui.view import format as fmt
from memtui.view.bars import meter
from memtui.view.columns import shown_text
from memtui.view.lines import EMPTY, Line, Span, Tone, fit

_WIDTH: Final = 56
_EVERY: Final = 0.2  # seconds between two looks at what is left
_METER: Final = 30


class ClearingScreen(ModalScreen[Outcome]):
    """Runs a clearing on a thread and shows what is left; it closes when that has ended."""

    DEFAULT_CSS = """
    ClearingScreen { align: center middle; background: $background 0%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,n", "cancel", show=False)]

    def __init__(self, controls: Controls, clearing: Clearing) -> None:
        super().__init__()
        self._controls, self._clearing = controls, clearing
        self._at_first = clearing.left() or 0
        self._stopping = False
        self._text = TextLines()

    def compose(self) -> ComposeResult:
        """The box alone; the screen below stays visible."""
        yield self._text
        yield TooSmall()

    def on_mount(self) -> None:
        """Start."""
        self._text.styles.width, self._text.styles.height = _WIDTH + 2, 5
        self._show()
        self.set_interval(_EVERY, self._show)
        self.run_worker(self._run, thread=True, exit_on_error=False)

    def action_cancel(self) -> None:
        """Stop; what has come back stays."""
        self._stopping = True
        self._clearing.cancel()
        self._show()

    def on_unmount(self) -> None:
        """Whatever closes the screen, the program among it, ends the clearing too."""
        self._clearing.cancel()

    def _run(self) -> None:
        outcome = clear(self._controls, self._clearing)
        self.app.call_from_thread(self.dismiss, outcome)

    def _show(self) -> None:
        left = self._clearing.left()
        done = max(0, self._at_first - (left or 0))
        words = "stopping: the kernel finishes the program at hand first" if self._stopping else "Esc stops it"
        lines: list[Line] = [
            (Span(f" swapoff {shown_text(self._clearing.doing)}", Tone.WARN),),
            (
                Span(" "),
                *meter(done, self._at_first, _METER, Tone.SWAP),
                Span("▏", Tone.TRACK),
                Span(f" {fmt.size(left)} left"),
            ),
            (Span(f" {words}", Tone.DIM),),
        ]
        side = Span("│", Tone.WARN)
        self._text.set_lines(
            [
                (Span(f"╭{'─' * _WIDTH}╮", Tone.WARN),),
                *((side, *fit(line or EMPTY, _WIDTH), side) for line in lines),
                (Span(f"╰{'─' * _WIDTH}╯", Tone.WARN),),
            ]
        )
