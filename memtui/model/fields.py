"""The one table of quantities: key, title, unit, source in the kernel, meaning, and when it is bad.

Columns, sort menu, help, glossary and JSON keys come from here; nothing restates it. `title` is what the screen's
narrow places show, `key` is the JSON key and, for processes, the attribute of `model.processes.Process`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    """How a value is to be read; `view.format` writes each in its own fixed width."""

    TEXT = "text"
    NUMBER = "number"
    BYTES = "bytes"
    BYTES_CHANGE = "bytes more or less"
    BYTES_RATE = "bytes/s"
    RATE = "per second"
    PERCENT = "percent"
    PAGES = "pages"
    SECONDS = "seconds"
    CPU_TIME = "cpu seconds"
    WALL = "time of day"


@dataclass(frozen=True, slots=True)
class Field:
    """One quantity. `source` names the file and line of the kernel, `bad` when to worry (empty: never by itself)."""

    key: str
    title: str
    unit: Unit
    source: str
    meaning: str
    bad: str = ""


def _table(*fields: Field) -> dict[str, Field]:
    return {field.key: field for field in fields}


_N, _B, _T = Unit.NUMBER, Unit.BYTES, Unit.TEXT

PROCESS: Final = _table(
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
    Field("pss_age", "AGE", Unit.SECONDS, "memtui", "seconds since PSS and USS were read; between reads they are carried on by RES"),
    Field("started", "STARTED", Unit.WALL, "/proc/PID/stat starttime", "when it started"),
    Field("cgroup", "CGROUP", _T, "/proc/PID/cgroup", "the cgroup that its memory is charged to"),
    Field("container", "CONTAINER", _T, "/proc/PID/cgroup", "container or systemd unit, by the name of its cgroup"),
    Field("command", "COMMAND", _T, "/proc/PID/cmdline", "command line; [name] for kernel threads and zombies"),
)  # fmt: skip

GROUP: Final = _table(
    Field("members", "N", _N, "memtui", "processes in the group"),
)  # fmt: skip

MEMORY: Final = _table(
    Field("total", "total", _B, "/proc/meminfo MemTotal", "RAM the kernel manages"),
    Field("used", "used", _B, "MemTotal - MemAvailable", "what can't be had without swapping or killing, free(1)'s definition"),
    Field("free", "free", _B, "/proc/meminfo MemFree", "RAM used for nothing: low is normal"),
    Field("shared", "shared", _B, "/proc/meminfo Shmem", "shared memory and tmpfs"),
    Field("buff_cache", "buff/cache", _B, "Buffers + Cached + SReclaimable", "page cache, buffers and reclaimable slab"),
    Field("available", "available", _B, "/proc/meminfo MemAvailable", "what new programs can have without swapping; the kernel's estimate", "under a tenth of total"),
    Field("buffers", "buffers", _B, "/proc/meminfo Buffers", "page cache of block devices themselves"),
    Field("cached", "cached", _B, "/proc/meminfo Cached", "page cache of files, shared memory included"),
    Field("sreclaimable", "SReclaimable", _B, "/proc/meminfo SReclaimable", "kernel caches that give way under pressure: dentries, inodes"),
    Field("dirty", "dirty", _B, "/proc/meminfo Dirty", "cached data not yet written to storage", "near dirty_ratio: writers are slowed"),
    Field("writeback", "writeback", _B, "/proc/meminfo Writeback", "cached data being written now"),
    Field("swap_total", "swap", _B, "/proc/meminfo SwapTotal", "swap space"),
    Field("swap_used", "swap used", _B, "SwapTotal - SwapFree", "swap space in use; harmless while nobody swaps in"),
    Field("commit_limit", "commit limit", _B, "/proc/meminfo CommitLimit", "what may be promised under overcommit_memory = 2"),
    Field("committed", "committed", _B, "/proc/meminfo Committed_AS", "what has been promised to programs"),
)  # fmt: skip

ACCOUNT: Final = _table(
    Field("anon", "anonymous", _B, "/proc/meminfo AnonPages", "heaps, stacks and private copies of processes"),
    Field("file", "page cache", _B, "Cached - Shmem", "pages of files, mapped or not; most can be dropped"),
    Field("shmem", "shmem, tmpfs", _B, "/proc/meminfo Shmem", "shared memory and tmpfs; leaves RAM only to swap"),
    Field("buffers", "buffers", _B, "/proc/meminfo Buffers", "page cache of block devices themselves"),
    Field("slab_reclaimable", "slab, reclaimable", _B, "/proc/meminfo SReclaimable", "kernel caches that give way under pressure"),
    Field("slab_unreclaimable", "slab, fixed", _B, "/proc/meminfo SUnreclaim", "kernel objects that stay", "growing without end"),
    Field("page_tables", "page tables", _B, "/proc/meminfo PageTables + SecPageTables", "tables that map addresses to pages"),
    Field("kernel_stacks", "kernel stacks", _B, "/proc/meminfo KernelStack", "one stack for each thread"),
    Field("vmalloc", "vmalloc", _B, "VmallocUsed - KernelStack", "large kernel buffers, modules, BPF"),
    Field("percpu", "per-CPU", _B, "/proc/meminfo Percpu", "kernel data kept once for each CPU"),
    Field("hugetlb", "huge pages", _B, "/proc/meminfo Hugetlb", "reserved huge pages, used or not"),
    Field("other", "not accounted", _B, "MemTotal less all others", "drivers, swap cache not mapped, firmware: no line of the kernel names it"),
    Field("free", "free", _B, "/proc/meminfo MemFree", "used for nothing"),
)  # fmt: skip

_R = Unit.RATE
RATES: Final = _table(
    Field("pswpin", "swap in", _R, "/proc/vmstat pswpin", "pages read back from swap", "steadily above 0: memory is short"),
    Field("pswpout", "swap out", _R, "/proc/vmstat pswpout", "pages written to swap", "together with swap in: thrashing"),
    Field("pgfault", "faults", _R, "/proc/vmstat pgfault", "page faults, minor and major"),
    Field("minflt", "minor faults", _R, "/proc/vmstat pgfault - pgmajfault", "faults had without storage"),
    Field("pgmajfault", "major faults", _R, "/proc/vmstat pgmajfault", "faults that read from storage", "hundreds a second"),
    Field("pgscan_kswapd", "kswapd scan", _R, "/proc/vmstat pgscan_kswapd", "pages looked at by background reclaim"),
    Field("pgsteal_kswapd", "kswapd steal", _R, "/proc/vmstat pgsteal_kswapd", "pages freed by background reclaim", "far below scan"),
    Field("pgscan_direct", "direct scan", _R, "/proc/vmstat pgscan_direct", "pages looked at by programs that had to reclaim themselves", "above 0: programs wait"),
    Field("pgsteal_direct", "direct steal", _R, "/proc/vmstat pgsteal_direct", "pages freed by programs themselves"),
    Field("workingset_refault", "refaults", _R, "/proc/vmstat workingset_refault_{anon,file}", "pages that came back soon after reclaim took them", "reclaim takes what is needed"),
    Field("allocstall", "alloc stalls", _R, "/proc/vmstat allocstall_*", "allocations that had to reclaim by themselves", "above 0: programs wait"),
    Field("pgpgin", "paged in", _R, "/proc/vmstat pgpgin", "KiB read from block devices"),
    Field("pgpgout", "paged out", _R, "/proc/vmstat pgpgout", "KiB written to block devices"),
    Field("nr_dirtied", "dirtied", _R, "/proc/vmstat nr_dirtied", "pages made dirty"),
)  # fmt: skip

_P = Unit.PAGES
ZONE: Final = _table(
    Field("free", "free", _P, "/proc/zoneinfo pages free", "pages free in the zone"),
    Field("boost", "boost", _P, "/proc/zoneinfo boost", "pages by which the marks stand higher for a while, after fragmentation"),
    Field("min", "min", _P, "/proc/zoneinfo min", "under it programs must reclaim by themselves and wait", "free below it"),
    Field("low", "low", _P, "/proc/zoneinfo low", "under it kswapd wakes", "free below it"),
    Field("high", "high", _P, "/proc/zoneinfo high", "above it kswapd sleeps again"),
    Field("promo", "promo", _P, "/proc/zoneinfo promo", "above it pages are promoted from slower memory"),
    Field("spanned", "spanned", _P, "/proc/zoneinfo spanned", "pages from the zone's first to its last, holes included"),
    Field("present", "present", _P, "/proc/zoneinfo present", "pages that exist"),
    Field("managed", "managed", _P, "/proc/zoneinfo managed", "pages the allocator may give out"),
    Field("cma", "cma", _P, "/proc/zoneinfo cma", "pages of the contiguous memory area"),
)  # fmt: skip

CACHE: Final = _table(
    Field("total", "TOTAL", _R, "misses + hits", "page accesses, pages per second"),
    Field("misses", "MISSES", _R, "system: /proc/vmstat pgpgin; process: /proc/PID/io read_bytes", "pages that had to come from storage"),
    Field("hits", "HITS", _R, "accesses (/proc/PID/io rchar) - misses", "pages found in the cache; an estimate"),
    Field("dirties", "DIRTIES", _R, "system: /proc/vmstat nr_dirtied; process: /proc/PID/io write_bytes", "pages made dirty"),
    Field("hit_ratio", "HIT%", Unit.PERCENT, "hits / total", "share of accesses found in the cache", "low while misses are many"),
    Field("read_hit_pct", "READ_HIT%", Unit.PERCENT, "hits / (hits + misses)", "share of reads found in the cache"),
    Field("write_hit_pct", "WRITE_HIT%", Unit.PERCENT, "needs tracing", "share of writes to pages already in the cache"),
)  # fmt: skip

PRESSURE: Final = _table(
    Field("some", "some", Unit.PERCENT, "/proc/pressure/memory some avg10", "time in which some task waited for memory", "above 10"),
    Field("full", "full", Unit.PERCENT, "/proc/pressure/memory full avg10", "time in which every task waited for memory", "above 5"),
)  # fmt: skip

GLOSSARY: Final[tuple[tuple[str, dict[str, Field]], ...]] = (
    ("Processes", PROCESS),
    ("Memory", MEMORY),
    ("Account of RAM", ACCOUNT),
    ("Rates", RATES),
    ("Zones", ZONE),
    ("Page cache", CACHE),
    ("Pressure", PRESSURE),
)
