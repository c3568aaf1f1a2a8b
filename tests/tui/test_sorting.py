"""Sorting the process table: by every column, by every key, in both directions."""

from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from memtui.model.fields import PROCESS
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.view.processes import DEFAULT_COLUMNS, TableSpec

TEXTS = ("user", "command")
NUMBERS = (5, None, 3, 0, 9, None, 9)
MAY_BE_MISSING = ("shr", "pss", "uss", "swap", "minflt_rate", "majflt_rate", "oom_score", "cpu_pct")
NAMES = ("mail", "bin", "root", "bin")


def various(snapshot: Snapshot, key: str) -> Snapshot:
    """The snapshot with equal, zero and missing values in a column."""
    if key == "pid":
        return snapshot
    values = cycle(NAMES if key in TEXTS else NUMBERS if key in MAY_BE_MISSING else (5, 3, 0, 9, 9))
    rows = {pid: Process(**{**row._asdict(), key: next(values)}) for pid, row in snapshot.processes.items()}
    return replace(snapshot, processes=rows)


def pids_on_screen(rows: list[str]) -> list[int]:
    first = next(
        index for index, row in enumerate(rows) if row.split()[:1] == ["PID"] or "PID▼" in row or "PID▲" in row
    )
    words = [row.split() for row in rows[first + 1 :]]
    return [int(row[0]) for row in words if row and row[0].isdigit()]


@pytest.mark.parametrize("key", DEFAULT_COLUMNS)
def test_rows_stand_in_the_order_of_the_column_and_missing_ones_last(open_app: Any, key: str) -> None:
    user = open_app((220, 50), TableSpec(sort=key))
    user.see(various(user.snapshot, key))
    for reverse in (False, True):
        values = [getattr(row, key) for row in user.processes]
        known = [value for value in values if value is not None]
        downwards = (key not in TEXTS) != reverse
        assert len(set(known)) > 2
        assert known == sorted(known, reverse=downwards)
        assert values == known + [None] * (len(values) - len(known))
        assert f"{PROCESS[key].title}{'▼' if downwards else '▲'}" in user.text
        assert pids_on_screen(user.rows) == [row.pid for row in user.processes]
        user.press("I")


def test_equal_rows_keep_their_order_from_sample_to_sample(user: Any) -> None:
    same = {pid: row._replace(pss=1) for pid, row in user.snapshot.processes.items()}
    user.see(replace(user.snapshot, processes=same))
    before = [row.pid for row in user.processes]
    user.see(replace(user.snapshot, processes=dict(same)))
    assert [row.pid for row in user.processes] == before


@pytest.mark.parametrize(
    ("key", "column"), [("M", "res"), ("P", "cpu_pct"), ("T", "cpu_time"), ("N", "pid"), ("S", "pss")]
)
def test_a_letter_sorts_by_its_column_and_again_turns_the_order_round(open_app: Any, key: str, column: str) -> None:
    user = open_app(spec=TableSpec(sort="virt"))
    user.press(key)
    first = [row.pid for row in user.processes]
    values = [getattr(row, column) for row in user.processes if getattr(row, column) is not None]
    assert user.table.sort == (column, False)
    assert values == sorted(values, reverse=True)
    user.press(key)
    assert user.table.sort == (column, True)
    assert [row.pid for row in user.processes] != first


@pytest.mark.parametrize("key", ["I", "R"])
def test_the_order_is_turned_round_and_back(user: Any, key: str) -> None:
    user.press(key)
    assert user.table.sort == ("pss", True)
    assert "PSS▲" in user.text
    user.press(key)
    assert user.table.sort == ("pss", False)


def test_the_neighbouring_columns_are_sorted_by_up_to_both_ends(user: Any) -> None:
    place = DEFAULT_COLUMNS.index("pss")
    assert "USS▼" in user.press("greater_than_sign")
    user.press("less_than_sign", "less_than_sign")
    assert user.table.sort == (DEFAULT_COLUMNS[place - 1], False)
    user.press(*["less_than_sign"] * 20)
    assert user.table.sort == ("pid", False)
    user.press(*["greater_than_sign"] * 20)
    assert user.table.sort == ("command", False)


def test_the_menu_has_every_column_and_takes_the_one_under_its_cursor(user: Any) -> None:
    menu = user.press("f6")
    assert "Sort by" in menu
    assert all(f" {PROCESS[key].title} " in menu and PROCESS[key].meaning[:30] in menu for key in DEFAULT_COLUMNS)
    user.press("down", "down", "enter")
    assert "Sort by" not in user.text
    assert user.table.sort == (DEFAULT_COLUMNS[DEFAULT_COLUMNS.index("pss") + 2], False)


@pytest.mark.parametrize("key", ["escape", "q", "f6", "f10"])
def test_the_menu_is_left_without_a_choice(user: Any, key: str) -> None:
    user.press("f6", "down", key)
    assert "Sort by" not in user.text
    assert user.table.sort == ("pss", False)
    assert user.app.is_running


def test_the_menu_is_answered_by_the_mouse(user: Any) -> None:
    user.press("f6")
    y = next(index for index, row in enumerate(user.rows) if row.lstrip().startswith("RES "))
    user.click(4, y)
    assert user.table.sort == ("res", False)


def test_a_click_on_a_title_sorts_and_a_second_one_turns_the_order_round(user: Any) -> None:
    y = next(index for index, row in enumerate(user.rows) if "PID USER" in row)
    x = user.rows[y].index(" RES ") + 2
    assert "RES▼" in user.click(x, y)
    assert "RES▲" in user.click(x, y)


def test_the_sorted_column_is_in_sight_where_not_all_fit(open_app: Any) -> None:
    assert "MAJFLT/s▼" in open_app((80, 24), TableSpec(sort="majflt_rate")).text


@pytest.mark.parametrize("key", ["less_than_sign", "greater_than_sign", "I", "f6"])
def test_the_cache_table_sorts_by_the_same_keys(open_app: Any, key: str) -> None:
    user = open_app(tab="cache")
    assert user.table.sort == ("misses", False)
    user.press(key)
    if key == "f6":
        assert "Sort by" in user.text
        user.press("up", "enter")
    expected = {"less_than_sign": ("hits", False), "greater_than_sign": ("dirties", False), "I": ("misses", True)}
    assert user.table.sort == expected.get(key, ("hits", False))
