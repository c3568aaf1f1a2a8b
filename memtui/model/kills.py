"""OOM kills that the kernel log tells of, and the score that the process had when it was chosen."""

from typing import Final, NamedTuple

from memtui.model.badness import Badness, badness
from memtui.proc.cgroup import NO_LIMIT
from memtui.proc.oom_log import Constraint, OomKill

KEPT: Final = 500
"""The last kills of this boot that are remembered."""


class LoggedKill(NamedTuple):
    """A kill and when it was, on the clock of the stream (monotonic seconds)."""

    at: float
    kill: OomKill


def estimated(kill: OomKill, ram: int, swap_total: int, page_size: int) -> Badness | None:
    """The formula on what the log says of the process; None where a part of it is missing.

    It is an estimate: the log has the sizes of the moment of the kill, and rounds some to kB. In a cgroup a process
    is weighed against that cgroup's limit, swap included (mm/memcontrol.c: mem_cgroup_get_max).
    """
    if kill.swap is None or kill.pgtables is None or kill.oom_score_adj is None:
        return None
    if kill.constraint is Constraint.MEMCG:
        if kill.limit is None or kill.limit == NO_LIMIT:
            return None
        total = int(kill.limit) + int(min(_swap_limit(kill), swap_total))
    else:
        total = ram + swap_total
    sizes = kill.res // page_size, kill.swap // page_size, kill.pgtables // page_size
    return badness(*sizes, kill.oom_score_adj, total // page_size, kill.pid)


def _swap_limit(kill: OomKill) -> float:
    if kill.memsw_limit is not None and kill.limit is not None:
        return max(0.0, kill.memsw_limit - kill.limit)
    return 0.0 if kill.swap_limit is None else kill.swap_limit
