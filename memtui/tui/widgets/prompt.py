"""The line in which search words, filters and numbers are typed."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from memtui.tui.widgets.lines import TextLines
from memtui.view.lines import Span, Tone


class Field(Input):
    """An input line into which nothing can be pasted that would steer the terminal."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Put the printable characters of a text in the place of others: all typing and pasting comes here."""
        super().replace(_printable(text), start, end)


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))


class Prompt(Horizontal):
    """A title and an input line in the place of the key bar. One at a time; `purpose` tells which."""

    DEFAULT_CSS = """
    Prompt { height: 1; display: none; }
    Prompt.-open { display: block; }
    Prompt > TextLines { width: 10; height: 1; }
    Prompt > Input { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("f3", "again", show=False),
    ]

    class Typed(Message):
        """The text changed."""

        def __init__(self, purpose: str, text: str) -> None:
            self.purpose, self.text = purpose, text
            super().__init__()

    class Done(Message):
        """Enter (text) or Esc (None)."""

        def __init__(self, purpose: str, text: str | None) -> None:
            self.purpose, self.text = purpose, text
            super().__init__()

    class Again(Message):
        """F3 within a search: the next match."""

    purpose = ""

    def compose(self) -> ComposeResult:
        """The title and the input line."""
        yield TextLines()
        yield Field(compact=True, select_on_focus=False)

    def open(self, purpose: str, title: str, text: str = "") -> None:
        """Take the keyboard until Enter or Esc."""
        self.purpose = purpose
        self.query_one(TextLines).set_lines([(Span(f"{title}: ".rjust(10), Tone.LABEL),)])
        line, text = self.query_one(Input), _printable(text)
        with self.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(text)
        self.add_class("-open")
        line.focus()

    def close(self) -> None:
        """Give the keyboard back."""
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass typing on."""
        event.stop()
        self.post_message(self.Typed(self.purpose, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.post_message(self.Done(self.purpose, event.value))

    def action_cancel(self) -> None:
        """Esc."""
        self.post_message(self.Done(self.purpose, None))

    def action_again(self) -> None:
        """F3."""
        self.post_message(self.Again())
