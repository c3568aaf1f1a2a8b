"""The limit that memtui itself is under, looked for now and then, its use read at every sample."""

from memtui.model.own import OwnLimit
from memtui.proc.cgroup import LIMITS, USAGE, Mount
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.sampling.groups import Limit, limits, memory_mount, own_path, read_group


class OwnReader:
    """Costs a few small files every `slow` samples, and two more at each where there is a limit."""

    def __init__(self, source: ProcSource, slow: int = 10) -> None:
        self._source = source
        self._slow = slow
        self._round = 0
        self._mount: Mount | None = None
        self._limit: Limit | None = None

    def read(self, mem_total: int) -> OwnLimit | None:
        """The limit with what is in its cgroup, or None where all of RAM (bytes) may be used."""
        if self._round % self._slow == 0:
            self._find(mem_total)
        self._round += 1
        limit, mount = self._limit, self._mount
        if limit is None or mount is None:
            return None
        group = read_group(self._source, mount, limit.path, (USAGE[mount.version], "memory.stat"))
        return None if isinstance(group, Unavailable) else OwnLimit(limit.path, limit.size, group)

    def _find(self, mem_total: int) -> None:
        self._limit = None
        self._mount = memory_mount(self._source)
        path = own_path(self._source, self._mount) if self._mount else None
        if self._mount is None or path is None:
            return
        found = limits(self._source, self._mount, path, LIMITS[self._mount.version][:1])
        smallest = min(found, key=lambda limit: limit.size, default=None)
        if smallest is not None and smallest.size < mem_total:
            self._limit = smallest
