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
    "mappings": ("down", "enter", "2", "down", "down", "enter", "down"),
    "address-map": ("down", "enter", "2", "p"),
    "history": ("down", "enter", "3"),
    "faults": ("down", "enter", "4"),
    "limits": ("down", "enter", "6"),
    "oom": ("down", "enter", "7"),
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
    user = open_app(size)
    for key in SCREENS[name]:  # one by one: what a key opens may have to be read before the next one
        user.press(key)
    golden(f"{name}-{size[0]}x{size[1]}", user.text)
