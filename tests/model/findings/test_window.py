"""The last minute of counters: means over the time asked for, bounded, honest about what it doesn't have."""

import pytest

from memtui.model.findings.window import Window


def filled(seconds: int, step: float = 1.0, rate: float = 10.0) -> Window:
    window = Window(("counter", "other"))
    for index in range(int(seconds / step) + 1):
        window.push(100.0 + index * step, {"counter": 5.0 + rate * index * step})
    return window


def test_a_mean_is_over_the_last_seconds_only() -> None:
    window = filled(30)
    window.push(131.0, {"counter": 5.0 + 300 + 1010})
    assert window.rate("counter", 1) == pytest.approx(1010)
    assert window.rate("counter", 10) == pytest.approx((9 * 10 + 1010) / 10)
    assert window.change("counter", 10) == pytest.approx(9 * 10 + 1010)
    assert window.span(10) == pytest.approx(10)


def test_where_there_is_less_it_takes_what_there_is() -> None:
    assert filled(0).rate("counter", 10) is None and Window(("counter",)).change("counter", 10) is None
    assert filled(3).rate("counter", 10) == pytest.approx(10)
    assert filled(3).span(10) == pytest.approx(3) and Window(("counter",)).span(10) == 0


def test_samples_far_apart_are_both_ends() -> None:
    window = filled(0)
    window.push(160.0, {"counter": 605.0})
    assert window.rate("counter", 10) == pytest.approx(10)


def test_what_was_not_there_or_went_backwards_has_no_rate() -> None:
    window = filled(5)
    assert window.rate("other", 10) is None and window.values("other") == []
    window.push(106.0, {"counter": 1.0})
    assert window.rate("counter", 10) is None
    assert window.change("counter", 10) == pytest.approx(-4)


def test_it_keeps_a_minute_however_fast_samples_come() -> None:
    assert 60 <= len(filled(300).values("counter")) <= 62
    fast = filled(60, step=0.1)
    assert len(fast.values("counter")) <= 160
    at, value = fast.values("counter")[-1]
    assert at == pytest.approx(160.0)
    assert value == pytest.approx(605.0)
    assert fast.rate("counter", 10) == pytest.approx(10)
