"""The plot of a process's sizes: what it shows, and that nothing fed to it can end the program."""

import subprocess
import sys
from math import inf, isfinite, nan

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memtui.tui.plot import MIN_HEIGHT, MIN_WIDTH, Series, TimeAxis, plot, time_axis
from memtui.tui.widgets.history import HistoryPlot
from memtui.view.lines import Line, Tone, text_of, width_of

GIB = 2**30
MINUTE = TimeAxis(now=1000.0, span=60.0, tick=15.0)
BRAILLE = range(0x2800, 0x2900)

NUMBERS = st.none() | st.floats() | st.sampled_from([1e308, -1e308, 5e-324, 0.0, 1000.0])
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8)


def drawn(points: list[tuple[float | None, float | None]], axis: TimeAxis = MINUTE) -> list[str]:
    """The canvas of a plot of one series, without legend, scale and time axis; letters as the line they stand on."""
    lines = plot([Series("X", Tone.ANON, points)], axis, 4 * GIB, 46, 11)
    return [text_of(row)[6:].replace("X", "⣿").ljust(40) for row in lines[1:-2]]


def columns(row: str) -> list[int]:
    return [x for x, character in enumerate(row) if ord(character) in BRAILLE]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(POINTS, max_size=4),
    st.floats(),
    st.floats(),
    st.floats(),
    st.integers(-5, 130),
    st.integers(-5, 40),
)
@example([[(1.0, nan), (nan, 2.0), (2.0, inf), (3.0, -1.0)]], 0.0, 5.0, 1e9, 80, 20)
@example([[(1.0, 5.0)]], 1.0, 1.0, 10.0, 20, 5)
@example([[(1.0, 5.0)]], nan, nan, nan, 80, 20)
@example([[(1.0, 5.0)]], inf, inf, inf, 80, 20)
@example([[]], 0.0, 0.0, 0.0, 0, 0)
def test_any_numbers_and_any_size_give_lines_that_fit(
    points: list[list[tuple[float | None, float | None]]],
    first: float,
    now: float,
    top: float,
    width: int,
    height: int,
) -> None:
    series = [Series(f"N{number}", Tone.PLAIN, list(one)) for number, one in enumerate(points)]
    lines = plot(series, time_axis(first, now, width), top, width, height)
    assert len(lines) <= max(0, height)
    if isfinite(first) and isfinite(now):
        assert not any(text_of(row).startswith("no plot") for row in lines)
    assert all(width_of(row) <= width for row in lines)


def test_a_nan_does_not_end_the_process() -> None:
    code = (
        "from math import inf, nan\n"
        "from memtui.tui.plot import Series, TimeAxis, plot\n"
        "from memtui.view.lines import Tone\n"
        "for bad in (nan, inf, -inf, None):\n"
        "    for points in ([(1.0, bad)], [(1.0, 5.0), (2.0, bad), (3.0, 5.0)], [(bad, 5.0)]):\n"
        "        plot([Series('RES', Tone.STRONG, points)], TimeAxis(9.0, 60.0, 15.0), 10.0, 80, 20)\n"
        "plot([Series('RES', Tone.STRONG, [(1.0, 5.0)])], TimeAxis(nan, nan, nan), nan, 80, 20)\n"
        "print('alive')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_plotext_is_imported_by_the_first_plot_and_not_before() -> None:
    code = "import sys, memtui.tui.plot, memtui.tui.widgets.history; print('plotext' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"


def test_a_plot_smaller_than_its_minimum_is_empty() -> None:
    series = [Series("RES", Tone.STRONG, [(990.0, 1.0 * GIB)])]
    assert plot(series, MINUTE, 4 * GIB, MIN_WIDTH - 1, 20) == []
    assert plot(series, MINUTE, 4 * GIB, 80, MIN_HEIGHT - 1) == []
    assert len(plot(series, MINUTE, 4 * GIB, MIN_WIDTH, MIN_HEIGHT)) == MIN_HEIGHT


def test_a_failure_of_plotext_is_one_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotext", None)
    lines = plot([Series("RES", Tone.STRONG, [(990.0, 1.0 * GIB)])], MINUTE, 4 * GIB, 80, 20)
    assert [text_of(row)[:30] for row in lines] == ["RES 1.00G", "no plot: ModuleNotFoundError: "]


def test_a_number_that_is_none_is_stopped_before_plotext_sees_it() -> None:
    lines = plot([Series("RES", Tone.STRONG, [(990.0, 1.0)])], TimeAxis(nan, 60.0, 15.0), 10.0, 80, 20)
    assert text_of(lines[-1]) == "no plot: ValueError: a point outside the plot"


def test_a_value_holds_until_the_next_point_and_the_last_one_until_now() -> None:
    canvas = drawn([(940.0, 1.0 * GIB), (970.0, 3.0 * GIB)])
    low = next(row for row in reversed(canvas) if columns(row))
    high = next(row for row in canvas if columns(row))
    assert columns(low)[:20] == list(range(20))
    assert columns(high) == list(range(20, 40))
    assert canvas.index(high) < canvas.index(low)


def test_what_happened_before_the_axis_begins_shows_only_as_the_value_it_begins_with() -> None:
    canvas = drawn([(100.0, 4.0 * GIB), (200.0, 0.0), (300.0, 2.0 * GIB)])
    assert [bool(columns(row)) for row in canvas].count(True) == 1


def test_a_missing_value_is_a_gap() -> None:
    canvas = drawn([(940.0, 2.0 * GIB), (955.0, None), (985.0, 2.0 * GIB)])
    seen = {x for row in canvas for x in columns(row)}
    assert set(range(10)) | set(range(30, 40)) <= seen
    assert not seen & set(range(11, 29))


def test_sizes_stand_at_the_left_and_times_ago_below() -> None:
    lines = plot([Series("RES", Tone.STRONG, [(700.0, 1.0 * GIB)])], TimeAxis(1000, 300, 60), 4 * GIB, 80, 20)
    texts = [text_of(row) for row in lines]
    assert [text[:6] for text in texts[1:] if "┤" in text] == ["4.00G┤", "3.00G┤", "2.00G┤", "1.00G┤", "    0┤"]
    assert texts[-1].split() == ["-5m", "-4m", "-3m", "-2m", "-1m", "now"]


def test_a_narrow_time_axis_labels_its_ends_only() -> None:
    lines = plot([Series("RES", Tone.STRONG, [(700.0, 1.0 * GIB)])], TimeAxis(1000, 300, 60), 4 * GIB, 30, 8)
    assert text_of(lines[-1]).split() == ["-5m", "now"]


@pytest.mark.parametrize("seen", [0, 59, 61, 290, 3000, 8000, 50_000, 200_000, 2_000_000, 20_000_000])
def test_the_time_axis_shows_all_that_was_seen_and_its_labels_are_equally_far_apart(seen: int) -> None:
    axis = time_axis(5000.0, 5000.0 + seen, 100)
    assert axis.now - axis.span <= 5000.0 + axis.span / 94
    labels = text_of(plot([], axis, 1.0, 100, 10)[-1]).split()
    amounts = [int(label[1:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[label[-1]] for label in labels[:-1]]
    assert amounts == [axis.span - axis.tick * place for place in range(len(amounts))]


def test_the_right_edge_moves_by_dots_so_that_a_moment_later_the_plot_is_the_same() -> None:
    points: list[tuple[float | None, float | None]] = [(950.0, 1.0 * GIB)]
    axes = [time_axis(950.0, 1000.0 + tenth / 10, 46) for tenth in range(8)]
    assert len(set(axes)) == 2
    assert drawn(points, axes[0]) == drawn(points, time_axis(950.0, 1000.0, 46))


def spans_of(lines: list[Line], tone: Tone) -> str:
    return "".join(span.text for row in lines[1:] for span in row if span.tone == tone)


def test_each_line_has_its_tone_and_its_letter_even_where_lines_coincide() -> None:
    kinds = {"RES": Tone.STRONG, "PSS": Tone.ANON, "USS": Tone.FILE, "SWAP": Tone.SWAP}
    series = [Series(name, tone, [(940.0, 1.0 * GIB)]) for name, tone in kinds.items()]
    lines = plot(series, MINUTE, 4 * GIB, 80, 20)
    for name, tone in kinds.items():
        assert name[0] in spans_of(lines, tone)
    assert any(ord(character) in BRAILLE for character in spans_of(lines, Tone.SWAP))
    assert not set(spans_of(lines, Tone.TRACK)) & {chr(code) for code in BRAILLE if code != 0x2800}


def test_the_legend_has_the_current_values_and_drops_what_does_not_fit_whole() -> None:
    values = {"RES": 3.0 * GIB, "PSS": None, "USS": 640.0 * 1024, "SWAP": 0.0}
    series = [Series(name, Tone.PLAIN, [(990.0, 1.0), (995.0, value)]) for name, value in values.items()]
    assert text_of(plot(series, MINUTE, 4 * GIB, 80, 20)[0]) == "RES 3.00G  PSS –      USS 640K   SWAP 0"
    assert text_of(plot(series, MINUTE, 4 * GIB, 20, 20)[0]) == "RES 3.00G PSS –"


Trail = tuple[tuple[float | None, ...], ...]
TRAIL: Trail = ((100.0, 5e6, None, None, 0.0), (110.0, 6e6, 3e6, 2e6, 0.0))


def test_the_history_says_so_when_there_is_nothing() -> None:
    widget = HistoryPlot()
    widget.put((), 100.0)
    assert [text_of(row) for row in widget.window(80, 20)] == ["no history: nothing measured yet"]


def test_the_history_of_one_process_is_drawn_at_most_once_a_second() -> None:
    widget = HistoryPlot()
    widget.put(TRAIL, 120.0)
    before = widget.window(80, 20)
    assert text_of(before[0]).startswith("RES 5.72M")
    grown: Trail = (*TRAIL, (120.5, 7e6, 3e6, 2e6, 0.0))
    widget.put(grown, 120.9)
    assert widget.window(80, 20) is before
    widget.put(grown, 121.1)
    assert text_of(widget.window(80, 20)[0]).startswith("RES 6.68M")


def test_another_process_is_drawn_at_once_with_a_scale_of_its_own() -> None:
    widget = HistoryPlot()
    widget.put(TRAIL, 120.0)
    assert text_of(widget.window(80, 20)[1]).startswith("8.00M┤")
    widget.put(((100.0, 900e3, None, None, 0.0),), 120.1)
    lines = widget.window(80, 20)
    assert text_of(lines[0]).startswith("RES 879K")
    assert text_of(lines[1]).startswith("1.00M┤")


def test_the_same_input_is_not_drawn_twice() -> None:
    widget = HistoryPlot()
    widget.put(TRAIL, 120.0)
    before = widget.window(80, 20)
    widget.put(TRAIL, 120.0)
    assert widget.window(80, 20) is before
    assert widget.window(60, 20) is not before
