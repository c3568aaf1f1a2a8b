"""How exact are carried values? `python tests/bench/accuracy.py --processes 1000 --seconds 120`.

memtui's sampler runs once a second, and every few ticks its rows are held against a full scan of smaps_rollup made
right after the tick. At the end half of the workers of some families are killed: the pages that they shared fall to
the survivors, whose PSS rises with no sign of its own, and full scans count the ticks until that is seen.

The sampler's own process is left out: the scans change it. Run it as root, who may read all.
"""

import argparse
import os
import signal
import statistics
import time
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

import kernel
import workload

from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.request import Request
from memtui.sampling.sampler import Sampler

SHARE: Final = 0.02  # of PSS, and
SIZE: Final = 64 << 10  # bytes: a value off by more than both is wrong
SCREEN: Final = 44  # rows of a table at 200x50
PATIENCE: Final = 30  # ticks in which survivors should be caught up with


class Held(NamedTuple):
    """Rows held against a scan, as shares but for the oldest value (s).

    The error of the sum of all values, rows that are wrong, and PSS of rows that have no value yet.
    """

    sum_error: float
    wrong: float
    without: float
    oldest: float


class Ticks:
    """The sampler at 1 Hz, the largest processes being visible."""

    def __init__(self) -> None:
        self._sampler = Sampler(ProcSource())
        self._due = time.monotonic()
        self.cpu: list[float] = []
        self.snapshot = self._sampler.step(Request())

    def next(self) -> Snapshot:
        """Wait for the next second and step; a scan that took longer than that puts it off."""
        time.sleep(max(0.0, self._due + 1 - time.monotonic()))
        self._due = max(self._due + 1, time.monotonic())
        largest = sorted(self.snapshot.processes.values(), key=lambda row: -(row.pss or 0))[:SCREEN]
        self.snapshot = self._sampler.step(Request(visible=tuple(row.pid for row in largest)))
        self.cpu.append(self.snapshot.cost.cpu)
        return self.snapshot

    def close(self) -> None:
        """End the sampler."""
        self._sampler.close()


def scan() -> dict[int, int]:
    """PSS of all processes that have one, as the kernel says now."""
    found = {pid: kernel.pss(pid) for pid in kernel.pids() if pid != os.getpid()}
    return {pid: size for pid, size in found.items() if size is not None}


def wrong(snapshot: Snapshot, truth: dict[int, int]) -> set[int]:
    """The processes whose value is off by more than what is taken for right."""
    return {
        pid
        for pid, size in truth.items()
        if (row := snapshot.processes.get(pid))
        and row.pss is not None
        and abs(row.pss - size) > max(SIZE, SHARE * size)
    }


def hold(snapshot: Snapshot, truth: dict[int, int]) -> Held:
    """Hold the rows of processes that a scan found against it."""
    rows = [row for row in snapshot.processes.values() if row.pid in truth]
    values = {row.pid: row.pss for row in rows if row.pss is not None}
    real, covered = sum(truth[row.pid] for row in rows), sum(truth[pid] for pid in values)
    return Held(
        abs(sum(values.values()) - covered) / covered,
        len(wrong(snapshot, truth)) / len(values),
        (real - covered) / real,
        max(snapshot.at - row.pss_at for row in rows if row.pss_at is not None),
    )


def kill_neighbours(root: int, families: int) -> tuple[int, set[int]]:
    """Kill half of the workers of the first families: how many, and who survives in these."""
    killed, survivors = 0, set()
    for leader in kernel.children(root)[:families]:
        workers = kernel.children(leader)
        for pid in workers[::2]:
            os.kill(pid, signal.SIGKILL)
        killed += len(workers[::2])
        survivors |= {leader, *workers[1::2]}
    time.sleep(0.2)  # until their memory is given back
    return killed, survivors


def catch_up(ticks: Ticks, survivors: Collection[int]) -> Iterator[int]:
    """How many survivors are wrong after each tick, until none is."""
    for _ in range(PATIENCE):
        snapshot = ticks.next()
        count = len(wrong(snapshot, scan()) & set(survivors))
        yield count
        if not count:
            return


def main() -> None:
    """Run the sampler beside a population and print how far it was off."""
    parser = argparse.ArgumentParser(
        description=__doc__, parents=[workload.options()], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=90, metavar="N", help="ticks before the kill (90)")
    parser.add_argument("--every", type=int, default=5, metavar="N", help="ticks between two scans (5)")
    parser.add_argument("--warm", type=int, default=10, metavar="N", help="ticks before the first scan (10)")
    parser.add_argument("--families", type=int, default=5, metavar="N", help="families that lose workers (5)")
    chosen = parser.parse_args()
    held = []
    with workload.beside(chosen) as root:
        ticks = Ticks()
        for number in range(1, chosen.seconds + 1):
            snapshot = ticks.next()
            if number >= chosen.warm and number % chosen.every == 0:
                held.append(hold(snapshot, scan()))
        killed, survivors = kill_neighbours(root, min(chosen.families, chosen.processes // chosen.family))
        late = list(catch_up(ticks, survivors))
        ticks.close()
    cpu = 1000 * statistics.median(ticks.cpu)
    print(f"{len(snapshot.processes)} processes, {len(held)} full scans; a tick takes {cpu:.1f} ms of CPU")
    for name, values, form in (
        ("error of the sum", [one.sum_error for one in held], ".3%"),
        ("off by more than 2 % and 64 KiB", [one.wrong for one in held], ".2%"),
        ("PSS with no value yet", [one.without for one in held], ".3%"),
        ("oldest value, s", [one.oldest for one in held], ".0f"),
    ):
        print(f"{name:<32}median {statistics.median(values):{form}}, at most {max(values):{form}}")
    counts = ", ".join(map(str, late))
    print(f"{killed} workers killed, {len(survivors)} survivors: of these wrong after each tick {counts}")


if __name__ == "__main__":
    main()
