"""What only some tabs show of the whole machine, and only they pay for; None: nobody asked for it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from memtui.model.cgroups import CgroupsSample
from memtui.model.kills import LoggedKill
from memtui.model.pagecache import PageCacheSample
from memtui.proc.hugepages import HugePages
from memtui.proc.node import NodeFiles
from memtui.proc.slabinfo import Slab
from memtui.proc.sysv import Segment
from memtui.proc.unavailable import Unavailable
from memtui.proc.zram import Zram


class Tmpfs(NamedTuple):
    """A mounted tmpfs: bytes that its files take, in RAM or in swap, and its size (None: no limit)."""

    folder: str
    used: int
    size: int | None


class Memfd(NamedTuple):
    """Files in memory without a name in any folder: who holds them open, what they are called, bytes, how many."""

    pid: int
    name: str
    used: int
    files: int


class MemorySurvey(NamedTuple):
    """What the account of RAM names beyond /proc/meminfo."""

    tmpfs: tuple[Tmpfs, ...] | Unavailable
    segments: tuple[Segment, ...] | Unavailable
    arc: Mapping[str, int]
    zram: tuple[Zram, ...]
    memfds: tuple[Memfd, ...] | None = None


class NodesSurvey(NamedTuple):
    """What is known of nodes and free blocks beyond /proc/zoneinfo; `thp` are settings by their files' names."""

    buddy: Mapping[tuple[int, str], tuple[int, ...]] | Unavailable
    nodes: tuple[NodeFiles, ...]
    huge: tuple[HugePages, ...]
    thp: Mapping[str, str]


class SwapSurvey(NamedTuple):
    """What is behind swap: compressed RAM, and zswap's settings and counters by their files' names."""

    zram: tuple[Zram, ...]
    zswap: Mapping[str, str]


class Survey(NamedTuple):
    """The files of the machine that are read on demand, and what its instruments count while somebody looks."""

    cgroups: CgroupsSample | None = None
    memory: MemorySurvey | None = None
    nodes: NodesSurvey | None = None
    slabs: tuple[Slab, ...] | Unavailable | None = None
    swap: SwapSurvey | None = None
    page_cache: PageCacheSample | None = None
    kills: tuple[LoggedKill, ...] | Unavailable | None = None


NOT_SURVEYED: Final = Survey()
