"""Growth: what leaks is told of with its rate, what only looks like it is not. 20 seeds each."""

import random
from collections.abc import Callable, Sequence
from math import exp, sin

import pytest

from memtui.model.growth import MIN_SECONDS, Growth, Trend, judge, kendall, troughs

SEEDS = range(20)
PAGE = 4096
BASE = 40 << 20
Shape = Callable[[random.Random, float], float]


def walk(seed: int, size: Callable[[random.Random], Shape], seconds: int = 600) -> list[tuple[float, float]]:
    """One point a second, in whole pages, equal ones left out, as trails are kept."""
    dice = random.Random(seed)
    shape, points = size(dice), list[tuple[float, float]]()
    for second in range(seconds + 1):
        value = float(int(shape(dice, float(second))) // PAGE * PAGE)
        if not points or points[-1][1] != value:
            points.append((float(second), value))
    return points


def over_time(points: Sequence[tuple[float, float]], seconds: int = 600, every: int = 10) -> list[Growth]:
    """The judgement every ten seconds, with what was known then."""
    return [judge([point for point in points if point[0] <= now], now) for now in range(every, seconds + 1, every)]


def leaker(rate: float) -> Callable[[random.Random], Shape]:
    def begin(dice: random.Random) -> Shape:
        noise = dice.uniform(0, 8 * PAGE)
        return lambda dice, t: BASE + rate * t + dice.uniform(0, noise)

    return begin


def churning(dice: random.Random) -> Shape:
    """Takes and gives back at random, around a level that it is drawn to."""
    state = [0.0]

    def size(dice: random.Random, t: float) -> float:
        state[0] += dice.gauss(0, 1 << 20) - 0.05 * state[0]
        return BASE + max(-BASE / 2, state[0])

    return size


def warming(dice: random.Random) -> Shape:
    """A cache that fills, fast at first, and is full after a minute or two."""
    full, tau = dice.uniform(20, 200) * (1 << 20), dice.uniform(10, 40)
    return lambda dice, t: BASE + full * (1 - exp(-t / tau)) + dice.uniform(0, 16 * PAGE)


def sawtooth(dice: random.Random) -> Shape:
    """Fills and is emptied, every 8 to 40 seconds."""
    period, height, phase = dice.uniform(8, 40), dice.uniform(4, 64) * (1 << 20), dice.uniform(0, 40)
    return lambda dice, t: BASE + height * ((t + phase) % period) / period + dice.uniform(0, 8 * PAGE)


def step(dice: random.Random) -> Shape:
    """One large allocation that stays."""
    at, height = dice.uniform(5, 400), dice.uniform(1, 500) * (1 << 20)
    return lambda dice, t: BASE + (height if t > at else 0) + dice.uniform(0, 8 * PAGE)


def wave(dice: random.Random) -> Shape:
    """Load that comes and goes smoothly."""
    period, phase = dice.uniform(20, 50), dice.uniform(0, 6)
    return lambda dice, t: BASE + 10 * (1 << 20) * sin(6.28 * t / period + phase)


@pytest.mark.parametrize("rate", [8_000, 80_000, 800_000])
def test_a_leak_is_found_and_its_rate_is_within_a_tenth(rate: int) -> None:
    for seed in SEEDS:
        points = walk(seed, leaker(rate), 120)
        judged = over_time(points, 120)
        assert [one.trend for one in judged[:5]] == [Trend.EARLY] * 5  # 10 s to 50 s
        assert all(one.trend is Trend.GROWING for one in judged[6:]), (seed, judged)
        last = judged[-1]
        assert last.rate == pytest.approx(rate, rel=0.1)
        assert last.rate is not None
        assert last.low is not None
        assert last.high is not None
        assert last.low <= last.rate <= last.high
        assert last.p is not None
        assert last.p < 0.02


@pytest.mark.parametrize("shape", [churning, warming, sawtooth, step, wave])
def test_what_only_looks_like_a_leak_is_not_reported_at_any_moment(shape: Callable[[random.Random], Shape]) -> None:
    reported = [seed for seed in SEEDS for one in over_time(walk(seed, shape)) if one.trend is Trend.GROWING]
    assert not reported


def test_a_leak_under_a_sawtooth_is_found_by_its_troughs() -> None:
    def begin(dice: random.Random) -> Shape:
        saw = sawtooth(dice)
        return lambda dice, t: saw(dice, t) + 100_000 * t

    found = [over_time(walk(seed, begin))[-1] for seed in SEEDS]
    assert all(one.trend is Trend.GROWING for one in found)
    assert all(one.rate == pytest.approx(100_000, rel=0.1) for one in found)


def test_a_leak_that_begins_late_is_found_within_two_minutes() -> None:
    for seed in SEEDS:
        points = walk(seed, lambda dice: lambda dice, t: BASE + max(0.0, t - 300) * 50_000 + dice.uniform(0, PAGE))
        judged = dict(zip(range(10, 601, 10), over_time(points), strict=True))
        assert judged[300].trend is Trend.STEADY
        assert judged[420].trend is Trend.GROWING


def test_giving_back_steadily_is_shrinking() -> None:
    last = over_time(walk(1, lambda dice: lambda dice, t: BASE - 40_000 * t + dice.uniform(0, PAGE)), 120)[-1]
    assert last.trend is Trend.SHRINKING
    assert last.rate == pytest.approx(-40_000, rel=0.1)


def test_nothing_is_said_before_there_is_a_minute_to_speak_of() -> None:
    assert judge([], 5.0) == Growth(Trend.EARLY, 0.0)
    assert judge([(0.0, 5.0)], MIN_SECONDS - 1).trend is Trend.EARLY
    idle = judge([(0.0, 5.0)], MIN_SECONDS)
    assert (idle.trend, idle.rate) == (Trend.STEADY, 0.0)


def test_a_trough_is_the_least_size_of_a_part_the_one_it_began_with_too() -> None:
    points = [(0.0, 5.0), (2.0, 9.0), (4.0, 3.0), (4.5, 8.0), (9.0, 7.0)]
    assert troughs(points, [time for time, _ in points], 0.0, 10.0, 5) == [5, 3, 3, 8, 7]
    assert troughs(points, [time for time, _ in points], 0.0, 10.0, 5, -1) == [-9, -9, -8, -8, -8]


def test_kendalls_score_and_variance_are_the_textbook_ones() -> None:
    assert kendall([1, 2, 3, 4]) == (6, 4 * 3 * 13 / 18)
    assert kendall([4, 3, 2, 1])[0] == -6
    score, variance = kendall([1, 1, 1, 2])
    assert (score, variance) == (3, (4 * 3 * 13 - 3 * 2 * 11) / 18)
