"""Free blocks of a zone by order: what they add up to, the largest in one piece, and how fragmented they are.

An order n is 2**n pages in one piece; how many orders there are is told by the kernel's line, not assumed.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Fragmentation(NamedTuple):
    """Of one zone for one order. `unusable` is the share of free memory in smaller pieces, 0 to 1.

    `extfrag` tells why an allocation of that order would fail: towards 0 for want of memory, towards 1 for
    fragmentation; None where it would not fail.
    """

    unusable: float
    extfrag: float | None


def pages_by_order(blocks: Sequence[int]) -> tuple[int, ...]:
    """Free pages in blocks of each order."""
    return tuple(count << order for order, count in enumerate(blocks))


def largest_order(blocks: Sequence[int]) -> int | None:
    """The highest order with a free block; None if nothing is free."""
    return max((order for order, count in enumerate(blocks) if count), default=None)


def fragmentation(blocks: Sequence[int], order: int) -> Fragmentation | None:
    """For allocations of `order`, as mm/vmstat.c has it: unusable_free_index() and __fragmentation_index().

    None if nothing is free, or if there is no such order.
    """
    free = sum(pages_by_order(blocks))
    if not free or order >= len(blocks):
        return None
    suitable = sum(count << (at - order) for at, count in enumerate(blocks) if at >= order)
    unusable = (free - (suitable << order)) / free
    if suitable:
        return Fragmentation(unusable, None)
    return Fragmentation(unusable, 1 - (1 + free / (1 << order)) / sum(blocks))


def huge_order(huge_page: int, page_size: int, orders: int) -> int | None:
    """The order of a huge page; None if it is no block that the buddy allocator has."""
    if huge_page < page_size or page_size < 1:
        return None
    order = (huge_page // page_size).bit_length() - 1
    return order if order < orders else None
