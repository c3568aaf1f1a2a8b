"""The machine's memory as free(1) sums it up, and the account of RAM that adds up to MemTotal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from memtui.proc.meminfo import Meminfo


class Kind(StrEnum):
    """What a part of RAM is used for; the screen gives each kind one colour everywhere."""

    ANON = "anon"
    FILE = "file"
    SHMEM = "shmem"
    BUFFERS = "buffers"
    SLAB_RECLAIMABLE = "slab_reclaimable"
    SLAB_UNRECLAIMABLE = "slab_unreclaimable"
    PAGE_TABLES = "page_tables"
    KERNEL_STACKS = "kernel_stacks"
    VMALLOC = "vmalloc"
    PERCPU = "percpu"
    HUGETLB = "hugetlb"
    OTHER = "other"
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


def memory(meminfo: Meminfo) -> Memory:
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
        account=tuple(_account(lines, total, free)),
        lines=lines,
    )


def _account(lines: Mapping[str, int], total: int, free: int) -> Iterable[Part]:
    """MemTotal split without overlap.

    Shmem lies inside Cached (fs/proc/meminfo.c: Cached = NR_FILE_PAGES - swap cache - Buffers), so it is taken out.
    With CONFIG_VMAP_STACK kernel stacks are vmalloc'ed (kernel/fork.c), so VmallocUsed holds KernelStack. Pages of
    the swap cache are mostly counted in AnonPages already (mm/swap_state.c) and so have no entry of their own.
    """

    def value(name: str) -> int:
        return lines.get(name, 0)

    parts = [
        Part(Kind.ANON, value("AnonPages")),
        Part(Kind.FILE, max(0, value("Cached") - value("Shmem"))),
        Part(Kind.SHMEM, value("Shmem")),
        Part(Kind.BUFFERS, value("Buffers")),
        Part(Kind.SLAB_RECLAIMABLE, value("SReclaimable")),
        Part(Kind.SLAB_UNRECLAIMABLE, value("SUnreclaim")),
        Part(Kind.PAGE_TABLES, value("PageTables") + value("SecPageTables")),
        Part(Kind.KERNEL_STACKS, value("KernelStack")),
        Part(Kind.VMALLOC, max(0, value("VmallocUsed") - value("KernelStack"))),
        Part(Kind.PERCPU, value("Percpu")),
        Part(Kind.HUGETLB, value("Hugetlb") or value("HugePages_Total") * value("Hugepagesize")),
    ]
    yield from parts
    yield Part(Kind.OTHER, total - free - sum(part.size for part in parts))
    yield Part(Kind.FREE, free)
