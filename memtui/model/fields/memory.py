"""Of the memory of the whole machine: headline, account of RAM, pressure."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_B = Unit.BYTES

MEMORY: Final = table(
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

ACCOUNT: Final = table(
    Field("anon", "anonymous", _B, "/proc/meminfo AnonPages", "heaps, stacks and private copies of processes"),
    Field("file_mapped", "file-mapped", _B, "Mapped, less its shmem", "pages of files that processes map: programs, libraries, mmap"),
    Field("shmem", "shmem, tmpfs", _B, "/proc/meminfo Shmem", "shared memory and tmpfs, mapped or not; leaves RAM only to swap"),
    Field("file", "page cache", _B, "Cached - Shmem, less file-mapped", "pages of files that nobody maps; clean ones can be dropped"),
    Field("buffers", "buffers", _B, "/proc/meminfo Buffers", "page cache of block devices themselves"),
    Field("swap_cache", "swap cache", _B, "SwapCached not in AnonPages", "pages with a copy in swap that nobody maps now"),
    Field("slab_reclaimable", "slab, reclaimable", _B, "/proc/meminfo SReclaimable", "kernel caches that give way under pressure"),
    Field("slab_unreclaimable", "slab, fixed", _B, "/proc/meminfo SUnreclaim", "kernel objects that stay", "growing without end"),
    Field("kernel_reclaimable", "other reclaimable", _B, "KReclaimable - SReclaimable", "kernel memory besides slab that gives way under pressure"),
    Field("page_tables", "page tables", _B, "/proc/meminfo PageTables + SecPageTables", "tables that map addresses to pages"),
    Field("kernel_stacks", "kernel stacks", _B, "/proc/meminfo KernelStack", "one stack for each thread"),
    Field("vmalloc", "vmalloc", _B, "VmallocUsed - KernelStack", "large kernel buffers, modules, BPF"),
    Field("percpu", "per-CPU", _B, "/proc/meminfo Percpu", "kernel data kept once for each CPU"),
    Field("memmap", "page descriptors", _B, "/proc/vmstat nr_memmap_pages", "struct page of memory that was added after boot"),
    Field("hugetlb", "huge pages", _B, "/proc/meminfo Hugetlb", "reserved huge pages, used or not"),
    Field("compressed", "zram, zswap", _B, "/proc/vmstat nr_zspages", "swapped memory that is kept in RAM, compressed"),
    Field("gpu", "GPU", _B, "/proc/meminfo GPUActive + GPUReclaim", "system memory that graphics drivers hold"),
    Field("bounce", "bounce buffers", _B, "/proc/meminfo Bounce + WritebackTmp", "copies for devices, and of FUSE while it writes back"),
    Field("corrupted", "corrupted", _B, "/proc/meminfo HardwareCorrupted", "pages taken out of use for memory errors", "above 0: look for bad hardware"),
    Field("arc", "ZFS ARC", _B, "/proc/spl/kstat/zfs/arcstats size", "cache of ZFS outside slab; shrinks to c_min under pressure"),
    Field("other", "not accounted", _B, "MemTotal less all others", "drivers, pipes, network buffers, firmware: no line of the kernel names it", "growing without end"),
    Field("cpu_lists", "free, CPU lists", _B, "/proc/zoneinfo pagesets count", "free pages that each CPU keeps at hand"),
    Field("free", "free", _B, "/proc/meminfo MemFree", "used for nothing"),
)  # fmt: skip

PRESSURE: Final = table(
    Field("some", "some", Unit.PERCENT, "/proc/pressure/memory some avg10", "time in which some task waited for memory", "above 10"),
    Field("full", "full", Unit.PERCENT, "/proc/pressure/memory full avg10", "time in which every task waited for memory", "above 5"),
)  # fmt: skip
