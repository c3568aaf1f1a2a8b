"""Draws the pictures of the README anew: `python docs/pictures.py`, the same bytes on every machine.

They show the machine recorded in tests/trees/host-6.18, with an own use and a sample time that are made up.
"""

import asyncio
import os
import re
import time
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from textual.pilot import Pilot

from memtui.model.sample import Cost
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.loop import Loop
from memtui.sampling.recorded import Recorded
from memtui.sampling.request import Request
from memtui.tui.app import MemtuiApp, OwnUse
from memtui.view.header import Identity

DOCS: Final = Path(__file__).parent
TREES: Final = DOCS.parent / "tests" / "trees"
TREE: Final = "host-6.18"
SIZE: Final = (120, 40)
PICTURES: Final = {
    "processes": (),
    "memory": ("2",),
    "swap": ("3",),
    "cache": ("4",),
    "drilldown": ("down", "enter"),
    "mappings": ("down", "enter", "2", *["down"] * 4, "enter", "down", "enter", "down"),
    "cgroups": ("6",),
    "zones": ("2", "z"),
    "findings": ("7",),
}
"""What each picture is called, and the keys that lead to it."""

OTHERS: Final = {"cgroups": "numa2-6.12", "zones": "numa8-6.12", "findings": "numa2-6.12"}
"""The recorded machine of a picture, if it is not the usual one."""

_CALM: Final = 5  # looks at the screen without a change, after which there will be none
_FONTS: Final = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
_FONT_FACE: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_COMMENT: Final = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_TEXT: Final = re.compile(
    r'<text (class="[^"]*-r\d+") x="([^"]*)" (y="[^"]*") textLength="[^"]*" (clip[^>]*)>([^<]*)</text>'
)
_WORDS: Final = re.compile(r"\S+(?:\xa0\S+)*")  # Rich makes every space one that doesn't break
_CELL: Final = 12.2  # pixels: Rich's width of a cell
_FONT_SIZE: Final = 20.27  # pixels: most of these fonts are 0.602 of their size wide
_PALETTE: Final = {
    "#00823d": "#b8d06a",  # the bright colours, which Rich has darker than the others: green,
    "#d08442": "#f0c674",  # yellow,
    "#ff2c7a": "#d68fd6",  # magenta,
    "#398280": "#8fd3dc",  # cyan
}


class _Steady(Recorded):
    """A recorded machine whose samples always take 12 ms."""

    def step(self, request: Request) -> Snapshot:
        return replace(super().step(request), cost=Cost(0.012, 0.01, 300, 20))


class _Measured(OwnUse):
    """What memtui takes, the same on every machine."""

    def measure(self) -> tuple[float | None, int | None]:
        return 1.5, 40 << 20


async def picture(keys: tuple[str, ...], tree: str = TREE) -> str:
    """The screen after these keys, as an SVG."""
    source = ProcSource(str(TREES / tree / "proc"), str(TREES / tree / "sys"))
    app = MemtuiApp(
        Loop(_Steady(source), Request()),
        Identity("host", "6.18.44", live=False),
        own=_Measured(time.monotonic),
        source=source,
    )
    async with app.run_test(size=SIZE) as pilot:
        await _still(app, pilot)
        await pilot.press(*keys)
        return _clean(await _still(app, pilot))


async def _still(app: MemtuiApp, pilot: Pilot[int]) -> str:
    """The screen, once the sample is there and everything that follows from a key has been drawn."""
    shown, calm = "", 0
    while calm < _CALM:
        await pilot.pause(0.1)
        now = app.export_screenshot(simplify=True)
        calm = calm + 1 if now == shown and app._snapshot is not None else 0
        shown = now
    return shown


def _clean(svg: str) -> str:
    """Fonts of the reader's machine instead of the net's, colours that can be read, names that stay."""
    svg = _COMMENT.sub("", _FONT_FACE.sub("", svg))
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")
    svg = svg.replace("font-size: 20px", f"font-size: {_FONT_SIZE}px")
    svg = re.sub(r"terminal-\d+-", "memtui-", svg)
    for rich, ours in _PALETTE.items():
        svg = svg.replace(rich, ours)
    return "\n".join(line.rstrip() for line in _TEXT.sub(_apart, svg).splitlines() if line.strip()) + "\n"


def _apart(text: re.Match[str]) -> str:
    """Stretches of words at places of their own: some viewers drop spaces. A wide character takes two cells."""
    style, left, y, clip, content = text.groups()
    plain = unescape(content)
    return "".join(
        f'<text {style} x="{float(left) + cell_len(plain[: words.start()]) * _CELL:g}" {y} '
        f'textLength="{cell_len(words[0]) * _CELL:g}" {clip}>{escape(words[0])}</text>'
        for words in _WORDS.finditer(plain)
    )


def main() -> None:
    """Write every picture."""
    os.environ["TZ"] = "UTC"
    for name in ("NO_COLOR", "COLUMNS", "LINES", "TEXTUAL_THEME"):
        os.environ.pop(name, None)
    time.tzset()
    for name, keys in PICTURES.items():
        (DOCS / f"{name}.svg").write_text(asyncio.run(picture(keys, OTHERS.get(name, TREE))), encoding="utf-8")


if __name__ == "__main__":
    main()
