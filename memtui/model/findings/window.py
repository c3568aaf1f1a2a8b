"""The last minute of the counters and levels that rules look at, for means that one noisy second doesn't move."""

from array import array
from collections import deque
from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Final

SECONDS: Final = 60.0
_APART: Final = 0.5  # seconds: samples that come faster replace the newest


class Window:
    """Values by name at the moments of the last samples; a name that was not there has no value."""

    def __init__(self, names: Sequence[str], seconds: float = SECONDS) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._seconds = seconds
        self._points: deque[tuple[float, array[float]]] = deque()

    def push(self, at: float, values: Mapping[str, float]) -> None:
        """Take in a sample."""
        point = at, array("d", (values.get(name, nan) for name in self._places))
        if len(self._points) > 1 and at - self._points[-2][0] < _APART:
            self._points.pop()
        self._points.append(point)
        while len(self._points) > 2 and self._points[1][0] <= at - self._seconds:
            self._points.popleft()

    def change(self, name: str, seconds: float) -> float | None:
        """By how much a value changed over the last `seconds`, or over less where there is no more; None: unknown."""
        found = self._ends(name, seconds)
        return None if found is None else found[1]

    def rate(self, name: str, seconds: float) -> float | None:
        """The mean change per second over the last `seconds`; None also for a counter that went backwards."""
        found = self._ends(name, seconds)
        return None if found is None or found[1] < 0 else found[1] / found[0]

    def mean(self, name: str, seconds: float) -> float | None:
        """The mean of the values of the last `seconds`, the newest at least; None if one of them is not known."""
        place, since = self._places[name], self._points[-1][0] - seconds + _APART if self._points else 0.0
        found = [values[place] for at, values in self._points if at >= since]
        return None if not found or any(map(isnan, found)) else sum(found) / len(found)

    def span(self, seconds: float) -> float:
        """The seconds that a look back so far really covers."""
        return self._points[-1][0] - self._start(seconds)[0] if self._points else 0.0

    def values(self, name: str) -> list[tuple[float, float]]:
        """The known points (time, value) of a name, oldest first."""
        place = self._places[name]
        return [(at, values[place]) for at, values in self._points if not isnan(values[place])]

    def _start(self, seconds: float) -> tuple[float, "array[float]"]:
        """The newest point that is at least so old, or the oldest."""
        since = self._points[-1][0] - seconds + _APART
        return next((point for point in reversed(self._points) if point[0] <= since), self._points[0])

    def _ends(self, name: str, seconds: float) -> tuple[float, float] | None:
        if len(self._points) < 2:
            return None
        place, (now, newest), (then, oldest) = self._places[name], self._points[-1], self._start(seconds)
        if now <= then or isnan(newest[place]) or isnan(oldest[place]):
            return None
        return now - then, newest[place] - oldest[place]
