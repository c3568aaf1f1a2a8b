"""From tones to colours: the terminal's own sixteen, so that its palette, light or dark, stays in charge.

Plain text has no colour at all: it costs no bytes on the wire and is readable on any background. No tone is told by
colour alone; bars have textures, levels have words.
"""

from typing import Final

from rich.style import Style

from memtui.view.lines import Tone

THEME: Final = "ansi-dark"  # Textual's own parts (input line, menus) in the terminal's colours too

STYLES: Final[dict[Tone, Style]] = {
    Tone.PLAIN: Style.null(),
    Tone.DIM: Style(dim=True),
    Tone.STRONG: Style(bold=True),
    Tone.TITLE: Style(bold=True, color="cyan"),
    Tone.HEAD: Style(color="cyan", reverse=True),
    Tone.SORTED: Style(color="green", reverse=True, bold=True),
    Tone.KEY: Style(color="cyan", reverse=True),
    Tone.LABEL: Style(color="cyan"),
    Tone.MATCH: Style(color="yellow", reverse=True),
    Tone.TAB: Style(dim=True),
    Tone.TAB_ON: Style(bold=True, reverse=True),
    Tone.ANON: Style(color="blue"),
    Tone.FILE: Style(color="green"),
    Tone.SHMEM: Style(color="magenta"),
    Tone.CACHE: Style(color="cyan"),
    Tone.BUFFERS: Style(color="bright_green"),
    Tone.SLAB: Style(color="yellow"),
    Tone.PAGETABLES: Style(color="bright_magenta"),
    Tone.KERNEL: Style(color="bright_yellow"),
    Tone.HUGE: Style(color="bright_cyan"),
    Tone.FREE: Style(dim=True),
    Tone.SWAP: Style(color="bright_magenta"),
    Tone.GOOD: Style(color="green"),
    Tone.WARN: Style(color="yellow", bold=True),
    Tone.BAD: Style(color="red", bold=True),
    Tone.TRACK: Style(dim=True),
    Tone.MARK: Style(color="bright_yellow", bold=True),
}

CURSOR: Final = Style(reverse=True)
"""The row of the cursor: swapped colours, whatever they are."""

TAGGED: Final = Style(color="yellow", bold=True)
"""Rows that the user tagged, as in htop."""
