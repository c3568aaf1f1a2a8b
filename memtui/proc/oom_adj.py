"""Two scales: oom_score_adj, -1000 to 1000, and oom_adj, -17 to 15, which it replaced in Linux 2.6.36.

The kernel still has both files and converts one into the other: fs/proc/base.c, oom_adj_read() and oom_adj_write().
"""

from typing import Final

NEVER: Final = -1000  # OOM_SCORE_ADJ_MIN, include/uapi/linux/oom.h
MOST: Final = 1000
OLD_NEVER: Final = -17  # OOM_DISABLE
OLD_MOST: Final = 15  # OOM_ADJUST_MAX


def old_scale(adj: int) -> int:
    """oom_score_adj on the scale of oom_adj."""
    return OLD_MOST if adj == MOST else _towards_zero(adj * -OLD_NEVER, MOST)


def from_old_scale(old: int) -> int:
    """oom_adj on the scale of oom_score_adj."""
    return MOST if old == OLD_MOST else _towards_zero(old * MOST, -OLD_NEVER)


def _towards_zero(number: int, by: int) -> int:
    return number // by if number >= 0 else -(-number // by)
