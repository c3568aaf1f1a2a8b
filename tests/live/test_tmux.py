"""The program in a real terminal, over this kernel: what one sees, what is left behind, and hostile names."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

Start = Callable[..., Any]
SIZES = ((200, 50), (120, 40), (80, 24))
TABS = {"1": "COMMAND", "2": "Where", "3": "swap out", "4": "HIT%"}
COOKED = termios.ECHO | termios.ICANON
WITH_STYLES = ("capture-pane", "-e", "-p", "-t", "m")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def nobody_can_run_this() -> bool:
    """Whether there is a way to run this Python as another user, who may read it."""
    if os.geteuid() != 0 or shutil.which(NOBODY[0]) is None:
        return False
    command = [*NOBODY, sys.executable, "-c", "import memtui.cli, textual"]
    return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0


def ready(text: str) -> bool:
    """Whether two samples are on the screen: rates are there."""
    return "● live" in text and "majflt    –" not in text


def row_of(text: str, word: str) -> str:
    return next(row for row in text.split("\n") if word in row)


def words_at(row: str) -> dict[str, int]:
    """The words of a line with the cells they begin at."""
    return {word: row.index(word) for word in row.split()}


# -- what one sees --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_tab_opens_and_fits(start: Start, size: tuple[int, int]) -> None:
    screen = start(size=size)
    screen.wait(ready)
    for key, word in TABS.items():
        screen.press(key)
        text = screen.wait(word)
        assert max(map(len, text.split("\n"))) <= size[0]
        assert len(text.rstrip("\n").split("\n")) <= size[1]
        assert "Traceback" not in text and "sampling failed" not in text


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_moves_sideways_from_sample_to_sample(start: Start, size: tuple[int, int]) -> None:
    """The titles of the table, and in the header every label that stands in both."""
    screen = start(size=size)
    first = screen.wait(ready)
    clock = first.split("\n")[0].split()[-1]
    later = screen.wait(lambda text: ready(text) and text.split("\n")[0].split()[-1] > clock and "PID" in text)
    assert words_at(row_of(first, "PID ")) == words_at(row_of(later, "PID "))
    for before, after in zip(first.split("\n")[:4], later.split("\n")[:4], strict=True):
        labels = {word for word in before.split() if word.isalpha()} & set(after.split())
        assert {word: before.index(word) for word in labels} == {word: after.index(word) for word in labels}


def test_keys_go_in_and_the_screen_follows(start: Start) -> None:
    screen = start()
    screen.wait(ready)
    screen.press("N")
    screen.wait("PID▼")
    screen.press("F6")
    screen.wait("Sort by")
    screen.press("Escape")
    screen.press("F1")
    screen.wait("Keys everywhere")
    screen.press("q")
    screen.wait("PID▼")
    screen.press("q")
    assert screen.status == 0


# -- what is left behind --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_leaves_a_clean_terminal(start: Start, number: signal.Signals) -> None:
    screen = start()
    screen.wait(ready)
    assert (screen.flag("alternate_on"), screen.flag("mouse_any_flag")) == ("1", "1")
    screen.program.send_signal(number)
    assert screen.status == 0
    assert (screen.flag("alternate_on"), screen.flag("mouse_any_flag")) == ("0", "0")
    assert screen.flag("cursor_flag") == "1"
    assert "Traceback" not in screen.text


def test_a_terminal_that_goes_without_a_signal_ends_the_program_too() -> None:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    program = subprocess.Popen(
        [sys.executable, "-m", "memtui"], stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm"}
    )  # no session of its own, so no SIGHUP
    try:
        os.close(slave)
        assert os.read(master, 1)
        os.close(master)
        assert program.wait(timeout=15) == 1
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("keys", [("q",), ("F10",), ("C-c",)], ids=str)
def test_quitting_leaves_a_clean_terminal(start: Start, keys: tuple[str, ...]) -> None:
    screen = start()
    screen.wait(ready)
    screen.press(*keys)
    assert screen.status == 0
    assert (screen.flag("alternate_on"), screen.flag("mouse_any_flag")) == ("0", "0")


# -- wrong use ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "before", "words"),
    [
        ((), "TERM=dumb", "TERM"),
        ((), "TERM=", "TERM"),
        (("--proc", "/nonexistent"), "", "/nonexistent"),
        (("--proc", "/etc"), "", "/etc"),
        (("--sort", "nonsense"), "", "nonsense"),
        (("--tab", "nonsense"), "", "nonsense"),
        (("-d", "0"), "", "0"),
        (("-d", "soon"), "", "soon"),
        (("-d", "nan"), "", "nan"),
        (("-p", "x"), "", "x"),
    ],
)
def test_wrong_use_is_one_clear_line(start: Start, arguments: tuple[str, ...], before: str, words: str) -> None:
    screen = start(*arguments, before=before, size=(600, 10))
    assert screen.status == 2
    said = screen.wait("memtui: ").strip("\n").split("\n")
    assert len(said) == 1 and words in said[0]
    assert screen.flag("alternate_on") == "0"


@pytest.mark.parametrize("stream", ["standard input", "standard output", "standard error"])
def test_a_redirected_stream_is_refused_with_a_word(start: Start, tmp_path: Path, stream: str) -> None:
    errors = tmp_path / "errors"
    redirection = {"standard input": "</dev/null", "standard output": ">/dev/null", "standard error": f"2>{errors}"}
    screen = start(before=f"exec 3>&2; trap '' USR1; {redirection[stream]}")
    assert screen.status == 2
    said = errors.read_text() if errors.exists() else screen.text.strip("\n") + "\n"
    assert said.count("\n") == 1 and stream in said


def test_without_any_terminal_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "memtui"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "terminal" in done.stderr


# -- hostile names --------------------------------------------------------------------------------------------------

HOSTILE = {
    "markup": ("a[/foo]b", "a[/foo]b"),
    "colour": ("[red]x", "[red]x"),
    "title": ("\x1b]0;pwned\x07", r"\x1b]0;pwned\x07"),
    "wide": ("漢字", "漢字"),
    "newline": ("two\nlines", r"two\nlines"),
    "csi": ("\x1b[2J\x9b31m", r"\x1b[2J\x9b31m"),
}


@pytest.fixture
def hostile() -> Iterator[dict[str, int]]:
    """Processes with these names as their argv[0], one with 4 KB of it, a dead one with a newline in its comm."""
    children = {name: subprocess.Popen([argv, "600"], executable="/bin/sleep") for name, (argv, _) in HOSTILE.items()}
    children["long"] = subprocess.Popen(["x" * 4096, "600"], executable="/bin/sleep")
    named = "import ctypes; ctypes.CDLL(None).prctl(15, b'com\\nm) R 1'); print('named', flush=True)"
    zombie = subprocess.Popen([sys.executable, "-c", named], stdout=subprocess.PIPE)
    assert zombie.stdout is not None
    zombie.stdout.readline()
    yield {**{name: child.pid for name, child in children.items()}, "zombie": zombie.pid}
    for child in children.values():
        child.kill()
        child.wait()
    zombie.wait()
    zombie.stdout.close()


@pytest.mark.parametrize("size", [(200, 50), (80, 24)], ids=str)
def test_hostile_names_are_harmless_and_told(start: Start, hostile: dict[str, int], size: tuple[int, int]) -> None:
    pids = ",".join(map(str, hostile.values()))
    screen = start("-p", pids, size=size)
    title = screen.flag("pane_title")
    text = screen.wait(lambda text: ready(text) and f"{hostile['zombie']}" in text)
    for name, (_, shown) in HOSTILE.items():
        assert shown in row_of(text, f" {hostile[name]} ")
    assert "x" * 20 in row_of(text, f" {hostile['long']} ")
    assert r"[com\nm) R 1]" in row_of(text, f" {hostile['zombie']} ")
    assert max(map(len, text.split("\n"))) <= size[0]
    assert screen.flag("pane_title") == title
    assert screen.flag("alternate_on") == "1"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_found_and_told_in_the_drilldown(start: Start, hostile: dict[str, int], name: str) -> None:
    pids = ",".join(map(str, hostile.values()))
    screen = start("-p", pids, size=(120, 40))
    title = screen.flag("pane_title")
    screen.wait(lambda text: ready(text) and f"{hostile['zombie']}" in text)
    screen.press("/")
    screen.wait("Search:")
    typed = {"title": "pwned", "csi": "2J", "newline": "lines"}.get(name, HOSTILE[name][0])
    screen.type(typed)
    screen.wait(f"Search: {typed}")
    screen.press("Enter")
    screen.wait("F10Quit")
    screen.press("Enter")
    text = screen.wait(lambda text: "Back" in text and f" {hostile[name]} " in text.split("\n")[0])
    assert HOSTILE[name][1] in row_of(text, " command")
    assert screen.flag("pane_title") == title


# -- without privilege ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not nobody_can_run_this(), reason="needs root, setpriv, and a Python that all may read")
def test_an_ordinary_user_sees_what_he_may_and_why_not_the_rest(start: Start) -> None:
    own = subprocess.Popen([*NOBODY, "sleep", "600"])
    try:
        screen = start("-p", f"{own.pid},{os.getpid()}", wrapper=NOBODY, size=(200, 50))
        text = screen.wait(lambda text: ready(text) and f" {own.pid} " in text)
        columns = row_of(text, " PID ").split()
        of_mine, of_root = (row_of(text, f" {pid} ").split() for pid in (own.pid, os.getpid()))
        pss = next(index for index, title in enumerate(columns) if title.startswith("PSS"))
        assert of_root[pss] == "–" and of_mine[pss] not in ("–", "0")
        assert of_root[columns.index("RES")] != "–"
        assert "needs root or CAP_SYS_PTRACE" in text
        for key, word in TABS.items():
            screen.press(key)
            assert "Traceback" not in screen.wait(word)
    finally:
        own.kill()
        own.wait()


def test_a_terminal_that_goes_away_takes_the_program_with_it(start: Start) -> None:
    """In the midst of drawing, so that much waits to be written; several times, as it is a matter of luck."""
    programs = []
    for _ in range(6):
        screen = start()
        screen.wait(ready)
        programs.append(screen.program)
        screen.press(*["Tab"] * 40)
        screen.close()
    gone, alive = psutil.wait_procs(programs, timeout=30)
    for program in alive:
        program.kill()
    assert len(gone) == 6


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP], ids=lambda number: number.name)
def test_a_stop_and_a_continue_leave_screen_and_keys_as_they_were(start: Start, number: signal.Signals) -> None:
    screen = start()
    screen.wait(ready)
    screen.program.send_signal(number)
    screen.wait(lambda _: screen.program.status() == psutil.STATUS_STOPPED)
    screen.program.send_signal(signal.SIGCONT)
    screen.wait(lambda text: ready(text) and "COMMAND" in text and "F1Help" in text)
    for key in ("N", "M", "S") * 5:  # a second reader of keys would get every other one
        screen.press(key)
        screen.wait({"N": "PID▼", "M": "RES▼", "S": "PSS▼"}[key])
    screen.press("q")
    assert screen.status == 0
    assert (screen.flag("alternate_on"), screen.flag("mouse_any_flag")) == ("0", "0")
    local_modes = termios.tcgetattr(screen.tty)[3]
    assert local_modes & COOKED == COOKED


def test_without_colours_nothing_is_coloured_and_all_is_there(start: Start) -> None:
    screen = start(before="NO_COLOR=1")
    for key, word in TABS.items():
        screen.press(key)
        screen.wait(word)
        assert not re.search(
            r"\x1b\[[\d;]*\b(3[0-8]|4[0-8]|9\d|10\d)\b", screen.tmux("capture-pane", "-e", "-p", "-t", "m")
        )
    screen.press("1")
    screen.wait("COMMAND")
    assert re.search(r"7m(\x1b\[[34]9m)* +PID", screen.tmux(*WITH_STYLES))
