"""The Memory tab: its cursor, what lies behind its lines, and the screens that open."""

from typing import Any

import pytest

from memtui.sampling.request import Need
from memtui.tui.screens.sheet import SheetScreen

from .conftest import TREES, Steady


@pytest.fixture(scope="module")
def machine() -> Steady:
    """A guest with huge pages, tmpfs, a segment and slabs that root could read."""
    return Steady(TREES / "numa2-6.12")


@pytest.fixture
def memory(open_app: Any) -> Any:
    """Someone in front of the tab."""
    return open_app(tab="memory")


def go(user: Any, key: str) -> None:
    """Move the cursor down to a line."""
    for _ in range(60):
        if user.panel.cursor == key:
            return
        user.press("down")
    pytest.fail(f"the cursor never comes to {key}")


def test_the_cursor_goes_from_line_to_line_and_back(memory: Any) -> None:
    assert memory.panel.cursor == ""
    memory.press("down")
    assert memory.panel.cursor == "account:anon"
    memory.press("down")
    assert memory.panel.cursor == "account:file_mapped"
    memory.press("up")
    assert memory.panel.cursor == "account:anon"


def test_the_page_scrolls_where_nothing_can_be_chosen(open_app: Any) -> None:
    user = open_app((60, 15), tab="memory")
    for _ in range(80):
        user.press("down")
    assert user.panel._top > 20 and user.text == user.drawn_anew


@pytest.mark.parametrize(
    ("key", "sort"), [("anon", "anon"), ("file_mapped", "file"), ("page_tables", "pte"), ("kernel_stacks", "threads")]
)
def test_what_processes_hold_leads_to_them_in_that_order(memory: Any, key: str, sort: str) -> None:
    go(memory, f"account:{key}")
    memory.press("enter")
    assert memory.panel.id == "processes" and memory.panel.spec.sort == sort
    assert sort in memory.panel.spec.columns and memory.panel.spec.columns[-1] == "command"


def test_slab_leads_to_the_table_of_caches_and_esc_back(memory: Any) -> None:
    go(memory, "account:slab_unreclaimable")
    before = memory.text
    text = memory.press("enter")
    assert isinstance(memory.app.screen, SheetScreen) and "kernfs_node_cache" in text
    assert memory.loop.request.needs == Need.SLABS | Need.FINDINGS
    memory.press("f6", *"name"[:1], "escape")
    assert memory.press("escape") == before
    assert Need.SLABS not in memory.loop.request.needs


def test_the_table_of_caches_sorts(memory: Any) -> None:
    go(memory, "account:slab_reclaimable")
    memory.press("enter")
    panel = memory.app.screen.panel
    assert [row.size for row in panel.rows] == sorted((row.size for row in panel.rows), reverse=True)
    memory.press("greater_than_sign", "greater_than_sign")
    assert panel.sort[0] == "objects"
    assert [row.objects for row in panel.rows] == sorted((row.objects for row in panel.rows), reverse=True)


def test_shmem_leads_to_mounts_and_segments(memory: Any) -> None:
    go(memory, "account:shmem")
    text = memory.press("enter")
    assert "System V" in text and "3.00M" in text and "a recording has no file systems to ask" in text
    assert Need.SEGMENTS in memory.loop.request.needs
    memory.press("f1")
    assert "Keys: Shared memory" in memory.text
    memory.press("escape", "escape")
    assert memory.panel.id == "memory"


def test_compressed_memory_leads_to_swap_and_the_cache_to_its_tab(memory: Any) -> None:
    go(memory, "account:compressed")
    memory.press("enter")
    assert memory.panel.id == "swap"
    memory.press("2")
    memory.press("home")
    go(memory, "account:buffers")
    memory.press("enter")
    assert memory.panel.id == "cache"


def test_other_lines_say_what_they_are(memory: Any) -> None:
    go(memory, "account:other")
    memory.press("enter")
    assert "no line of the kernel names it" in memory.notes[-1]


def test_a_click_chooses_a_line_and_a_second_one_opens_it(memory: Any) -> None:
    y = next(index for index, row in enumerate(memory.rows) if "slab, fixed" in row)
    memory.click(5, y)
    assert memory.panel.cursor == "account:slab_unreclaimable"
    memory.click(5, y, times=2)
    assert isinstance(memory.app.screen, SheetScreen)


def test_the_sheet_survives_every_size(memory: Any) -> None:
    go(memory, "account:slab_reclaimable")
    memory.press("enter")
    for width, height in ((60, 15), (20, 5), (200, 50), (80, 24)):
        assert memory.resize(width, height) == memory.drawn_anew


@pytest.mark.parametrize("line", ["account:slab_reclaimable", "account:shmem"])
@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
def test_a_sheet_leaves_the_last_line_to_its_keys(memory: Any, line: str, size: tuple[int, int]) -> None:
    go(memory, line)
    memory.press("enter")
    assert memory.resize(*size).split("\n")[-1].endswith("F10Back")


# -- zones and nodes ------------------------------------------------------------------------------------------------


def test_z_leads_to_the_zones_and_back(memory: Any) -> None:
    text = memory.press("z").split("\n")
    y = next(index for index, row in enumerate(text) if "2 Memory" in row)
    assert text[y + 1].startswith(" Zones")
    memory.press("z")
    assert "Mem:" in memory.text


class TestEightNodes:
    """A machine with eight nodes, on a screen of 120x40."""

    @pytest.fixture
    def machine(self) -> Steady:
        return Steady(TREES / "numa8-6.12")

    def test_they_are_folded_at_first_and_all_in_view(self, memory: Any) -> None:
        text = memory.press("z")
        assert [f" + Node {node} " in text for node in range(8)] == [True] * 8

    def test_one_unfolds_under_the_cursor_and_all_by_the_star(self, memory: Any) -> None:
        memory.press("z")
        go(memory, "node:5")
        text = memory.press("plus")
        assert " - Node 5 " in text and " + Node 6 " in text and "Movable" in text
        assert " + Node 5 " in memory.press("enter")
        text = memory.press("asterisk")
        assert memory.panel._folded == frozenset() and text.count(" - Node") == 8
        assert memory.press("asterisk").count(" + Node") == 8
