"""Swap on zram: what is shown is what zramctl and swapon say; clearing it brings everything back."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memtui.control.outcome import Kind
from memtui.control.swap import Clearing
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.sampling.groups import tight
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

MIB = 1 << 20
CONTROL = Path("/sys/class/zram-control")
PRIORITY = 32766
PATIENCE = 30.0
HOLDER = f"""
import mmap, os, time
area = mmap.mmap(-1, {96 * MIB}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
some = os.urandom(1200)
for place in range(0, len(area), 4096):
    area[place:place + len(some)] = some
time.sleep(600)
"""
Confine = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def device() -> Iterator[str]:
    """A zram device of 256 MiB, in use as swap."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a zram device")
    if not (CONTROL / "hot_add").exists() or any(
        shutil.which(tool) is None for tool in ("mkswap", "swapon", "zramctl")
    ):
        pytest.skip("no zram, or no tools for it")
    number = (CONTROL / "hot_add").read_text().strip()
    name = f"zram{number}"
    try:
        Path(f"/sys/block/{name}/disksize").write_text(str(256 * MIB))
        subprocess.run(["mkswap", f"/dev/{name}"], check=True, capture_output=True)
        subprocess.run(["swapon", "-p", str(PRIORITY), f"/dev/{name}"], check=True, capture_output=True)
        try:
            yield name
        finally:
            subprocess.run(["swapoff", f"/dev/{name}"], check=True)
    finally:
        with contextlib.suppress(OSError):
            (CONTROL / "hot_remove").write_text(number)


@pytest.fixture
def holder(device: str, confine: Confine) -> "subprocess.Popen[bytes]":
    """A program most of whose memory is swapped, and which stands still."""
    del device
    child = confine("memtui-holder", HOLDER, limit=24 * MIB)
    give_up = time.monotonic() + PATIENCE
    while swapped(child.pid) < 70 * MIB:
        assert child.poll() is None and time.monotonic() < give_up, "nothing is swapped"
        time.sleep(0.05)
    time.sleep(0.3)
    child.send_signal(signal.SIGSTOP)
    return child


def swapped(pid: int) -> int:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(row.split()[1]) * 1024 for row in rows if row.startswith("VmSwap:")), 0)


def seen() -> Snapshot:
    with closing(Sampler(ProcSource())) as sampler:
        return sampler.step(Request(needs=Need.SWAP | Need.STATUS, complete=True))


def say(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_zram_and_swapon_agree(device: str, holder: "subprocess.Popen[bytes]") -> None:
    columns = "NAME,DISKSIZE,DATA,COMPR,ALGORITHM,TOTAL,MEM-USED"
    for _ in range(5):  # other programs may swap too, to this device of the highest priority
        before = say("zramctl", "--bytes", "--noheadings", "--raw", "--output", columns, f"/dev/{device}")
        snapshot = seen()
        after = say("zramctl", "--bytes", "--noheadings", "--raw", "--output", columns, f"/dev/{device}")
        if before == after:
            break
    survey = snapshot.survey.swap
    assert survey is not None and not isinstance(snapshot.system.swaps, Unavailable)
    (one,) = [zram for zram in survey.zram if zram.name == device]
    assert after == [
        f"/dev/{device}", str(one.disk_size), str(one.original), str(one.compressed), one.algorithm, str(one.used),
        str(one.used_max),
    ]  # fmt: skip
    (area,) = [swap for swap in snapshot.system.swaps if swap.name == f"/dev/{device}"]
    shown = [
        row.split()
        for row in "\n".join(
            subprocess.run(
                ["swapon", "--show", "--bytes", "--noheadings", "--raw"], check=True, capture_output=True, text=True
            ).stdout.splitlines()
        ).split("\n")
    ]
    (row,) = [row for row in shown if row[0] == area.name]
    assert row[1:] == [area.kind, str(area.size), str(area.used), str(area.priority)]
    assert snapshot.processes[holder.pid].swap == swapped(holder.pid)


def test_what_does_not_fit_a_cgroup_is_found(holder: "subprocess.Popen[bytes]") -> None:
    del holder
    assert any(path.startswith("/memtui-test-") for path in tight(ProcSource()))


def test_clearing_brings_everything_back_and_leaves_swap_on(device: str, holder: "subprocess.Popen[bytes]") -> None:
    lines = Path(f"/proc/{holder.pid}/cgroup").read_text().splitlines()
    (path,) = [line.split(":", 2)[2] for line in lines if "memory" in line.split(":")[1].split(",")]
    Path(f"/sys/fs/cgroup/memory{path}/memory.limit_in_bytes").write_text(str(512 * MIB))
    assert not any(one.startswith("/memtui-test-") for one in tight(ProcSource()))
    before = seen().system.swaps
    assert not isinstance(before, Unavailable)
    areas = [area for area in before if area.name == f"/dev/{device}"]
    outcome = Clearing(areas).run()
    assert outcome.kind is Kind.OK, outcome.text
    assert swapped(holder.pid) == 0
    after = seen().system.swaps
    assert not isinstance(after, Unavailable)
    (area,) = [area for area in after if area.name == f"/dev/{device}"]
    assert area.priority == PRIORITY and area.used < 4 * MIB
