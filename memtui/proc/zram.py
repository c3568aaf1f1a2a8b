"""/sys/block/zramN/{mm_stat,disksize,comp_algorithm}: compressed RAM as a block device, mostly for swap.

    40108032  1992982  3792896        0  3792896       17        0        0        0

Kernel: drivers/block/zram/zram_drv.c, mm_stat_show(). Bytes but for same_pages and pages_compacted, which are pages.
"""

from typing import NamedTuple

from memtui.proc.numbers import natural


class Zram(NamedTuple):
    """A device in bytes: what was written to it, that compressed, RAM that it takes in all, its limit and its peak.

    `same_pages` are pages of one repeated word, which take no memory. `disk_size` 0: not set up.
    """

    name: str
    disk_size: int
    algorithm: str
    original: int
    compressed: int
    used: int
    limit: int
    used_max: int
    same_pages: int


def parse(name: str, disk_size: int, algorithm: str, mm_stat: bytes) -> Zram | None:
    """The record of a device; None if the file has fewer than six numbers."""
    words = mm_stat.decode("utf-8", "backslashreplace").split()
    numbers = [value for word in words if (value := natural(word)) is not None]
    if len(numbers) < 6 or len(numbers) != len(words):
        return None
    return Zram(name, disk_size, algorithm, *numbers[:6])
