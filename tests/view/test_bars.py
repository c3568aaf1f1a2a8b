from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from memtui.view.bars import GLYPHS, glyph, legend, meter, stacked_bar
from memtui.view.lines import Line, Tone, text_of, width_of
from memtui.view.text import cells

MEMORY = list(GLYPHS)[:9]
AMOUNTS = st.lists(st.integers(0, 10**6) | st.integers(0, 2**50), max_size=len(MEMORY))
WIDTHS = st.integers(0, 130)


def drawn(row: Line) -> dict[Tone, int]:
    return {span.tone: cells(span.text) for span in row}


def stacked(amounts: list[int], total: int, width: int) -> dict[Tone, int]:
    return drawn(stacked_bar(list(zip(amounts, MEMORY, strict=False)), total, width))


def test_every_kind_of_memory_has_its_own_texture_of_one_cell() -> None:
    assert len(set(GLYPHS.values())) == len(GLYPHS)
    assert {cells(texture) for texture in GLYPHS.values()} == {1}
    assert glyph(Tone.GOOD) == "█"


def test_a_stacked_bar_is_read_by_texture_and_by_tone() -> None:
    bar = stacked_bar([(40, Tone.ANON), (20, Tone.FILE), (10, Tone.SLAB)], 100, 10)
    assert text_of(bar) == "████▓▓▞···"
    assert [span.tone for span in bar] == [Tone.ANON, Tone.FILE, Tone.SLAB, Tone.TRACK]


def test_cells_go_to_the_largest_remainders() -> None:
    assert stacked([14, 14, 12], 40, 4) == {Tone.ANON: 2, Tone.FILE: 1, Tone.SHMEM: 1}
    assert stacked([14, 14, 12], 80, 8) == {Tone.ANON: 2, Tone.FILE: 1, Tone.SHMEM: 1, Tone.TRACK: 4}


def test_small_parts_of_half_a_cell_are_seen_at_the_cost_of_large_ones() -> None:
    assert stacked([90, 5, 5], 100, 10) == {Tone.ANON: 8, Tone.FILE: 1, Tone.SHMEM: 1}
    assert stacked([55, 55], 200, 2) == {Tone.ANON: 1, Tone.FILE: 1}


def test_more_than_the_total_fills_the_bar_and_nothing_leaves_it_empty() -> None:
    assert stacked([30, 30], 40, 6) == {Tone.ANON: 3, Tone.FILE: 3}
    assert stacked([], 0, 6) == {Tone.TRACK: 6}
    assert stacked([5], 0, 0) == {}
    assert stacked([-10, 4], 10, 10) == {Tone.FILE: 4, Tone.TRACK: 6}


@given(AMOUNTS, st.integers(0, 2**52), WIDTHS)
def test_a_stacked_bar_is_exactly_as_wide_as_asked(amounts: list[int], total: int, width: int) -> None:
    assert sum(stacked(amounts, total, width).values()) == width


@given(AMOUNTS, st.integers(1, 2**52), WIDTHS)
def test_a_part_of_half_a_cell_has_a_cell_and_none_has_more_than_a_cell_too_many(
    amounts: list[int], total: int, width: int
) -> None:
    total = max(total, sum(amounts))
    due = [2 * amount * width >= total for amount in amounts]
    shares = stacked(amounts, total, width)
    for tone, amount, seen in zip(MEMORY, amounts, due, strict=False):
        if seen and sum(due) <= width:
            assert shares.get(tone, 0) >= 1
        assert shares.get(tone, 0) * total < (amount * width) + total


@given(AMOUNTS, st.integers(1, 2**52), WIDTHS)
def test_the_larger_of_two_parts_never_has_fewer_cells(amounts: list[int], total: int, width: int) -> None:
    shares = stacked(amounts, total, width)
    ranked = sorted(zip(amounts, MEMORY, strict=False))
    for (small, one), (large, other) in pairwise(ranked):
        if small < large:
            assert shares.get(one, 0) <= shares.get(other, 0)


@given(AMOUNTS, st.integers(0, 10**6), st.integers(1, 10**7), WIDTHS)
def test_a_part_that_grows_into_the_rest_never_loses_a_cell(
    amounts: list[int], growth: int, spare: int, width: int
) -> None:
    assume(amounts)
    total = sum(amounts) + growth + spare
    before = stacked(amounts, total, width)
    after = stacked([amounts[0] + growth, *amounts[1:]], total, width)
    assert after.get(MEMORY[0], 0) >= before.get(MEMORY[0], 0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, ""),
        (0.1, "▏"),
        (5, "▌"),
        (33.3, "███▍"),
        (50, "█████"),
        (100, "██████████"),
        (250, "██████████"),
        (-3, ""),
    ],
)
def test_a_meter_is_smooth_by_eighths(value: float, shown: str) -> None:
    assert text_of(meter(value, 100, 10, Tone.ANON)) == shown


@given(st.floats(-10, 200), st.floats(0, 100), st.floats(-1, 150), WIDTHS)
def test_a_meter_is_exactly_as_wide_as_asked_and_never_shrinks(
    value: float, growth: float, total: float, width: int
) -> None:
    one, other = meter(value, total, width, Tone.ANON), meter(value + growth, total, width, Tone.ANON)
    assert width_of(one) == width_of(other) == width
    order = " ▏▎▍▌▋▊▉█"
    lengths = [sum(order.index(character) for span in row for character in span.text) for row in (one, other)]
    assert lengths[0] <= lengths[1]


def test_a_legend_names_each_texture_and_wraps_between_entries() -> None:
    items = [("anon", Tone.ANON, "7.90G"), ("file", Tone.FILE, "1.10G"), ("slab", Tone.SLAB, "")]
    assert [text_of(row) for row in legend(items, 28)] == ["█ anon 7.90G  ▓ file 1.10G", "▞ slab"]
    assert [text_of(row) for row in legend(items, 40)] == ["█ anon 7.90G  ▓ file 1.10G  ▞ slab"]
    assert legend(items, 40)[0][0] == ("█", Tone.ANON)
    assert legend([], 40) == []


def test_an_entry_wider_than_the_legend_is_cut() -> None:
    assert [text_of(row) for row in legend([("pagetables", Tone.PAGETABLES, "1G")], 9)] == ["▄ pageta…"]
    assert [text_of(row) for row in legend([("anon", Tone.ANON, "7.90G")], 10)] == ["█ anon 7.…"]


@given(st.lists(st.tuples(st.text("ab数 "), st.sampled_from(MEMORY), st.text("0.G"))), st.integers(1, 60))
def test_no_line_of_a_legend_is_wider_than_asked(items: list[tuple[str, Tone, str]], width: int) -> None:
    rows = legend(items, width)
    assert all(width_of(row) <= width for row in rows)
    shown = [span.tone for row in rows for span in row if span.tone in GLYPHS]
    assert shown == [tone for _, tone, _ in items]
