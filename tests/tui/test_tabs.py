"""Tabs, help, pause, interval, quitting: the keys that are there on every tab."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from memtui.control.controls import Controls
from memtui.options import TABS
from memtui.tui.keys import DRILLDOWN, EVERYWHERE, PROCESSES
from memtui.tui.messages import SampleFailed
from memtui.tui.panels.catalog import tabs
from memtui.view.processes import TableSpec

NAMES = ("processes", "memory", "swap", "cache", "leaks", "cgroups", "findings")
TITLES = ("Processes", "Memory", "Swap & Faults", "Cache", "Leaks", "Cgroups", "Findings")


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7])
def test_a_digit_opens_its_tab(user: Any, number: int) -> None:
    user.press("3", str(number))
    assert user.panel.id == NAMES[number - 1]


@pytest.mark.parametrize("digit", ["0", "9", "superscript_two", "²"])
def test_a_digit_without_a_tab_does_nothing(user: Any, digit: str) -> None:
    user.press("3", digit)
    assert user.panel.id == "swap"


def test_tab_goes_on_and_shift_tab_back_and_both_go_round(user: Any) -> None:
    forward = [user.press("tab") and user.panel.id for _ in NAMES]
    assert forward == [*NAMES[1:], "processes"]
    back = [user.press("shift+tab") and user.panel.id for _ in NAMES]
    assert back == [*NAMES[:0:-1], "processes"]


def test_a_click_on_a_name_opens_that_tab(user: Any) -> None:
    y = next(index for index, row in enumerate(user.rows) if "1 Processes" in row)
    for name, title in zip(NAMES, TITLES, strict=True):
        user.click(user.rows[y].index(title), y)
        assert user.panel.id == name


@pytest.mark.parametrize("name", NAMES)
def test_the_tab_asked_for_is_open_at_the_start(open_app: Any, name: str) -> None:
    user = open_app(tab=name)
    assert user.panel.id == name
    assert user.app.focused is user.panel


def test_a_tab_keeps_its_state_while_others_are_open(user: Any) -> None:
    user.press("down", "down", "N", "u", "end", "enter")
    before = user.text
    user.press("2", "3", "4", "1")
    assert user.text == before


def test_a_hidden_tab_is_not_laid_out_and_not_drawn(user: Any) -> None:
    user.press("2", "3", "1")
    drawn: list[str] = []

    def drawing(name: str) -> Callable[..., list[Any]]:
        def draw(*_: Any) -> list[Any]:
            drawn.append(name)
            return []

        return draw

    for name in ("memory", "swap"):
        panel = user.main._panel(name)
        panel.lines = panel.render_lines = drawing(name)
    for _ in range(3):
        user.see(replace(user.snapshot))
    assert drawn == []
    user.press("2")
    assert set(drawn) == {"memory"}


def test_what_a_tab_needs_is_read_while_it_is_open(user: Any) -> None:
    assert "SMAPS" in str(user.loop.request.needs)
    assert "IO" not in str(user.loop.request.needs)
    user.press("4")
    assert "IO" in str(user.loop.request.needs)
    assert "SMAPS" not in str(user.loop.request.needs)
    user.press("3")
    assert "SWAP" in str(user.loop.request.needs) and "NODES" not in str(user.loop.request.needs)
    user.press("2")
    assert "MEMORY" in str(user.loop.request.needs) and "NODES" in str(user.loop.request.needs)
    assert user.loop.request.visible == ()


def test_the_rows_on_the_screen_are_asked_for_first(open_app: Any) -> None:
    user = open_app((60, 15))
    user.press("end")
    assert user.loop.request.visible == tuple(row.pid for row in user.table.visible_rows)
    assert user.processes[-1].pid in user.loop.request.visible


# -- help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["1", "2", "3", "4"])
@pytest.mark.parametrize("key", ["question_mark", "h", "f1"])
def test_help_opens_on_every_tab_and_closes_by_the_same_key(user: Any, tab: str, key: str) -> None:
    before = user.press(tab)
    assert f"Keys: {TITLES[int(tab) - 1]}" in user.press(key)
    assert user.press(key) == before


@pytest.mark.parametrize("key", ["escape", "q", "enter", "f10"])
def test_help_is_closed_and_the_program_goes_on(user: Any, key: str) -> None:
    before = user.text
    user.press("f1", key)
    assert user.text == before


@pytest.mark.parametrize("key", ["question_mark", "h", "f1"])
def test_help_opens_in_the_drilldown(user: Any, key: str) -> None:
    before = user.press("enter")
    assert "Keys: Drilldown" in user.press(key)
    assert user.press("escape") == before


def test_help_tells_every_key_and_what_every_column_means(open_app: Any) -> None:
    user = open_app((120, 300))
    text = user.press("f1")
    for key in (*PROCESSES, *EVERYWHERE):
        assert key.help in text and key.shown in text
    assert "PSS" in text and "its fair share" in text and "smaps_rollup" in text
    text = user.press("escape", "enter", "f1")
    for key in DRILLDOWN:
        assert key.help in text


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_help_is_never_cut_off(open_app: Any, width: int) -> None:
    user = open_app((width, 400))
    text = " ".join(user.press("f1").split())
    for key in (*PROCESSES, *EVERYWHERE):
        assert " ".join(key.help.split()) in text


def test_help_scrolls(open_app: Any) -> None:
    user = open_app((80, 24))
    top = user.press("f1")
    assert user.press("down").split("\n")[0] == top.split("\n")[1]
    assert user.press("up") == top
    assert user.press("space") == user.press("home", "pagedown") != top
    bottom = user.press("end")
    assert user.press("down") == bottom != top
    assert user.press("home") == top


# -- pause, interval, refresh, quit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["1", "3"])
def test_pause_holds_the_screen_and_goes_on_at_once(user: Any, tab: str) -> None:
    gone = replace(user.snapshot, processes={})
    user.press(tab)
    held = user.press("Z")
    assert "◌ paused" in held
    assert user.see(gone) == held
    steps = user.loop.steps
    text = user.press("Z")
    assert "paused" not in text
    assert user.loop.steps == steps + 1


def test_a_paused_table_can_still_be_moved_in_and_sorted(user: Any) -> None:
    user.press("Z", "down", "N", "I")
    assert "PID▲" in user.text
    assert user.press("2") and "Where" in user.text
    assert "◌ paused" in user.text


@pytest.mark.parametrize(("typed", "seconds"), [("0.5", 0.5), ("2", 2.0), ("0.1", 0.1), (" 3 ", 3.0), ("1e1", 10.0)])
def test_the_interval_is_what_was_typed(user: Any, typed: str, seconds: float) -> None:
    assert user.press("d").split("\n")[-1].strip() == "Seconds:"
    user.type(typed)
    user.press("enter")
    assert user.loop.request.interval == seconds
    assert f"{seconds:.1f}s" in user.rows[0]
    assert user.notes == []


@pytest.mark.parametrize("typed", ["0", "-1", "0.05", "1e9", "nan", "inf", "soon", "1,5", "٣٣٣٣٣"])
def test_an_impossible_interval_is_refused_with_a_word(user: Any, typed: str) -> None:
    user.press("d")
    user.type(typed)
    user.press("enter")
    assert user.loop.request.interval == 1.0
    assert user.notes == ["between 0.1 and 3600 seconds"]


@pytest.mark.parametrize("key", ["escape", "enter"])
def test_no_interval_typed_leaves_it(user: Any, key: str) -> None:
    user.press("d", key)
    assert user.loop.request.interval == 1.0
    assert user.notes == []
    assert user.app.focused is user.panel


@pytest.mark.parametrize("key", ["ctrl+l", "ctrl+r"])
def test_refresh_samples_now_and_sends_everything_again(user: Any, key: str) -> None:
    steps, sent = user.loop.steps, len(user.wire.sent)
    user.press(key)
    assert user.loop.steps == steps + 1
    assert len(user.wire.sent) - sent > 3000


@pytest.mark.parametrize("tab", ["1", "2", "3", "4"])
@pytest.mark.parametrize("key", ["q", "f10", "ctrl+c"])
def test_quitting_ends_with_status_0_and_stops_the_sampler(user: Any, tab: str, key: str) -> None:
    user.press(tab)
    user.press_last(key)
    assert user.app.return_value == 0
    assert user.loop.ended


def test_ctrl_c_quits_from_the_drilldown(user: Any) -> None:
    user.press("enter")
    user.press_last("ctrl+c")
    assert user.app.return_value == 0


def test_a_step_that_fails_is_told_once_and_harmlessly_however_often_it_does(user: Any) -> None:
    before = user.text
    for _ in range(5):
        user.app.post_message(SampleFailed(ValueError("[/oops] \x1b[2J")))
        user.wait()
    assert len(user.notes) == 1
    assert r"sampling failed: ValueError('[/oops] \x1b[2J')" in user.notes[0]
    assert user.rows[:10] == before.split("\n")[:10]


def test_a_tab_has_the_title_of_its_panel_and_the_name_of_the_option() -> None:
    catalog = tabs(TableSpec(), Controls(), live=True)
    assert tuple(catalog) == TABS
    assert all(tab.title == tab.make().TITLE for tab in catalog.values())
