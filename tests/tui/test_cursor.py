"""The cursor: how keys move it, and that it stays with its process whatever happens around it."""

from dataclasses import replace
from typing import Any

import pytest

from memtui.model.snapshot import Snapshot

TINY = (60, 15)


def with_sizes(snapshot: Snapshot, sizes: dict[int, int]) -> Snapshot:
    """The snapshot with other PSS values."""
    rows = {pid: row._replace(pss=sizes.get(pid, row.pss)) for pid, row in snapshot.processes.items()}
    return replace(snapshot, processes=rows)


def without(snapshot: Snapshot, *pids: int) -> Snapshot:
    """The snapshot without some processes."""
    return replace(snapshot, processes={pid: row for pid, row in snapshot.processes.items() if pid not in pids})


def visible(user: Any) -> list[int]:
    return [row.pid for row in user.table.visible_rows]


# -- moving ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("down", "up"), [("down", "up"), ("ctrl+n", "ctrl+p"), ("alt+j", "alt+k")])
def test_up_and_down_move_it_by_one_and_stop_at_the_ends(user: Any, down: str, up: str) -> None:
    order = user.processes
    user.press(down, down)
    assert user.cursor == order[2]
    user.press(up)
    assert user.cursor == order[1]
    user.press(up, up, up)
    assert user.cursor == order[0]
    user.press(*[down] * 25)
    assert user.cursor == order[-1]


@pytest.mark.parametrize(("down", "up"), [("pagedown", "pageup"), ("ctrl+f", "ctrl+b")])
def test_a_page_is_what_fits_less_one_row(open_app: Any, down: str, up: str) -> None:
    user = open_app(TINY)
    page = len(user.table.visible_rows)
    assert 4 < page < 12
    user.press(down)
    assert user.table.cursor == page - 1
    assert user.cursor.pid in visible(user)
    user.press(up)
    assert user.table.cursor == 0


def test_home_and_end_are_the_first_and_the_last_row(open_app: Any) -> None:
    user = open_app(TINY)
    user.press("end")
    assert user.cursor == user.processes[-1]
    assert visible(user)[-1] == user.cursor.pid
    user.press("home")
    assert user.cursor == user.processes[0]
    assert visible(user)[0] == user.cursor.pid


def test_a_click_puts_it_on_a_row_and_a_double_click_opens_that(user: Any) -> None:
    target = user.processes[4]
    y = next(index for index, row in enumerate(user.rows) if row.split()[:1] == [str(target.pid)])
    user.click(10, y)
    assert user.cursor == target
    assert f" {target.pid} " in user.click(10, y, times=2).split("\n")[0]
    assert "F10Back" in user.text


# -- staying --------------------------------------------------------------------------------------------------------


def test_until_it_is_moved_it_rests_on_the_top_row_whoever_that_is(user: Any) -> None:
    last = user.processes[-3].pid
    user.see(with_sizes(user.snapshot, {last: 1 << 40}))
    assert (user.table.cursor, user.cursor.pid) == (0, last)


def test_it_stays_with_its_process_through_another_order(user: Any) -> None:
    user.press("down", "down", "down")
    pid = user.cursor.pid
    for key in ("N", "I", "T", "greater_than_sign", "M"):
        user.press(key)
        assert user.cursor.pid == pid
    user.let_go()
    user.see(with_sizes(user.snapshot, {pid: 1 << 40}))
    user.press("S")
    assert (user.cursor.pid, user.table.cursor) == (pid, 0)


def test_it_goes_to_the_neighbour_when_its_process_ends(user: Any) -> None:
    user.press("down", "down", "down")
    order = [row.pid for row in user.processes]
    user.see(without(user.snapshot, order[3]))
    assert user.cursor.pid == order[4]
    user.press("end")
    user.see(without(user.snapshot, order[-1]))
    assert user.cursor.pid == order[-2]


def test_it_does_not_take_a_new_process_with_the_old_pid_for_its_own(user: Any) -> None:
    user.press("down", "down", "down")
    old = user.cursor
    successor = old._replace(start_time=old.start_time + 1, pss=1)
    user.let_go()
    user.see(replace(user.snapshot, processes={**user.snapshot.processes, old.pid: successor}))
    assert user.cursor != successor
    assert user.table.cursor == 3


def test_all_processes_may_end_and_others_come(user: Any) -> None:
    user.press("down", "down")
    before = user.snapshot
    user.see(replace(before, processes={}))
    assert user.processes == []
    user.press("down", "up", "end", "enter", "F", "N", "right")
    user.let_go()
    user.see(before)
    assert len(user.processes) == 20
    assert user.cursor in user.processes


def test_the_order_is_held_while_it_moves_and_taken_up_again_then(user: Any) -> None:
    before = [row.pid for row in user.processes]
    user.press("down")
    last = before[-3]
    user.see(with_sizes(user.snapshot, {last: 1 << 40}))
    assert [row.pid for row in user.processes] == before
    assert next(row for row in user.processes if row.pid == last).pss == 1 << 40
    user.let_go()
    user.see(replace(user.snapshot))
    assert [row.pid for row in user.processes] == [last, *(pid for pid in before if pid != last)]


def test_a_key_that_sorts_ends_the_holding(user: Any) -> None:
    user.press("down", "N")
    assert [row.pid for row in user.processes] == sorted((row.pid for row in user.processes), reverse=True)


def test_processes_that_come_while_the_order_is_held_stand_at_the_end(user: Any) -> None:
    whole = user.snapshot
    newcomer = user.processes[0].pid
    user.see(without(whole, newcomer))
    user.press("down")
    user.see(whole)
    assert user.processes[-1].pid == newcomer


# -- the window -----------------------------------------------------------------------------------------------------


def test_following_keeps_its_row_in_view_and_otherwise_the_window_stays(open_app: Any) -> None:
    user = open_app(TINY)
    user.press("down", "down")
    pid = user.cursor.pid
    user.let_go()
    user.see(with_sizes(user.snapshot, {pid: 1}))
    assert pid not in visible(user)
    assert "following" not in user.text
    user.press("F")
    assert pid in visible(user)
    user.see(with_sizes(user.snapshot, {pid: 1 << 40}))
    assert visible(user)[0] == pid
    user.see(with_sizes(user.snapshot, {pid: 1}))
    assert pid in visible(user)


def test_following_is_said_and_ended_by_the_same_key(user: Any) -> None:
    assert "following" in user.press("F")
    assert "following" not in user.press("F")


def test_columns_that_do_not_fit_are_reached_sideways(open_app: Any) -> None:
    user = open_app((80, 24))
    titles = next(row for row in user.rows if "PID" in row)
    assert "MINFLT/s" not in titles
    for key in ("right", "alt+l"):
        user.press(*[key] * 12)
        assert any("TIME+" in row for row in user.rows)
        assert user.press("circumflex_accent") == user.press("ctrl+a")
        assert titles in user.rows
    user.press("right", "right")
    assert titles not in user.rows
    user.press("left", "alt+h")
    assert titles in user.rows
    user.press("left")
    assert titles in user.rows


def test_the_wheel_moves_the_window_and_not_the_cursor(open_app: Any) -> None:
    user = open_app(TINY)
    first = visible(user)
    user.wheel(10, 8)
    assert visible(user)[0] == first[3]
    assert user.table.cursor == 0
    user.wheel(10, 8, up=True)
    assert visible(user) == first
