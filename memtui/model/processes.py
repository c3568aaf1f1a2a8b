"""All rows of a snapshot: only those of processes that changed, now or last time, are made anew."""

from collections import Counter
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Final, NamedTuple

from memtui.model.growth_watch import GrowthWatch
from memtui.model.history import Trail
from memtui.model.process import Machine, Process, is_younger, process, unborn
from memtui.model.sample import ProcessSample, ProcKey, Sample
from memtui.proc.unavailable import Why

GROWTH_WINDOW: Final = 60.0  # seconds over which `growth` looks back
TRAIL_SIZES: Final = ("res", "pss", "uss", "swap")
_KERNEL: Final = "kernel thread"
_DEAD: Final = "dead"
_KNOWN: Final = "known"
_WAITING: Final = "waiting"


class Coverage(NamedTuple):
    """How much of PSS is known: of processes with memory of their own, how many are measured, waiting, refused."""

    kernel_threads: int
    able: int
    known: int
    waiting: int
    refused: Mapping[str, int]


class Processes:
    """Keeps the rows of the last snapshot and remakes only those of processes that changed, now or last time.

    Not thread-safe: the sampler's thread owns it. The mapping that `advance` returns is new each time and is
    never changed afterwards.
    """

    def __init__(self) -> None:
        self._samples: Mapping[int, ProcessSample] = {}
        self._at: float | None = None
        self._rows: dict[int, Process] = {}
        self._moving: set[int] = set()
        self._awaited: dict[int, float] = {}  # by pid, when its size of a minute ago gives way to the next
        self._due: list[tuple[float, int]] = []  # the same as a heap
        self._since: dict[int, float] = {}  # when the sizes of the last row were first seen, if they never changed
        self._trails: dict[int, Trail] = {}  # of those that changed: most never do
        self._standing: Counter[str] = Counter()
        self._growth = GrowthWatch()
        self.changed: set[int] = set()  # the pids whose rows were made anew last time

    @property
    def coverage(self) -> Coverage:
        """How much of PSS is known in the last rows."""
        counts = self._standing
        refused = {
            why: count for why, count in counts.items() if count and why not in (_KERNEL, _DEAD, _KNOWN, _WAITING)
        }
        known, waiting = counts[_KNOWN], counts[_WAITING]
        return Coverage(counts[_KERNEL], known + waiting + sum(refused.values()), known, waiting, refused)

    def advance(self, sample: Sample, machine: Machine, uptime: float | None) -> Mapping[int, Process]:
        """The rows of this sample, by pid; `uptime` (seconds) tells which processes are younger than the interval."""
        interval = sample.at - self._at if self._at is not None and sample.at > self._at else None
        before, rows = self._samples, self._rows
        for pid in rows.keys() - sample.processes.keys():
            self._forget(pid)
        touched = sample.touched if sample.touched is not None else sample.processes.keys()
        stale = self._moving | touched | (sample.processes.keys() - rows.keys()) | self._past_due(sample.at)
        self._moving = set()
        self.changed = stale
        for pid in stale & sample.processes.keys():
            now, then = sample.processes[pid], before.get(pid)
            if then is not None and then.key != now.key:
                self._forget(pid)
                then = None
            if then is None and interval is not None and is_younger(now.stat, interval, uptime, machine):
                then = unborn(now)
            old = rows.get(pid)
            trend = old.trend if old else None
            row = process(now, then, interval, machine, self._sizes_before(sample.at, old), trend)
            if old is not None:
                self._standing[_standing(old)] -= 1
            self._standing[_standing(row)] += 1
            rows[pid] = row
            if _moving(row):
                self._moving.add(pid)
            if now.status is not None:  # before that RES is stat's, which is rounded: no point to compare with
                self._follow(sample.at, row, old)
            self._await_change(sample.at, pid)
        for pid, judged in self._growth.advance(sample.at, rows, self.trail).items():
            rows[pid] = rows[pid]._replace(trend=judged)
        self._samples, self._at = sample.processes, sample.at
        return dict(rows)

    def trail(self, key: ProcKey) -> list[tuple[float | None, ...]]:
        """The points (time, res, pss, uss, swap) of a process since it was first seen, oldest first."""
        row = self._rows.get(key.pid)
        if row is None or row.start_time != key.starttime or key.pid not in self._since:
            return []
        trail = self._trails.get(key.pid)
        return trail.points() if trail else [(self._since[key.pid], *_sizes(row))]

    def _sizes_before(self, at: float, last: Process | None) -> tuple[int | None, int | None]:
        """RES at the last snapshot and a minute ago; None where the process was not there yet."""
        if last is None or last.pid not in self._since:
            return None, None
        trail = self._trails.get(last.pid)
        long_ago = trail.first_since(at - GROWTH_WINDOW) if trail else last.res
        return last.res, None if long_ago is None else int(long_ago)

    def _await_change(self, at: float, pid: int) -> None:
        """Growth is held against the size of a minute ago: the row changes when that is another one."""
        trail = self._trails.get(pid)
        if trail is None or self._awaited.get(pid, at) > at:
            return
        when = trail.next_after(at - GROWTH_WINDOW)
        if when is not None:
            self._awaited[pid] = when + GROWTH_WINDOW
            heappush(self._due, (when + GROWTH_WINDOW, pid))

    def _past_due(self, at: float) -> set[int]:
        """The pids whose growth changes now though nothing of them was read."""
        due = set()
        while self._due and self._due[0][0] <= at:
            when, pid = heappop(self._due)
            if self._awaited.get(pid) == when:
                del self._awaited[pid]
                due.add(pid)
        return due

    def _follow(self, at: float, row: Process, last: Process | None) -> None:
        """Take the row's sizes into its trail, which begins with the first change of sizes that are all known."""
        if row.kernel_thread:
            return
        trail = self._trails.get(row.pid)
        if trail is None:
            if last is None or row.pid not in self._since or (last.pss is None and row.pss is not None):
                self._since[row.pid] = at
                return
            if _sizes(row) == _sizes(last):
                return
            trail = self._trails[row.pid] = Trail(len(TRAIL_SIZES))
            trail.push(self._since[row.pid], *_sizes(last))
        trail.push(at, *_sizes(row))

    def _forget(self, pid: int) -> None:
        row = self._rows.pop(pid)
        self._standing[_standing(row)] -= 1
        self._since.pop(pid, None)
        self._trails.pop(pid, None)
        self._awaited.pop(pid, None)


def _sizes(row: Process) -> tuple[int | None, ...]:
    """The sizes of a trail's points, `TRAIL_SIZES`."""
    return row.res, row.pss, row.uss, row.swap


def _moving(row: Process) -> bool:
    """Whether the row changes with the next sample though nothing is read: its rates fall to 0, or first appear."""
    if row.res_delta:
        return True
    counted = row.minflt_rate != 0 or row.majflt_rate != 0 or row.cpu_pct != 0  # None also: another interval may do
    return counted or bool(row.read_rate or row.write_rate)


def _standing(row: Process) -> str:
    """How a process stands with PSS: one of the four words below, or the reason of a refusal."""
    if row.kernel_thread:
        return _KERNEL
    if row.pss is not None:
        return _KNOWN
    if row.state == "Z" or row.pss_why is None or row.pss_why.why is Why.GONE:
        return _DEAD
    return _WAITING if row.pss_why.why is Why.PENDING else str(row.pss_why)
