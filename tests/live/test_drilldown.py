"""The drilldown over this kernel: what changes under it, and that no action ever hits the wrong process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]
LAST_PID = Path("/proc/sys/kernel/ns_last_pid")
MIB = 1 << 20
# Runs another program when told to; holds 64 MiB until then.
PROGRAM = """
import mmap, os, sys
held = mmap.mmap(-1, 64 << 20)
held.write(bytes(64 << 20))
print("ready", flush=True)
sys.stdin.readline()
os.execvp("sleep", ["sleep", "1000"])
"""
forced = pytest.mark.skipif(
    os.geteuid() != 0 or not LAST_PID.exists(), reason="needs root and ns_last_pid to force a pid"
)


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes; they end with the test."""
    children: list[subprocess.Popen[str]] = []

    def start(*command: str) -> subprocess.Popen[str]:
        children.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return children[-1]

    yield start
    for child in children:
        with child:
            child.kill()


def sleeper_with_pid(pid: int, spawn: Callable[..., subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """A new process with this pid, which is free; skips if another takes it every time."""
    for _ in range(50):
        LAST_PID.write_text(str(pid - 1))
        child = spawn("sleep", "1000")
        if child.pid == pid:
            return child
        child.kill()
        child.wait()
    pytest.skip("another process took the pid every time")


def opened(start: Start, pid: int, *keys: str, size: tuple[int, int] = (100, 30)) -> Any:
    screen = start("-p", str(pid), "-d", "0.5", size=size)
    screen.wait(lambda text: "● live" in text and str(pid) in text)
    screen.press("Enter")
    screen.wait("so far")  # the peak of its RES: what only the drilldown reads has been read
    for key in keys:
        screen.press(key)
    return screen


@forced
def test_a_signal_never_reaches_who_has_the_pid_by_then(
    start: Start, spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    first = spawn("sleep", "1000")
    screen = opened(start, first.pid, "k")
    screen.wait("SIGTERM")
    screen.press("Enter")
    screen.wait("Send SIGTERM to")
    first.kill()
    first.wait()
    second = sleeper_with_pid(first.pid, spawn)
    screen.wait("has ended meanwhile")
    screen.press("y")
    screen.wait(f"{first.pid} has ended already")
    assert second.poll() is None
    screen.wait("ended, its pid is sleep now")


@forced
def test_no_oom_score_adj_reaches_who_has_the_pid_by_then(
    start: Start, spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    first = spawn("sleep", "1000")
    screen = opened(start, first.pid, "O")
    screen.wait("never taken")
    screen.press("5", "0", "0", "Enter")
    screen.wait("Set oom_score_adj of")
    first.kill()
    first.wait()
    second = sleeper_with_pid(first.pid, spawn)
    before = Path(f"/proc/{second.pid}/oom_score_adj").read_text()
    screen.press("y")
    screen.wait(f"{first.pid} has ended already")
    assert Path(f"/proc/{second.pid}/oom_score_adj").read_text() == before


def test_an_exec_is_said_and_the_new_program_is_read(
    start: Start, spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    child = spawn(sys.executable, "-c", PROGRAM)
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == "ready\n"
    screen = opened(start, child.pid, "2")
    text = screen.wait("mappings, read")
    assert "program python" in text
    assert re.search(r"64\.\dM +64\.\dM", text)
    child.stdin.write("go\n")
    child.stdin.flush()
    screen.wait("runs another program, was python")
    screen.wait("program sleep")
    assert not re.search(r"64\.\dM +64\.\dM", screen.text)


def test_a_zombie_and_its_end_are_said(start: Start, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    child = spawn("sleep", "1000")
    screen = opened(start, child.pid)
    os.kill(child.pid, signal.SIGKILL)
    screen.wait(f" {child.pid} sleep  zombie")
    screen.press("k")
    screen.wait("SIGTERM")
    screen.press("Enter")
    screen.wait("Send SIGTERM to")
    screen.press("y")
    screen.wait(f"{child.pid} has ended already")
    child.wait()
    screen.wait(f" {child.pid} sleep  ■ ended")


def test_files_are_those_that_are_open(
    start: Start, spawn: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    gone = tmp_path / "gone-but-held"
    program = "import sys; f = open(sys.argv[1], 'w+b'); f.write(bytes(3 << 20)); f.flush(); import os; "
    program += "os.unlink(sys.argv[1]); print('ready', flush=True); sys.stdin.read()"
    child = spawn(sys.executable, "-c", program, str(gone))
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    screen = opened(start, child.pid, "5", size=(160, 40))
    text = screen.wait("gone-but-held (deleted)")
    assert "deleted, which hold 3.00M" in text
    assert re.search(r"3\.00M +3\.00M +3\.00M +3 +\S*gone-but-held", text)
    assert "besides: 2 pipe" in text or "pipe" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="delay accounting needs root")
def test_delays_are_shown_where_they_are_counted(start: Start, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    switch = Path("/proc/sys/kernel/task_delayacct")
    if not switch.exists():
        pytest.skip("this kernel has no switch for delay accounting")
    before = switch.read_text()
    try:
        switch.write_text("1")
        child = spawn("sleep", "1000")
        screen = opened(start, child.pid, "4", size=(120, 40))
        text = screen.wait(lambda text: "thrashing" in text or "needs root" in text or "CONFIG_TASKSTATS" in text)
        if "thrashing" not in text:
            pytest.skip("taskstats is not to be had here")
        row = next(line for line in screen.wait(lambda text: "swap in  " in text).split("\n") if "swap in  " in line)
        assert row.split()[:2] == ["swap", "in"]
    finally:
        switch.write_text(before)
