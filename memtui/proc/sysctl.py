"""/proc/sys/vm/*: the settings of the memory manager, one or more numbers to a file.

    60
    256	256	32	0	0

Kernel: mm/*.c through kernel/sysctl.c, proc_dointvec() and its kin. Meanings and units:
Documentation/admin-guide/sysctl/vm.rst.
"""

from typing import Final

from memtui.proc.numbers import integer

VM: Final[tuple[str, ...]] = (
    "swappiness",
    "min_free_kbytes",
    "watermark_scale_factor",
    "watermark_boost_factor",
    "overcommit_memory",
    "overcommit_ratio",
    "overcommit_kbytes",
    "dirty_ratio",
    "dirty_background_ratio",
    "dirty_bytes",
    "dirty_background_bytes",
    "vfs_cache_pressure",
    "zone_reclaim_mode",
    "page-cluster",
    "lowmem_reserve_ratio",
    "panic_on_oom",
    "oom_kill_allocating_task",
    "extfrag_threshold",
    "compaction_proactiveness",
)
"""Names under /proc/sys/vm that a memory monitor shows; no kernel has to have them all."""


def parse(data: bytes) -> tuple[int, ...] | None:
    """The numbers of a setting in its own unit, or None if the file is empty or anything else is in it."""
    words = data.decode("utf-8", "backslashreplace").split()
    numbers = [value for word in words if (value := integer(word)) is not None]
    return tuple(numbers) if words and len(numbers) == len(words) else None
