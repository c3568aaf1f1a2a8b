"""Who grows right now: a short memory of the sizes of processes, kept of those alone that grew lately.

It is a first suspicion, from ten seconds; whether a growth is a trend is judged from a minute on (`model.growth`).
"""

from collections import deque
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from memtui.model.findings.trends import begin
from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot

SECONDS: Final = 10.0  # looked back for a rise
MOST: Final = 2000  # processes that are remembered
_APART: Final = 0.5
_FORGOTTEN: Final = 600.0  # seconds after the last growth
_TELLING: Final = 8 << 20  # bytes gained over nearly all of the time looked back
_REMEMBERED: Final = 300.0  # seconds for which it is known that a process grew like that and ended


class Rise(NamedTuple):
    """How a process grew: by `gained` bytes over `seconds`, at `rises` of the `samples` in that time.

    `biggest` is the largest single gain, `late` that of the second half of the time. `quiet` is how long ago it last
    grew (seconds). `seen` are the seconds for which its trend has been to grow, 0 without one. `alike` are processes
    of that name which grew like this lately and have ended: compilers of a build, say.
    """

    row: Process
    gained: int
    seconds: float
    rises: int
    samples: int
    biggest: int
    late: int
    quiet: float
    seen: float
    alike: int = 0


class _Entry:
    __slots__ = ("began", "comm", "grew", "key", "points", "telling")

    def __init__(self, key: ProcKey, comm: str) -> None:
        self.key, self.comm = key, comm
        self.telling = False
        self.points: deque[tuple[float, int]] = deque()
        self.grew = 0.0
        self.began: float | None = None


class Rising:
    """Owned by the watch. Costs nothing for a process that doesn't grow."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._times: deque[float] = deque()
        self._ended: dict[str, deque[float]] = {}

    def advance(self, now: Snapshot, changed: Collection[int]) -> Mapping[int, Rise]:
        """Those that grew within the last minutes, by pid; `changed` are the pids of which rows are new."""
        self._times.append(now.at)
        while len(self._times) > 2 and self._times[1] <= now.at - SECONDS + _APART:
            self._times.popleft()
        for pid in changed:
            row = now.processes.get(pid)
            if row is not None and (pid in self._entries or (row.res_delta or 0) > 0) and not row.kernel_thread:
                self._take(row, now.at)
        found: dict[int, Rise] = {}
        for pid, entry in list(self._entries.items()):
            row = now.processes.get(pid)
            if row is None or row.key != entry.key:
                self._end(entry, now.at)
                del self._entries[pid]
            elif now.at - entry.grew > _FORGOTTEN:
                del self._entries[pid]
            else:
                entry.began = begin(entry.began, row.trend, now.at)
                found[pid] = self._rise(row, entry, now.at)
        return found

    def _end(self, entry: _Entry, at: float) -> None:
        for comm, ends in list(self._ended.items()):
            while ends and ends[0] <= at - _REMEMBERED:
                ends.popleft()
            if not ends:
                del self._ended[comm]
        if entry.telling:
            self._ended.setdefault(entry.comm, deque()).append(at)

    def _alike(self, comm: str, at: float) -> int:
        return sum(end > at - _REMEMBERED for end in self._ended.get(comm, ()))

    def _take(self, row: Process, at: float) -> None:
        entry = self._entries.get(row.pid)
        if entry is not None and entry.key != row.key:
            self._end(entry, at)
            del self._entries[row.pid]
            entry = None
        if entry is None:
            if len(self._entries) >= MOST:
                return
            entry = self._entries[row.pid] = _Entry(row.key, row.comm)
            entry.grew = at
        points, size = entry.points, own(row)
        if points and points[-1][1] == size:
            return
        if points and size > points[-1][1]:
            entry.grew = at
        points.append((at, size))
        while len(points) > 2 and points[1][0] <= at - SECONDS + _APART:
            points.popleft()

    def _rise(self, row: Process, entry: _Entry, at: float) -> Rise:
        since = at - SECONDS + _APART
        points = [point for point in entry.points if point[0] > since]
        before = [point for point in entry.points if point[0] <= since][-1:]
        start = since - _APART if before else points[0][0]
        sizes = [size for _, size in (*before, *points)]
        steps = [after - size for size, after in pairwise(sizes)]
        middle = start + (at - start) / 2
        half = next((size for when, size in reversed((*before, *points)) if when <= middle), sizes[0])
        gained = sizes[-1] - sizes[0]
        entry.telling = entry.telling or (gained >= _TELLING and at - start >= SECONDS - 2)
        return Rise(
            row=row,
            gained=gained,
            seconds=at - start,
            rises=sum(step > 0 for step in steps),
            samples=sum(time > start for time in self._times),
            biggest=max(steps, default=0),
            late=sizes[-1] - half,
            quiet=at - entry.grew,
            seen=0.0 if entry.began is None else at - entry.began,
            alike=self._alike(row.comm, at),
        )


def own(row: Process) -> int:
    """What a process alone has and files can't give back: anonymous memory and swap (bytes), or RES and swap."""
    return (row.res if row.anon is None else row.anon) + (row.swap or 0)
