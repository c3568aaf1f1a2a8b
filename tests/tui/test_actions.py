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


# -- the OOM killer's correction, and all that can be done ----------------------------------------------------------


def adj_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


def test_an_oom_score_adj_is_typed_explained_confirmed_and_set(
    live: Any, child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    text = live.press("O")
    assert f"oom_score_adj of {child.pid} {EFFECT}" in text
    assert "-1000  never taken" in text and "old -17" in text
    text = live.type("300")
    assert "oom_adj 5 on the old scale; taken as if they used 30 % more" in text
    question = live.press("enter")
    assert "oom_score_adj 0 to 300" in question
    assert adj_of(child.pid) == 0
    live.press("y")
    assert adj_of(child.pid) == 300
    assert live.notes == [f"{child.pid} has oom_score_adj 300 now"]
    assert json.loads((tmp_path / "log").read_text())["action"] == "oom_score_adj 300"


def test_the_old_scale_can_be_typed(live: Any, child: subprocess.Popen[bytes]) -> None:
    live.press("O")
    assert "oom_score_adj 294" in live.type("old 5")
    live.press("enter", "y")
    assert adj_of(child.pid) == 294


@pytest.mark.parametrize("wrong", ["1001", "-1001", "x", "old 16", "old", "1 2", ""])
def test_what_is_no_oom_score_adj_is_not_taken(live: Any, child: subprocess.Popen[bytes], wrong: str) -> None:
    live.press("O", "backspace")
    text = live.type(wrong)
    assert "a whole number from -1000 to 1000" in text
    assert "Enter on to the question" in live.press("enter")
    live.press("escape")
    assert adj_of(child.pid) == 0 and live.notes == []


def test_no_leaves_the_oom_score_adj_as_it_is(live: Any, child: subprocess.Popen[bytes]) -> None:
    live.press("O")
    live.type("500")
    live.press("enter", "n")
    assert adj_of(child.pid) == 0


def test_the_menu_has_all_that_can_be_done(live: Any, child: subprocess.Popen[bytes]) -> None:
    text = live.press("a")
    for word in ("signal", "stop", "continue", "nice - 1", "oom_score_adj", "page out", "make cold"):
        assert word in text
    live.press("down", "enter")
    assert "Send SIGSTOP" in live.text
    live.press("y")
    assert Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    live.press("a", "down", "down", "enter", "y")
    assert Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T"


def test_paging_out_is_asked_for_done_on_a_thread_and_told(live: Any, child: subprocess.Popen[bytes]) -> None:
    live.press("a", *["down"] * 6, "enter")
    assert "process_madvise(MADV_PAGEOUT)" in live.text
    live.press("y")
    for _ in range(2000):
        if len(live.notes) > 1:
            break
        live.wait()
    assert "under way" in live.notes[0]
    assert str(child.pid) in live.notes[1]


def test_tagged_ones_are_meant_by_the_menu_and_by_o_too(live: Any, child: subprocess.Popen[bytes]) -> None:
    live.press("space", "space")
    assert "2 processes" in live.press("a")
    live.press("escape", "O")
    live.type("100")
    assert "Set oom_score_adj of 2 processes?" in live.press("enter")
    live.press("y")
    assert adj_of(child.pid) == 100
    assert "1 ok, 1 gone" in live.notes[0]


@pytest.mark.parametrize("key", ["a", "O", "k", "f7"])
def test_in_the_drilldown_it_is_the_process_that_is_shown(
    live: Any, child: subprocess.Popen[bytes], key: str
) -> None:
    live.press("enter")
    assert str(child.pid) in live.press(key, *(["enter"] if key == "k" else []))
    live.press("escape", "escape")
    assert child.poll() is None


@pytest.mark.parametrize("key", ["a", "O", "k", "f8"])
@pytest.mark.parametrize("opened", [False, True])
def test_read_only_refuses_all_of_it(open_app: Any, key: str, opened: bool) -> None:
    user = open_app(controls=Controls(read_only=True))
    if opened:
        user.press("enter")
    before = user.text
    user.press(key)
    assert user.notes == ["refused: memtui runs with --read-only"]
    user.app.clear_notifications()
    user.wait()
    assert user.text == before


def test_a_question_says_who_has_ended_since_it_came_up(live: Any, child: subprocess.Popen[bytes]) -> None:
    for opened in (False, True):
        live.press(*(["enter"] if opened else []), "k", "enter")
        assert "ended meanwhile" not in live.text
        kept = live.loop.alter
        live.see_from_now_on(
            lambda seen: replace(
                seen, processes={pid: row for pid, row in seen.processes.items() if pid != child.pid}, detail=None
            )
        )
        assert f"{child.pid} has ended meanwhile" in live.text
        live.press("n")
        live.see_from_now_on(kept)
