"""Terminals of every size: too small ones say what they need, and no change of size does harm."""

import random
from typing import Any

import pytest
from rich.cells import cell_len

from memtui.model.fields import PROCESS

NEEDED = "needs 60x15"


@pytest.mark.parametrize(("width", "height"), [(59, 15), (60, 14), (59, 14), (200, 14), (59, 200), (20, 3), (40, 1)])
@pytest.mark.parametrize("key", ["2", "enter", "f1", "f6", "f2"])
def test_a_terminal_that_is_too_small_says_so_in_one_line(user: Any, width: int, height: int, key: str) -> None:
    before = user.press(key)
    text = user.resize(width, height)
    assert text.split("\n")[0] == f"{NEEDED} cells, has {width}x{height}"[:width]
    assert text.replace("\n", "") == text.split("\n")[0]
    assert user.resize(120, 40) == before


def test_the_smallest_size_is_enough(user: Any) -> None:
    assert NEEDED not in user.resize(60, 15)
    assert "PID" in user.text


def test_a_program_started_too_small_comes_to_life_when_there_is_room(open_app: Any) -> None:
    user = open_app((30, 8))
    assert user.text.startswith(NEEDED)
    text = user.resize(80, 24)
    assert "python3 -m api" in text and NEEDED not in text
    user.press("down")
    assert user.table.cursor == 1


def test_keys_still_work_and_nothing_is_lost_while_it_is_too_small(user: Any) -> None:
    user.press("down", "down")
    user.resize(20, 5)
    user.press("down", "N")
    user.resize(120, 40)
    assert "PID▼" in user.text
    assert user.app.focused is user.panel
    user.resize(20, 5)
    user.press_last("q")
    assert user.app.return_value == 0


@pytest.mark.parametrize("seed", range(3))
def test_storms_of_sizes_do_no_harm(user: Any, seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(25):
        user.press(choose.choice(["1", "2", "3", "4", "enter", "escape", "f1", "escape", "f6", "escape", "end"]))
        user.resize(
            choose.choice([1, 2, 9, 59, 60, 61, 80, 99, 100, 139, 140, 300]),
            choose.choice([1, 2, 14, 15, 24, 29, 30, 99]),
        )
        assert user.text == user.drawn_anew
    user.press("escape", "escape", "escape", "1", "home")
    assert "PID" in user.resize(100, 30)


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "7", "enter", "f1", "f6", "f2"])
def test_whatever_the_width_no_line_is_wider_and_the_number_of_lines_is_right(open_app: Any, key: str) -> None:
    user = open_app((60, 15))
    user.press(key)
    for width, height in [
        (60, 15),
        (61, 29),
        (72, 15),
        (80, 24),
        (99, 30),
        (100, 30),
        (139, 40),
        (150, 40),
        (171, 60),
    ]:
        text = user.resize(width, height)
        assert len(text.split("\n")) == height
        assert max(cell_len(row) for row in text.split("\n")) <= width
        assert text == user.drawn_anew


def test_what_is_laid_out_for_one_size_is_laid_out_anew_for_another(open_app: Any, size: tuple[int, int]) -> None:
    """The same screen comes out whether the terminal had the size from the start or got it later."""
    for keys in ("1", "2", "3", "4", "7", "enter", "f1", "f2", "f6", "u"):
        fresh = open_app(size)
        other = open_app((133, 37))
        assert other.press(keys) and other.resize(*size) == fresh.press(keys), keys


@pytest.mark.parametrize(
    ("opening", "closing"), [("enter", "escape"), ("f1", "escape"), ("f6", "escape"), ("f2", "escape")]
)
def test_a_change_of_size_reaches_the_screens_behind(
    open_app: Any, size: tuple[int, int], opening: str, closing: str
) -> None:
    fresh, user = open_app(size), open_app((133, 37))
    user.press(opening)
    user.resize(*size)
    assert user.press(closing) == fresh.text


@pytest.mark.parametrize("tab", ["1", "4"])
def test_a_table_has_rows_however_small_the_terminal_and_the_cursor_is_among_them(open_app: Any, tab: str) -> None:
    user = open_app((60, 15))
    user.press(tab)
    assert len(user.table.visible_rows) >= 3
    user.press("end", "up", "pageup", "down")
    pid = user.table.visible_pids[user.table.cursor - user.table._top]
    assert any(row.split()[:1] == [str(pid)] for row in user.rows)
    y = next(index for index, row in enumerate(user.rows) if row.split()[:1] == [str(user.table.visible_pids[0])])
    user.click(10, y)
    assert user.table.visible_pids[0] == user.table.visible_pids[user.table.cursor - user.table._top]


@pytest.mark.parametrize("tab", ["1", "2", "3", "4", "7"])
def test_no_key_of_the_key_bar_is_cut_and_the_way_out_is_always_there(open_app: Any, tab: str) -> None:
    whole = open_app((200, 50)).press(tab).split("\n")[-1].split()
    for width in range(60, 130, 3):
        shown = open_app((width, 24)).press(tab).split("\n")[-1].split()
        assert set(shown) <= set(whole)
        assert "F1Help" in shown and shown[-1] == "F10Quit"


@pytest.mark.parametrize("key", ["f6", "f2"])
def test_hints_that_are_cut_say_so(open_app: Any, key: str) -> None:
    rows = open_app((80, 24)).press(key).split("\n")
    for field in PROCESS.values():
        row = next((row for row in rows if field.meaning[:20] in row), "…")
        assert field.meaning in row or "…" in row
