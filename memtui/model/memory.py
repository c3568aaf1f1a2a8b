"""The machine's memory as free(1) sums it up, and the account of RAM that adds up to MemTotal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from memtui.proc.meminfo import Meminfo
from memtui.proc.unavailable import Unavailable
from memtui.proc.vmstat import Vmstat
from memtui.proc.zoneinfo import Zoneinfo


class Kind(StrEnum):
    """What a part of RAM is used for; the screen gives each kind one colour everywhere."""

    ANON = "anon"
    FILE_MAPPED = "file_mapped"
    SHMEM = "shmem"
    FILE = "file"
    BUFFERS = "buffers"
    SWAP_CACHE = "swap_cache"
    SLAB_RECLAIMABLE = "slab_reclaimable"
    SLAB_UNRECLAIMABLE = "slab_unreclaimable"
    KERNEL_RECLAIMABLE = "kernel_reclaimable"
    PAGE_TABLES = "page_tables"
    KERNEL_STACKS = "kernel_stacks"
    VMALLOC = "vmalloc"
    PERCPU = "percpu"
    MEMMAP = "memmap"
    HUGETLB = "hugetlb"
    COMPRESSED = "compressed"
    GPU = "gpu"
    BOUNCE = "bounce"
    CORRUPTED = "corrupted"
    ARC = "arc"
    OTHER = "other"
    CPU_LISTS = "cpu_lists"
    FREE = "free"


class Part(NamedTuple):
    """One entry of the account, in bytes; `other` may be negative for a moment, as the kernel's counters drift."""

    kind: Kind
    size: int


@dataclass(frozen=True, slots=True)
class Memory:
    """RAM and swap in bytes by free(1)'s definitions (procps 4); None where this kernel has no such line.

    used = total - available, buff_cache = Buffers + Cached + SReclaimable, shared = Shmem. Where a container's view
    of meminfo claims more available than there is in total, free counts as available.
    """

    total: int
    free: int
    available: int | None
    used: int
    shared: int | None
    buffers: int
    cached: int
    buff_cache: int
    swap_total: int
    swap_free: int
    swap_used: int
    account: tuple[Part, ...]
    lines: Mapping[str, int]

    def get(self, name: str) -> int | None:
        """A line of /proc/meminfo by its own name, in bytes (huge page counts: pages)."""
        return self.lines.get(name)


class Pages(NamedTuple):
    """What only files beside meminfo have, in bytes: compressed memory, page descriptors, free pages in CPU lists."""

    compressed: int = 0
    memmap: int = 0
    cpu_lists: int = 0


def pages(vmstat: Vmstat | Unavailable, zoneinfo: Zoneinfo | Unavailable, page_size: int) -> Pages:
    """What /proc/vmstat and /proc/zoneinfo add to the account; nothing where they can't be read."""
    counters = {} if isinstance(vmstat, Unavailable) else vmstat.values
    nodes = () if isinstance(zoneinfo, Unavailable) else zoneinfo.nodes
    listed = sum(pageset.count or 0 for node in nodes for zone in node.zones for pageset in zone.pagesets)
    return Pages(
        counters.get("nr_zspages", 0) * page_size, counters.get("nr_memmap_pages", 0) * page_size, listed * page_size
    )


def memory(meminfo: Meminfo, more: Pages | None = None) -> Memory:
    """The memory of a machine; a file without MemTotal gives zeros, which the caller reports as a problem."""
    lines = meminfo.values

    def value(name: str) -> int:
        return lines.get(name, 0)

    total, free = value("MemTotal"), value("MemFree")
    available = lines.get("MemAvailable")
    if available is not None and available > total:
        available = free
    buff_cache = value("Buffers") + value("Cached") + value("SReclaimable")
    return Memory(
        total=total,
        free=free,
        available=available,
        used=total - available if available is not None else total - free - buff_cache,
        shared=lines.get("Shmem"),
        buffers=value("Buffers"),
        cached=value("Cached"),
        buff_cache=buff_cache,
        swap_total=value("SwapTotal"),
        swap_free=value("SwapFree"),
        swap_used=value("SwapTotal") - value("SwapFree"),
        account=tuple(_account(lines, total, free, more or Pages())),
        lines=lines,
    )


def mapped_bounds(lines: Mapping[str, int]) -> tuple[int, int]:
    """The least and the most of Mapped that can be pages of files; the rest of it is shared memory.

    NR_FILE_MAPPED counts mapped pages of the page cache, shmem among them (mm/rmap.c), and nothing says how many.
    """
    mapped, shmem = lines.get("Mapped", 0), lines.get("Shmem", 0)
    files = max(0, lines.get("Cached", 0) - shmem)
    return min(max(0, mapped - shmem), files), min(mapped, files)


def _account(lines: Mapping[str, int], total: int, free: int, more: Pages) -> Iterable[Part]:
    """MemTotal split so that no page is in two parts:

        MemTotal = AnonPages + (Cached - Shmem) + Shmem + Buffers + swap cache not mapped
                 + SReclaimable + SUnreclaim + (KReclaimable - SReclaimable) + PageTables + SecPageTables
                 + KernelStack + (VmallocUsed - KernelStack) + Percpu + nr_memmap_pages + Hugetlb
                 + nr_zspages + GPUActive + GPUReclaim + Bounce + WritebackTmp + HardwareCorrupted
                 + free pages in the CPUs' lists + MemFree + what nothing names

    - Cached is NR_FILE_PAGES less Buffers and the swap cache (fs/proc/meminfo.c). Shmem lies inside it, and Mapped
      inside both: `mapped_bounds` tells how much of each at most; here all that may be shmem counts as such.
    - Pages of the swap cache that are mapped are in AnonPages already (mm/swap_state.c, mm/rmap.c). All anonymous
      and shmem pages are on an LRU list, so what these hold beyond AnonPages and Shmem, but no more than SwapCached,
      is swap cache that is not mapped.
    - With CONFIG_VMAP_STACK kernel stacks are vmalloc'ed (kernel/fork.c) and so inside VmallocUsed.
    - Percpu includes the first chunk, which is reserved at boot and not in MemTotal (mm/percpu.c).
    - zsmalloc, below zram and zswap, counts its pages as nr_zspages and nowhere else (mm/zsmalloc.c).
    - MemFree doesn't have the pages in the CPUs' own lists; /proc/zoneinfo prints their count (mm/page_alloc.c).
    - Balloon is left out: most drivers take its pages out of MemTotal (adjust_managed_page_count). Pages of the
      contiguous memory area (CMA) are in MemFree, or in what uses them.
    """

    def value(name: str) -> int:
        return lines.get(name, 0)

    least_files, _ = mapped_bounds(lines)
    on_lru = value("Active(anon)") + value("Inactive(anon)")
    unmapped = min(value("SwapCached"), max(0, on_lru - value("AnonPages") - value("Shmem")))
    parts = [
        Part(Kind.ANON, value("AnonPages")),
        Part(Kind.FILE_MAPPED, least_files),
        Part(Kind.SHMEM, value("Shmem")),
        Part(Kind.FILE, max(0, value("Cached") - value("Shmem")) - least_files),
        Part(Kind.BUFFERS, value("Buffers")),
        Part(Kind.SWAP_CACHE, unmapped),
        Part(Kind.SLAB_RECLAIMABLE, value("SReclaimable")),
        Part(Kind.SLAB_UNRECLAIMABLE, value("SUnreclaim")),
        Part(Kind.KERNEL_RECLAIMABLE, max(0, value("KReclaimable") - value("SReclaimable"))),
        Part(Kind.PAGE_TABLES, value("PageTables") + value("SecPageTables")),
        Part(Kind.KERNEL_STACKS, value("KernelStack")),
        Part(Kind.VMALLOC, max(0, value("VmallocUsed") - value("KernelStack"))),
        Part(Kind.PERCPU, value("Percpu")),
        Part(Kind.MEMMAP, more.memmap),
        Part(Kind.HUGETLB, value("Hugetlb") or value("HugePages_Total") * value("Hugepagesize")),
        Part(Kind.COMPRESSED, more.compressed or value("Zswap")),
        Part(Kind.GPU, value("GPUActive") + value("GPUReclaim")),
        Part(Kind.BOUNCE, value("Bounce") + value("WritebackTmp")),
        Part(Kind.CORRUPTED, value("HardwareCorrupted")),
    ]
    rest = total - free - more.cpu_lists - sum(part.size for part in parts)
    return (
        *parts,
        Part(Kind.ARC, 0),
        Part(Kind.OTHER, rest),
        Part(Kind.CPU_LISTS, more.cpu_lists),
        Part(Kind.FREE, free),
    )
