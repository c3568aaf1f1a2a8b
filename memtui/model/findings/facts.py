"""What rules look at: the snapshot, means over the last seconds, and the last of what is not read at every sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from memtui.model import rates
from memtui.model.cgroups import Cgroups
from memtui.model.findings.killed import Killed
from memtui.model.findings.rising import Rise
from memtui.model.findings.trends import Level, Trends
from memtui.model.findings.window import Window
from memtui.model.process import Process
from memtui.model.slabs import Slabs
from memtui.model.snapshot import Snapshot
from memtui.model.survey import MemorySurvey, NodesSurvey
from memtui.proc.cgroup import NO_LIMIT
from memtui.proc.pressure import Pressure, Stall
from memtui.proc.unavailable import Unavailable

MEAN: Final = 10.0  # seconds over which rates are taken
COUNTERS: Final = (
    "pswpin", "pswpout", "pgmajfault", "pgscan_kswapd", "pgsteal_kswapd", "pgscan_direct", "pgsteal_direct",
    "allocstall", "workingset_refault", "workingset_refault_anon", "workingset_refault_file",
    "workingset_activate_anon", "workingset_activate_file", "workingset_restore", "workingset_restore_file",
    "pgscan_anon", "pgscan_file", "pgsteal_anon", "pgsteal_file", "zswpin", "zswpout",
    "kswapd_low_wmark_hit_quickly", "compact_stall", "compact_fail", "compact_success", "thp_fault_fallback",
    "pgpgin", "pgpgout", "nr_dirtied", "nr_written", "oom_kill", "numa_hit", "numa_miss", "numa_foreign",
)  # fmt: skip
LEVELS: Final = (
    "SReclaimable", "SUnreclaim", "Shmem", "PageTables", "AnonPages", "MemAvailable", "SwapFree", "Buffers", "Cached",
    "Dirty", "Writeback",
)  # fmt: skip
DENTRIES: Final = ("nr_dentry", "nr_negative")  # of /proc/sys/fs/dentry-state
STALLS: Final = ("some", "full")  # microseconds of /proc/pressure/memory


def new_window() -> Window:
    """A window over what `values` has."""
    return Window((*COUNTERS, *LEVELS, *DENTRIES, *STALLS))


def values(snapshot: Snapshot) -> Mapping[str, float]:
    """The counters of /proc/vmstat, lines of /proc/meminfo (bytes), dentries and stalls that the window keeps."""
    vmstat = snapshot.system.vmstat
    counters: Mapping[str, int] = {} if isinstance(vmstat, Unavailable) else rates.whole(vmstat)
    lines = snapshot.memory.lines
    found: dict[str, float] = {name: counters[name] for name in COUNTERS if name in counters}
    dentries = snapshot.system.dentries
    if dentries is not None:
        found["nr_dentry"] = dentries.total
        if dentries.negative is not None:
            found["nr_negative"] = dentries.negative
    pressure = snapshot.system.pressure.get("memory")
    if isinstance(pressure, Pressure):
        found |= {name: stall.total for name in STALLS if (stall := getattr(pressure, name)) is not None}
    return found | {name: lines[name] for name in LEVELS if name in lines}


def follow(trends: Trends, snapshot: Snapshot) -> None:
    """Take in the levels whose trends are judged."""
    unreclaimable = snapshot.memory.lines.get("SUnreclaim")
    if unreclaimable is not None:
        trends.push("SUnreclaim", snapshot.at, unreclaimable)
    if snapshot.cgroups is None:
        return
    limited = {
        path: row
        for path, row in snapshot.cgroups.rows.items()
        if row.max is not None and row.max != NO_LIMIT and row.anon is not None and row.at is not None
    }
    trends.keep({**limited, "SUnreclaim": None})
    for path, row in limited.items():
        trends.push(path, row.at or snapshot.at, (row.anon or 0) + (row.shmem or 0))


@dataclass(frozen=True, slots=True)
class Facts:
    """One instant as rules see it; `cgroups` to `slabs` are as last read, None before that or where nobody may.

    `rising` are processes that grew lately, by pid; `growing` what else has a trend: cgroups that have a limit by
    their paths (anon + shmem), and SUnreclaim. `kills` are all that are known, the oldest first.
    """

    now: Snapshot
    window: Window
    began: float = 0.0
    cgroups: Cgroups | None = None
    nodes: NodesSurvey | None = None
    memory: MemorySurvey | None = None
    slabs: Slabs | None = None
    rising: Mapping[int, Rise] = field(default_factory=dict)
    growing: Mapping[str, Level] = field(default_factory=dict)
    kills: tuple[Killed, ...] = ()

    def rate(self, name: str, seconds: float = MEAN) -> float | None:
        """Events per second of a counter over the last seconds."""
        return self.window.rate(name, seconds)

    def level(self, name: str, seconds: float = MEAN) -> float | None:
        """The mean of a line of /proc/meminfo over the last seconds."""
        return self.window.mean(name, seconds)

    def line(self, name: str) -> int | None:
        """A line of /proc/meminfo in bytes."""
        return self.now.memory.lines.get(name)

    def stall(self, kind: str, of: str = "memory") -> Stall | None:
        """PSI `some` or `full` of the machine; None where this kernel doesn't keep it."""
        pressure = self.now.system.pressure.get(of)
        return getattr(pressure, kind) if isinstance(pressure, Pressure) else None

    def setting(self, name: str) -> int | None:
        """The first number of a file under /proc/sys/vm."""
        numbers = self.now.system.sysctl.get(name)
        return numbers[0] if numbers else None

    def processes(self) -> list[Process]:
        """All processes but kernel threads."""
        return [row for row in self.now.processes.values() if not row.kernel_thread]
