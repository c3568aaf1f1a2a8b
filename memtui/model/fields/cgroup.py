"""Of a memory cgroup. Keys are the attributes of `model.cgroups.GroupRow`; sizes are of it and all below it."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_B, _R, _N, _P = Unit.BYTES, Unit.RATE, Unit.NUMBER, Unit.PERCENT

CGROUP: Final = table(
    Field("usage", "USAGE", _B, "memory.current, v1 memory.usage_in_bytes", "RAM charged to it: page cache and kernel memory too"),
    Field("anon", "ANON", _B, "memory.stat anon, v1 total_rss", "its anonymous memory"),
    Field("file", "FILE", _B, "memory.stat file, v1 total_cache", "its page cache, shmem and tmpfs included"),
    Field("shmem", "SHMEM", _B, "memory.stat shmem, v1 total_shmem", "the part of FILE that is shared memory or tmpfs: leaves RAM only to swap"),
    Field("kernel", "KERN", _B, "memory.stat kernel, v1 memory.kmem.usage_in_bytes", "kernel memory charged to it: slab, stacks, page tables"),
    Field("sock", "SOCK", _B, "memory.stat sock, v1 memory.kmem.tcp.usage_in_bytes", "network buffers"),
    Field("swap", "SWAP", _B, "memory.swap.current, v1 total_swap", "swap charged to it"),
    Field("min", "MIN", _B, "memory.min", "never reclaimed below it"),
    Field("low", "LOW", _B, "memory.low, v1 memory.soft_limit_in_bytes", "spared below it while others have memory to give; v1: reclaimed first above it"),
    Field("high", "HIGH", _B, "memory.high", "above it programs are slowed and must reclaim; ∞ none", "usage at it: programs wait"),
    Field("max", "MAX", _B, "memory.max, v1 memory.limit_in_bytes", "the limit; ∞ none", "usage at it: reclaim, then kills"),
    Field("used_pct", "%MAX", _P, "usage / max", "usage as a share of its own limit", "above 90, unless most of it is FILE"),
    Field("swap_max", "SWMAX", _B, "memory.swap.max", "the limit of its swap; ∞ none"),
    Field("memsw_max", "MSWMAX", _B, "v1 memory.memsw.limit_in_bytes", "v1's limit of memory and swap together; ∞ none"),
    Field("low_rate", "LOW/s", _R, "memory.events low", "times a second that it was reclaimed although under its low", "above 0: the protection is too large for the machine"),
    Field("high_rate", "HIGH/s", _R, "memory.events high", "times a second that programs were throttled at high", "above 0: programs wait"),
    Field("max_rate", "MAX/s", _R, "memory.events max, v1 memory.failcnt", "times a second that usage ran into max and had to be reclaimed", "above 0: programs wait"),
    Field("ooms", "OOMS", _N, "memory.events oom", "times that usage was at max and nothing could be reclaimed, since it was made", "above 0"),
    Field("oom_kills", "KILLS", _N, "memory.events oom_kill, v1 memory.oom_control oom_kill", "processes of it killed for want of memory since it was made", "above 0"),
    Field("some", "some", _P, "memory.pressure some avg10", "time in which some task of it waited for memory", "above 10"),
    Field("full", "full", _P, "memory.pressure full avg10", "time in which all tasks of it waited for memory", "above 5"),
    Field("refault_rate", "REFLT/s", _R, "memory.stat workingset_refault_{anon,file}", "pages a second that came back soon after reclaim took them", "reclaim takes what is needed"),
    Field("scan_rate", "SCAN/s", _R, "memory.stat pgscan", "pages a second that reclaim looked at for it; not in /proc/vmstat when its own limit is the cause"),
    Field("majflt_rate", "MAJFLT/s", _R, "memory.stat pgmajfault", "major faults a second of its processes"),
    Field("procs", "PROCS", _N, "cgroup.procs", "processes in it and below it"),
    Field("path", "CGROUP", Unit.TEXT, "cgroup folder", "its path in the hierarchy"),
)  # fmt: skip
