"""The Findings tab, and the worst finding in the header, over a machine with findings made by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from memtui.model.fields import Unit
from memtui.model.findings.finding import (
    Event,
    EventKind,
    Evidence,
    Finding,
    Findings,
    Place,
    Severity,
    Step,
)
from memtui.model.findings.rules import RULES
from memtui.model.findings.words import Name, percent, size
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.options import TABS
from memtui.sampling.request import Need
from memtui.tui.panels.findings import FindingsPanel
from memtui.tui.screens.sheet import SHEETS
from memtui.view.findings import SORTS, key_of, step_key

from .conftest import CALM_FINDINGS, TREES, Steady

MIB = 1 << 20
GIB = 1 << 30
GONE = ProcKey(4_000_000, 1)


@pytest.fixture(scope="module")
def machine() -> Steady:
    """A guest with cgroups, limits and swap; nothing is found by itself."""
    return Steady(TREES / "numa2-6.12")


def found(snapshot: Snapshot) -> Findings:
    """Two findings, the first of which explains another, a note, and what happened before."""
    at, wall = snapshot.at, snapshot.wall
    hog = max(snapshot.processes.values(), key=lambda row: row.res)
    pressure = Finding(
        "memory_pressure",
        None,
        Severity.WARNING,
        ("Programs wait for memory ", percent(46.4), " of the time"),
        at - 40,
        wall - 40,
    )
    low = Finding(
        "available_low",
        None,
        Severity.CRITICAL,
        ("Only ", size(50 * MIB), " of memory available (", percent(5.1), "); most is held by ", Name("hog"), " (1)"),
        at - 42,
        wall - 42,
        (
            Evidence("MemAvailable / (MemTotal - Hugetlb)", 5.1, 10.0, Unit.PERCENT),
            Evidence("pss", 512 * MIB, None, Unit.BYTES, "hog (1)"),
        ),
        ("When nothing more is available, programs reclaim and swap for themselves.",),
        (
            Step(("drilldown of ", Name("hog")), "memtui maps 1", Place("processes", process=hog.key)),
            Step(("who holds the memory",), "memtui top -n 10", Place("processes", sort="res")),
            Step(("what RAM is used for",), "memtui free", Place("memory")),
            Step(("a guide to read",)),
        ),
        (pressure,),
    )
    limit = Finding(
        "cgroup_max",
        "/cg-2/cg-4",
        Severity.WARNING,
        ("The cgroup ", Name("/cg-2/cg-4"), " is at its limit and its programs wait for that"),
        at - 5,
        wall - 5,
        (Evidence("memory.current", 47 * MIB, 64 * MIB, Unit.BYTES),),
        ("It has no room left.",),
        (Step(("the cgroup",), "memtui cgroups", Place("cgroups", path="/cg-2/cg-4")),),
    )
    note = Finding("swap_idle", None, Severity.NOTE, (size(GIB), " rest in swap"), at - 100, wall - 100)
    events = (
        Event(at - 42, wall - 42, EventKind.OPENED, low.title, Severity.CRITICAL, Place("memory")),
        Event(at - 30, wall - 30, EventKind.GREW, (Name("hog"), " (1) ", size(512 * MIB), " RES"), place=None),
        Event(at - 5, wall - 5, EventKind.OPENED, limit.title, Severity.WARNING, Place("cgroups", path="/cg-2/cg-4")),
    )
    return Findings((low, limit, note), events, at - 100, 41)


def trouble(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, findings=found(snapshot))


@pytest.fixture
def user(open_app: Any) -> Any:
    """Someone in front of the tab, on a machine with trouble."""
    return started(open_app)


def started(open_app: Any, size: tuple[int, int] = (120, 40), tab: str = "findings") -> Any:
    user = open_app(size, tab=tab)
    user.see_from_now_on(trouble)
    return user


# -- how it looks ---------------------------------------------------------------------------------------------------


def test_the_tab_looks_as_recorded(open_app: Any, golden: Callable[[str, str], None], size: tuple[int, int]) -> None:
    golden(f"findings-{size[0]}x{size[1]}", started(open_app, size).text)


def test_nothing_wrong_looks_as_recorded(
    open_app: Any, golden: Callable[[str, str], None], size: tuple[int, int]
) -> None:
    golden(f"findings-none-{size[0]}x{size[1]}", open_app(size, tab="findings").text)


def test_the_time_line_looks_as_recorded(
    open_app: Any, golden: Callable[[str, str], None], size: tuple[int, int]
) -> None:
    golden(f"timeline-{size[0]}x{size[1]}", started(open_app, size).press("e"))


def test_the_worst_one_has_its_line_on_every_tab(open_app: Any, size: tuple[int, int]) -> None:
    user = started(open_app, size, "processes")
    line = 4 if size[1] >= 30 and size[0] >= 100 else 3
    for digit in "1234567":
        rows = user.press(digit).split("\n")
        assert rows[line].startswith(" ◆ Only 50.0M of memory available (5.1%)")
        assert "+2 more  [!]" in rows[line]
        assert "7 Findings" in rows[line + 1] and "◆3" in rows[line + 1]
        assert max(cell_len(row) for row in rows) <= size[0]


def test_nothing_wrong_has_its_line_too_and_no_badge(open_app: Any, size: tuple[int, int]) -> None:
    text = open_app(size).text
    assert "✓ nothing found wrong" in text and "◆" not in text


def test_findings_of_recorded_trees_are_those_of_their_two_instants(open_app: Any, machine: Steady) -> None:
    """Nearly half of the time somebody waits for memory on this machine, for swap most of all."""
    user = open_app((120, 60), tab="findings")
    machine.findings = None
    try:
        text = user.press("ctrl+l")
    finally:
        machine.findings = CALM_FINDINGS
    assert user.panel._snapshot.findings.worst.severity is Severity.CRITICAL
    assert "threshold" in text and "next" in text and "Programs wait for memory 46.4% of the time" in text


def test_it_asks_for_what_evidence_names(user: Any) -> None:
    assert Need.FINDINGS | Need.SMAPS in user.loop.request.needs


def test_another_size_lays_it_out_anew(open_app: Any, size: tuple[int, int]) -> None:
    for keys in ((), ("e",), ("r",)):
        fresh, other = started(open_app, size), started(open_app, (133, 37))
        for user in (fresh, other):
            user.press(*keys, "home")
        assert other.resize(*size) == fresh.text


# -- the cursor -----------------------------------------------------------------------------------------------------


def test_the_cursor_is_on_the_worst_until_it_is_moved(user: Any) -> None:
    first, second, _ = found(user.panel._snapshot).open
    assert user.panel.cursor == key_of(first)

    def turned(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, findings=replace(found(snapshot), open=(second, first)))

    text = user.see_from_now_on(turned)
    assert user.panel.cursor == key_of(second) and "It has no room left." in text
    user.press("down")
    user.see_from_now_on(trouble)
    assert user.panel.cursor == step_key(second, 0) and "It has no room left." in user.text


def test_moving_unfolds_what_it_comes_to(user: Any) -> None:
    low, limit, _ = found(user.panel._snapshot).open
    assert "programs reclaim and swap for themselves" in user.text and "It has no room left." not in user.text
    stops = [user.press("down") and user.panel.cursor for _ in range(5)]
    assert stops == [*(step_key(low, number) for number in range(4)), key_of(limit)]
    assert "programs reclaim and swap for themselves" not in user.text and "It has no room left." in user.text
    assert user.press("up") and user.panel.cursor == key_of(low)
    assert "programs reclaim and swap for themselves" in user.text


def test_home_and_end(user: Any) -> None:
    start = user.text
    user.press("end")
    assert user.panel.cursor.startswith("event ")
    assert user.press("home") == start


@pytest.mark.parametrize("key", ["down", "pagedown", "end"])
def test_all_of_it_can_be_reached_on_the_smallest_terminal(open_app: Any, key: str) -> None:
    user = started(open_app, (60, 15))
    seen = user.text
    for _ in range(30):
        seen += user.press(key)
    if key == "down":
        for words in ("threshold", "programs reclaim and", "which explains", "memtui free", "rest in swap"):
            assert words in seen
    assert "rest in swap" in seen


def test_where_the_cursor_comes_to_is_in_view(open_app: Any, size: tuple[int, int]) -> None:
    """A long finding is scrolled through, line by line, before the next one is reached."""
    user = started(open_app, size)
    before = ""
    for key in (*["down"] * 40, *["up"] * 40, "end", "home", "down"):
        user.press(key)
        panel = user.panel
        if panel.cursor != before:
            assert panel._top <= list(panel._keys).index(panel.cursor) < panel._top + panel.size.height
        before = panel.cursor


def test_a_finding_that_ends_leaves_the_cursor_on_the_worst(user: Any) -> None:
    low, _, _ = found(user.panel._snapshot).open
    user.press(*["down"] * 6)

    def fewer(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, findings=replace(found(snapshot), open=(low,)))

    user.see_from_now_on(fewer)
    assert user.panel.cursor == key_of(low)
    user.see_from_now_on(lambda snapshot: replace(snapshot, findings=Findings(checked=41)))
    assert user.panel.cursor == "" and "nothing found wrong" in user.text
    assert user.press("enter", "s", "y")


def test_a_click_puts_the_cursor_on_a_line_and_a_second_one_opens_it(user: Any) -> None:
    y = next(number for number, row in enumerate(user.rows) if "what RAM is used for" in row)
    user.click(40, y)
    assert user.panel.cursor.endswith("step 2")
    user.click(40, y, times=2)
    assert user.panel.id == "memory"


def test_numbers_that_change_move_nothing(user: Any) -> None:
    low, limit, note = found(user.panel._snapshot).open
    before = user.rows

    def later(snapshot: Snapshot) -> Snapshot:
        evidence = tuple(one._replace(value=(one.value or 0) * 2.1) for one in low.evidence)
        return replace(
            snapshot, findings=replace(found(snapshot), open=(low._replace(evidence=evidence), limit, note))
        )

    after = user.see_from_now_on(later).split("\n")
    different = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(different) == 2
    for old, new in different:
        assert old.split()[-2:] == new.split()[-2:] or old.rstrip()[-5:] == new.rstrip()[-5:]


# -- where it leads -------------------------------------------------------------------------------------------------


def test_enter_on_a_finding_goes_where_its_first_step_leads_and_esc_comes_back(user: Any) -> None:
    before, place = user.text, found(user.panel._snapshot).open[0].steps[0].place
    assert place is not None and place.process is not None
    assert f" {place.process.pid} " in user.press("enter").split("\n")[0]
    assert len(user.app.screen_stack) == 2
    assert user.press("escape") == before


def test_enter_on_a_step_goes_where_that_leads(user: Any) -> None:
    user.press("down", "down", "enter")
    assert user.panel.id == "processes" and user.panel.spec.sort == "res"
    user.press("exclamation_mark")
    user.press("down", "enter")
    assert user.panel.id == "memory"
    user.press("exclamation_mark")
    user.press("down", "enter")
    assert user.panel.id == "findings" and user.notes == ["nothing on the screen lies behind this line"]


def test_a_cgroup_is_under_the_cursor_of_its_tab_whatever_was_folded_or_filtered(user: Any) -> None:
    user.press("6", "asterisk", "f4", *"cg-5", "enter", "7")
    user.press(*["down"] * 5, "enter")
    assert user.panel.id == "cgroups" and user.table.cursor_row.path == "/cg-2/cg-4"


def test_a_cgroup_that_has_gone_is_said(user: Any) -> None:
    _, limit, _ = found(user.panel._snapshot).open
    gone = limit._replace(steps=(Step(("it",), "", Place("cgroups", path="/gone")),))
    user.see_from_now_on(lambda snapshot: replace(snapshot, findings=Findings((gone,), checked=1)))
    user.press("enter")
    assert user.panel.id == "cgroups" and user.notes == ["/gone is no more"]


def places(place: Place) -> Callable[[Snapshot], Snapshot]:
    def alter(snapshot: Snapshot) -> Snapshot:
        one = Finding("x", None, Severity.WARNING, ("x",), 0, 0, steps=(Step(("go",), "", place),))
        return replace(snapshot, findings=Findings((one,), checked=1))

    return alter


@pytest.mark.parametrize("tab", [*TABS, *SHEETS])
def test_every_tab_and_sheet_can_be_led_to(user: Any, tab: str) -> None:
    user.see_from_now_on(places(Place(tab)))
    user.press("1" if tab != "processes" else "2", "exclamation_mark", "enter")
    assert user.panel.id == tab or user.app.screen.panel.TITLE == SHEETS[tab]().TITLE


def test_a_process_is_led_to_on_the_leaks_tab_and_an_ended_one_is_said(user: Any) -> None:
    row = next(iter(user.panel._snapshot.processes.values()))
    user.see_from_now_on(places(Place("leaks", process=row.key)))
    user.press("enter")
    assert user.panel.id == "leaks" and str(row.pid) in user.text and "Where it grows" in user.text
    user.see_from_now_on(places(Place("processes", process=GONE)))
    user.press("exclamation_mark", "enter")
    assert user.notes == ["process 4000000 has ended"] and len(user.app.screen_stack) == 1


def test_an_order_a_filter_and_the_processes_of_a_cgroup(user: Any) -> None:
    user.press("1", "f4", *"zzz", "enter")
    user.see_from_now_on(places(Place("processes", sort="majflt_rate")))
    user.press("exclamation_mark", "enter")
    assert user.panel.spec.sort == "majflt_rate" and user.panel.spec.filter == ""
    user.see_from_now_on(places(Place("processes", filter="user=root")))
    user.press("exclamation_mark", "enter")
    assert user.panel.spec.filter == "user=root" and user.panel.spec.sort == "majflt_rate"
    user.see_from_now_on(places(Place("processes", path="/cg-1", sort="pss")))
    user.press("exclamation_mark", "enter")
    assert user.panel.spec.filter.startswith("cgroup~") and user.panel.spec.sort == "pss"
    user.see_from_now_on(places(Place("cgroups", sort="swap")))
    user.press("exclamation_mark", "enter")
    assert user.panel.id == "cgroups" and user.panel.spec.sort == "swap"
    for tab, sort in (("cache", "misses"), ("leaks", "growth_rate"), ("cache", "dirties")):
        user.see_from_now_on(places(Place(tab, sort=sort)))
        user.press("exclamation_mark", "enter")
        assert user.panel.id == tab and user.table.sort == (sort, False)


def test_the_ranking_is_led_to_when_the_page_of_a_process_is_open(user: Any) -> None:
    user.press("5", "enter")
    assert "Where it grows" in user.text
    user.see_from_now_on(places(Place("leaks", sort="growth_rate")))
    user.press("exclamation_mark", "enter")
    assert "Where it grows" not in user.text


def test_places_of_rules_exist() -> None:
    for rule in RULES:
        for step in rule.steps:
            if (place := step.place) is not None:
                assert place.tab in TABS or place.tab in SHEETS, rule.id
                assert not place.sort or place.sort in SORTS[place.tab], rule.id


# -- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", "123456")
def test_one_key_leads_here_from_every_tab(open_app: Any, digit: str) -> None:
    user = started(open_app, tab="processes")
    user.press(digit, "exclamation_mark")
    assert user.panel.id == "findings"


def test_a_click_on_the_line_of_the_header_leads_here(open_app: Any, size: tuple[int, int]) -> None:
    user = started(open_app, size, "processes")
    y = next(number for number, row in enumerate(user.rows) if row.startswith(" ◆ Only"))
    user.click(5, y - 1)
    assert user.panel.id == "processes"
    user.click(5, y)
    assert user.panel.id == "findings"


@pytest.mark.parametrize("width", [60, 66, 72, 80, 81, 83, 84, 120])
def test_every_tab_can_be_clicked_at_every_width(open_app: Any, width: int) -> None:
    user = started(open_app, (width, 30), "processes")
    y = next(number for number, row in enumerate(user.rows) if " 4 Cache" in row)
    for number, name in enumerate(TABS, 1):
        x = user.rows[y].index(f" {number} ")
        assert user.click(x, y) and user.panel.id == name
        user.click(x + 3, y)
        assert user.panel.id == name
    user.press("1")
    user.click(user.rows[y].index("◆3"), y)
    assert user.panel.id == "findings"


def test_the_steps_as_a_menu(user: Any) -> None:
    text = user.press("s")
    assert "Next steps" in text and "a guide to read" in text and "memtui top -n 10" in text
    user.press("down", "down", "enter")
    assert user.panel.id == "memory"
    user.press("exclamation_mark", "s", "end", "enter")
    assert user.notes == ["a guide to read"]
    user.press("s", "escape")
    assert user.panel.id == "findings"


def test_the_menu_starts_at_the_step_under_the_cursor(user: Any) -> None:
    user.press("down", "down", "down", "s", "enter")
    assert user.panel.id == "memory"


def test_the_command_is_shown_and_goes_to_the_clipboard(user: Any) -> None:
    user.press("y")
    assert user.notes == ["memtui maps 1"] and user.app.clipboard == "memtui maps 1"
    user.press("down", "down", "y")
    assert user.notes[-1] == "memtui top -n 10"


def test_a_command_with_a_hostile_name_does_not_steer_the_terminal(user: Any) -> None:
    bad = Finding("x", None, Severity.NOTE, ("x",), 0, 0, steps=(Step(("go",), "cat '\x1b]0;x\x07'"),))
    user.see_from_now_on(lambda snapshot: replace(snapshot, findings=Findings((bad,), checked=1)))
    user.press("y")
    assert "\x1b" not in user.app.clipboard and "\x1b" not in user.notes[0]


def test_the_time_line_leads_to_what_happened_and_esc_comes_back(user: Any) -> None:
    before = user.text
    text = user.press("e")
    assert "Time line" in text and "threshold" not in text
    user.press("down", "enter")
    assert user.panel.id == "findings" and "nothing on the screen" in user.notes[0]
    user.press("down", "enter")
    assert user.panel.id == "memory"
    user.press("exclamation_mark")
    assert user.press("escape").split("\n")[6:] == before.split("\n")[6:] or "threshold" in user.text
    user.press("e")
    assert "threshold" in user.press("e")


def test_an_event_below_the_list_leads_on_as_well(user: Any) -> None:
    user.press("end", "enter")
    assert user.panel.id == "memory"


def test_the_rules_are_listed_with_their_sources(user: Any) -> None:
    text = user.press("r")
    assert "A finding opens at its warning threshold" in text
    pages = [text]
    while (page := user.press("pagedown")) != pages[-1]:
        pages.append(page)
    seen = "".join(pages)
    for rule in RULES:
        assert rule.title in seen and rule.id in seen
    assert "netdata health.d/ram.conf" in seen
    assert user.press("home") == text
    assert "opens at its warning threshold" not in user.press("escape")
    assert isinstance(user.panel, FindingsPanel)


def test_nothing_wrong_says_what_was_checked_and_what_was_not_seen(open_app: Any) -> None:
    text = open_app(tab="findings").text
    assert "40 rules, watched since" in text and "r lists the rules" in text
    assert "not in this kernel: pressure/cpu" in text
