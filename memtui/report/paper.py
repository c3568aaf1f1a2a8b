"""What text is printed on: a terminal of some size, or a file or pipe, where nothing is cut."""

import os
import sys
from collections.abc import Iterable
from typing import Final, NamedTuple

from memtui.view.lines import Line, fit, text_of

_UNCUT_WIDTH: Final = 160


class Paper(NamedTuple):
    """`width` in cells; where `cut` is set, a longer line is cut to it. `height` in lines, None where unbounded."""

    width: int = _UNCUT_WIDTH
    cut: bool = False
    height: int | None = None


def paper() -> Paper:
    """The paper of standard output: COLUMNS sets its width, else the terminal does, else nothing is cut."""
    columns = os.environ.get("COLUMNS", "")
    given = int(columns) if columns.isascii() and columns.isdigit() else 0
    try:
        width, height = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):  # no terminal, or a stdout that is no file at all
        return Paper(given, cut=True) if given else Paper()
    return Paper(given or width or 80, cut=True, height=height or None)


def show(lines: Iterable[Line], on: Paper) -> None:
    """Print lines, each in its own write's worth of text, and let them out at once."""
    print("\n".join(text_of(fit(line, on.width) if on.cut else line) for line in lines), flush=True)
