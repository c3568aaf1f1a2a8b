"""The limit that memtui, and so the container around it, is under: it matters more there than the host's RAM."""

from typing import NamedTuple

from memtui.model.memory import Kind, Part
from memtui.proc.cgroup import MemoryGroup


class OwnLimit(NamedTuple):
    """The smallest limit above the process that memtui is: the cgroup that sets it, bytes, what is in it."""

    path: str
    size: int
    group: MemoryGroup

    @property
    def used(self) -> int:
        """Bytes charged against the limit."""
        return self.group.usage or 0

    def available(self, host: int | None) -> int:
        """What can be had before something is killed: the rest and what its page cache would give back, bytes.

        No more than the host has available. Shared memory is no page cache in this: it leaves RAM only to swap.
        """
        stat = self.group.stat
        cache = stat.get("active_file", 0) + stat.get("inactive_file", 0)
        room = max(0, self.size - self.used) + min(cache, self.used)
        return min(room, self.size) if host is None else min(room, self.size, host)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is charged, by kind, without overlap: `file` has shmem in it (mm/memcontrol.c)."""
        stat = self.group.stat
        shmem = stat.get("shmem", 0)
        known = (
            Part(Kind.ANON, stat.get("anon", 0)),
            Part(Kind.FILE, max(0, stat.get("file", 0) - shmem)),
            Part(Kind.SHMEM, shmem),
        )
        rest = max(0, self.used - sum(part.size for part in known))
        return (*known, Part(Kind.OTHER, rest))
