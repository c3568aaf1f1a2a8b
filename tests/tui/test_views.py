"""The table in its other shapes, as samples come and go: what the tab line says, what survives, what is saved."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memtui import settings_file
from memtui.options import Options
from memtui.tui import start
from memtui.view.processes import DEFAULT_COLUMNS, TableSpec

TOP = 20330  # started all others but init


def tab_line(user: Any) -> str:
    return str(next(row for row in user.rows if "1 Processes" in row))


def ended(user: Any, *pids: int) -> None:
    """A sample comes in which some processes are no more."""
    rest = {pid: row for pid, row in user.snapshot.processes.items() if pid not in pids}
    user.let_go()
    user.see(replace(user.snapshot, processes=rest))


def test_what_is_wrong_with_a_filter_is_said_while_it_is_typed(user: Any) -> None:
    user.press("f4")
    plain = tab_line(user)
    user.type("pss>")
    wrong = tab_line(user)
    assert "filter pss>" in wrong and len(wrong) > len(plain) + len("  filter pss>")
    assert len(user.processes) == 20
    user.type("50M")
    assert tab_line(user).rstrip().endswith("filter pss>50M")
    assert len(user.processes) == 2


def test_the_count_of_tags_is_of_those_that_live(user: Any) -> None:
    first, second, *_ = (row.pid for row in user.processes)
    user.press("space", "space")
    assert "tagged 2" in tab_line(user)
    ended(user, first)
    assert "tagged 1" in tab_line(user)
    assert [row.pid for row in user.panel.targets] == [second]


@pytest.mark.parametrize("key", ["k", "f7", "f8", "r"])
def test_where_all_tagged_ones_have_ended_a_word_says_why_nothing_is_done(user: Any, key: str) -> None:
    pid = user.cursor.pid
    user.press("space")
    ended(user, pid)
    user.press(key)
    assert user.notes == ["all tagged processes have ended; U takes the tags away"]
    assert len(user.app.screen_stack) == 1
    user.press("U")
    assert "tagged" not in tab_line(user)


def test_a_folded_branch_stays_folded_as_samples_come_and_sums_what_is_left(user: Any) -> None:
    user.press("t", "slash", *"supervisor", "enter", "plus")
    whole = user.cursor.res
    child = next(row for row in user.snapshot.processes.values() if row.ppid == TOP and row.res)
    ended(user, child.pid)
    assert [row.pid for row in user.processes] == [TOP, 1]
    assert user.cursor.res == whole - child.res


def test_a_tag_on_a_folded_branch_is_of_its_leader_alone_and_c_takes_all(user: Any) -> None:
    user.press("t", "slash", *"supervisor", "enter", "plus", "space")
    assert [row.pid for row in user.panel.targets] == [TOP]
    user.press("U", "up", "c")
    assert len(user.panel.targets) == 19


def test_an_action_on_a_folded_branch_tells_what_its_leader_alone_has(user: Any) -> None:
    user.press("t", "slash", *"supervisor", "enter", "plus")
    (target,) = user.panel.targets
    assert target == user.snapshot.processes[TOP]
    assert target.uss < user.cursor.uss


def test_a_group_whose_processes_ended_is_empty_and_esc_leads_back(user: Any) -> None:
    user.press("g", "down", "enter")
    user.table.move_to_key("postgres")
    user.press("enter")
    members = [row.pid for row in user.processes]
    assert len(members) == 5
    ended(user, *members)
    assert user.processes == []
    user.press("k", "space", "plus", "escape")
    assert "postgres" not in {row.name for row in user.table.rows}
    assert user.app.is_running


def test_the_group_is_named_in_the_tab_line(user: Any) -> None:
    user.press("g", "down", "down", "enter")
    assert "by user" in tab_line(user)
    user.table.move_to_key("nobody")
    user.press("enter")
    assert "in nobody" in tab_line(user)
    user.press("escape")
    assert "in nobody" not in tab_line(user)


def test_esc_in_the_menu_of_groups_changes_nothing(user: Any) -> None:
    before = user.text
    user.press("g", "down")
    assert user.press("escape") == before


def test_what_is_saved_opens_again_as_it_was(open_app: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "config.toml")
    user = open_app(config=file)
    user.press("f2", "down", "space", "enter", "M", "I", "p", "K", "t", "W")
    assert user.notes == [f"saved to {file}"]
    settings, problems = settings_file.load(file)
    assert not problems
    again = start._spec(Options(), settings)
    assert again == user.panel.spec
    assert again == TableSpec(
        columns=tuple(key for key in DEFAULT_COLUMNS if key != "user"),
        sort="res",
        reverse=True,
        kernel_threads=True,
        tree=True,
        full_command=False,
    )
    reopened = open_app(spec=again, config=file)
    assert [row.pid for row in reopened.processes] == [row.pid for row in user.processes]
    assert "├─ " in reopened.text and "USER" not in reopened.rows[6]


def test_what_belongs_to_the_moment_is_not_saved(open_app: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "config.toml")
    user = open_app(config=file)
    user.press("f4", *"post", "enter", "u", "end", "enter", "space", "W")
    again = start._spec(Options(), settings_file.load(file).settings)
    assert again == TableSpec()
