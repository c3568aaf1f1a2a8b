"""The Cgroups tab over a recorded machine with a tree of version 2."""

from collections.abc import Callable
from typing import Any

import pytest

from memtui.sampling.request import Need
from memtui.tui.panels.cgroups import CgroupPanel, processes_of
from memtui.view.filters import compile_filter

from .conftest import TREES, Steady


@pytest.fixture(scope="module")
def machine() -> Steady:
    """A guest with cgroups, limits, zram and two nodes."""
    return Steady(TREES / "numa2-6.12")


@pytest.fixture
def groups(open_app: Any) -> Any:
    """Someone in front of the tab."""
    return open_app(tab="cgroups")


def names(user: Any) -> list[str]:
    return [row.path for row in user.table.rows]


def test_the_tab_looks_as_recorded(open_app: Any, golden: Callable[[str, str], None], size: tuple[int, int]) -> None:
    golden(f"cgroups-{size[0]}x{size[1]}", open_app(size, tab="cgroups").text)


def test_only_this_tab_asks_for_the_tree_and_for_what_is_on_the_screen(groups: Any) -> None:
    last = groups.loop.asked[-1]
    assert Need.CGROUPS in last.needs and last.paths == tuple(names(groups))
    groups.press("1")
    last = groups.loop.asked[-1]
    assert Need.CGROUPS not in last.needs and last.paths == ()


def test_folding(groups: Any) -> None:
    every = names(groups)
    groups.press("asterisk")
    assert names(groups) == ["/", "/cg-2", "/cg-1", "/cg-5"] and "+ cg-2" in groups.text
    groups.press("asterisk")
    assert names(groups) == every
    groups.press("down", "plus")
    assert "/cg-2/cg-4" not in names(groups) and "/cg-5/cg-6" in names(groups)


def test_sorting_keeps_the_tree_and_flat_has_none(groups: Any) -> None:
    groups.press("R")
    assert names(groups)[1] == "/cg-5"
    assert names(groups).index("/cg-2/cg-4") > names(groups).index("/cg-2")
    assert "└─" not in groups.press("t")
    assert names(groups)[0] == "/cg-5/cg-6/cg-7"


def test_typing_filters_and_esc_takes_the_filter_away(groups: Any) -> None:
    every = names(groups)
    groups.press("f4", *"cg-6", "enter")
    assert names(groups) == ["/", "/cg-5", "/cg-5/cg-6", "/cg-5/cg-6/cg-7"] and "filter cg-6" in groups.text
    groups.press("escape")
    assert names(groups) == every


def test_enter_shows_the_processes_of_the_cgroup(groups: Any) -> None:
    groups.press("down", "enter")
    assert groups.panel.id == "processes"
    assert groups.panel.spec.filter == 'cgroup~"^/cg\\-2(/|$)"' and "filter cgroup" in groups.text


@pytest.mark.parametrize("path", ["/a b", '/q"uote', "/x(y|z)", "/back\\slash", "/ü'", "/user.slice/a@b.service"])
def test_the_filter_for_any_name_passes_it_and_what_is_below_it_only(path: str) -> None:
    passes = compile_filter(processes_of(path))

    class Row:
        def __init__(self, cgroup: str) -> None:
            self.cgroup = cgroup

    assert passes(Row(path)) and passes(Row(path + "/below"))  # type: ignore[arg-type]
    assert not passes(Row(path + "x")) and not passes(Row("/other" + path))  # type: ignore[arg-type]


def test_the_cursor_stays_on_its_cgroup(groups: Any) -> None:
    groups.press("down", "down")
    key = groups.table.cursor_row.path
    groups.press("R")
    assert groups.table.cursor_row.path == key


def test_the_menu_of_columns_has_those_of_this_version(groups: Any) -> None:
    text = groups.press("f6")
    assert "HIGH" in text and "MSWMAX" not in text
    assert isinstance(groups.main.panel, CgroupPanel)
