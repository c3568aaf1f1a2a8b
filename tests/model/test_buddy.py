"""Fragmentation of free blocks, as the kernel counts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.buddy import fragmentation, huge_order, largest_order, pages_by_order

MIB = 1 << 20


def test_pages_and_the_largest_piece() -> None:
    assert pages_by_order((3, 0, 2)) == (3, 0, 8)
    assert largest_order((3, 0, 2)) == 2
    assert largest_order((0, 0)) is None
    assert largest_order(()) is None


def test_where_a_block_is_there_nothing_is_fragmented() -> None:
    state = fragmentation((10, 0, 0, 1), 3)
    assert state is not None and state.extfrag is None
    assert state.unusable == pytest.approx(10 / 18)


def test_many_small_pieces_are_fragmentation_and_few_are_want_of_memory() -> None:
    many, few = fragmentation((100_000, 0, 0, 0), 3), fragmentation((2, 0, 0, 0), 3)
    assert many is not None and few is not None
    assert many.extfrag == pytest.approx(1 - (1 + 100_000 / 8) / 100_000)  # mm/vmstat.c in thousandths: 875
    assert few.extfrag == pytest.approx(1 - (1 + 2 / 8) / 2)
    assert many.unusable == few.unusable == 1


def test_nothing_free_or_no_such_order_has_no_answer() -> None:
    assert fragmentation((0, 0, 0), 1) is None
    assert fragmentation((1, 1), 2) is None


@pytest.mark.parametrize(
    ("huge", "page", "orders", "order"),
    [(2 * MIB, 4096, 11, 9), (512 * MIB, 65536, 14, 13), (1 << 30, 4096, 11, None), (0, 4096, 11, None)],
)
def test_the_order_of_a_huge_page(huge: int, page: int, orders: int, order: int | None) -> None:
    assert huge_order(huge, page, orders) == order


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=14), st.integers(0, 13))
def test_both_are_shares(blocks: list[int], order: int) -> None:
    state = fragmentation(blocks, order)
    if state is not None:
        assert 0 <= state.unusable <= 1
        assert state.extfrag is None or state.extfrag <= 1
