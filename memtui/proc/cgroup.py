"""The memory controller's files of a cgroup, in both of its versions.

    memory.max                  4294967296          v2; `max` is no limit
    memory.limit_in_bytes       9223372036854771712 v1; the largest whole number of pages is no limit
    memory.events               low 0, high 31, max 7, oom 0, oom_kill 0: one on a line
    memory.stat                 anon 8192, file 0 and so on (v1: cache, rss, ..., total_cache, total_rss, ...)

Kernel: mm/memcontrol.c and mm/memcontrol-v1.c. Meanings: Documentation/admin-guide/cgroup-v2.rst and
cgroup-v1/memory.rst. Sizes are bytes and, on every line that is shown here, of the cgroup and all below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from memtui.proc import pressure
from memtui.proc.numbers import natural
from memtui.proc.pressure import Pressure

NO_LIMIT: Final = inf
"""What a limit is where the kernel sets none: above every size, so that the smallest limit of a path is `min`."""

_UNLIMITED: Final = (1 << 63) - (1 << 16)  # v1 rounds LONG_MAX down to a page, which is 64 KiB at most

FILES: Final[Mapping[int, tuple[str, ...]]] = {
    1: (
        "memory.usage_in_bytes", "memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.max_usage_in_bytes",
        "memory.failcnt", "memory.memsw.usage_in_bytes", "memory.memsw.limit_in_bytes", "memory.kmem.usage_in_bytes",
        "memory.kmem.tcp.usage_in_bytes", "memory.oom_control", "memory.swappiness", "memory.stat",
    ),
    2: (
        "memory.current", "memory.peak", "memory.min", "memory.low", "memory.high", "memory.max",
        "memory.swap.current", "memory.swap.max", "memory.zswap.current", "memory.events", "memory.events.local",
        "memory.pressure", "memory.stat",
    ),
}  # fmt: skip
"""The files of a cgroup that are read, by version; no kernel has to have them all, and the root has few."""

USAGE: Final[Mapping[int, str]] = {1: "memory.usage_in_bytes", 2: "memory.current"}
"""The file with the usage, by version."""

LIMITS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("memory.limit_in_bytes",),
    2: ("memory.max", "memory.high"),
}
"""The files whose limits make programs wait or die, by version; each holds for all below it too."""


class Mount(NamedTuple):
    """Where a hierarchy with a memory controller is to be found: its version, and its folder under the sys root."""

    version: int
    folder: str


PLACES: Final = (Mount(1, "fs/cgroup/memory"), Mount(2, "fs/cgroup"), Mount(2, "fs/cgroup/unified"))
"""Where hierarchies are mounted; the memory controller is in one of them at most."""


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """What the memory controller says of a cgroup, in bytes; None where this version or this kernel has no such line.

    `min` and `low` are protected from reclaim, above `high` programs are throttled, at `max` they reclaim, and if
    that fails some are killed. Of v1 `max` is limit_in_bytes, `soft` its soft limit and `memsw_max` the limit of
    memory and swap together. `events` are named as in memory.events, `max` being v1's failcnt; `stat` is
    memory.stat by v2's names (of v1 the `total_` lines). `peak` is the highest usage so far.
    """

    version: int
    usage: int | None = None
    peak: int | None = None
    min: float | None = None
    low: float | None = None
    high: float | None = None
    max: float | None = None
    soft: float | None = None
    swap: int | None = None
    swap_max: float | None = None
    memsw_max: float | None = None
    zswap: int | None = None
    kernel: int | None = None
    sock: int | None = None
    under_oom: bool | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    events_local: Mapping[str, int] = field(default_factory=dict)
    stat: Mapping[str, int] = field(default_factory=dict)
    pressure: Pressure | None = None


def parse(version: int, files: Mapping[str, bytes]) -> MemoryGroup:
    """The record of those of a cgroup's files that could be read, by their names."""
    numbers = {name: parse_limit(data) for name, data in files.items()}
    return _v1(files, numbers) if version == 1 else _v2(files, numbers)


def parse_limit(data: bytes) -> float | None:
    """A size or limit in bytes, `NO_LIMIT` where there is none; None if the file holds anything else."""
    word = data.decode("utf-8", "backslashreplace").strip()
    value = natural(word)
    if word == "max" or (value is not None and value >= _UNLIMITED):
        return NO_LIMIT
    return value


def parse_flat(data: bytes) -> dict[str, int]:
    """A file of `name number` lines such as memory.stat; a line that is none is skipped."""
    values: dict[str, int] = {}
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        name, _, number = line.partition(" ")
        value = natural(number)
        if value is not None and name:
            values[name] = value
    return values


# memory.stat of v1 by the names of v2 (mm/memcontrol-v1.c: memcg1_stat_format; mm/memcontrol.c: memory_stats)
_V1_NAMES: Final = {
    "rss": "anon", "cache": "file", "rss_huge": "anon_thp", "mapped_file": "file_mapped", "dirty": "file_dirty",
    "writeback": "file_writeback",
}  # fmt: skip
_TOTAL: Final = "total_"
_KERNEL_BEFORE_5_18: Final = ("kernel_stack", "pagetables", "sec_pagetables", "percpu", "vmalloc", "slab")


def _v1(files: Mapping[str, bytes], numbers: Mapping[str, float | None]) -> MemoryGroup:
    oom = parse_flat(files.get("memory.oom_control", b""))
    stat = {
        _V1_NAMES.get(name[len(_TOTAL) :], name[len(_TOTAL) :]): value
        for name, value in parse_flat(files.get("memory.stat", b"")).items()
        if name.startswith(_TOTAL)
    }
    failcnt = _size(numbers.get("memory.failcnt"))
    events = {"max": failcnt, "oom_kill": oom.get("oom_kill")}
    usage, both = _size(numbers.get("memory.usage_in_bytes")), _size(numbers.get("memory.memsw.usage_in_bytes"))
    swap = stat.get("swap")
    if swap is None and usage is not None and both is not None:
        swap = max(0, both - usage)
    return MemoryGroup(
        version=1,
        usage=usage,
        peak=_size(numbers.get("memory.max_usage_in_bytes")),
        max=numbers.get("memory.limit_in_bytes"),
        soft=numbers.get("memory.soft_limit_in_bytes"),
        swap=swap,
        memsw_max=numbers.get("memory.memsw.limit_in_bytes"),
        kernel=_size(numbers.get("memory.kmem.usage_in_bytes")),
        sock=_size(numbers.get("memory.kmem.tcp.usage_in_bytes")),
        under_oom=bool(oom["under_oom"]) if "under_oom" in oom else None,
        events={name: count for name, count in events.items() if count is not None},
        stat=stat,
    )


def _v2(files: Mapping[str, bytes], numbers: Mapping[str, float | None]) -> MemoryGroup:
    stat = parse_flat(files.get("memory.stat", b""))
    parts = [stat[name] for name in _KERNEL_BEFORE_5_18 if name in stat]
    stalls = files.get("memory.pressure")
    return MemoryGroup(
        version=2,
        usage=_size(numbers.get("memory.current")),
        peak=_size(numbers.get("memory.peak")),
        min=numbers.get("memory.min"),
        low=numbers.get("memory.low"),
        high=numbers.get("memory.high"),
        max=numbers.get("memory.max"),
        swap=_size(numbers.get("memory.swap.current")),
        swap_max=numbers.get("memory.swap.max"),
        zswap=_size(numbers.get("memory.zswap.current")),
        kernel=stat.get("kernel", sum(parts) if parts else None),
        sock=stat.get("sock"),
        events=parse_flat(files.get("memory.events", b"")),
        events_local=parse_flat(files.get("memory.events.local", b"")),
        stat=stat,
        pressure=None if stalls is None else pressure.parse(stalls),
    )


def _size(value: float | None) -> int | None:
    return None if value is None or value == NO_LIMIT else int(value)
