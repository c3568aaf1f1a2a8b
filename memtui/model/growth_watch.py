"""The trend of every process, from the sizes that are sampled anyway; nearly free, as most processes don't change.

A process is judged again when its sizes moved and some seconds have passed; several at a sample, no more, so that no
sample takes long. Who never changed is steady by that.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from memtui.model.growth import MIN_SECONDS, WINDOWS, Growth, Trend, held, judge
from memtui.model.process import Process
from memtui.model.sample import ProcKey

EVERY: Final = 10.0  # seconds between two judgements of a process
AT_ONCE: Final = 16  # judgements at a sample: about 4 ms
AT_REST: Final = 500  # processes at a sample that are found never to have changed
SHAPE: Final = 24  # points of the shape that is kept for a sparkline
_RES, _USS, _SWAP = 1, 3, 4  # in a trail's points, behind the time

UNMOVED: Final = Growth(Trend.STEADY, MIN_SECONDS, 0.0, 0.0, 0.0)

Trail = Sequence[tuple[float | None, ...]]


class GrowthWatch:
    """Judges processes; `advance` tells which judgements are new. Owned by the sampler's thread."""

    def __init__(self) -> None:
        self._began: dict[int, float] = {}
        self._last: dict[int, Process] = {}  # the row of the last look round: most are there anyway
        self._moved: set[int] = set()
        self._waiting: deque[int] = deque()
        self._resting: deque[int] = deque()
        self._known: dict[int, Growth] = {}
        self._round = float("-inf")

    def advance(self, at: float, rows: Mapping[int, Process], trail: Callable[[ProcKey], Trail]) -> dict[int, Growth]:
        """The judgements that are new at monotonic time `at`, by pid."""
        if at - self._round >= EVERY:
            self._round = at
            self._look_round(at, rows)
        new: dict[int, Growth] = {}
        for _ in range(min(AT_ONCE, len(self._waiting))):
            self._settle(self._waiting.popleft(), rows, new, lambda key: judge_trail(trail(key), at))
        for _ in range(min(AT_REST, len(self._resting))):
            self._settle(self._resting.popleft(), rows, new, lambda _: UNMOVED)
        return new

    def _settle(
        self,
        pid: int,
        rows: Mapping[int, Process],
        new: dict[int, Growth],
        judged: Callable[[ProcKey], Growth],
    ) -> None:
        row, last = rows.get(pid), self._last.get(pid)
        if row is None or last is None or row.start_time != last.start_time:
            return
        growth = judged(row.key)
        if growth.trend is not Trend.EARLY and growth != self._known.get(pid):
            self._known[pid] = new[pid] = growth

    def _look_round(self, at: float, rows: Mapping[int, Process]) -> None:
        waiting = {*self._waiting, *self._resting}
        for pid, row in rows.items():
            if row.kernel_thread:
                continue
            last = self._last.get(pid)
            if last is None or last.start_time != row.start_time:
                self._forget(pid)
                self._began[pid], self._last[pid] = at, row
                continue
            if row is not last:
                self._last[pid] = row
                if row.res != last.res or row.swap != last.swap or (last.uss is not None and row.uss != last.uss):
                    self._moved.add(pid)  # USS that is there for the first time has not moved
            known = self._known.get(pid)
            if at - self._began[pid] < MIN_SECONDS or pid in waiting:
                continue
            if pid in self._moved or (known is not None and known.trend is not Trend.STEADY):
                self._moved.discard(pid)
                self._waiting.append(pid)
            elif known is None:
                self._resting.append(pid)
        for pid in self._last.keys() - rows.keys():
            self._forget(pid)

    def _forget(self, pid: int) -> None:
        for kept in (self._began, self._last, self._known):
            kept.pop(pid, None)
        self._moved.discard(pid)


def judge_trail(trail: Trail, at: float) -> Growth:
    """The trend of USS and swap together, of RES and swap where USS is not to be had, with its shape."""
    points = own_sizes(trail, at)
    growth = judge(points, at)
    if len(points) < 2:
        return growth
    times = [time for time, _ in points]
    window = min(at - times[0], WINDOWS[-1])
    return growth._replace(shape=tuple(held(points, times, at - window, at, SHAPE)))


def own_sizes(trail: Trail, at: float) -> list[tuple[float, float]]:
    """The points (time, bytes) of a trail of (time, res, pss, uss, swap): of USS if that is known for long enough."""
    for size in (_USS, _RES):
        points = [
            (point[0], (point[size] or 0.0) + (point[_SWAP] or 0.0))
            for point in trail
            if point[0] is not None and point[size] is not None
        ]
        if points and (at - points[0][0] >= MIN_SECONDS or len(points) == len(trail)):
            return points
    return []
