"""The Swap tab: processes, settings and clearing, over a recorded machine with swap on zram."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.control import sysctl
from memtui.control.controls import Controls
from memtui.control.log import ActionLog
from memtui.control.outcome import Kind, Outcome
from memtui.control.swap import Clearing
from memtui.tui.panels import swap as panel_module

from .conftest import TREES, Steady


@pytest.fixture(scope="module")
def machine() -> Steady:
    """A machine whose processes are swapped."""
    return Steady(TREES / "host-6.18")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The settings that would have been written."""
    calls: list[tuple[str, int]] = []

    def write(name: str, value: int) -> Outcome:
        calls.append((name, value))
        return Outcome(Kind.OK, f"{name} is {value}")

    monkeypatch.setattr(sysctl, "write", write)
    return calls


@pytest.fixture
def swap(open_app: Any, tmp_path: Path) -> Any:
    """Someone in front of the tab who may act."""
    return open_app(tab="swap", controls=Controls(log=ActionLog(str(tmp_path / "log"))))


def go(user: Any, key: str) -> None:
    for _ in range(40):
        if user.panel.cursor == key:
            return
        user.press("down")
    pytest.fail(f"the cursor never comes to {key}")


def test_a_swapped_process_opens(swap: Any) -> None:
    rows = [row for row in swap.panel._keys if row.startswith("pid:")]
    go(swap, rows[0])
    assert "anonymous" in swap.press("enter") or "PSS" in swap.text
    swap.press("escape")
    assert swap.panel.id == "swap"


def test_s_sorts_by_the_share(swap: Any) -> None:
    assert "SWAP▼" in swap.text
    assert "SWPSS▼" in swap.press("s")
    assert "SWAP▼" in swap.press("s")


def test_a_setting_is_set_and_set_back(swap: Any, written: list[tuple[str, int]]) -> None:
    go(swap, "setting:swappiness")
    assert "vm.swappiness" in swap.press("enter") and "until the next boot" in swap.text
    text = swap.press(*"10", "enter")
    assert "vm.swappiness 60 to 10" in text and written == []
    swap.press("y")
    assert written == [("swappiness", 10)] and swap.panel.before == {"swappiness": 60}
    assert "swappiness is 10" in swap.notes[-1]
    swap.press("backspace")  # the recording still says 60: there is nothing to set back
    assert "nothing to set back" in swap.notes[-1]


def test_no_is_no(swap: Any, written: list[tuple[str, int]]) -> None:
    go(swap, "setting:swappiness")
    swap.press("enter")
    swap.press(*"10", "enter")
    swap.press("n")
    swap.press("enter")
    swap.press("escape")
    swap.press("enter")
    text = swap.press(*"999", "enter")  # which stays until it will do
    assert written == [] and "from 0 to 200: the kernel takes no more" in text
    swap.press("escape")


def test_read_only_refuses_and_says_so(open_app: Any, written: list[tuple[str, int]]) -> None:
    user = open_app(tab="swap", controls=Controls(read_only=True))
    go(user, "setting:swappiness")
    user.press("enter")
    assert "read-only" in user.notes[-1]
    user.press("f9")
    assert "read-only" in user.notes[-1] and written == []


def test_clearing_asks_shows_and_tells(swap: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[Callable[..., object]] = []

    def run(self: Clearing) -> Outcome:
        ran.append(self.cancel)
        return Outcome(Kind.OK, "swap is cleared")

    monkeypatch.setattr(Clearing, "run", run)
    monkeypatch.setattr(panel_module, "_tight", tuple)
    monkeypatch.setattr("memtui.control.swap.unable", lambda areas: "")
    text = swap.press("f9")
    assert "Clear swap?" in text and "come back into RAM" in text and not ran
    swap.press("y")
    swap.wait()
    assert len(ran) == 1 and "swap is cleared" in swap.notes[-1]
    assert "clear swap" in (tmp_path / "log").read_text()


def test_clearing_that_does_not_fit_a_cgroup_is_refused(swap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_module, "_tight", lambda: ("/full",))
    monkeypatch.setattr("memtui.control.swap.unable", lambda areas: "")
    swap.press("f9")
    assert "limit of cgroup /full" in swap.notes[-1]
