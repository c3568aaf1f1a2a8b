"""Every screen as plain text, at four sizes, of one recorded machine: `MEMTUI_UPDATE=1 pytest` writes them anew."""

from collections.abc import Callable
from typing import Any

import pytest

SCREENS = {
    "processes": ("1",),
    "tree": ("t",),
    "groups": ("g", "down", "enter"),
    "memory": ("2",),
    "swap": ("3",),
    "cache": ("4",),
    "drilldown": ("down", "enter"),
    "help": ("f1",),
    "sort-menu": ("f6",),
    "columns": ("f2",),
    "filter": ("f4", *"pss>10M", "enter"),
    "search": ("slash", *"redis"),
}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_looks_as_recorded(
    open_app: Any, golden: Callable[[str, str], None], size: tuple[int, int], name: str
) -> None:
    golden(f"{name}-{size[0]}x{size[1]}", open_app(size).press(*SCREENS[name]))
