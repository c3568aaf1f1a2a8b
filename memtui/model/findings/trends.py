"""The trends of what is no process: the memory of cgroups by their paths, lines of /proc/meminfo by their names.

A level that hardly rose within the last minutes is not judged at all, and of the others a few at a sample.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from memtui.model.growth import WINDOWS, Growth, Trend, judge
from memtui.model.history import Trail

EVERY: Final = 10.0  # seconds between two judgements of a level
AT_ONCE: Final = 4  # judgements at a sample: about 1 ms
WORTH: Final = 1 << 20  # bytes: less growth within ten minutes is none
MOST: Final = 2000  # levels that are followed
_LEAST: Final = 15.0  # seconds without growth after which it has stopped


class Level(NamedTuple):
    """A level (bytes) with its trend, the seconds for which it has had that, and whether it still grows so."""

    value: float
    growth: Growth
    seen: float
    goes_on: bool


class _Entry:
    __slots__ = ("began", "growth", "judged", "trail", "value")

    def __init__(self) -> None:
        self.trail = Trail(1)
        self.value = 0.0
        self.growth: Growth | None = None
        self.judged = float("-inf")
        self.began: float | None = None


class Trends:
    """Owned by the watch."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def keep(self, names: Mapping[str, object]) -> None:
        """Forget all levels whose names are not among these."""
        for name in self._entries.keys() - names.keys():
            del self._entries[name]

    def push(self, name: str, at: float, value: float) -> None:
        """Take in a level at a moment."""
        entry = self._entries.get(name)
        if entry is None:
            if len(self._entries) >= MOST:
                return
            entry = self._entries[name] = _Entry()
        entry.value = value
        entry.trail.push(at, value)

    def growing(self, at: float) -> Mapping[str, Level]:
        """The levels that grow, by name, as judged within the last seconds."""
        moved = {name: entry for name, entry in self._entries.items() if self._moved(entry, at)}
        due = sorted((entry for entry in moved.values() if at - entry.judged >= EVERY), key=_judged)
        for entry in due[:AT_ONCE]:
            entry.judged = at
            points = entry.trail.points()
            entry.growth = judge([(time, size) for time, size in points if time is not None and size is not None], at)
        found: dict[str, Level] = {}
        for name, entry in moved.items():
            growth = entry.growth
            entry.began = begin(entry.began, growth, at)
            if growth is not None and growth.rate and entry.began is not None:
                goes_on = self._goes_on(entry, growth.rate, at)
                found[name] = Level(entry.value, growth, at - entry.began, goes_on)
        return found

    def _moved(self, entry: _Entry, at: float) -> bool:
        then = entry.trail.first_since(at - WINDOWS[-1])
        return then is not None and entry.value - then >= WORTH

    def _goes_on(self, entry: _Entry, rate: float, at: float) -> bool:
        """Whether it gained a fair part of what its rate makes of the last seconds."""
        seconds = patience(rate)
        then = entry.trail.first_since(at - seconds)
        return then is not None and entry.value - then > rate * seconds / 5


def _judged(entry: _Entry) -> float:
    return entry.judged


def begin(began: float | None, growth: Growth | None, at: float) -> float | None:
    """When something began to grow: as it was known before, or by a trend that is new; None if it doesn't."""
    if growth is None or growth.trend is not Trend.GROWING:
        return None
    return at - growth.seconds if began is None else began


def patience(rate: float) -> float:
    """Seconds without growth after which something that grew at a rate (bytes/s) has stopped: in less it would have
    gained too little to tell."""
    return min(max(_LEAST, WORTH / rate), WINDOWS[-1])
