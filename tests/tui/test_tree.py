"""Tree, groups, columns, short commands, tags: other ways to look at the same processes."""

from dataclasses import replace
from typing import Any

import pytest

from memtui.view.processes import DEFAULT_COLUMNS

TOP = 20330  # started all others but init


@pytest.fixture
def wide(open_app: Any) -> Any:
    """Someone in front of a terminal in which commands have room."""
    return open_app((200, 50))


def commands(user: Any) -> dict[int, str]:
    """The COMMAND cells of the rows on the screen, by pid."""
    title = next(row for row in user.rows if "COMMAND" in row and "PID" in row)
    x = title.index("COMMAND")
    rows = [row for row in user.rows if row.split()[:1] and row.split()[0].isdigit() and len(row) > x]
    return {int(row.split()[0]): row[x:] for row in rows}


@pytest.mark.parametrize("key", ["f5", "t", "V"])
def test_the_tree_shows_who_started_whom_and_the_key_takes_it_away_again(wide: Any, key: str) -> None:
    table = wide.press("N")
    wide.press(key)
    shown, order = commands(wide), [row.pid for row in wide.processes]
    children = [row.pid for row in wide.processes if row.ppid == TOP]
    assert len(children) == 18
    assert order[order.index(TOP) + 1 :][:18] == children
    assert all(shown[pid].startswith("├─ ") for pid in children[:-1])
    assert shown[children[-1]].startswith("└─ ")
    assert not shown[TOP].startswith(("├", "└"))
    assert wide.press(key) == table


def test_the_guides_show_every_generation(wide: Any) -> None:
    one, two, three, four = (wide.processes[place]._replace(pid=place, start_time=place) for place in (1, 2, 3, 4))
    rows = [one._replace(ppid=0), two._replace(ppid=1), three._replace(ppid=2), four._replace(ppid=1)]
    wide.press("t", "N", "I")
    wide.see_from_now_on(lambda snapshot: replace(snapshot, processes={row.pid: row for row in rows}))
    guides = [text[:6].rstrip() for text in commands(wide).values()]
    assert [row.pid for row in wide.processes] == [1, 2, 3, 4]
    assert [guide[: len(start)] for guide, start in zip(guides, ("", "├─ ", "│  └─ "[:6], "└─ "), strict=True)] == [
        "", "├─ ", "│  └─", "└─ "
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["plus", "minus", "equals_sign"])
def test_a_branch_is_folded_into_its_sums_and_unfolded(wide: Any, key: str) -> None:
    wide.press("t", "slash", *"supervisor", "enter")
    branch = [row for row in wide.processes if TOP in (row.pid, row.ppid)]
    before = wide.text
    wide.press(key)
    assert [row.pid for row in wide.processes] == [TOP, 1]
    assert wide.cursor.pid == TOP
    assert wide.cursor.pss == sum(row.pss or 0 for row in branch)
    assert commands(wide)[TOP].startswith("+ ")
    assert wide.press(key) == before


def test_all_branches_are_folded_and_unfolded(user: Any) -> None:
    user.press("t")
    whole = len(user.processes)
    user.press("asterisk")
    assert len(user.processes) < 5
    assert user.processes[0].pss >= 300 << 20 or max(row.pss or 0 for row in user.processes) >= 300 << 20
    user.press("asterisk")
    assert len(user.processes) == whole


def test_siblings_are_sorted_and_the_tree_survives_samples(user: Any) -> None:
    user.press("t", "N")
    children = [row.pid for row in user.processes if row.ppid == TOP]
    assert children == sorted(children, reverse=True)
    before = [row.pid for row in user.processes]
    user.let_go()
    user.see(replace(user.snapshot))
    assert [row.pid for row in user.processes] == before


# -- groups ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "name", "size"), [(1, "postgres", 5), (2, "www-data", 9), (3, "/api", 3)])
def test_groups_add_up_and_open_and_close(user: Any, steps: int, name: str, size: int) -> None:
    everyone = user.processes
    menu = user.press("g")
    assert all(word in menu for word in ("no groups", "command", "user", "cgroup", "container"))
    user.press(*["down"] * steps, "enter")
    groups = {row.name: row for row in user.table.rows}
    assert sum(row.members for row in groups.values()) == 20
    assert sum(row.pss or 0 for row in groups.values()) == sum(row.pss or 0 for row in everyone)
    assert groups[name].members == size
    user.table.move_to_key(name)
    user.press("enter")
    assert len(user.processes) == size
    user.press("escape")
    assert user.table.cursor_row.name == name
    user.press("g", "home", "enter")
    assert user.processes == everyone


def test_the_tree_ends_groups_and_groups_the_tree(user: Any) -> None:
    user.press("g", "down", "enter", "t")
    assert len(user.processes) == 20 and "by command" not in user.text
    user.press("g", "down", "enter")
    assert "by command" in user.text and "├─" not in user.text


@pytest.mark.parametrize(
    "key", ["plus", "asterisk", "space", "c", "k", "f9", "f7", "r", "F", "I", "N", "T", "f6", "u"]
)
def test_keys_for_processes_do_no_harm_in_groups(user: Any, key: str) -> None:
    user.press("g", "down", "enter", key, "escape", "escape")
    user.see(replace(user.snapshot))
    assert user.app.is_running and user.panel.id == "processes"


# -- columns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f2", "C", "f"])
def test_columns_are_hidden_and_shown(user: Any, key: str) -> None:
    assert "[x] PID" in user.press(key)
    user.press("down", "space")
    assert "[ ] USER" in user.text
    user.press("enter")
    assert user.panel.spec.columns == tuple(one for one in DEFAULT_COLUMNS if one != "user")
    assert "USER" not in user.rows[6]
    user.press(key, "end", "space", "f10")
    assert len(user.panel.spec.columns) == len(DEFAULT_COLUMNS)


@pytest.mark.parametrize(
    ("right", "left"),
    [("greater_than_sign", "less_than_sign"), ("right", "left"), ("shift+down", "shift+up"),
     ("right_square_bracket", "left_square_bracket")],
)  # fmt: skip
def test_columns_are_carried_to_the_right_and_left(user: Any, right: str, left: str) -> None:
    user.press("f2", right, right, "enter")
    assert user.panel.spec.columns[:3] == ("user", "virt", "pid")
    user.press("f2", "down", "down", left, left, left, "enter")
    assert user.panel.spec.columns[:3] == ("pid", "user", "virt")


@pytest.mark.parametrize("key", ["escape", "q", "f2"])
def test_columns_are_left_as_they_were(user: Any, key: str) -> None:
    before = user.text
    user.press("f2", "space", "space", "greater_than_sign")
    assert user.press(key) == before


def test_without_any_column_the_old_ones_stay(user: Any) -> None:
    user.press("f2", *["space"] * 15, "enter")
    assert user.panel.spec.columns == DEFAULT_COLUMNS


def test_hiding_the_sorted_column_sorts_by_the_first(user: Any) -> None:
    user.press("f2", *["down"] * DEFAULT_COLUMNS.index("pss"), "space", "enter")
    assert user.table.sort[0] == "pid"


def test_whole_commands_or_names(wide: Any) -> None:
    assert commands(wide)[20342] == "/usr/bin/redis-server 127.0.0.1:6379"
    wide.press("p")
    assert commands(wide)[20342] == "redis-server"
    wide.press("p")
    assert commands(wide)[20342] == "/usr/bin/redis-server 127.0.0.1:6379"


# -- tags -----------------------------------------------------------------------------------------------------------


def test_rows_are_tagged_and_untagged(user: Any) -> None:
    order = user.processes
    user.press("space", "space", "space")
    assert user.table.cursor == 3
    assert "tagged 3" in user.text
    user.press("up", "space")
    assert "tagged 2" in user.text
    assert [row.pid for row in user.panel.targets] == sorted(row.pid for row in order[:2])
    assert "tagged" not in user.press("U")
    assert [row.pid for row in user.panel.targets] == [user.cursor.pid]


def test_a_process_is_tagged_with_all_it_has_started(user: Any) -> None:
    user.press("slash", *"supervisor", "enter", "c")
    assert "tagged 19" in user.text


def test_tags_stay_with_their_processes_and_end_with_them(user: Any) -> None:
    user.press("space", "space", "N", "I")
    tagged = {row.pid for row in user.panel.targets}
    assert len(tagged) == 2
    gone = min(tagged)
    rest = {pid: row for pid, row in user.snapshot.processes.items() if pid != gone}
    user.let_go()
    user.see(replace(user.snapshot, processes=rest))
    assert {row.pid for row in user.panel.targets} == tagged - {gone}


def test_once_all_tagged_ones_have_ended_nothing_is_hit_instead(user: Any) -> None:
    """The row under the cursor was not meant: tags were."""
    pid = user.cursor.pid
    user.press("space")
    rest = {other: row for other, row in user.snapshot.processes.items() if other != pid}
    user.let_go()
    user.see(replace(user.snapshot, processes=rest))
    assert user.panel.targets == []
