"""The process table: who passes, in which order or shape, which columns fit, what the line below says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.view.columns import width_of
from memtui.view.lines import text_of
from memtui.view.lines import width_of as cells_of
from memtui.view.processes import (
    DEFAULT_COLUMNS,
    TableSpec,
    arrange,
    filter_error,
    grid,
    matches,
    passing,
    select,
    shown_columns,
    totals,
    users,
)
from memtui.view.text import cells

MIB = 1 << 20
GIB = 1 << 30


def row(pid: int, **values: Any) -> Process:
    usual: dict[str, Any] = dict.fromkeys(Process._fields) | {
        "pid": pid, "ppid": 1, "start_time": pid, "comm": f"c{pid}", "command": f"/bin/c{pid} x", "user": "app",
        "kernel_thread": False, "state": "S", "nice": 0, "threads": 1, "started": 0.0, "virt": 0, "res": MIB,
        "mem_pct": 0.0, "minflt": 0, "majflt": 0, "cpu_time": 0.0, "pss": pid * MIB, "uss": MIB, "swap": 0,
    }  # fmt: skip
    return Process(**{**usual, **values})


ROWS = [
    row(1, ppid=0, user="root"),
    row(2, ppid=0, user="root", kernel_thread=True, command="[kthreadd]", pss=None, uss=None),
    row(3, user="root"),
    row(4, ppid=3, swap=5 * MIB),
    row(5, ppid=3, pss=None, uss=None, res=9 * MIB),
    row(6, ppid=3, pss=None, uss=None, res=2 * MIB),
]


@pytest.fixture
def snapshot(build: Any) -> Snapshot:
    empty: Snapshot = build.snapshot()
    coverage = empty.coverage._replace(kernel_threads=1)
    return replace(empty, processes={one.pid: one for one in ROWS}, coverage=coverage)


def pids(rows: Sequence[Any]) -> list[int]:
    return [one.pid for one in rows]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (TableSpec(), [1, 3, 4, 5, 6]),
        (TableSpec(kernel_threads=True), [1, 2, 3, 4, 5, 6]),
        (TableSpec(user="root"), [1, 3]),
        (TableSpec(user="root", kernel_threads=True), [1, 2, 3]),
        (TableSpec(pids=frozenset((2, 4, 99))), [4]),
        (TableSpec(pids=frozenset((2, 4)), kernel_threads=True), [2, 4]),
        (TableSpec(filter="pss>=3M"), [3, 4]),
        (TableSpec(filter="pss=?"), [5, 6]),
        (TableSpec(filter="pss>=3M", user="root"), [3]),
        (TableSpec(filter="nobody has this"), []),
        (TableSpec(filter="pss>"), [1, 3, 4, 5, 6]),
        (TableSpec(filter="cmd~("), [1, 3, 4, 5, 6]),
        (TableSpec(group="user", opened="app"), [4, 5, 6]),
        (TableSpec(group="user", opened="app", filter="swap>0"), [4]),
        (TableSpec(group="user", opened="has ended"), []),
    ],
)
def test_all_filters_have_to_be_passed_and_one_that_is_not_finished_filters_nothing(
    spec: TableSpec, expected: list[int]
) -> None:
    assert pids(passing(ROWS, spec)) == expected


@pytest.mark.parametrize(("text", "wrong"), [("", False), ("pss>1M", False), ("pss>", True), ("cmd~(", True)])
def test_what_is_wrong_with_a_filter_is_said_in_words(text: str, wrong: bool) -> None:
    assert bool(filter_error(text)) is wrong


def test_rows_without_a_value_yet_come_last_by_res_in_both_directions() -> None:
    assert pids(select(ROWS, TableSpec())) == [4, 3, 1, 5, 6]
    assert pids(select(ROWS, TableSpec(reverse=True))) == [1, 3, 4, 5, 6]


def test_rows_are_arranged_flat_as_a_tree_and_in_groups(snapshot: Snapshot) -> None:
    assert pids(arrange(snapshot, TableSpec()).rows) == [4, 3, 1, 5, 6]
    assert not arrange(snapshot, TableSpec()).lead
    tree = arrange(snapshot, TableSpec(tree=True))
    assert pids(tree.rows) == [1, 3, 4, 5, 6]
    assert list(tree.lead.values()) == ["", "└─ ", "   ├─ ", "   ├─ ", "   └─ "]
    folded = arrange(snapshot, TableSpec(tree=True), {ROWS[2].key})
    assert [(one.pid, one.pss) for one in folded.rows] == [(1, MIB), (3, 7 * MIB)]
    groups = arrange(snapshot, TableSpec(group="user"))
    assert {one.name: (one.members, one.pss) for one in groups.rows} == {"app": (3, 4 * MIB), "root": (2, 4 * MIB)}
    assert pids(arrange(snapshot, TableSpec(group="user", opened="app")).rows) == [4, 5, 6]


def test_a_filter_that_hides_the_parent_leaves_the_child_as_a_root(snapshot: Snapshot) -> None:
    arranged = arrange(snapshot, TableSpec(tree=True, filter="pss=4M"))
    assert [(one.pid, arranged.lead[one.key]) for one in arranged.rows] == [(4, "")]


@pytest.mark.parametrize(
    ("sort", "reverse", "names"),
    [
        ("res", False, ["app", "root"]), ("res", True, ["root", "app"]), ("members", False, ["app", "root"]),
        ("command", False, ["app", "root"]), ("command", True, ["root", "app"]), ("swap", False, ["app", "root"]),
    ],
)  # fmt: skip
def test_groups_are_sorted_by_their_sums_and_names(
    snapshot: Snapshot, sort: str, reverse: bool, names: list[str]
) -> None:
    rows = arrange(snapshot, TableSpec(group="user", sort=sort, reverse=reverse)).rows
    assert [one.name for one in rows] == names


@pytest.mark.parametrize("sort", ["pid", "user", "state", "nice", "started"])
def test_groups_cannot_be_sorted_by_what_they_do_not_have_and_are_by_pss(snapshot: Snapshot, sort: str) -> None:
    by_pss = arrange(snapshot, TableSpec(group="command")).rows
    assert arrange(snapshot, TableSpec(group="command", sort=sort)).rows == by_pss


def test_groups_show_their_count_and_only_columns_that_add_up() -> None:
    assert shown_columns(TableSpec()) == DEFAULT_COLUMNS
    grouped = shown_columns(TableSpec(group="user"))
    assert grouped[0] == "members" and grouped[-1] == "command" and "pss" in grouped
    assert not {"pid", "user", "virt", "nice"} & set(grouped)
    assert shown_columns(TableSpec(group="user", opened="app")) == DEFAULT_COLUMNS


def test_where_all_columns_fit_they_stand_as_chosen() -> None:
    made = grid(TableSpec(), 160, 0.0)
    assert tuple(one.field.key for one in made.columns) == DEFAULT_COLUMNS
    assert made.total_width == 160


@pytest.mark.parametrize("width", [60, 72, 80, 99])
@pytest.mark.parametrize("sort", ["pss", "oom_score", "command"])
def test_on_a_narrow_screen_the_essential_ones_the_sorted_one_and_the_command_come_first(
    width: int, sort: str
) -> None:
    spec = TableSpec(sort=sort)
    made = grid(spec, width, 0.0)
    keys = [one.field.key for one in made.columns]
    essential = [key for key in DEFAULT_COLUMNS if key in ("pid", "user", "res", "pss", "uss", "swap") or key == sort]
    first = [*(key for key in essential if key != "command"), "command"]
    assert keys[: len(first)] == first
    assert sorted(keys) == sorted(DEFAULT_COLUMNS)
    seen = sum(made.widths[: len(first)]) + len(first) - 1
    assert seen == width - 1 or (made.widths[len(first) - 1] == 16 and seen >= width - 1)


@pytest.mark.parametrize(
    "columns", [("pid",), ("command",), ("command", "pid"), ("virt", "cgroup", "container", "user")]
)
@pytest.mark.parametrize("width", [20, 60, 200])
def test_any_choice_of_columns_can_be_drawn(columns: tuple[str, ...], width: int) -> None:
    made = grid(TableSpec(columns=columns, sort="pss"), width, 0.0)
    assert cells_of(made.row(ROWS[0])) == cells_of(made.head) == made.total_width + 1
    assert all(one.width >= width_of(one.field.key) for one in made.columns)


def test_a_row_looks_different_once_its_pss_is_stale_or_its_guides_change() -> None:
    spec, one = TableSpec(), row(1, pss_at=0.0)
    looks = [
        made.look(one)
        for made in (grid(spec, 80, 1.0), grid(spec, 80, 9.0), grid(spec, 80, 1.0, {one.key: "├─ "}))
        if made.look
    ]
    assert len(set(looks)) == 3


def test_ages_of_pss_change_every_second() -> None:
    spec = TableSpec(columns=("pid", "pss_age"))
    first, second = grid(spec, 80, 1.0), grid(spec, 80, 2.0)
    assert first.look and second.look and first.look(ROWS[0]) != second.look(ROWS[0])


@pytest.mark.parametrize(("words", "found"), [("C4", True), ("bin/c4", True), ("4", True), ("44", False), ("", True)])
def test_the_search_looks_at_command_name_and_pid(words: str, found: bool) -> None:
    assert matches(ROWS[3], words) is found


def test_the_search_looks_at_the_names_of_groups(snapshot: Snapshot) -> None:
    assert [matches(one, "APP") for one in arrange(snapshot, TableSpec(group="user", sort="command")).rows] == [
        True,
        False,
    ]


def test_users_are_named_once(snapshot: Snapshot) -> None:
    assert users(snapshot) == ["app", "root"]


# -- the line below -------------------------------------------------------------------------------------------------


def foot(snapshot: Snapshot, spec: TableSpec, width: int = 200) -> str:
    return text_of(totals(passing(snapshot.processes.values(), spec), snapshot, spec, width)).strip()


def test_the_totals_are_of_the_rows_that_pass(snapshot: Snapshot) -> None:
    whole, some = foot(snapshot, TableSpec()), foot(snapshot, TableSpec(filter="swap>0"))
    assert whole.startswith("Σ 5 of 5  PSS 8.00M  USS 3.00M  SWAP 5.00M  RES 14.0M shared counted twice")
    assert some.startswith("Σ 1 of 5  PSS 4.00M  USS 1.00M  SWAP 5.00M  RES 1.00M")
    assert foot(snapshot, TableSpec(kernel_threads=True)).startswith("Σ 6 of 6")
    assert foot(snapshot, TableSpec(filter="none")).startswith("Σ 0 of 5  PSS     0")


def test_the_oldest_pss_is_told_in_whole_seconds(snapshot: Snapshot) -> None:
    at = snapshot.at
    rows = {1: row(1, pss_at=at), 2: row(2, pss_at=at - 3.2), 3: row(3)}
    assert re.search(r"PSS age ≤ 4 ?s$", foot(replace(snapshot, processes=rows), TableSpec(), 100))
    assert "age" not in foot(replace(snapshot, processes={3: row(3)}), TableSpec())


def test_what_pss_does_not_explain_is_told_while_nothing_is_filtered_away(build: Any, snapshot: Snapshot) -> None:
    system = build.system(meminfo=build.meminfo(AnonPages=3 * GIB, Mapped=GIB))
    full = replace(build.snapshot(system), processes=snapshot.processes, coverage=snapshot.coverage)
    assert "AnonPages + Mapped 4.00G, not in Σ PSS 3.99G" in foot(full, TableSpec())
    assert "AnonPages" not in foot(full, TableSpec(user="root"))
    assert "AnonPages" not in foot(full, TableSpec(), 149)
    assert "AnonPages" not in foot(snapshot, TableSpec())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_totals_fit_on_the_screen_of_this_machine(live: Snapshot, width: int) -> None:
    assert cells(foot(live, TableSpec(), width).split("  PSS age")[0]) <= width
