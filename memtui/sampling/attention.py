"""When the files that only rules look at are read: seldom while all is quiet, often where counters raise a suspicion.

What a rule needs beyond the files of every sample is dear on large machines (thousands of cgroups, many nodes), so
each kind has a rhythm of its own, and no two are read at the same sample. A counter that moves makes a kind due.
"""

from collections.abc import Mapping
from typing import Final

from memtui.model.sample import System
from memtui.proc.pressure import Pressure
from memtui.proc.unavailable import Unavailable
from memtui.sampling.request import Need

RHYTHM: Final[Mapping[Need, float]] = {Need.CGROUPS: 5.0, Need.NODES: 5.0, Need.MEMORY: 10.0, Need.SLABS: 10.0}
"""Seconds between two readings of each kind while nothing is suspicious."""

SUSPICIOUS: Final = 2.0  # seconds between two readings of what is under suspicion
STALLED: Final = 1.0  # percent of the last 10 s in which some task waited for memory

MOVED: Final = 8 << 20  # bytes by which shared memory or slab differs from when its files were read
_DENTRY: Final = 1024  # bytes, about, of a dentry with its inode

REFAULTS: Final = 200.0  # pages a second that come back after they were evicted
LASTS: Final = 10.0  # seconds that a suspicion lasts


class Attention:
    """Remembers when each kind was read last, and the counters that raise a suspicion."""

    def __init__(self) -> None:
        self._read: dict[Need, float] = {}
        self._then: dict[Need, int] = {}  # the level that a kind had when it was read last
        self._kills: int | None = None
        self._fails: int | None = None
        self._refaults: tuple[float, int] | None = None
        self._alarm = float("-inf")

    def due(self, at: float, system: System, wanted: Need) -> Need:
        """The kinds to read at a sample, of whose system files these are the records; `wanted` are read anyway."""
        levels = _levels(system)
        suspected = self._suspected(at, system) | self._moved(levels)
        late = [
            (self._read.get(need, float("-inf")) - at + (SUSPICIOUS if need in suspected else every), need)
            for need, every in RHYTHM.items()
            if need not in wanted
        ]
        due = Need.NOTHING
        if late and (first := min(late, key=lambda one: one[0]))[0] <= 0:
            due = first[1]
        for need in RHYTHM:
            if need in (wanted | due):
                self._read[need] = at
                self._then[need] = levels.get(need, 0)
        return due

    def _moved(self, levels: Mapping[Need, int]) -> Need:
        found = Need.NOTHING
        for need, level in levels.items():
            if abs(level - self._then.get(need, level)) >= MOVED:
                found |= need
        return found

    def _suspected(self, at: float, system: System) -> Need:
        pressure = system.pressure.get("memory")
        stalled = isinstance(pressure, Pressure) and pressure.some is not None and pressure.some.avg10 >= STALLED
        kills = None if isinstance(system.vmstat, Unavailable) else system.vmstat.get("oom_kill")
        killed, self._kills = self._kills is not None and kills != self._kills, kills
        fails = None if isinstance(system.vmstat, Unavailable) else system.vmstat.get("compact_fail")
        failed, self._fails = self._fails is not None and fails != self._fails, fails
        if stalled or killed or failed or self._refaulting(at, system):
            self._alarm = at
        return Need.CGROUPS | Need.NODES if at - self._alarm < LASTS else Need.NOTHING

    def _refaulting(self, at: float, system: System) -> bool:
        """Whether pages that had been evicted come back since the last sample."""
        vmstat, before = system.vmstat, self._refaults
        names = ("workingset_refault", "workingset_refault_anon", "workingset_refault_file")
        count = None if isinstance(vmstat, Unavailable) else vmstat.total(*names)
        self._refaults = None if count is None else (at, count)
        if before is None or count is None or at <= before[0]:
            return False
        return (count - before[1]) / (at - before[0]) >= REFAULTS


def _levels(system: System) -> Mapping[Need, int]:
    """What is read at every sample and tells whether the files of a kind are worth another look (bytes)."""
    slab, shmem = system.meminfo.get("Slab") or 0, system.meminfo.get("Shmem") or 0
    names = system.dentries.total if system.dentries is not None else 0
    return {Need.SLABS: slab + _DENTRY * names, Need.MEMORY: shmem}
