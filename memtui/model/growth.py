"""Whether a size grows for real: Theil-Sen slope and Mann-Kendall test, and what a leak does that others don't.

Both work on *troughs*, the least size in each of some parts of a window: what is taken and given back between them
leaves no trace there, so a sawtooth is as flat as its troughs are. A trend alone is no leak: a cache that fills, one
large allocation and the rising part of a sawtooth have one too. So growth is only told of where the troughs rise all
the way through the window, not in one step, and no slower at its end than at its beginning; where the same was so a
little earlier; and where a longer past doesn't speak against it. Errors that hang together make the test and the
range of the slope too sure of themselves, so their variance is scaled up by the autocorrelation of the residuals.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from math import erfc, sqrt
from statistics import median
from typing import Final, NamedTuple

MIN_SECONDS: Final = 60.0  # of history, below which nothing is said
WINDOWS: Final = (60.0, 120.0, 300.0, 600.0)
FLOOR: Final = 128 << 10  # bytes of growth within a window that are worth a word; counters are kept in batches below
_TROUGHS: Final = 12
_BLOCKS: Final = 6
_FALLING_BLOCKS: Final = 1  # of all: that many may not rise
_MOST_IN_ONE: Final = 0.5  # share of all growth that may fall into one block: more is a step
_KEEPS_UP: Final = 0.6  # rate at the end against that at the beginning: less is levelling off
_AGAIN: Final = (0.0, 1 / 6, 1 / 3)  # of the window: how much earlier the shape must have been the same too
_OF_SWING: Final = 0.1  # share of crest less trough below which growth may be troughs that samples missed
_PAST: Final = 5.0  # windows before the one looked at that are held against it
_P: Final = 0.02
_TAU: Final = 0.3
_Z95: Final = 1.96
_MOST_CORRELATED: Final = 0.5


class Trend(StrEnum):
    """What can be said of a size."""

    GROWING = "growing"
    STEADY = "steady"
    SHRINKING = "shrinking"
    EARLY = "too early"


class Growth(NamedTuple):
    """A judgement: slope in bytes/s with its 95 % range, Kendall's tau and the p of no trend, seconds looked at.

    The numbers are None where there was nothing to compute: it is too early. `shape` is the size at moments evenly
    from the beginning of the longest window to now.
    """

    trend: Trend
    seconds: float
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    tau: float | None = None
    p: float | None = None
    shape: tuple[float, ...] = ()


class Slope(NamedTuple):
    """Theil-Sen: the median of the slopes between all pairs, and the range that holds it with 95 %."""

    rate: float
    low: float
    high: float


Points = Sequence[tuple[float, float]]


def judge(points: Points, now: float) -> Growth:
    """The trend of a size known at some moments (time, bytes), oldest first, each in force until the next."""
    seconds = now - points[0][0] if points else 0.0
    if seconds < MIN_SECONDS:
        return Growth(Trend.EARLY, seconds)
    times = [time for time, _ in points]
    found = None
    longest = min(seconds / (1 + _AGAIN[-1]), WINDOWS[-1])
    for window in (*(window for window in WINDOWS if window < longest), longest):
        trend = _shape(points, times, now, window)
        if trend is Trend.STEADY:
            continue
        low = troughs(points, times, now - window, now, _TROUGHS)
        if not _contradicted(points, times, low, window, now, trend) and (judged := _measure(low, window, trend)):
            found = judged
    return found or _steady(points, times, longest, now)


def _steady(points: Points, times: Sequence[float], window: float, now: float) -> Growth:
    low = troughs(points, times, now - window, now, _TROUGHS)
    if max(low) == min(low):
        return Growth(Trend.STEADY, window, 0.0, 0.0, 0.0, 0.0, 1.0)
    slope, tau, p = _statistics(low, window)
    return Growth(Trend.STEADY, window, *slope, tau, p)


def held(points: Points, times: Sequence[float], start: float, end: float, count: int) -> list[float]:
    """The size at `count` moments, evenly from `start` to `end`."""
    step = (end - start) / (count - 1)
    return [points[max(0, bisect_right(times, start + step * index + 1e-6) - 1)][1] for index in range(count)]


def troughs(
    points: Points, times: Sequence[float], start: float, end: float, parts: int, sign: int = 1
) -> list[float]:
    """The least size in each of `parts` equal parts of a span of time; with sign -1 minus the largest.

    The size with which a part begins was in force in it, too.
    """
    out, step = [], (end - start) / parts
    first = max(0, bisect_right(times, start) - 1)
    for part in range(1, parts + 1):
        last = max(first, bisect_right(times, start + step * part) - 1)
        out.append(min(sign * size for _, size in points[first : last + 1]))
        first = last
    return out


def _shape(points: Points, times: Sequence[float], now: float, window: float) -> Trend:
    """Whether the troughs rise all through (or the crests fall), now and a little earlier too."""
    for sign, trend in ((1, Trend.GROWING), (-1, Trend.SHRINKING)):
        if all(
            _rises(troughs(points, times, end - window, end, _BLOCKS, sign))
            for end in (now - shift * window for shift in _AGAIN)
        ):
            return trend
    return Trend.STEADY


def _rises(low: Sequence[float]) -> bool:
    total = low[-1] - low[0]
    if total < FLOOR:
        return False
    rises = [after - before for before, after in pairwise(low)]
    ends = len(rises) // 2
    return (
        sum(rise <= 0 for rise in rises) <= _FALLING_BLOCKS
        and max(rises) <= _MOST_IN_ONE * total
        and sum(rises[-ends:]) >= _KEEPS_UP * sum(rises[:ends])
    )


def _contradicted(
    points: Points, times: Sequence[float], low: Sequence[float], window: float, now: float, trend: Trend
) -> bool:
    """Whether this is little beside the ups and downs, or a sawtooth on its way up, or growth that slows down."""
    sign = 1 if trend is Trend.GROWING else -1
    start = now - window
    gained = sign * (low[-1] - low[0])
    crest = max(sign * size for time, size in points[bisect_right(times, start) :] if time <= now)
    if gained < _OF_SWING * (crest - min(sign * size for size in low)):
        return True
    before = [sign * size for time, size in points[: bisect_right(times, start)] if time >= start - _PAST * window]
    if not before:
        return False
    if max(before) > crest - gained / 2 and max(before) - before[-1] > gained / 2:
        return True  # it was as high before, and came down again
    if start - points[0][0] < window:
        return False
    earlier = troughs(points, times, start - window, start, _TROUGHS)
    return gained < _KEEPS_UP * sign * (earlier[-1] - earlier[0])


def _measure(low: Sequence[float], window: float, trend: Trend) -> Growth | None:
    slope, tau, p = _statistics(low, window)
    sure = slope.low > 0 if trend is Trend.GROWING else slope.high < 0
    return Growth(trend, window, *slope, tau, p) if sure and p < _P and abs(tau) > _TAU else None


def _statistics(values: Sequence[float], window: float) -> tuple[Slope, float, float]:
    step = window / len(values)
    places = range(len(values))
    slopes = sorted((values[j] - values[i]) / ((j - i) * step) for i in places for j in places[i + 1 :])
    middle = median(slopes)
    score, variance = kendall(values)
    variance *= _inflation([value - middle * step * index for index, value in enumerate(values)])
    half = _Z95 * sqrt(variance)
    low = slopes[max(0, int((len(slopes) - half) / 2))]
    high = slopes[min(len(slopes) - 1, int((len(slopes) + half) / 2) + 1)]
    z = 0.0 if not score or not variance else (abs(score) - 1) / sqrt(variance)
    return Slope(middle, low, high), score / len(slopes), erfc(z / sqrt(2))


def kendall(values: Sequence[float]) -> tuple[int, float]:
    """Mann-Kendall's S, the pairs that rise less those that fall, and its variance under no trend, ties counted."""
    n = len(values)
    score = sum(
        (later > value) - (later < value) for index, value in enumerate(values) for later in values[index + 1 :]
    )
    ties = sum(k * (k - 1) * (2 * k + 5) for k in Counter(values).values() if k > 1)
    return score, (n * (n - 1) * (2 * n + 5) - ties) / 18


def _inflation(residuals: Sequence[float]) -> float:
    """How many times the variance of independent errors theirs is, by their lag-1 autocorrelation."""
    mean = sum(residuals) / len(residuals)
    off = [residual - mean for residual in residuals]
    power = sum(value * value for value in off)
    if not power:
        return 1.0
    rho = sum(one * other for one, other in pairwise(off)) / power
    rho = min(_MOST_CORRELATED, max(0.0, rho))
    return (1 + rho) / (1 - rho)
