"""The drilldown's sections, its steps from process to process, and what it says when the process changes or goes."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import GONE
from memtui.sampling.request import Part
from memtui.tui.sections import base
from memtui.tui.sections.space import Space
from memtui.view import space as around

POSTGRES = 20334  # of host-6.18: the one process whose smaps is there
SECTIONS = {
    "1": "user www-data", "2": "33 mappings", "3": "minor/s", "4": "Waiting", "5": "maps", "6": "RLIMIT_AS",
    "7": "oom_badness()",
}  # fmt: skip


@pytest.fixture
def drill(open_app: Any) -> Callable[..., Any]:
    """Open the drilldown of the process with mappings, at a size, in a section."""

    def start(section: str = "1", size: tuple[int, int] = (120, 40), **more: Any) -> Any:
        user = open_app(size, **more)
        user.press("N")
        while user.cursor.pid != POSTGRES:
            user.press("down")
        user.press("enter", section)
        return user

    return start


def space(user: Any) -> Space:
    found: Space = user.app.screen.sections[1]
    return found


def rows(user: Any) -> list[str]:
    return ["  " * row.depth + row.title for row in space(user).table.rows]


# -- sections --------


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=str)
def test_every_section_opens_by_its_digit_and_fits(drill: Callable[..., Any], size: tuple[int, int]) -> None:
    user = drill(size=size)
    for digit, word in SECTIONS.items():
        text = user.press(digit)
        assert word in text, digit
        lines = text.split("\n")
        assert max(map(len, lines)) <= size[0]
        assert lines[0].startswith(f" {POSTGRES} postgres  sleeping")
        assert "7 OOM" in lines[1]


def test_tab_goes_round_the_sections(drill: Callable[..., Any]) -> None:
    user = drill()
    order = [user.press("tab") for _ in SECTIONS]
    assert [word in text for word, text in zip([*SECTIONS.values()][1:], order, strict=False)] == [True] * 6
    assert SECTIONS["1"] in order[-1]
    assert SECTIONS["7"] in user.press("shift+tab")
    assert SECTIONS["7"] in user.press("8", "9", "0")  # there are no such sections


def test_a_click_on_a_name_opens_the_section(drill: Callable[..., Any]) -> None:
    user = drill()
    assert "RLIMIT_AS" in user.click(user.rows[1].index("6 Limits"), 1)


def test_only_the_open_section_is_read_for(drill: Callable[..., Any]) -> None:
    user = drill()
    asked = {digit: (user.press(digit), user.loop.request.parts)[1] for digit in "1467"}
    assert asked == {"1": Part.NOTHING, "4": Part.DELAYS, "6": Part.CGROUPS, "7": Part.CGROUPS}
    user.press("escape")
    assert (user.loop.request.focus, user.loop.request.parts) == (None, Part.NOTHING)


def test_the_focus_stays_while_help_or_a_question_stands_before_it(drill: Callable[..., Any]) -> None:
    user = drill()
    focus = user.loop.request.focus
    user.press("f1")
    user.see(user.snapshot)
    assert user.loop.request.focus == focus
    user.press("escape")
    assert "user www-data" in user.text


# -- from process to process --------


@pytest.mark.parametrize(("on", "back"), [("right", "left"), ("alt+l", "alt+h")])
def test_the_arrows_go_through_the_table_in_its_order(user: Any, on: str, back: str) -> None:
    order = [row.pid for row in user.processes]
    user.press("down", "enter")
    assert user.press(on).startswith(f" {order[2]} ")
    assert user.loop.request.focus.pid == order[2]
    assert user.press(back, back).startswith(f" {order[0]} ")
    assert user.press(back).startswith(f" {order[0]} ")
    assert "no other process" in user.notes[-1]
    user.press("right", "right", "right", "escape")
    assert user.cursor.pid == order[3]


def test_a_step_stays_in_the_section_and_passes_over_who_has_ended(user: Any) -> None:
    order = [row.pid for row in user.processes]
    user.press("enter", "7")
    user.see_from_now_on(
        lambda seen: replace(seen, processes={pid: row for pid, row in seen.processes.items() if pid != order[1]})
    )
    text = user.press("right")
    assert text.startswith(f" {order[2]} ")
    assert "oom_badness()" in text


def test_the_arrows_go_through_the_cache_table_too(open_app: Any) -> None:
    user = open_app(tab="cache")
    order = [user.table.identity(row).pid for row in user.table.rows]
    user.press("enter")
    assert user.press("right", "right").startswith(f" {order[2]} ")
    assert "HIT%" in user.press("escape")


def test_the_mappings_of_one_are_not_shown_for_the_next(drill: Callable[..., Any]) -> None:
    user = drill("2")
    assert "shared anonymous" in user.text
    text = user.press("right")
    assert "shared anonymous" not in text
    assert "no smaps" in text
    assert "shared anonymous" in user.press("left")


# -- mappings --------


def test_kinds_open_into_names_and_names_into_mappings(drill: Callable[..., Any]) -> None:
    user = drill("2")
    assert rows(user)[:4] == ["shm shared anonymous", "heap", "anonymous", "program postgres"]
    user.press("down", "down", "down", "down", "enter")
    assert rows(user)[4:7] == ["4 libraries", "  libc.so.6", "  libm.so.6"]
    user.press("down", "space")
    assert len(rows(user)) == 8 + 4 + 5
    text = user.press("down")
    assert "device fe:00 inode 1207" in text
    assert "may read, may write, may execute, disabled write" in text
    user.press("up", "enter", "up", "enter")
    assert len(rows(user)) == 8
    user.press("asterisk")
    assert len(rows(user)) > 20
    user.press("asterisk")
    assert len(rows(user)) == 8


def test_the_cursor_moves_by_pages_and_to_both_ends(drill: Callable[..., Any]) -> None:
    user = drill("2", size=(80, 24))
    user.press("asterisk", "end")
    last = space(user).table.cursor
    assert last == len(rows(user)) - 1
    user.press("pageup", "pageup", "pageup", "home", "pagedown")
    assert 0 < space(user).table.cursor < last


def test_every_column_sorts_and_the_order_turns(drill: Callable[..., Any]) -> None:
    user = drill("2")
    assert "PSS▼" in user.text
    assert "USS▼" in user.press("greater_than_sign")
    assert "RSS▼" in user.press("less_than_sign", "less_than_sign")
    assert "SIZE▼" in user.press("less_than_sign", "less_than_sign")
    by_size = rows(user)
    for key in ("I", "R"):
        user.press(key)
        assert rows(user) == by_size[::-1] if key == "I" else by_size
    assert "SWAP▼" in user.click(user.rows[3].index("SWAP"), 3)


def test_the_picture_stands_beside_the_table_or_in_its_place(drill: Callable[..., Any]) -> None:
    narrow = drill("2", size=(80, 24))
    assert "main stack" not in narrow.text.split("PSS▼")[0]
    picture = narrow.press("p")
    assert "PSS▼" not in picture
    lines = picture.split("\n")
    places = [next(i for i, line in enumerate(lines) if word in line) for word in ("main stack", "heap", "text")]
    assert places == sorted(places)  # high addresses above
    assert "PSS▼" in narrow.press("p")
    assert rows(narrow) and narrow.press("down", "enter")
    wide = drill("2", size=(200, 50))
    assert "log scale" in wide.text and "PSS▼" in wide.text
    assert "log scale" not in wide.press("p")


def test_it_is_read_once_and_again_only_on_request(drill: Callable[..., Any], monkeypatch: Any) -> None:
    user = drill("2")
    first = space(user).space
    user.see(user.snapshot)
    user.press("3", "2")
    assert space(user).space is first
    user.press("r")
    second = space(user).space
    assert second is not first
    assert "ΔRSS" in user.text
    assert "+0" in user.text


def test_auto_reads_again_when_the_reading_is_old(drill: Callable[..., Any]) -> None:
    user = drill("2")
    section = space(user)
    first = section.space
    assert first is not None
    section.space = first._replace(at=user.snapshot.at)
    user.press("A")
    assert section.space.at == user.snapshot.at
    section.space = first._replace(at=user.snapshot.at - 60)
    user.see(user.snapshot)
    assert section.space.at != user.snapshot.at - 60
    section.space = first._replace(at=user.snapshot.at - 60)
    user.press("A")
    user.see(user.snapshot)
    assert section.space.at == user.snapshot.at - 60


def test_a_large_process_is_read_only_when_asked_for(drill: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(around, "DEAR", 1 << 20)
    user = drill("2")
    assert space(user).space is None
    assert "reading smaps may take" in user.text
    assert "33 mappings" in user.press("r")


def test_a_reading_shows_how_far_it_is_and_can_be_cancelled(drill: Callable[..., Any], monkeypatch: Any) -> None:
    user = drill("1")
    held: list[Any] = []
    monkeypatch.setattr(base.Reader, "start", lambda reader, key, read: held.append((reader, key)))
    user.press("2")
    reader, key = held[0]
    assert reader.live is False
    section = space(user)
    section.reader.busy = False
    section._progress = around_progress(4000, 50 << 20)
    section.reader._number = 7
    section.post_message(base.Read(7, key, section._progress, done=False))
    user._do(user._pilot.pause())
    assert "4,000 mappings, 50.0M of 107M resident" in "\n".join(user.rows) or section.reader.busy
    user._do(user._pilot.press("x"))
    section.reader.busy = False
    assert "cancelled; r reads" in user.press("down")


def around_progress(mappings: int, rss: int) -> Any:
    from memtui.sampling.address_space import Progress

    return Progress(mappings, rss, 1.5)


def test_what_comes_after_a_cancel_or_for_another_process_is_thrown_away(drill: Callable[..., Any]) -> None:
    user = drill("2")
    section = space(user)
    kept = section.space
    assert kept is not None
    section.post_message(base.Read(section.reader._number - 1, kept.key, GONE, done=True))
    user.wait()
    assert section.space is kept
    assert "33 mappings" in user.text


def test_quitting_does_not_wait_for_a_reading(drill: Callable[..., Any], monkeypatch: Any) -> None:
    user = drill("1")
    begun, go = Event(), Event()

    def stuck(*_: Any) -> Any:
        begun.set()
        go.wait(60)
        return GONE

    monkeypatch.setattr("memtui.tui.sections.space.read_address_space", stuck)
    try:
        user._do(user._pilot.press("2"))
        assert begun.wait(30)
        user.press_last("ctrl+c")
        assert not go.is_set()
        assert user.app.return_code == 0
    finally:
        go.set()


# -- the process changes or goes --------


def started_elsewhere(seen: Snapshot) -> Snapshot:
    """The process has run another program: its code lies elsewhere and it has another name."""
    if seen.detail is None:
        return seen
    row = seen.processes[seen.detail.key.pid]._replace(comm="psql")
    processes = {**seen.processes, row.pid: row}
    return replace(seen, processes=processes, detail=seen.detail._replace(startcode=4096 * 77))


def test_an_exec_is_said_and_the_mappings_are_read_again(drill: Callable[..., Any]) -> None:
    user = drill("2")
    first = space(user).space
    text = user.see_from_now_on(started_elsewhere)
    assert text.startswith(f" {POSTGRES} psql  sleeping   runs another program, was postgres")
    assert space(user).space is not first
    assert space(user)._before is None  # what has grown since another program is no growth


def test_a_zombie_says_so_in_every_section(drill: Callable[..., Any]) -> None:
    user = drill()

    def died(seen: Snapshot) -> Snapshot:
        row = seen.processes[POSTGRES]._replace(state="Z")
        return replace(seen, processes={**seen.processes, POSTGRES: row})

    user.see_from_now_on(died)
    for digit in SECTIONS:
        assert user.press(digit).startswith(f" {POSTGRES} postgres  zombie")
    assert "given its memory back" in user.press("1")
    assert "given its memory back" in user.press("2", "right", "left")


def test_what_was_read_last_stays_when_it_ends(drill: Callable[..., Any]) -> None:
    user = drill("2")

    def without(seen: Snapshot) -> Snapshot:
        rest = {pid: row for pid, row in seen.processes.items() if pid != POSTGRES}
        return replace(seen, processes=rest, detail=None)

    text = user.see_from_now_on(without)
    assert text.startswith(f" {POSTGRES} postgres  ■ ended: this is what was last read")
    assert "shared anonymous" in text
    assert "shared anonymous" in user.press("r")
    assert "RLIMIT_AS" in user.press("6")
    user.press("k")
    assert user.notes[-1] == f"{POSTGRES} has ended"


def test_who_has_its_pid_now_is_named(drill: Callable[..., Any]) -> None:
    user = drill("7")

    def another(seen: Snapshot) -> Snapshot:
        row = seen.processes[POSTGRES]
        row = row._replace(start_time=row.start_time + 5, comm="\x1b[31mevil")
        return replace(seen, processes={**seen.processes, POSTGRES: row}, detail=None)

    assert "■ ended, its pid is \\x1b[31mevil now" in user.see_from_now_on(another)


# -- history and files --------


def test_the_history_zooms_in_and_out(drill: Callable[..., Any]) -> None:
    user = drill("3")
    at = user.snapshot.at
    trail = tuple((at - 1000 + second, 50 << 20, 40 << 20, 30 << 20, 0) for second in range(0, 1000, 10))
    text = user.see_from_now_on(lambda seen: replace(seen, trail=trail, at=at))
    user.see(replace(user.snapshot, trail=trail, at=at + 1.5, detail=None))
    whole = user.text
    assert "-30m" in whole or "-20m" in whole or "-16m" in whole or text
    for key in ("plus", "equals_sign", "plus"):
        user.press(key)
    assert "-5m" in user.text
    for _ in range(4):
        user.press("minus")
    assert user.text == whole


def test_files_that_can_not_be_read_say_why(drill: Callable[..., Any]) -> None:
    user = drill("5")
    assert "the process has ended" in user.text or "not in" in user.text
    assert "reading" not in user.press("x")
    user.press("r")
    assert user.press("down", "up", "pagedown", "pageup", "home", "end")
