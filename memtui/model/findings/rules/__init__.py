"""All rules, and which of them is behind which others.

The order is that of causes: a rule that explains others stands before them, and of two findings that are equally bad
the one whose rule stands first is told first.
"""

from collections.abc import Mapping
from typing import Final

from memtui.model.findings.rule import Rule
from memtui.model.findings.rules.cgroup import CGROUP
from memtui.model.findings.rules.fragments import FRAGMENTATION
from memtui.model.findings.rules.growth import GROWTH
from memtui.model.findings.rules.holders import HOLDERS
from memtui.model.findings.rules.kills import AFTER_KILLS, KILLS
from memtui.model.findings.rules.machine import MACHINE
from memtui.model.findings.rules.numa import NUMA_IMBALANCE
from memtui.model.findings.rules.reclaim import RECLAIM
from memtui.model.findings.rules.shortage import AVAILABLE_LOW, PRESSURE
from memtui.model.findings.rules.swap import SWAP
from memtui.model.findings.rules.thrash import THRASH
from memtui.model.findings.rules.writeback import WRITEBACK

RULES: Final[tuple[Rule, ...]] = (
    *KILLS, AVAILABLE_LOW, FRAGMENTATION, *THRASH, *CGROUP, NUMA_IMBALANCE, PRESSURE, *RECLAIM, *SWAP, *WRITEBACK,
    *GROWTH, *HOLDERS, *MACHINE, *AFTER_KILLS,
)  # fmt: skip

_LIMITED: Final = ("cgroup_high", "cgroup_max", "cgroup_near_max", "cgroup_growing")
_RECLAIM: Final = ("memory_pressure", "kswapd_behind", "direct_reclaim", "zone_short")
_READS: Final = ("cache_thrash", "major_faults", "low_hit_ratio")

CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "oom_kill": (
        "available_low", "swap_thrash", "swap_full", "oom_next", "oom_killed_earlier", *_READS, *_RECLAIM,
    ),
    "cgroup_oom": ("swap_thrash", "oom_next", "oom_killed_earlier", *_LIMITED, *_READS, *_RECLAIM),
    "available_low": (
        "swap_thrash", "swap_full", "process_growing", "shmem_big", "hugepages_unused", "oom_next",
        *_READS, *_RECLAIM,
    ),
    "swap_thrash": ("swap_full", *_LIMITED, *_READS, *_RECLAIM),
    "cache_thrash": ("major_faults", "low_hit_ratio", *_LIMITED, *_RECLAIM),
    "cgroup_high": ("cgroup_max", "cgroup_near_max", "cgroup_growing", *_RECLAIM),
    "cgroup_max": ("cgroup_near_max", "cgroup_growing", *_RECLAIM),
    "numa_imbalance": _RECLAIM,
    "fragmentation": (*_READS, *_RECLAIM),
    "memory_pressure": ("kswapd_behind", "direct_reclaim", "zone_short"),
    "swap_full": ("swap_idle", "oom_next"),
    "slab_growing": ("slab_grew",),
}  # fmt: skip
"""The rules that are effects of a rule: their findings go under its, if it is at least a warning and both are about
the same subject, or one about the whole machine."""
