"""What goes to the terminal: it shows what it should, and little is sent."""

import random
from typing import Any

import pytest

KEYS = (
    "down", "up", "pagedown", "pageup", "end", "home", "right", "left", "M", "P", "N", "S", "T", "I", "less_than_sign",
    "greater_than_sign", "1", "2", "3", "4", "tab", "shift+tab", "K", "enter", "escape", "f1", "f6", "u", "F",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_the_terminal_shows_what_was_drawn_whatever_the_keys(open_app: Any, size: tuple[int, int], seed: int) -> None:
    user, choose = open_app(size), random.Random(seed)
    for _ in range(40):
        key = choose.choice(KEYS)
        assert user.press(key) == user.drawn_anew, key
