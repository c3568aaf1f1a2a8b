"""What goes to the terminal: it shows what it should, little is sent, and nothing that steers it."""

import random
import re
from dataclasses import replace
from typing import Any

import pytest
from textual.events import Paste

from memtui.model.snapshot import Snapshot
from memtui.view.processes import TableSpec

KEYS = (
    "down",
    "up",
    "pagedown",
    "pageup",
    "end",
    "home",
    "right",
    "left",
    "M",
    "P",
    "N",
    "S",
    "T",
    "I",
    "less_than_sign",
    "greater_than_sign",
    "1",
    "2",
    "3",
    "4",
    "tab",
    "shift+tab",
    "K",
    "enter",
    "escape",
    "f1",
    "f6",
    "u",
    "F",
    "t",
    "asterisk",
    "plus",
    "g",
    "p",
    "space",
    "c",
    "U",
    "f2",
    "slash",
    "f4",
    "d",
)


def moved(snapshot: Snapshot, choose: random.Random) -> Snapshot:
    """The snapshot a second later: some sizes changed, some processes ended or came back."""
    rows = {
        pid: row._replace(res=choose.randrange(1 << 32), pss=choose.randrange(1 << 30), cpu_pct=choose.random() * 100)
        for pid, row in snapshot.processes.items()
        if choose.random() < 0.9
    }
    return replace(snapshot, wall=snapshot.wall + choose.randrange(100), processes=rows)


@pytest.mark.parametrize("seed", range(3))
def test_the_terminal_shows_what_was_drawn_whatever_the_keys(open_app: Any, size: tuple[int, int], seed: int) -> None:
    """Every line is sent in parts. What the parts add up to is what sending the whole screen would give."""
    user, choose = open_app(size), random.Random(seed)
    whole = user.snapshot
    for _ in range(30):
        key = choose.choice(KEYS)
        assert user.press(key) == user.drawn_anew, key
        if choose.random() < 0.3:
            assert user.see(moved(whole, choose)) == user.drawn_anew, f"a sample after {key}"


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 50)], ids=str)
def test_a_sample_in_which_nothing_changed_sends_nothing(open_app: Any, size: tuple[int, int]) -> None:
    user = open_app(size)
    for tab in ("1", "2", "3", "4"):
        user.press(tab)
        sent = len(user.wire.sent)
        user.loop.ask(user.loop.request, now=True)
        user.wait()
        assert user.wire.sent[sent:] == "", tab


def test_one_number_that_changed_costs_less_than_200_bytes(user: Any) -> None:
    row = user.processes[6]
    sent = len(user.wire.sent)
    row = row._replace(cpu_pct=12.3)
    user.see(replace(user.snapshot, processes={**user.snapshot.processes, row.pid: row}))
    assert "12.3" in user.wire.sent[sent:]
    assert len(user.wire.sent[sent:].encode()) < 200


def test_a_clock_that_moved_on_costs_less_than_200_bytes(user: Any) -> None:
    sent = len(user.wire.sent)
    user.see(replace(user.snapshot, wall=user.snapshot.wall + 1))
    assert "15:23:17" in user.wire.sent[sent:]
    assert len(user.wire.sent[sent:].encode()) < 200


def test_the_cursor_costs_two_lines(user: Any) -> None:
    sent = len(user.wire.sent)
    user.press("down")
    assert len(user.wire.sent[sent:].encode()) < 2 * (120 + 100)


def test_a_tick_behind_a_menu_leaves_the_menu_alone(user: Any) -> None:
    menu = user.press("f6").split("\n")
    rows = {pid: row._replace(res=1 << 33, command="moved") for pid, row in user.snapshot.processes.items()}
    text = user.see(replace(user.snapshot, wall=user.snapshot.wall + 1, processes=rows)).split("\n")
    assert [row[:70] for row in text[:16]] == [row[:70] for row in menu[:16]]
    assert "15:23:17" in text[0] and "moved" in text[-4 - 20]


POINTER = re.compile(r"\x1b]22;\w+\x07")  # the shape of the mouse pointer, which Textual sets
STEERING = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e\u200b\r\x00\n"
HARMFUL = ("\x1b]0;", "\x1b[2J", "\x9b", "\u202e", "\u200b", "\r", "\x00", "\x07")


def hostile(snapshot: Snapshot) -> Snapshot:
    """The snapshot with names that try to steer the terminal."""
    rows = {
        pid: row._replace(command=f"{STEERING}[red]{pid}", comm=f"{STEERING}{pid % 9}", user=f"{STEERING}{pid % 3}",
                          cgroup=f"/{STEERING}/{pid % 4}", container=f"{STEERING}{pid % 2}")
        for pid, row in snapshot.processes.items()
    }  # fmt: skip
    return replace(snapshot, processes=rows)


def test_no_name_from_outside_reaches_the_terminal_as_it_is(user: Any) -> None:
    """In the table, the drilldown, the menus, the notes, the questions and the messages."""
    before = len(user.wire.sent)
    user.see_from_now_on(hostile)
    groups = ("g", "home", *["down"] * 4)
    for key in (
        "enter",
        "escape",
        "u",
        "end",
        "enter",
        "escape",
        "4",
        "1",
        "t",
        "t",
        "p",
        "p",
        "slash",
        *"pwned",
        "enter",
        "f4",
        *"pwned",
        "enter",
        "escape",
        "space",
        "space",
        "c",
        "U",
        *groups[:3],
        "enter",
        "enter",
        "escape",
        *groups[:4],
        "enter",
        "enter",
        "escape",
        *groups[:5],
        "enter",
        "enter",
        "escape",
        *groups,
        "enter",
        "enter",
        "escape",
        "g",
        "home",
        "enter",
        "f6",
        "escape",
        "f2",
        "escape",
    ):
        user.press(key)
    user.app.notify(STEERING)
    user.wait()
    sent = POINTER.sub("", user.wire.sent[before:])
    assert not any(harmful in sent for harmful in HARMFUL)
    assert r"\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e\u200b\x0d" in sent


def test_nothing_pasted_steers_the_terminal(user: Any) -> None:
    before = len(user.wire.sent)
    user.press("f4")
    user.app.post_message(Paste(f"re{STEERING}"))
    user.wait()
    user.press("enter")
    assert user.panel.spec.filter == "re]0;pwned[2J31m"
    sent = POINTER.sub("", user.wire.sent[before:])
    assert not any(harmful in sent for harmful in HARMFUL)


def test_no_filter_of_the_command_line_steers_it_either(open_app: Any) -> None:
    user = open_app(spec=TableSpec(filter=STEERING))
    user.press("f4")
    user.press("x")
    sent = POINTER.sub("", user.wire.sent)
    assert not any(harmful in sent for harmful in HARMFUL)
