"""Rings, histories and trails: what goes in comes out, bounded, and missing values stay missing."""

import threading
from itertools import pairwise
from math import nan

from hypothesis import given
from hypothesis import strategies as st

from memtui.model.history import History, Ring, Trail

VALUES = st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=60)


@given(VALUES, st.integers(1, 20), st.integers(0, 80))
def test_a_ring_gives_back_the_newest_values_in_order(values: list[float | None], depth: int, count: int) -> None:
    ring = Ring(depth)
    for value in values:
        ring.push(value)
    kept = values[-depth:]
    assert ring.last(count) == (kept[-count:] if count else [])
    assert len(ring) == len(kept)


def test_a_ring_takes_not_a_number_for_missing() -> None:
    ring = Ring(3)
    ring.push(nan)
    ring.push(None)
    ring.push(0)
    assert ring.last(3) == [None, None, 0.0]


def test_a_ring_keeps_numbers_of_64_bits() -> None:
    ring = Ring(1)
    ring.push(2**64 - 1)
    assert ring.last(1) == [float(2**64 - 1)]


def test_a_new_series_starts_with_blanks_and_a_left_out_one_gets_a_blank() -> None:
    history = History(depth=4)
    history.push(1.0, {"a": 1})
    history.push(2.0, {"a": 2, "b": 20})
    history.push(3.0, {"b": None})
    assert history.series("a") == [1.0, 2.0, None]
    assert history.series("b") == [None, 20.0, None]
    assert history.series("c") == []
    assert history.times() == [1.0, 2.0, 3.0]


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 2**64)), max_size=30))
def test_all_series_stay_as_long_as_the_times_however_they_come_and_go(rows: list[dict[str, int | None]]) -> None:
    history = History(depth=8)
    for at, row in enumerate(rows):
        history.push(float(at), row)
    times = history.times()
    assert times == [float(at) for at in range(len(rows))][-8:]
    for name in {name for row in rows for name in row}:
        expected = [None if row.get(name) is None else float(row[name] or 0) for row in rows[-8:]]
        assert history.series(name) == expected
        assert history.series(name, 3) == expected[-3:]


def test_no_reader_comes_between_the_series_of_one_sample() -> None:
    history, held = History(), []

    class Watched(dict[str, float]):
        def get(self, key: str, default: object = None) -> float:
            held.append(history._lock.locked())
            return self[key]

    history.push(1.0, Watched(a=1, b=2))
    assert held == [True, True]


def test_a_reader_on_another_thread_sees_whole_samples() -> None:
    history, torn, stop = History(depth=50), [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            series = history.series("a")
            if any(after != (before or 0) + 1 for before, after in pairwise(series)):
                torn.append(series)

    reader = threading.Thread(target=read)
    reader.start()
    for at in range(20_000):
        history.push(float(at), {"a": at})
    stop.set()
    reader.join()
    assert not torn


def test_a_trail_gives_back_its_points_with_missing_sizes() -> None:
    trail = Trail(2)
    trail.push(1.0, 10, None)
    trail.push(2.0, 11, 5)
    assert trail.points() == [(1.0, 10.0, None), (2.0, 11.0, 5.0)]
    assert Trail(2).points() == []


def test_a_trail_of_something_that_does_not_change_is_one_point() -> None:
    trail = Trail(2)
    for at in range(100_000):
        trail.push(float(at), 10, None)
    assert trail.points() == [(0.0, 10.0, None)]


def test_a_trail_sees_the_first_change_after_a_long_rest() -> None:
    trail = Trail(1, limit=8)
    for at in range(100):
        trail.push(float(at), min(at, 20))
    trail.push(100.0, 7)
    assert trail.points()[-1] == (100.0, 7.0)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=500), st.sampled_from([4, 8, 160]))
def test_a_trail_is_bounded_ordered_true_and_ends_with_what_is_now(sizes: list[int], limit: int) -> None:
    trail = Trail(1, limit)
    for at, size in enumerate(sizes):
        trail.push(float(at), size)
        points = trail.points()
        times = [time for time, _ in points if time is not None]
        assert len(points) <= limit and len(times) == len(points)
        assert times[0] == 0.0 and times == sorted(set(times))
        assert all(value == sizes[int(time)] for time, (_, value) in zip(times, points, strict=True))
        assert points[-1][1] == size


def test_a_long_trail_covers_the_whole_past() -> None:
    trail = Trail(1, limit=16)
    for at in range(10_000):
        trail.push(float(at), at)
    times = [time or 0.0 for time, _ in trail.points()]
    gaps = [after - before for before, after in pairwise(times)]
    assert times[0] == 0.0 and times[-1] == 9999.0
    assert 8 <= len(times) <= 17 and max(gaps) <= 2 * 10_000 / 8
