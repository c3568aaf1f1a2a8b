"""What the OOM killer thinks of a process: the formula of mm/oom_kill.c, oom_badness(), with its parts.

points = resident pages + pages in swap + pages of page tables + oom_score_adj / 1000 of all pages
oom_score = (1000 + 1000 * points / all pages) * 2 / 3, since Linux 5.9; 0 if points are not above 0
"""

from typing import Final, NamedTuple

NEVER: Final = -1000  # OOM_SCORE_ADJ_MIN, include/uapi/linux/oom.h
MOST: Final = 1000
_INIT: Final = 1


class Badness(NamedTuple):
    """The parts in pages; `adjusted` is what oom_score_adj adds, `total` all RAM and swap the formula relates to.

    `points` is the sum; None where the process is never taken. `score` is the oom_score that follows.
    """

    resident: int
    swap: int
    tables: int
    adjusted: int
    total: int
    points: int | None
    score: int


def badness(resident: int, swap: int, tables: int, adj: int, total: int, pid: int = 0) -> Badness:
    """The formula; all sizes in pages. Init is never taken."""
    adjusted = adj * (total // MOST)
    if adj == NEVER or pid == _INIT:
        return Badness(resident, swap, tables, adjusted, total, None, 0)
    points = resident + swap + tables + adjusted
    score = (MOST + _towards_zero(points * MOST, total)) * 2 // 3 if total else 0
    return Badness(resident, swap, tables, adjusted, total, points, max(0, score))


def _towards_zero(number: int, by: int) -> int:
    return number // by if number >= 0 else -(-number // by)
