"""Rates from two readings of a table of counters."""

from collections.abc import Mapping
from typing import Final

from memtui.proc.vmstat import Vmstat

# The lines of /proc/vmstat that count events although they begin with nr_ (mm/vmstat.c, include/linux/mmzone.h);
# all other nr_ lines are levels, of which a rate would mean nothing.
_COUNTING: Final = frozenset({
    "nr_dirtied", "nr_written", "nr_throttled_written", "nr_vmscan_write", "nr_vmscan_immediate_reclaim",
    "nr_foll_pin_acquired", "nr_foll_pin_released", "nr_tlb_remote_flush", "nr_tlb_remote_flush_received",
    "nr_tlb_local_flush_all", "nr_tlb_local_flush_one",
})  # fmt: skip
_LEVELS: Final = frozenset({"workingset_nodes"})


def counts_events(name: str) -> bool:
    """Whether a line of /proc/vmstat is a counter that only grows (true) or a level (false)."""
    return name not in _LEVELS and (not name.startswith("nr_") or name in _COUNTING)


def rates(now: Mapping[str, int], then: Mapping[str, int], interval: float | None) -> dict[str, float]:
    """Events per second of each counter in both readings; none for one that went backwards, none without interval."""
    if interval is None or interval <= 0:
        return {}
    return {
        name: (value - then[name]) / interval
        for name, value in now.items()
        if name in then and value >= then[name] and counts_events(name)
    }


_SPLIT_BY_ZONE: Final = (
    "pgscan_kswapd", "pgscan_direct", "pgsteal_kswapd", "pgsteal_direct", "pgrefill", "allocstall",
)  # fmt: skip


def whole(vmstat: Vmstat) -> Mapping[str, int]:
    """The counters of /proc/vmstat, with those that this kernel splits by zone added under their whole name.

    `allocstall` is split since 4.8, the scan and steal counters were before; `workingset_refault` was one counter
    before 5.9 and is anon and file since: here it is the sum on every kernel that has any.
    """
    added = {name: total for name in _SPLIT_BY_ZONE if (total := vmstat.by_zone(name)) is not None}
    if (
        refault := vmstat.total("workingset_refault", "workingset_refault_anon", "workingset_refault_file")
    ) is not None:
        added["workingset_refault"] = refault
    return {**vmstat.values, **added}
