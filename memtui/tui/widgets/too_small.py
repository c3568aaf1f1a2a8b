"""What a terminal shows that is too small for anything else."""

from collections.abc import Sequence
from typing import Final

from memtui.tui.widgets.lines import LineWidget
from memtui.view.lines import Line, Span, Tone

WIDTH: Final = 60
HEIGHT: Final = 15


class TooSmall(LineWidget):
    """Lies over the whole screen while that has less than 60x15 cells, and says so in one line.

    The widgets below stay as they are, cursor, scroll position and focus included.
    """

    SCOPED_CSS = False  # Textual would look for -tiny and -flat below this widget
    DEFAULT_CSS = """
    TooSmall { layer: above; dock: top; width: 100%; height: 100%; display: none; }
    .-tiny TooSmall, .-flat TooSmall { display: block; }
    """

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The size that is needed first, as a very small terminal shows no more."""
        return [(Span(f"needs {WIDTH}x{HEIGHT}", Tone.STRONG), Span(f" cells, has {width}x{height}"))]
