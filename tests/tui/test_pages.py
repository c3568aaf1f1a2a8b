"""Pages that scroll: Memory, Swap & Faults, and the drilldown."""

from dataclasses import replace
from typing import Any

import pytest

SMALL = (60, 15)
FIRST = 5  # the line of the screen on which a page begins
LINES = {"2": ("buff/cache", "overcommit_memory"), "3": ("swap in", "swappiness")}


@pytest.mark.parametrize("tab", LINES)
@pytest.mark.parametrize(("down", "up"), [("down", "up"), ("ctrl+n", "ctrl+p"), ("alt+j", "alt+k")])
def test_a_page_scrolls_by_lines(open_app: Any, tab: str, down: str, up: str) -> None:
    user = open_app(SMALL)
    top = user.press(tab).split("\n")
    assert user.press(down).split("\n")[FIRST:-2] == top[FIRST + 1 : -1]
    assert user.press(up).split("\n") == top
    assert user.press(up).split("\n") == top


@pytest.mark.parametrize("tab", LINES)
@pytest.mark.parametrize(("down", "up"), [("pagedown", "pageup"), ("ctrl+f", "ctrl+b"), ("space", "pageup")])
def test_a_page_scrolls_by_what_fits_less_one_line(open_app: Any, tab: str, down: str, up: str) -> None:
    user = open_app(SMALL)
    top = user.press(tab)
    below = user.press(down)
    assert below != top
    if tab == "2":
        assert below.split("\n")[FIRST] == top.split("\n")[-2]
    assert user.press(up) == top


@pytest.mark.parametrize("tab", LINES)
def test_home_and_end_are_top_and_bottom(open_app: Any, tab: str) -> None:
    user = open_app(SMALL)
    top = user.press(tab)
    _, last = LINES[tab]
    bottom = user.press("end")
    assert last in bottom
    assert user.press("down", "pagedown") == bottom
    assert user.press("home") == top


@pytest.mark.parametrize("tab", LINES)
def test_the_wheel_scrolls(open_app: Any, tab: str) -> None:
    user = open_app(SMALL)
    top = user.press(tab).split("\n")
    assert user.wheel(5, 8).split("\n")[FIRST:-4] == top[FIRST + 3 : -1]
    assert user.wheel(5, 8, up=True).split("\n") == top


@pytest.mark.parametrize("tab", LINES)
def test_a_page_stays_where_it_was_scrolled_to_when_a_sample_comes(open_app: Any, tab: str) -> None:
    user = open_app(SMALL)
    snapshot = user.snapshot
    scrolled = user.press(tab, "down", "down", "down").split("\n")
    assert user.see(replace(snapshot)).split("\n")[FIRST:] == scrolled[FIRST:]


# -- the drilldown --------------------------------------------------------------------------------------------------


def test_enter_opens_the_process_under_the_cursor(user: Any) -> None:
    user.press("down", "down")
    pid, command = user.cursor.pid, user.cursor.command
    text = user.press("enter")
    assert f" {pid} " in text.split("\n")[0]
    assert command in text
    assert user.loop.request.focus.pid == pid


@pytest.mark.parametrize("key", ["escape", "q", "backspace", "f10"])
def test_it_is_left_to_the_same_table(user: Any, key: str) -> None:
    user.press("down", "down", "N")
    before = user.text
    user.press("enter")
    assert user.press(key) == before
    assert user.loop.request.focus is None


def test_the_detail_is_there_at_once(user: Any) -> None:
    """Not with the next sample: what the drilldown alone reads is read when it is opened."""
    text = user.press("enter")
    assert "smaps" not in text.lower() or "not measured yet" not in text
    assert "no history" not in text
    assert "Limits" in text or "limit" in text.lower()


def test_it_opens_from_the_cache_table_as_well(open_app: Any) -> None:
    user = open_app(tab="cache")
    row = user.table.cursor_row
    assert f" {row.pid} " in user.press("enter").split("\n")[0]
    assert "HIT%" in user.press("escape")


def test_a_process_that_ends_stays_and_is_marked(user: Any) -> None:
    pid = user.cursor.pid
    snapshot = user.snapshot
    before = user.press("enter")
    assert "ended" not in before
    rest = {other: row for other, row in snapshot.processes.items() if other != pid}
    text = user.see(replace(snapshot, processes=rest))
    assert "ended" in text.split("\n")[0]
    assert f" {pid} " in text.split("\n")[0]
    assert "PSS" in text
    assert f" {pid} " not in user.press("escape")


def test_another_process_with_its_pid_is_not_taken_for_it(user: Any) -> None:
    row, snapshot = user.cursor, user.snapshot
    user.press("enter")
    successor = row._replace(start_time=row.start_time + 5, command="somebody else")
    text = user.see(replace(snapshot, processes={**snapshot.processes, row.pid: successor}))
    assert "ended" in text
    assert "somebody else" not in text


def test_it_is_paused_too(user: Any) -> None:
    pid = user.cursor.pid
    gone = {other: row for other, row in user.snapshot.processes.items() if other != pid}
    without = replace(user.snapshot, processes=gone)
    user.press("enter")
    held = user.press("Z")
    assert user.see(without) == held
    user.press("Z")
    assert "ended" in user.see(without)


@pytest.mark.parametrize(
    ("down", "up"),
    [
        ("down", "up"),
        ("ctrl+n", "ctrl+p"),
        ("alt+j", "alt+k"),
        ("pagedown", "pageup"),
        ("space", "ctrl+b"),
        ("ctrl+f", "pageup"),
        ("end", "home"),
    ],
)
def test_it_scrolls(open_app: Any, down: str, up: str) -> None:
    user = open_app((80, 24))
    top = user.press("enter")
    assert user.press(down) != top
    assert user.press(up) == top


def test_every_process_can_be_opened(user: Any) -> None:
    """Zombies, refused ones and kernel threads included."""
    user.press("K", "N", "I")
    for row in user.processes:
        text = user.press("enter")
        assert f" {row.pid} " in text.split("\n")[0]
        user.press("escape", "down")
