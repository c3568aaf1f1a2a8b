"""Every screen as plain text, at four sizes, of one recorded machine."""

from collections.abc import Callable

import pytest

Golden = Callable[[str, str], None]
TABS = {"processes": "1", "memory": "2", "swap": "3", "cache": "4"}


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_looks_as_recorded(open_app, golden: Golden, size: tuple[int, int], tab: str) -> None:
    golden(f"{tab}-{size[0]}x{size[1]}", open_app(size).press(TABS[tab]))
