"""Giving memory to reclaim: what it does to a process, and whom it refuses."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.control import plan, reclaim
from memtui.control.controls import Controls
from memtui.control.log import ActionLog
from memtui.control.outcome import Kind
from memtui.control.reclaim import Advice

MIB = 1 << 20
SIZE = 48 * MIB
HOLDER = """
import mmap, sys, time
with open(sys.argv[1], "r+b") as file:
    mapped = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)
sum(mapped[place] for place in range(0, len(mapped), 4096))
print("ready", flush=True)
time.sleep(1000)
"""


def resident(pid: int, name: str) -> int:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) << 10 for row in rows if row.startswith(name))


@pytest.fixture
def holder(spawn: Callable[..., Any], tmp_path: Path) -> Any:
    """A process with a file of 48 MiB mapped, all of it in RAM and written to storage."""
    path = tmp_path / "data"
    with path.open("wb") as file:
        file.write(os.urandom(SIZE))
        os.fsync(file.fileno())
    child = spawn(sys.executable, "-c", HOLDER, str(path))
    assert child.process.stdout.readline() == b"ready\n"
    return child


def test_pageout_takes_the_pages_of_files(holder: Any) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    before = resident(holder.pid, "RssFile")
    assert before >= SIZE
    outcome = reclaim.advise(holder.pid, holder.start_time, Advice.MADV_PAGEOUT)
    if outcome.kind is not Kind.OK:
        pytest.skip(outcome.text)
    for _ in range(100):
        if resident(holder.pid, "RssFile") < before - SIZE // 2:
            break
        time.sleep(0.05)
    assert resident(holder.pid, "RssFile") < before - SIZE // 2
    assert f"{holder.pid}: MADV_PAGEOUT on " in outcome.text
    assert "RES " in outcome.text and "swap " in outcome.text
    assert holder.process.poll() is None


def test_cold_frees_nothing(holder: Any) -> None:
    before = resident(holder.pid, "RssFile")
    outcome = reclaim.advise(holder.pid, holder.start_time, Advice.MADV_COLD)
    assert outcome.kind in (Kind.OK, Kind.FAILED, Kind.DENIED)
    assert resident(holder.pid, "RssFile") >= before - 4 * MIB


def test_another_process_with_its_pid_is_left_alone(holder: Any) -> None:
    before = resident(holder.pid, "RssFile")
    outcome = reclaim.advise(holder.pid, holder.start_time + 1, Advice.MADV_PAGEOUT)
    assert outcome.kind is Kind.GONE
    assert resident(holder.pid, "RssFile") == before


def test_another_users_process_is_refused_with_what_it_takes(
    holder: Any, as_nobody: Callable[[Callable[[], Any]], Any]
) -> None:
    outcome = as_nobody(lambda: reclaim.advise(holder.pid, holder.start_time, Advice.MADV_PAGEOUT))
    assert outcome.kind is Kind.DENIED
    assert "CAP_SYS_NICE" in outcome.text


def test_ranges_come_in_calls_that_the_kernel_takes_whole() -> None:
    gib = 1 << 30
    batches = list(reclaim._batches([(0, 3 * gib), *((5 * gib + place * 4096, 4096) for place in range(600))]))
    assert all(sum(size for _, size in batch) <= gib and len(batch) <= 512 for batch in batches)
    assert sum(size for batch in batches for _, size in batch) == 3 * gib + 600 * 4096
    assert all(size for batch in batches for _, size in batch)


def test_a_range_that_is_refused_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {8192}

    def call(pidfd: int, vector: Any, length: int, how: Advice) -> int:
        done = 0
        for one in vector:
            if one.base in refused:
                break
            done += one.length
        return done

    monkeypatch.setattr(reclaim, "_call", call)
    assert reclaim._advise(0, [(4096, 4096), (8192, 8192), (20480, 4096)], Advice.MADV_COLD) == 8192
    assert reclaim._advise(0, [(8192, 8192)], Advice.MADV_COLD) == 0


def test_the_plan_says_where_the_memory_goes(child: Any, tmp_path: Path) -> None:
    controls = Controls(log=ActionLog(str(tmp_path / "log")))

    def words(how: Advice, swap_free: int | None) -> str:
        return "\n".join(plan.reclaim_plan(controls, [child], how, lambda size: f"{size >> 20}M", swap_free).effect)

    assert "of which 64M is free" in words(Advice.MADV_PAGEOUT, 64 * MIB)
    assert "there is no swap" in words(Advice.MADV_PAGEOUT, 0)
    assert "of which unknown is free" in words(Advice.MADV_PAGEOUT, None)
    assert "first to go" in words(Advice.MADV_COLD, 0)
    made = plan.reclaim_plan(controls, [child], Advice.MADV_COLD, str, 0)
    assert made.slow
    assert made.targets == (child,)


def test_a_kernel_without_it_says_so(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reclaim, "_PROCESS_MADVISE", 100_000)
    outcome = reclaim.advise(child.pid, child.start_time, Advice.MADV_COLD)
    assert outcome.kind in (Kind.FAILED, Kind.DENIED)
    if outcome.kind is Kind.FAILED:
        assert "Linux 5.10" in outcome.text


def test_a_process_that_ended_is_gone(child: Any) -> None:
    child.end()
    assert reclaim.advise(child.pid, child.start_time, Advice.MADV_COLD).kind is Kind.GONE


def test_a_pid_that_changes_hands_between_two_looks_is_not_advised(
    spawn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = spawn(), spawn()
    open_pidfd, advised = os.pidfd_open, list[int]()

    def given_again(_: int) -> int:
        """As if the old process had ended in this very moment, and the new one had its pid."""
        old.end()
        return open_pidfd(new.pid)

    monkeypatch.setattr(os, "pidfd_open", given_again)

    def call(pidfd: int, vector: Any, length: int, how: Advice) -> int:
        advised.append(pidfd)
        return 0

    monkeypatch.setattr(reclaim, "_call", call)
    assert reclaim.advise(old.pid, old.start_time, Advice.MADV_PAGEOUT).kind is Kind.GONE
    assert advised == []
