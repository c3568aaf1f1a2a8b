"""Of a process, and of a group of them. Keys are the attributes of `model.process.Process`."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_N, _B, _T = Unit.NUMBER, Unit.BYTES, Unit.TEXT

PROCESS: Final = table(
    Field("pid", "PID", _N, "/proc/PID", "process id"),
    Field("ppid", "PPID", _N, "/proc/PID/stat ppid", "process id of the parent"),
    Field("start_time", "START", _N, "/proc/PID/stat starttime", "clock ticks from boot to its start; with PID its identity"),
    Field("user", "USER", _T, "/proc/PID/status Uid", "effective user"),
    Field("state", "S", _T, "/proc/PID/stat state", "R running, S sleeping, D waiting for disk, Z zombie, T stopped", "D for long"),
    Field("nice", "NI", _N, "/proc/PID/stat nice", "nice value, -20 (favoured) to 19"),
    Field("threads", "THR", _N, "/proc/PID/stat num_threads", "threads"),
    Field("virt", "VIRT", _B, "/proc/PID/stat vsize", "address space mapped, most of it perhaps never touched"),
    Field("res", "RES", _B, "/proc/PID/status VmRSS", "resident memory; what is shared is counted in full for everyone who maps it"),
    Field("shr", "SHR", _B, "/proc/PID/status RssFile + RssShmem", "resident pages of files and shared memory, shared or not"),
    Field("anon", "ANON", _B, "/proc/PID/status RssAnon", "resident anonymous memory: heap, stacks, private copies"),
    Field("file", "FILE", _B, "/proc/PID/status RssFile", "resident pages of mapped files"),
    Field("shmem", "SHMEM", _B, "/proc/PID/status RssShmem", "resident shared memory: tmpfs, memfd, SysV, shared anonymous"),
    Field("pss", "PSS", _B, "/proc/PID/smaps_rollup Pss", "its fair share: each page divided by the number that map it; sums up over processes"),
    Field("uss", "USS", _B, "/proc/PID/smaps_rollup Private_Clean + Private_Dirty", "what only it maps, and would be free if it ended"),
    Field("swap", "SWAP", _B, "/proc/PID/status VmSwap", "anonymous memory swapped out, shared memory not included", "growing while majflt is high"),
    Field("swap_pss", "SWPSS", _B, "/proc/PID/smaps_rollup SwapPss", "its fair share of swap"),
    Field("pss_anon", "PSSan", _B, "/proc/PID/smaps_rollup Pss_Anon", "the anonymous part of PSS"),
    Field("pte", "PTE", _B, "/proc/PID/status VmPTE", "its page tables", "large beside RES"),
    Field("locked", "LCK", _B, "/proc/PID/status VmLck", "locked into RAM (mlock)"),
    Field("thp", "THP", _B, "/proc/PID/smaps_rollup AnonHugePages", "anonymous memory in transparent huge pages"),
    Field("mem_pct", "%MEM", Unit.PERCENT, "VmRSS / MemTotal", "RES as a share of RAM"),
    Field("minflt", "MINFLT", _N, "/proc/PID/stat minflt", "minor faults since start: pages had without storage"),
    Field("majflt", "MAJFLT", _N, "/proc/PID/stat majflt", "major faults since start: pages that had to be read from storage"),
    Field("minflt_rate", "MINFLT/s", Unit.RATE, "/proc/PID/stat minflt", "minor faults per second"),
    Field("majflt_rate", "MAJFLT/s", Unit.RATE, "/proc/PID/stat majflt", "major faults per second: each waits for storage", "steadily above some tens"),
    Field("oom_score", "OOM", _N, "/proc/PID/oom_score", "how likely the OOM killer takes it, 0 to 1000 and more is likelier", "highest dies first"),
    Field("oom_score_adj", "ADJ", _N, "/proc/PID/oom_score_adj", "the user's correction of it, -1000 (never) to 1000"),
    Field("cpu_pct", "%CPU", Unit.PERCENT, "/proc/PID/stat utime + stime", "CPU time over the last interval, 100 is one CPU"),
    Field("cpu_time", "TIME+", Unit.CPU_TIME, "/proc/PID/stat utime + stime", "CPU time since start"),
    Field("read_rate", "READ/s", Unit.BYTES_RATE, "/proc/PID/io read_bytes", "bytes per second read from storage"),
    Field("write_rate", "WRITE/s", Unit.BYTES_RATE, "/proc/PID/io write_bytes", "bytes per second dirtied in the page cache"),
    Field("res_delta", "ΔRES", Unit.BYTES_CHANGE, "/proc/PID/status VmRSS", "change of RES since the last sample"),
    Field("growth", "ΔRES/m", Unit.BYTES_CHANGE, "/proc/PID/status VmRSS", "change of RES over the last minute, or since it was first seen", "growing without end"),
    Field("growth_state", "GROWTH", _T, "USS + SWAP over 1 to 10 minutes", "trend of its own memory: growing, steady, shrinking, or too early to say", "growing is consistent with a leak; a cache that fills is told apart once it slows down"),
    Field("growth_rate", "GROWS/s", Unit.BYTES_RATE, "USS + SWAP over 1 to 10 minutes", "Theil-Sen slope of its own memory where it grows or shrinks by the Mann-Kendall test; 0 while steady", "growing without end"),
    Field("pss_age", "AGE", Unit.SECONDS, "memtui", "seconds since PSS and USS were read; between reads they are carried on by RES"),
    Field("started", "STARTED", Unit.WALL, "/proc/PID/stat starttime", "when it started"),
    Field("cgroup", "CGROUP", _T, "/proc/PID/cgroup", "the cgroup that its memory is charged to"),
    Field("container", "CONTAINER", _T, "/proc/PID/cgroup", "container or systemd unit, by the name of its cgroup"),
    Field("command", "COMMAND", _T, "/proc/PID/cmdline", "command line; [name] for kernel threads and zombies"),
)  # fmt: skip

GROUP: Final = table(
    Field("members", "N", _N, "memtui", "processes in the group"),
)  # fmt: skip
