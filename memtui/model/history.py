"""Ring buffers of what was, for sparklines and plots: bounded, cheap to extend, safe to read from another thread."""

from array import array
from collections.abc import Mapping
from math import isnan, nan
from threading import Lock
from typing import Final

DEPTH: Final = 900  # a quarter of an hour at one sample a second


class Ring:
    """The last `depth` numbers of one series, missing ones included (None going in and coming out)."""

    __slots__ = ("_data", "_depth", "_next")

    def __init__(self, depth: int = DEPTH) -> None:
        self._data = array("d")
        self._depth = depth
        self._next = 0

    def push(self, value: float | None) -> None:
        """Append a value, dropping the oldest when full."""
        number = nan if value is None else float(value)
        if len(self._data) < self._depth:
            self._data.append(number)
        else:
            self._data[self._next] = number
        self._next = (self._next + 1) % self._depth

    def last(self, count: int) -> list[float | None]:
        """Up to `count` newest values, oldest first."""
        whole = self._data if len(self._data) < self._depth else self._data[self._next :] + self._data[: self._next]
        return [None if isnan(number) else number for number in whole[max(0, len(whole) - count) :]]

    def __len__(self) -> int:
        return len(self._data)


class History:
    """Named rings that grow together, one value each for every sample, with the time of it.

    The sampler's thread appends, the screen reads: both under one lock, so a reader sees whole samples.
    """

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._lock = Lock()
        self._times = Ring(depth)
        self._rings: dict[str, Ring] = {}

    def push(self, at: float, values: Mapping[str, float | None]) -> None:
        """Append one sample; a series that is new starts with blanks, one that is left out gets a blank."""
        with self._lock:
            for name in values.keys() - self._rings.keys():
                ring = self._rings[name] = Ring(self._depth)
                for _ in range(len(self._times)):
                    ring.push(None)
            self._times.push(at)
            for name, ring in self._rings.items():
                ring.push(values.get(name))

    def series(self, name: str, count: int = DEPTH) -> list[float | None]:
        """Up to `count` newest values of a series, oldest first; empty if there is no such series."""
        with self._lock:
            ring = self._rings.get(name)
            return ring.last(count) if ring else []

    def times(self, count: int = DEPTH) -> list[float]:
        """The monotonic times that belong to `series`."""
        with self._lock:
            return [time for time in self._times.last(count) if time is not None]


class Trail:
    """The path of one process's sizes since it was first seen, in bounded space.

    Points are (time, sizes…). When `limit` is reached every second one is dropped and from then on only every
    second is taken, so the whole past stays, ever more coarsely; the newest point is always there. Equal sizes are
    not stored twice in a row: a process that does nothing costs one point.
    """

    __slots__ = ("_data", "_limit", "_newest", "_skip", "_stride", "_width")

    def __init__(self, width: int, limit: int = 160) -> None:
        self._data = array("d")
        self._newest = array("d")
        self._width = width + 1
        self._limit = limit
        self._stride = 1
        self._skip = 0

    def push(self, at: float, *sizes: float | None) -> None:
        """Append a point unless it repeats the last one; one that falls between two strides is only the newest."""
        self._skip += 1
        point = self._newest = array("d", (at, *(nan if size is None else size for size in sizes)))
        if self._skip < self._stride or self._repeats():
            return
        self._skip = 0
        self._data.extend(point)
        if len(self._data) >= self._limit * self._width:
            self._halve()

    def first_since(self, at: float) -> float | None:
        """The first size (the one pushed first) that was in force at time `at`, or the oldest known one."""
        data, width = self._data, self._width
        if self._newest and self._newest[0] <= at:
            return None if isnan(self._newest[1]) else self._newest[1]
        start = len(data) - width
        while start > 0 and data[start] > at:
            start -= width
        return None if start < 0 or isnan(data[start + 1]) else data[start + 1]

    def next_after(self, at: float) -> float | None:
        """When the sizes in force at time `at` gave way to others; None if they still hold."""
        data, width = self._data, self._width
        if not self._newest or self._newest[0] <= at:
            return None
        found: float = self._newest[0]
        for start in range(len(data) - width, -1, -width):
            if data[start] <= at:
                break
            found = data[start]
        return found

    def points(self) -> list[tuple[float | None, ...]]:
        """All points, oldest first: (time, sizes…), a missing size being None."""
        data, width = self._data if self._repeats() else self._data + self._newest, self._width
        return [
            tuple(None if isnan(number) else number for number in data[start : start + width])
            for start in range(0, len(data), width)
        ]

    def _repeats(self) -> bool:
        """Whether the newest point has the sizes of the last one stored."""
        return self._data[1 - self._width :].tobytes() == self._newest[1:].tobytes()

    def _halve(self) -> None:
        kept = array("d")
        for start in range(0, len(self._data), 2 * self._width):
            kept.extend(self._data[start : start + self._width])
        self._data = kept
        self._stride *= 2
