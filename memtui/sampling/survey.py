"""Reads what only some tabs show of the whole machine; what nobody asks for is not read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from memtui.model.sample import ProcessSample
from memtui.model.survey import MemorySurvey, NodesSurvey, Survey, SwapSurvey
from memtui.proc import buddyinfo, hugepages, kstat, node, slabinfo, sysv, zram
from memtui.proc.hugepages import HugePages
from memtui.proc.node import NodeFiles
from memtui.proc.slabinfo import Slab
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Unreadable
from memtui.proc.zram import Zram
from memtui.sampling.cgroups import CgroupReader
from memtui.sampling.kernel_log import KernelLog
from memtui.sampling.request import Need, Request
from memtui.sampling.shmem import ShmemReader

if TYPE_CHECKING:
    from memtui.sampling.pagecache import PageCacheWatch

_NODES = "devices/system/node"
_HUGE = "kernel/mm/hugepages"
_THP = "kernel/mm/transparent_hugepage"
_THP_SETTINGS = ("enabled", "defrag", "shmem_enabled")
_ZSWAP = ("module/zswap/parameters", "kernel/debug/zswap")


class SurveyReader:
    """The files of a source that are read on demand."""

    def __init__(self, source: ProcSource) -> None:
        self._source = source
        self._cgroups = CgroupReader(source)
        self._shmem = ShmemReader(source)
        self._log = KernelLog(source)
        self._page_cache: PageCacheWatch | None = None

    def read(self, at: float, request: Request, processes: Mapping[int, ProcessSample]) -> Survey:
        """What is asked for, at the time `at`; `processes` are those alive."""
        if Need.PAGE_CACHE not in request.needs and self._page_cache is not None:
            self._page_cache.close()
        needs = request.needs
        return Survey(
            cgroups=self._cgroups.read(at, request.paths, complete=request.complete)
            if Need.CGROUPS in needs
            else None,
            memory=self._memory(segments=Need.SEGMENTS in needs) if Need.MEMORY in needs else None,
            nodes=self._nodes() if Need.NODES in needs else None,
            slabs=self._slabs() if Need.SLABS in needs else None,
            swap=SwapSurvey(self._zram(), self._zswap()) if Need.SWAP in needs else None,
            page_cache=self._cache_watch().read(processes, wait=request.complete)
            if Need.PAGE_CACHE in needs
            else None,
            kills=self._log.read(at, complete=request.complete) if needs & (Need.KILLS | Need.FINDINGS) else None,
        )

    def close(self) -> None:
        """Detach the instruments and close the kernel log."""
        self._log.close()
        if self._page_cache is not None:
            self._page_cache.close()

    def _cache_watch(self) -> "PageCacheWatch":
        """The instruments, whose code is loaded with their first use."""
        if self._page_cache is None:
            from memtui.sampling.pagecache import PageCacheWatch

            self._page_cache = PageCacheWatch(self._source)
        return self._page_cache

    def _memory(self, *, segments: bool) -> MemorySurvey:
        return MemorySurvey(
            tmpfs=self._shmem.tmpfs(),
            segments=self._segments(),
            arc=self._arc(),
            zram=self._zram(),
            memfds=self._shmem.memfds() if segments else None,
        )

    def _segments(self) -> tuple[sysv.Segment, ...] | Unavailable:
        try:
            return sysv.parse(self._source.read("sysvipc/shm"))
        except Unreadable as error:
            return error.reason

    def _arc(self) -> Mapping[str, int]:
        try:
            return kstat.parse(self._source.read("spl/kstat/zfs/arcstats"))
        except Unreadable:
            return {}

    def _slabs(self) -> tuple[Slab, ...] | Unavailable:
        try:
            return slabinfo.parse(self._source.read("slabinfo"))
        except Unreadable as error:
            return error.reason

    # -- nodes --------------------------------------------------------------------------------------------------

    def _nodes(self) -> NodesSurvey:
        numbers = sorted(int(name[4:]) for name in self._source.listdir_sys(_NODES) if _is_node(name))
        return NodesSurvey(
            buddy=self._buddy(),
            nodes=tuple(self._node(number) for number in numbers),
            huge=(
                *self._huge(_HUGE, None),
                *(pool for n in numbers for pool in self._huge(f"{_NODES}/node{n}/hugepages", n)),
            ),
            thp={
                name: choice
                for name in _THP_SETTINGS
                if (choice := hugepages.parse_choice(self._sys(f"{_THP}/{name}")))
            },
        )

    def _buddy(self) -> Mapping[tuple[int, str], tuple[int, ...]] | Unavailable:
        try:
            return buddyinfo.parse(self._source.read("buddyinfo"))
        except Unreadable as error:
            return error.reason

    def _node(self, number: int) -> NodeFiles:
        folder = f"{_NODES}/node{number}"
        return NodeFiles(
            number,
            node.parse_meminfo(self._sys(f"{folder}/meminfo")),
            node.parse_numastat(self._sys(f"{folder}/numastat")),
            node.parse_distances(self._sys(f"{folder}/distance")),
            node.parse_cpus(self._sys(f"{folder}/cpulist")),
        )

    def _huge(self, folder: str, number: int | None) -> list[HugePages]:
        pools = []
        for name in self._source.listdir_sys(folder):
            size = hugepages.size_of(name)
            if size is not None:
                counts = [hugepages.parse_count(self._sys(f"{folder}/{name}/{file}")) for file in hugepages.FILES]
                pools.append(HugePages(size, number, *counts))
        return sorted(pools)

    # -- swap ---------------------------------------------------------------------------------------------------

    def _zram(self) -> tuple[Zram, ...]:
        found = []
        for name in self._source.listdir_sys("block"):
            if name.startswith("zram"):
                size = hugepages.parse_count(self._sys(f"block/{name}/disksize")) or 0
                algorithm = hugepages.parse_choice(self._sys(f"block/{name}/comp_algorithm"))
                device = zram.parse(name, size, algorithm, self._sys(f"block/{name}/mm_stat"))
                if device is not None and size:
                    found.append(device)
        return tuple(found)

    def _zswap(self) -> Mapping[str, str]:
        return {
            name: self._sys(f"{folder}/{name}").decode("utf-8", "backslashreplace").strip()
            for folder in _ZSWAP
            for name in self._source.listdir_sys(folder)
        }

    def _sys(self, path: str) -> bytes:
        """A file under the sys root, nothing where it can't be read: its parser then says what is missing."""
        try:
            return self._source.read_sys(path)
        except Unreadable:
            return b""


def _is_node(name: str) -> bool:
    return name.startswith("node") and name[4:].isdecimal() and name.isascii()
