"""A process that the kernel kills for memory, seen from before to after."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

MIB = 1 << 20
PATIENCE = 30.0  # seconds until something that never comes is given up
EVERYTHING = Request(needs=Need.STATUS | Need.SMAPS | Need.OOM | Need.IO, complete=True)
HOG = f"""
import mmap, sys
print("ready", flush=True)
sys.stdin.readline()
area = mmap.mmap(-1, {200 * MIB}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for place in range(0, len(area), mmap.PAGESIZE):
    area[place] = 1
"""

Confine = Callable[..., "subprocess.Popen[bytes]"]


def oom_kills() -> int | None:
    """The kernel's count of processes killed for memory; None before 4.13."""
    rows = dict(row.split() for row in Path("/proc/vmstat").read_text().splitlines())
    return int(rows["oom_kill"]) if "oom_kill" in rows else None


def is_dead(pid: int) -> bool:
    """Whether a child has ended; it stays a zombie."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def test_an_oom_kill_takes_its_row_and_troubles_nothing(confine: Confine) -> None:
    with closing(Sampler(ProcSource())) as sampler:
        at_rest = sampler.step(EVERYTHING)

        def step() -> Snapshot:
            snapshot = sampler.step(EVERYTHING)
            assert snapshot.problems == at_rest.problems == ()
            return snapshot

        child = confine("memtui-hog", HOG, limit=32 * MIB, swapless=True)
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        row = step().processes[child.pid]
        assert row.oom_score is not None and row.res > 0

        kills = oom_kills()
        child.stdin.write(b"\n")
        child.stdin.flush()
        give_up = time.monotonic() + PATIENCE
        while not is_dead(child.pid):
            assert time.monotonic() < give_up, "the kernel did not kill it"
            step()
        assert kills is None or (oom_kills() or 0) > kills

        assert step().processes[child.pid].state == "Z"
        assert child.wait() == -signal.SIGKILL
        assert child.pid not in step().processes
        assert child.pid not in {row.pid for row in step().cache.rows}


def test_the_row_goes_from_the_screen_and_the_screen_goes_on(start: Callable[..., Any], confine: Confine) -> None:
    child = confine("memtui-hog", HOG, limit=32 * MIB, swapless=True)
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    screen = start("-p", str(child.pid))
    screen.wait(f" {child.pid} ")
    child.stdin.write(b"\n")
    child.stdin.flush()
    assert child.wait(PATIENCE) == -signal.SIGKILL
    text = screen.wait(lambda text: f" {child.pid} " not in text and "● live" in text)
    assert "Σ 0 of " in text and "Traceback" not in text and "failed" not in text
