import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.view.gauge import gauge, gauge_scale, position
from memtui.view.lines import Line, Tone, width_of
from memtui.view.text import cells

WATERMARKS = [(1400, "min"), (1750, "low"), (2100, "high")]
LIMIT = 100_000
PAGES = st.integers(0, 2 * LIMIT)
MARKS = st.lists(st.tuples(PAGES, st.sampled_from(["min", "low", "high", "boost", "数据"])), max_size=5)
WIDTHS = st.integers(0, 100)


def whole(row: Line) -> str:
    return "".join(span.text for span in row)


@pytest.mark.parametrize(
    ("value", "cell"), [(-5, 0), (0, 0), (1050, 7.5), (2100, 15), (51_050, 30), (100_000, 45), (200_000, 45)]
)
def test_the_knee_stands_at_a_third(value: int, cell: float) -> None:
    assert position(value, 2100, LIMIT, 45) == cell


@pytest.mark.parametrize("knee", [-1, 0, LIMIT, LIMIT + 1])
def test_a_knee_off_the_scale_leaves_it_linear(knee: int) -> None:
    assert position(25_000, knee, LIMIT, 40) == 10
    assert position(5, knee, 0, 40) == 0


@given(PAGES, PAGES, st.integers(0, LIMIT), WIDTHS)
def test_positions_rise_with_the_value(one: int, other: int, knee: int, width: int) -> None:
    small, large = sorted((one, other))
    assert 0 <= position(small, knee, LIMIT, width) <= position(large, knee, LIMIT, width) <= width


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "          ┊ ┊  ┊              "),
        (900, "██████▍   ┊ ┊  ┊              "),
        (1749, "██████████┃█┊  ┊              "),
        (1750, "██████████┃█┃  ┊              "),
        (2200, "██████████┃█┃██┃              "),
        (LIMIT, "██████████┃█┃██┃██████████████"),
    ],
)
def test_a_mark_is_heavy_from_the_very_page_that_reaches_it(value: int, shown: str) -> None:
    bar = gauge(value, WATERMARKS, LIMIT, 45, Tone.FREE, knee=2100)
    assert whole(bar)[:30] == shown
    assert all((span.tone is Tone.MARK) == (span.text in "┊┃") for span in bar)
    assert Tone.FREE in {span.tone for span in bar} or value == 0


def test_marks_in_one_cell_are_one_and_reached_when_all_are() -> None:
    marks = [(10, "min"), (11, "low")]
    assert whole(gauge(10, marks, 1000, 10, Tone.FREE, knee=0)) == "┊         "
    assert whole(gauge(11, marks, 1000, 10, Tone.FREE, knee=0)) == "┃         "
    assert whole(gauge_scale(marks, 1000, 10, knee=0)).split() == ["min"]


def test_a_mark_at_the_limit_is_in_the_last_cell_and_one_beyond_is_not_drawn() -> None:
    assert whole(gauge(0, [(1000, "max")], 1000, 10, Tone.FREE, knee=0)) == "         ┊"
    assert whole(gauge(0, [(1001, "out")], 1000, 10, Tone.FREE, knee=0)) == "          "


def test_the_least_value_above_zero_is_seen() -> None:
    assert whole(gauge(1, [], LIMIT, 10, Tone.FREE, knee=0)) == "▏         "


@given(PAGES, MARKS, PAGES, st.integers(0, LIMIT), WIDTHS)
def test_gauge_and_scale_are_exactly_as_wide_as_asked(
    value: int, marks: list[tuple[int, str]], limit: int, knee: int, width: int
) -> None:
    assert width_of(gauge(value, marks, limit, width, Tone.FREE, knee=knee)) == width
    assert width_of(gauge_scale(marks, limit, width, knee=knee)) == width


def test_labels_stand_at_their_marks() -> None:
    bar = gauge(0, WATERMARKS, LIMIT, 90, Tone.FREE, knee=2100)
    assert whole(bar).rstrip() == "                    ┊    ┊    ┊"
    assert whole(gauge_scale(WATERMARKS, LIMIT, 90, knee=2100)).rstrip() == "                   min  low high"


def test_a_label_without_room_is_left_out() -> None:
    assert whole(gauge_scale(WATERMARKS, LIMIT, 45, knee=2100)).split() == ["min", "low", "high"]
    assert whole(gauge_scale(WATERMARKS, LIMIT, 24, knee=2100)).split() == ["min", "low"]
    assert whole(gauge_scale(WATERMARKS, LIMIT, 2, knee=2100)).split() == []


@given(st.lists(PAGES, max_size=5, unique=True), st.integers(0, LIMIT), WIDTHS)
def test_every_label_touches_its_mark_and_has_a_space_before_the_next(
    values: list[int], knee: int, width: int
) -> None:
    marks = [(value, f"m{value}") for value in sorted(values)]
    text = whole(gauge_scale(marks, LIMIT, width, knee=knee))
    labels = text.split()
    known = {label: value for value, label in marks}
    assert labels == [label for _, label in marks if label in labels]
    for label in labels:
        cell = min(width - 1, int(position(known[label], knee, LIMIT, width)))
        start = f" {text} ".index(f" {label} ")
        assert start - 1 <= cell <= start + cells(label)
