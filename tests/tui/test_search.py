"""Search, filter, users, kernel threads: which rows are there, and where the cursor goes."""

from dataclasses import replace
from typing import Any

import pytest

WORDS = {"slash": "Search", "f3": "Search", "L": "Search", "backslash": "Filter", "f4": "Filter", "o": "Filter"}


@pytest.mark.parametrize("key", WORDS)
def test_a_key_opens_the_line_for_typing_and_esc_closes_it(user: Any, key: str) -> None:
    assert user.press(key).split("\n")[-1].strip() == f"{WORDS[key]}:"
    assert "F10Quit" in user.press("escape").split("\n")[-1]


def test_the_cursor_jumps_while_one_types(user: Any) -> None:
    user.press("slash")
    user.type("p")
    assert "p" in user.cursor.command
    user.type("ostgres: b")
    assert user.cursor.command == "postgres: background writer"
    user.press("enter")
    assert user.cursor.command == "postgres: background writer"


def test_capitals_pids_and_marks_are_searched_for_as_they_are(user: Any) -> None:
    for words, command in (("REDIS", "/usr/bin/redis-server 127.0.0.1:6379"), ("[/foo]", "a[/foo]b --markup")):
        user.press("slash")
        user.type(words)
        user.press("enter")
        assert user.cursor.command.startswith(command)
        user.press("slash", *["backspace"] * len(words), "enter")
    user.press("slash")
    user.type("20350")
    assert user.cursor.pid == 20350


def test_again_goes_to_the_next_match_and_round(user: Any) -> None:
    user.press("f3")
    user.type("workers")
    found = [user.cursor.pid]
    for _ in range(3):
        user.press("f3")
        found.append(user.cursor.pid)
    assert len(set(found[:3])) == 3 and found[3] == found[0]
    user.press("enter", "home", "f3", "f3")
    assert user.cursor.pid == found[1]


def test_what_is_not_there_leaves_the_cursor(user: Any) -> None:
    user.press("down", "down")
    before = user.cursor.pid
    user.press("slash")
    user.type("~~~")
    assert user.cursor.pid == before
    user.press("enter")
    assert user.cursor.pid == before


def test_digits_are_typed_and_open_no_tab(user: Any) -> None:
    user.press("slash")
    user.type("2")
    assert user.panel.id == "processes"
    assert user.text.split("\n")[-1].strip() == "Search: 2"


@pytest.mark.parametrize("letter", list("qhMPTNSuKFZdIR"))
def test_letters_are_typed_and_do_nothing_else(user: Any, letter: str) -> None:
    before = user.panel.spec
    user.press("slash")
    user.type(letter)
    assert user.text.split("\n")[-1].strip() == f"Search: {letter}"
    assert user.panel.spec == before


def test_a_filter_leaves_the_rows_that_have_the_words(user: Any) -> None:
    user.press("f4")
    user.type("postgres")
    assert len(user.processes) == 5
    assert all("postgres" in row.command for row in user.processes)
    assert "Σ 5 of 20" in user.text
    user.press("enter")
    assert len(user.processes) == 5
    assert "filter postgres" in user.text


def test_the_filter_stays_with_new_samples_and_other_orders(user: Any) -> None:
    user.press("f4")
    user.type("redis")
    user.press("enter", "N")
    user.see(replace(user.snapshot))
    assert [row.comm for row in user.processes] == ["python3"] or len(user.processes) == 1


def test_esc_while_typing_takes_the_filter_away(user: Any) -> None:
    user.press("f4")
    user.type("postgres")
    user.press("escape")
    assert len(user.processes) == 20
    assert "filter" not in user.text


def test_a_filter_that_nothing_passes_shows_an_empty_table(user: Any) -> None:
    user.press("f4")
    user.type("zzz")
    user.press("enter", "down", "up", "end", "pageup", "enter", "F", "I")
    assert user.processes == []
    assert "Σ 0 of 20" in user.text
    user.press("f4", "escape")
    assert len(user.processes) == 20


def test_one_users_processes_are_shown(user: Any) -> None:
    menu = user.press("u")
    assert all(name in menu for name in ("all users", "bin", "nobody", "root", "www-data"))
    user.press("end", "enter")
    assert {row.user for row in user.processes} == {"www-data"}
    assert "user www-data" in user.text
    user.press("u", "home", "enter")
    assert len(user.processes) == 20
    assert "user www-data" not in user.text


def test_esc_in_the_menu_of_users_changes_nothing(user: Any) -> None:
    user.press("u", "end", "escape")
    assert len(user.processes) == 20


def test_kernel_threads_are_shown_and_hidden(user: Any) -> None:
    user.press("K")
    threads = [row for row in user.processes if row.kernel_thread]
    assert threads and len(user.processes) == 20 + len(threads)
    assert f"[{threads[0].comm}" in user.press("N", "I")
    user.press("K")
    assert len(user.processes) == 20


@pytest.mark.parametrize("key", ["slash", "f4", "d", "r"])
def test_who_leaves_the_line_by_tab_has_done_typing(user: Any, key: str) -> None:
    user.press(key, "1", "tab")
    assert (user.panel.id, user.app.focused) == ("memory", user.panel)
    assert "F10Quit" in user.rows[-1]
    user.press("1")
    assert user.panel.id == "processes"


@pytest.mark.parametrize("key", ["slash", "f4", "d"])
def test_who_leaves_the_line_by_the_mouse_has_done_typing(user: Any, key: str) -> None:
    user.press(key)
    user.click(20, 12)
    assert user.app.focused is user.panel
    assert "Quit" in user.rows[-1]
    assert "PID▼" in user.press("N")


def test_help_while_typing_leaves_what_was_typed(user: Any) -> None:
    user.press("f4", *"redis", "f1", "escape")
    assert user.rows[-1].strip() == "Filter: redis"
    user.press("enter")
    assert len(user.processes) == 1


@pytest.mark.parametrize(
    ("expression", "count"),
    [("pss>50M", 2), ("user=root", 5), ("user!=root", 15), ("cmd~^postgres", 4), ("swap>0", 1), ("state=z", 1),
     ("POSTGRES", 5), ("a[/foo]b", 1), ("漢字", 1), ("cmd~(", 20), ("pss>", 20), ("pss>soon", 20)],
)  # fmt: skip
def test_expressions_filter_and_unfinished_ones_say_what_is_wrong(user: Any, expression: str, count: int) -> None:
    user.press("f4")
    user.type(expression)
    user.press("enter")
    assert len(user.processes) == count
    assert user.app.is_running


def test_esc_on_the_table_takes_all_filters_away(user: Any) -> None:
    user.press("f4", *"post", "enter", "u", "end", "enter")
    assert len(user.processes) < 6
    user.press("escape")
    assert len(user.processes) == 20
    assert "filter" not in user.text and "user " not in user.rows[5]
