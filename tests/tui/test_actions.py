"""Signals and nice values from the screen: the question, the deed, the log, and what is refused."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memtui.control.controls import Controls
from memtui.control.log import ActionLog
from memtui.model.snapshot import Snapshot

NAME = "\x1b]0;pwn\x07"
EFFECT = r"\x1b]0;pwn\x07"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def started(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def nice_of(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


@pytest.fixture
def live(open_app: Any, child: subprocess.Popen[bytes], tmp_path: Path) -> Any:
    """Someone who may act, with the cursor on a process that is really there, on top of recorded ones that aren't."""
    user = open_app(controls=Controls(log=ActionLog(str(tmp_path / "log"))))

    def with_child(snapshot: Snapshot) -> Snapshot:
        row = next(iter(snapshot.processes.values()))
        row = row._replace(
            pid=child.pid, start_time=started(child.pid), comm=NAME, command="sleep", pss=1 << 40, uss=5 << 20, nice=0
        )
        return replace(snapshot, processes={**snapshot.processes, child.pid: row})

    user.see_from_now_on(with_child)
    assert user.cursor.pid == child.pid
    return user


@pytest.mark.parametrize("key", ["f9", "k"])
def test_a_signal_is_chosen_confirmed_sent_and_logged(
    live: Any, child: subprocess.Popen[bytes], tmp_path: Path, key: str
) -> None:
    assert "SIGTERM" in live.press(key)
    question = live.press("enter")
    assert f"Send SIGTERM to {child.pid} {EFFECT}?" in question
    assert "frees about 5.00M USS" in question
    assert child.poll() is None
    live.press("y")
    assert child.wait(30) == -signal.SIGTERM
    assert live.notes == [f"SIGTERM sent to {child.pid}"]
    entry = json.loads((tmp_path / "log").read_text())
    assert (entry["pid"], entry["action"], entry["result"]) == (child.pid, "signal SIGTERM", "ok")


@pytest.mark.parametrize("no", ["n", "N", "escape", "q", "f10"])
def test_no_sends_nothing(live: Any, child: subprocess.Popen[bytes], no: str) -> None:
    before = live.text
    live.press("k", "enter")
    assert live.press(no) == before
    assert child.poll() is None and live.notes == []


@pytest.mark.parametrize("other", ["enter", "space", "down", "k", "f9", "1"])
def test_no_other_key_is_taken_for_yes(live: Any, child: subprocess.Popen[bytes], other: str) -> None:
    live.press("k", "enter", other)
    assert "Send SIGTERM" in live.text
    assert child.poll() is None and live.notes == []


def test_esc_in_the_menu_of_signals_asks_nothing(live: Any, child: subprocess.Popen[bytes]) -> None:
    before = live.text
    live.press("k")
    assert live.press("escape") == before
    assert child.poll() is None


def test_another_signal_can_be_chosen(live: Any, child: subprocess.Popen[bytes]) -> None:
    live.press("k", "down", "enter")
    assert "can't save anything" in live.text
    live.press("y")
    assert child.wait(30) == -signal.SIGKILL


def test_all_tagged_ones_are_meant_and_then_untagged(live: Any, child: subprocess.Popen[bytes]) -> None:
    live.press("space", "space", "k", "enter")
    assert "Send SIGTERM to 2 processes?" in live.text
    live.press("y")
    assert child.wait(30) == -signal.SIGTERM
    assert "1 ok" in live.notes[0] and "1 gone" in live.notes[0]
    assert "tagged" not in live.text


def test_a_process_that_was_replaced_meanwhile_is_not_hit(open_app: Any, child: subprocess.Popen[bytes]) -> None:
    user = open_app(controls=Controls(log=ActionLog("/dev/null")))

    def successor(snapshot: Snapshot) -> Snapshot:
        row = next(iter(snapshot.processes.values()))
        row = row._replace(pid=child.pid, start_time=started(child.pid) - 1, pss=1 << 40)
        return replace(snapshot, processes={child.pid: row})

    user.see_from_now_on(successor)
    user.press("k", "enter", "y")
    assert child.poll() is None
    assert "has ended already" in user.notes[0]


@pytest.mark.parametrize(("key", "value"), [("f8", 1), ("left_square_bracket", 1)])
def test_a_process_is_held_back_by_one(live: Any, child: subprocess.Popen[bytes], key: str, value: int) -> None:
    assert f"nice 0 to {value}" in live.press(key)
    live.press("y")
    assert nice_of(child.pid) == value
    assert live.notes == [f"{child.pid} has nice {value} now"]


@pytest.mark.parametrize("key", ["f7", "right_square_bracket"])
def test_a_process_is_favoured_by_one_or_says_what_that_needs(
    live: Any, child: subprocess.Popen[bytes], key: str
) -> None:
    assert "nice 0 to -1" in live.press(key)
    live.press("y")
    allowed = nice_of(child.pid) == -1
    assert live.notes[0].endswith("has nice -1 now" if allowed else "root or CAP_SYS_NICE to lower it")


def test_a_nice_value_is_typed(live: Any, child: subprocess.Popen[bytes]) -> None:
    assert live.press("r").split("\n")[-1].strip() == "Nice: 0"
    live.press("backspace", "7", "enter")
    assert "nice 0 to 7" in live.text
    live.press("y")
    assert nice_of(child.pid) == 7


@pytest.mark.parametrize("typed", ["soon", "1.5", "", "0x5"])
def test_what_is_no_nice_value_is_refused(live: Any, child: subprocess.Popen[bytes], typed: str) -> None:
    live.press("r", "backspace", *typed, "enter")
    assert live.notes in (["a nice value is a whole number from -20 to 19"], [])
    assert nice_of(child.pid) == 0
    assert live.app.focused is live.panel


@pytest.mark.parametrize("keys", [("k",), ("f9",), ("f7",), ("f8",), ("r", "5", "enter")])
@pytest.mark.parametrize(
    ("controls", "words"), [(Controls(read_only=True), "--read-only"), (Controls(recorded=True), "recording")]
)
def test_nothing_is_changed_where_nothing_may_be(open_app: Any, controls: Controls, words: str, keys: Any) -> None:
    user = open_app(controls=controls)
    user.press(*keys)
    assert len(user.notes) == 1 and words in user.notes[0]
    assert "Renice" not in user.text and "Send" not in user.text


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)], ids=str)
@pytest.mark.parametrize("late", [False, True])
def test_the_exact_effect_is_told_whole_whatever_the_size(live: Any, size: tuple[int, int], late: bool) -> None:
    """Every process that will be hit stands in the question, or how many more there are."""
    if not late:
        live.resize(*size)
    live.press("down", *["space"] * 12, "k", "enter")
    if late:
        live.resize(*size)
    assert all(mark in live.text for mark in ("╮", "╯", " y ", " n "))
    words = " ".join(live.text.replace("│", " ").split())
    named = [f"{row.pid} " for row in live.panel.targets[:10]]
    assert all(name in words for name in named) and "and 2 more" in words


def test_settings_are_saved_where_they_will_be_read(open_app: Any, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    user = open_app(config=str(file))
    user.press("M", "I", "t", "d", "2", "enter", "W")
    assert user.notes == [f"saved to {file}"]
    text = file.read_text()
    assert 'sort = "res"' in text and "reverse = true" in text and "tree = true" in text and "delay = 2" in text


def test_settings_that_cannot_be_saved_say_why(open_app: Any, tmp_path: Path) -> None:
    user = open_app(config=str(tmp_path))
    user.press("W")
    assert len(user.notes) == 1 and str(tmp_path) in user.notes[0] and "saved" not in user.notes[0]
