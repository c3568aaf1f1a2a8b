from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.view.lines import Line, Tone, text_of, width_of
from memtui.view.series import area, sparkline, sticky_top, sticky_top_bytes

VALUES = st.lists(st.none() | st.floats(0, 1e12), max_size=60)
Sticky = Callable[[float, list[float | None], float], float]
PEAKS = st.lists(st.none() | st.floats(1e-6, 1e15), max_size=20)


def whole(row: Line) -> str:
    return "".join(span.text for span in row)


def test_the_newest_value_is_at_the_right_and_what_has_not_been_is_blank() -> None:
    assert whole(sparkline([1, 4, 8], 5, 8, Tone.ANON)) == "  ▂▄█"
    assert whole(sparkline([8, 8, 1, 4, 8], 3, 8, Tone.ANON)) == "▂▄█"


def test_missing_zero_and_little_are_told_apart_without_colour() -> None:
    row = sparkline([None, 0, 0.001, 5000], 4, 1000, Tone.SWAP)
    assert row == (("·", Tone.TRACK), ("▁", Tone.DIM), ("▂█", Tone.SWAP))


def test_a_scale_of_nothing_shows_anything_as_full() -> None:
    assert whole(sparkline([0, 1], 2, 0, Tone.ANON)) == "▁█"


def test_an_area_stands_on_its_bottom_row() -> None:
    rows = area([None, 0, 1, 8, 12, 16], 6, 2, 16, Tone.FILE)
    assert [whole(row) for row in rows] == ["    ▄█", "·▁▂███"]
    assert [text_of(row) for row in area([4], 1, 3, 12, Tone.FILE)] == ["", "", "█"]


@given(VALUES, st.integers(0, 50), st.integers(1, 6), st.floats(0, 1e12))
def test_every_row_is_exactly_as_wide_as_asked(
    values: list[float | None], width: int, height: int, top: float
) -> None:
    rows = area(values, width, height, top, Tone.ANON)
    assert [width_of(row) for row in rows] == [width] * height


@given(st.floats(0, 100), st.floats(0, 100), st.integers(1, 5))
def test_a_larger_value_is_never_drawn_lower(one: float, other: float, height: int) -> None:
    rows = area(sorted((one, other)), 2, height, 80, Tone.ANON)
    heights = [sum(" ▁▂▃▄▅▆▇█".index(whole(row)[column]) for row in rows) for column in (0, 1)]
    assert heights[0] <= heights[1]


@pytest.mark.parametrize(
    ("peak", "top"), [(0.3, 0.5), (1, 1), (1.01, 2), (2, 2), (3, 5), (5.1, 10), (100, 100), (101, 200), (999, 1000)]
)
def test_a_scale_rises_to_the_next_step_of_one_two_five(peak: float, top: float) -> None:
    assert sticky_top(0, [None, peak, 0], 0) == pytest.approx(top)


@pytest.mark.parametrize(
    ("peak", "top"), [(0.3, 0.5), (1, 1), (3, 4), (1024, 1024), (1025, 2048), (3 << 20, 4 << 20)]
)
def test_a_scale_of_bytes_rises_by_powers_of_two(peak: float, top: float) -> None:
    assert sticky_top_bytes(0, [peak], 0) == top


def test_a_scale_falls_only_when_all_that_is_shown_is_below_two_fifths() -> None:
    assert sticky_top(500, [400, 210, 200], 1) == 500
    assert sticky_top(500, [210, 200], 1) == 500
    assert sticky_top(500, [200], 1) == 500
    assert sticky_top(500, [199, None], 1) == 200
    assert sticky_top_bytes(1024, [409], 1) == 512
    assert sticky_top_bytes(1024, [410], 1) == 1024


def test_a_scale_never_falls_below_its_floor() -> None:
    assert sticky_top(500, [], 30) == 30
    assert sticky_top(500, [None, 0], 30) == 30
    assert sticky_top(10, [8], 30) == 30


@pytest.mark.parametrize("sticky", [sticky_top, sticky_top_bytes])
@given(previous=st.floats(0, 1e15), values=PEAKS, floor=st.floats(0.01, 1e6))
def test_a_scale_holds_its_peak_and_stays_when_asked_again(
    sticky: Sticky, previous: float, values: list[float | None], floor: float
) -> None:
    top = sticky(previous, values, floor)
    assert top >= max([floor, *(value for value in values if value is not None)])
    assert sticky(top, values, floor) == top
