from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memtui.view.format import (
    count,
    cpu_time,
    duration,
    percent,
    rate,
    short_time,
    signed_size,
    size,
    size_rate,
)

K, M, G = 1 << 10, 1 << 20, 1 << 30
SIZES = st.integers(0, 2**63) | st.integers(0, 63).flatmap(lambda bits: st.integers(0, 1 << bits))
BINARY = {"B": 1, **{unit: 1 << 10 * power for power, unit in enumerate("KMGTPE", 1)}}
DECIMAL = {unit: 10.0 ** (3 * power) for power, unit in enumerate("kMGTPE", 1)}


def value_of(text: str, units: dict[str, Any]) -> float:
    return float(text[:-1]) * units[text[-1]] if text[-1] in units else float(text)


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (512, "512B"),
        (1023, "1023B"),
        (4096, "4K"),
        (640 * K, "640K"),
        (1023 * K + 511, "1023K"),
        (1023 * K + 512, "1.00M"),
        (int(24.1 * M), "24.1M"),
        (int(9.996 * M), "10.0M"),
        (int(99.96 * M), "100M"),
        (1023 * M, "1023M"),
        (G - 1, "1.00G"),
        (int(1.21 * G), "1.21G"),
        (12 * G, "12.0G"),
        (2**63, "8.00E"),
        (-int(3.1 * M), "-3.10M"),
    ],
)
def test_sizes_have_three_digits_and_a_binary_unit(n: int | None, shown: str) -> None:
    assert size(n) == shown


@given(SIZES)
def test_a_size_is_near_its_value_in_at_most_five_cells(n: int) -> None:
    assert len(size(n)) <= 5
    assert len(size(-n)) <= 6
    assert len(signed_size(n)) <= 6
    near = 0.5 * K if n >= K else 0
    assert value_of(size(n), BINARY) == pytest.approx(n, rel=0.0051, abs=near)


@given(SIZES, SIZES)
def test_a_larger_size_never_reads_smaller(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert value_of(size(small), BINARY) <= value_of(size(large), BINARY)


@pytest.mark.parametrize(("n", "shown"), [(None, "–"), (0, "+0"), (int(3.1 * M), "+3.10M"), (-640 * K, "-640K")])
def test_growth_has_a_sign(n: int | None, shown: str) -> None:
    assert signed_size(n) == shown


def test_a_rate_of_bytes_reads_like_a_size() -> None:
    assert [size_rate(x) for x in (None, 0.0, 12.0 * M)] == ["–", "0", "12.0M"]


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (0.01, "<0.1"),
        (0.3, "0.3"),
        (9.96, "10"),
        (12, "12"),
        (999.4, "999"),
        (999.6, "1.0k"),
        (1234, "1.2k"),
        (9960, "10k"),
        (345_000, "345k"),
        (999_999, "1.0M"),
    ],
)
def test_rates_are_decimal_and_something_is_never_nothing(x: float | None, shown: str) -> None:
    assert rate(x) == shown


@given(st.floats(0.05, 1e20))
def test_a_rate_is_near_its_value_in_at_most_four_cells(x: float) -> None:
    assert len(rate(x)) <= 4
    assert value_of(rate(x), DECIMAL) == pytest.approx(x, rel=0.051, abs=0.0501)


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (1234, "1,234"),
        (999_999, "999,999"),
        (1_000_000, "1.00M"),
        (12_345_678, "12.3M"),
        (999_600_000, "1.00G"),
        (-99_999, "-99,999"),
        (-123_456, "-123k"),
    ],
)
def test_counts_are_grouped_until_they_need_a_unit(n: int | None, shown: str) -> None:
    assert count(n) == shown


@given(st.integers(-(2**63), 2**64))
def test_a_count_has_at_most_seven_cells(n: int) -> None:
    assert len(count(n)) <= 7


@pytest.mark.parametrize(
    ("x", "digits", "shown"),
    [
        (None, 1, "–"),
        (0, 1, "0.0"),
        (-0.01, 1, "0.0"),
        (99.94, 1, "99.9"),
        (99.96, 1, "100"),
        (100, 1, "100"),
        (12.345, 2, "12.35"),
        (-12.345, 2, "-12.3"),
        (41.6, 0, "42"),
        (1600, 1, "1600"),
        (99_999, 1, "99999"),
        (100_000, 1, ">9999"),
        (-9999, 1, "-9999"),
        (-10_000, 1, "<-999"),
    ],
)
def test_percentages_drop_decimals_before_they_grow_wide(x: float | None, digits: int, shown: str) -> None:
    assert percent(x, digits) == shown


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_percentage_has_at_most_five_cells(x: float, digits: int) -> None:
    assert len(percent(x, digits)) <= 5


@pytest.mark.parametrize(
    ("seconds", "long", "short"),
    [
        (None, "–", "–"),
        (-3, "00:00:00", "0s"),
        (9.9, "00:00:09", "9s"),
        (59.99, "00:00:59", "59s"),
        (60, "00:01:00", "1m"),
        (4 * 3600 + 11 * 60 + 9, "04:11:09", "4h"),
        (86399, "23:59:59", "23h"),
        (12 * 86400 + 4 * 3600 + 11 * 60, "12d 04:11", "12d"),
        (364 * 86400, "364d 00:00", "364d"),
        (365 * 86400, "365d 00:00", ">1y"),
    ],
)
def test_times_are_cut_to_whole_units(seconds: float | None, long: str, short: str) -> None:
    assert (duration(seconds), short_time(seconds)) == (long, short)


@given(st.floats(0, 1e12))
def test_a_short_time_has_at_most_four_cells(seconds: float) -> None:
    assert len(short_time(seconds)) <= 4


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (0.29, "0:00.29"),
        (1.23, "0:01.23"),
        (59.999, "1:00.00"),
        (754.56, "12:34.56"),
        (5999.99, "99:59.99"),
        (6000, "100:00"),
        (7425, "123:45"),
        (59999.9, "999:59"),
        (60000, "16h"),
        (99 * 3600, "99h"),
    ],
)
def test_cpu_time_reads_like_top(seconds: float | None, shown: str) -> None:
    assert cpu_time(seconds) == shown


@given(st.floats(0, 1e11))
@example(59999.999)
def test_cpu_time_has_at_most_nine_cells(seconds: float) -> None:
    assert len(cpu_time(seconds)) <= 9


@pytest.mark.parametrize("unit", [K, M, G, 10**3, 10**6, 10**9, 10**12])
@pytest.mark.parametrize("short", [0, 1, 2000, 500_000])
def test_rounding_goes_on_to_the_next_unit_instead_of_a_fourth_digit(unit: int, short: int) -> None:
    n = unit - unit * short // 10**9
    assert not size(n).startswith("1024")
    assert not rate(n).startswith("1000")
    assert not count(n).startswith("1000")
