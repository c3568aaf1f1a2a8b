"""The account of RAM with what a snapshot knows beyond /proc/meminfo: shares of mapped pages, ZFS, changes, PSS."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from memtui.model.memory import Kind, Memory, Part, mapped_bounds
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import Unavailable
from memtui.proc.zoneinfo import Zone

SERIES: Final = "account."
WINDOW: Final = 60.0  # seconds over which changes are shown


class Measured(NamedTuple):
    """How much of what processes map has been measured as somebody's share: bytes of PSS, bytes mapped."""

    pss: int | None
    mapped: int


class Available(NamedTuple):
    """How the kernel makes MemAvailable, in bytes: free pages less reserves, and what reclaim may take."""

    free: int
    reserve: int
    cache: int
    slab: int

    @property
    def total(self) -> int:
        """The sum, which is MemAvailable but for what changed between two files."""
        return max(0, self.free - self.reserve + self.cache + self.slab)


def account(snapshot: Snapshot) -> tuple[Part, ...]:
    """`Memory.account` with mapped files told from mapped shmem as well as can be, and ZFS taken out of the rest."""
    sizes = {part.kind: part.size for part in snapshot.memory.account}
    files = mapped_files(snapshot)
    sizes[Kind.FILE] -= files - sizes[Kind.FILE_MAPPED]
    sizes[Kind.FILE_MAPPED] = files
    survey = snapshot.survey.memory
    arc = survey.arc.get("size", 0) if survey else 0
    sizes[Kind.ARC] = max(0, min(arc, sizes[Kind.OTHER]))  # what of it lies in slab is counted there
    sizes[Kind.OTHER] -= sizes[Kind.ARC]
    return tuple(Part(kind, size) for kind, size in sizes.items())


def mapped_files(snapshot: Snapshot) -> int:
    """Bytes of Mapped that are pages of files: Mapped is split as processes' shares of files and shmem stand.

    The share of a process is its PSS that is not anonymous, split as its RssFile to its RssShmem; its RSS stands in
    where PSS is not known. The result is kept within what `mapped_bounds` and the processes' own counters allow.
    """
    least, most = mapped_bounds(snapshot.memory.lines)
    if least == most:
        return least
    files = shmem = 0.0
    largest_file = largest_shmem = every_file = every_shmem = 0
    for process in snapshot.processes.values():
        file, shm = process.file, process.shmem
        if file is None or shm is None or not file + shm:
            continue
        shares = file + shm
        if process.pss is not None and process.pss_anon is not None:
            shares = max(0, process.pss - process.pss_anon)
        files += shares * file / (file + shm)
        shmem += shares * shm / (file + shm)
        largest_file, largest_shmem = max(largest_file, file), max(largest_shmem, shm)
        every_file, every_shmem = every_file + file, every_shmem + shm
    if not files + shmem:
        return least
    mapped = snapshot.memory.get("Mapped") or 0
    least = max(least, min(most, largest_file))
    most = min(most, max(least, mapped - largest_shmem))
    return min(max(least, round(mapped * files / (files + shmem))), most)


def measured(snapshot: Snapshot) -> Measured:
    """The sum of PSS over processes beside AnonPages + Mapped; it can't be more but for what changed meanwhile."""
    memory = snapshot.memory
    mapped = (memory.get("AnonPages") or 0) + (memory.get("Mapped") or 0)
    known = [process.pss for process in snapshot.processes.values() if process.pss is not None]
    return Measured(sum(known) if known else None, mapped)


def changes(snapshot: Snapshot, parts: Iterable[Part]) -> tuple[dict[Kind, int], float]:
    """How much each part grew over the last minute, or since memtui began, and over how many seconds that is."""
    times = snapshot.history.times()
    back = next((index for index, at in enumerate(times) if at >= snapshot.at - WINDOW), None)
    if back is None or len(times) < 2:
        return {}, 0.0
    count = len(times) - back
    grown = {}
    for part in parts:
        series = snapshot.history.series(SERIES + part.kind, count)
        if series and series[0] is not None and series[-1] is not None:
            grown[part.kind] = int(series[-1] - series[0])
    return grown, snapshot.at - times[back]


def available(snapshot: Snapshot) -> Available | None:
    """MemAvailable by the kernel's own formula (mm/show_mem.c, si_mem_available), or None without its terms.

    Half of cache and slab, or as much as the low marks of all zones, stays; reserves are each zone's high mark and
    the largest protection against allocations for higher zones (mm/page_alloc.c, calculate_totalreserve_pages).
    """
    zoneinfo, memory = snapshot.system.zoneinfo, snapshot.memory
    if isinstance(zoneinfo, Unavailable) or memory.get("Active(file)") is None:
        return None
    zones = [zone for node in zoneinfo.nodes for zone in node.zones if zone.populated]
    low = sum(zone.low or 0 for zone in zones) * snapshot.page_size
    return Available(
        free=memory.free,
        reserve=sum(map(_reserve, zones)) * snapshot.page_size,
        cache=_takeable((memory.get("Active(file)") or 0) + (memory.get("Inactive(file)") or 0), low),
        slab=_takeable(_slab(memory), low),
    )


def _slab(memory: Memory) -> int:
    return memory.get("KReclaimable") or memory.get("SReclaimable") or 0


def _takeable(amount: int, low: int) -> int:
    return amount - min(amount // 2, low)


def _reserve(zone: Zone) -> int:
    """Pages of a zone that are kept; what `protection` has of the zone itself and of lower ones is 0."""
    pages = max(zone.protection, default=0) + max(0, (zone.high or 0) - (zone.boost or 0))
    return min(pages, zone.managed or 0)


def of_kinds(parts: Sequence[Part], *kinds: Kind) -> int:
    """The sum of some parts."""
    return sum(part.size for part in parts if part.kind in kinds)
