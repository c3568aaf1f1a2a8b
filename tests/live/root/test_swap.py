"""Swapping, driven on purpose: a program over its cgroup's limit, swapped to a file that was made for it."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.sampling.request import Request
from memtui.sampling.sampler import Sampler

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
PRIORITY = 32767  # of the swap file: the highest there is
NAME = "memtui-swapper"
SWAPPER = f"""
import mmap
area = mmap.mmap(-1, {200 * MIB}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
while True:
    for place in range(0, len(area), {PAGE}):
        area[place] = 1
"""
PATIENCE = 30.0  # seconds until something that never comes is given up
NEAR = 0.05
COUNTERS = ("pswpin", "pswpout")
UNITS = {"B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}

Start = Callable[..., Any]
Confine = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def swapper(swap_file: Path, confine: Confine) -> int:
    """The pid of a program with 200 MiB in use and 64 MiB allowed, once pages of it go out and come back."""
    child = confine(NAME, SWAPPER, limit=64 * MIB)
    first = now = Reading.take()
    give_up = time.monotonic() + PATIENCE
    while not all(now.counters[name] > first.counters[name] + 1000 for name in COUNTERS):
        assert child.poll() is None, "the program has died"
        assert time.monotonic() < give_up, "nothing is swapped"
        time.sleep(0.05)
        now = Reading.take()
    return child.pid


class Reading(NamedTuple):
    """The swap counters of /proc/vmstat, by plain text, and the moments between which they were read."""

    began: float
    ended: float
    counters: dict[str, int]

    @classmethod
    def take(cls, pid: int | None = None) -> "Reading":
        """Now; with a process, its major faults too."""
        began = time.monotonic()
        rows = dict(row.split() for row in Path("/proc/vmstat").read_text().splitlines())
        counters = {name: int(rows[name]) for name in COUNTERS}
        if pid is not None:
            counters["majflt"] = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[9])
        return cls(began, time.monotonic(), counters)


Bracket = tuple[Reading, Snapshot, Reading]


def stepped(sampler: Sampler, pid: int | None = None) -> Bracket:
    """A step between two readings."""
    return Reading.take(pid), sampler.step(Request()), Reading.take(pid)


def bounds(name: str, first: Bracket, last: Bracket) -> tuple[float, float]:
    """The lowest and highest rate that two steps can give, as far as they are known to lie in their brackets."""
    (a, _, b), (c, _, d) = first, last
    lowest = (c.counters[name] - b.counters[name]) / (d.ended - a.began)
    highest = (d.counters[name] - a.counters[name]) / (c.began - b.ended)
    return lowest * (1 - NEAR), highest * (1 + NEAR)


def test_the_rates_are_those_of_vmstat(swapper: int) -> None:
    """Without processes a step takes no time to speak of, and so the bracket is narrow."""
    with closing(Sampler(ProcSource(), processes=False)) as sampler:
        first = stepped(sampler)
        time.sleep(2)
        last = stepped(sampler)
    for name in COUNTERS:
        lowest, highest = bounds(name, first, last)
        assert 0 < lowest <= last[1].rates[name] <= highest


def test_the_process_and_the_device_show_it(swapper: int, swap_file: Path) -> None:
    with closing(Sampler(ProcSource())) as sampler:
        first = last = stepped(sampler, swapper)
        give_up = time.monotonic() + PATIENCE
        while last is first or bounds("majflt", first, last)[0] <= 0:
            assert time.monotonic() < give_up, "the program has no major faults"
            first = last
            time.sleep(2)
            last = stepped(sampler, swapper)
    snapshot = last[1]
    for name in COUNTERS:
        lowest, highest = bounds(name, first, last)
        assert lowest <= snapshot.rates[name] <= highest

    row = snapshot.processes[swapper]
    lowest, highest = bounds("majflt", first, last)
    assert row.majflt_rate is not None and 0 < lowest <= row.majflt_rate <= highest
    assert row.swap is not None and row.swap > 0

    assert not isinstance(snapshot.system.swaps, Unavailable)
    (device,) = [swap for swap in snapshot.system.swaps if swap.name == str(swap_file)]
    assert device.used > 0 and device.priority == PRIORITY


# -- on the real screen ---------------------------------------------------------------------------------------------


def amount(text: str) -> float:
    """The bytes of a size as the screen writes it."""
    return float(text[:-1]) * UNITS[text[-1]] if text != "0" else 0.0


def charted(screen: str) -> tuple[float, float] | None:
    """Swap in and out in bytes per second as the charts say them; None while they say nothing."""
    lines = screen.split("\n")
    at = next(index for index, row in enumerate(lines) if "swap in" in row and "swap out" in row)
    found = re.findall(r"([\d.]+[BKMG]|\b0)/s", "".join(lines[at : at + 2]))
    return (amount(found[0]), amount(found[1])) if len(found) == 2 else None


def agrees(name: str, shown: float, readings: list[Reading]) -> bool:
    """Whether a rate just come on the screen is that of some second among the readings that lead up to it."""
    seconds = [
        (later.counters[name] - reading.counters[name]) * PAGE / (later.began - reading.began)
        for reading in readings
        for later in readings
        if 0.95 <= later.began - reading.began <= 1.1
    ]
    return bool(seconds) and min(seconds) * (1 - NEAR) <= shown <= max(seconds) * (1 + NEAR)


def test_the_charts_show_the_rates_of_vmstat(start: Start, swapper: int) -> None:
    screen = start()
    screen.wait("● live")
    screen.press("3")
    last = charted(screen.wait("swap out"))
    readings: list[Reading] = []
    agreed = 0  # in a row: once may be chance, as the rates go up and down
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        readings = [*readings[-30:], Reading.take()]  # some two seconds
        shown = charted(screen.text)
        if shown is not None and shown != last:
            agreed = agreed + 1 if min(shown) > 0 and all(map(agrees, COUNTERS, shown, [readings] * 2)) else 0
        if agreed == 3:
            return
        last = shown
        time.sleep(0.05)
    pytest.fail(f"the charts never agreed with vmstat:\n{screen.text}")


def test_the_device_is_listed_with_what_is_used_of_it(start: Start, swapper: int, swap_file: Path) -> None:
    screen = start()
    screen.wait("● live")
    screen.press("3")

    def listed(text: str) -> list[list[str]]:
        rows = [row.split() for row in text.split("\n") if row.rstrip().endswith(f" {PRIORITY}")]
        return [row for row in rows if str(swap_file).startswith(row[0].rstrip("…"))]

    _, kind, size, used, *_ = listed(screen.wait(listed))[0]
    assert (kind, size) == ("file", "512M") and amount(used) > 0


def test_the_process_shows_its_swap_and_major_faults(start: Start, swapper: int) -> None:
    screen = start()
    screen.wait("● live")
    screen.press("F4")
    screen.wait("Filter")
    screen.type(NAME)
    screen.press("Enter")

    def shows(text: str) -> bool:
        lines = text.split("\n")
        titles = next((row.split() for row in lines if " PID " in row), [])
        rows = [row.split() for row in lines if f" {swapper} " in row]
        if len(rows) != 1 or not {"SWAP", "MAJFLT/s"} <= set(titles):
            return False
        cells = dict(zip(titles, rows[0], strict=False))
        return all(re.fullmatch(r"[\d.]+[kKMG]?", cells[key]) and cells[key] != "0" for key in ("SWAP", "MAJFLT/s"))

    screen.wait(shows)
