"""A `Sample`: what the kernel said at one instant, in the kernel's own counters. Rates come later, from two of them.

Records of processes are shared between samples: while nothing of a process was read anew, the next sample holds
the very same `ProcessSample` object. `Sample.touched` names the others, so that the model need not look at the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from memtui.model.own import OwnLimit
from memtui.model.survey import NOT_SURVEYED, Survey
from memtui.proc.cgroup import MemoryGroup
from memtui.proc.cpustat import Cpustat
from memtui.proc.dentries import Dentries
from memtui.proc.loadavg import Loadavg
from memtui.proc.meminfo import Meminfo
from memtui.proc.pid_files import Cgroup, Limit, PidIo
from memtui.proc.pid_stat import PidStat
from memtui.proc.pid_status import PidStatus, Residence
from memtui.proc.pressure import Pressure
from memtui.proc.smaps import Rollup
from memtui.proc.swaps import Swap
from memtui.proc.taskstats import Delays
from memtui.proc.unavailable import PENDING, Unavailable
from memtui.proc.uptime import Uptime
from memtui.proc.vmstat import Vmstat
from memtui.proc.zoneinfo import Zoneinfo


class ProcKey(NamedTuple):
    """The identity of a process: a reused pid has another start time (clock ticks since boot)."""

    pid: int
    starttime: int


class Facts(NamedTuple):
    """What rarely changes: read once, and again after exec or a change of user."""

    user: str
    command: str
    cgroup: Cgroup | None


class SmapsSample(NamedTuple):
    """A rollup with the moment it was read (monotonic) and stat's rss then (pages), to carry it on by."""

    rollup: Rollup
    at: float
    rss_then: int
    status_then: Residence | None


class IoSample(NamedTuple):
    """Storage counters with the moment they were read, and the reading before it (None: this is the first)."""

    io: PidIo
    at: float
    then: PidIo | None = None
    then_at: float = 0.0


class ProcessSample(NamedTuple):
    """One process as far as it was read; each part may be older than the sample, or not there and say why."""

    stat: PidStat
    facts: Facts | None = None
    status: Residence | None = None
    smaps: SmapsSample | Unavailable = PENDING
    oom_score: int | None = None
    oom_score_adj: int | None = None
    io: IoSample | Unavailable = PENDING

    @property
    def key(self) -> ProcKey:
        """The identity of the process."""
        return ProcKey(self.stat.pid, self.stat.starttime)


class DelaysSample(NamedTuple):
    """Delays with the moment they were read, and the reading before it (None: this is the first)."""

    delays: Delays
    at: float
    then: Delays | None = None
    then_at: float = 0.0


class Level(NamedTuple):
    """A cgroup that a process is in, by its path in the hierarchy that accounts memory."""

    path: str
    group: MemoryGroup | Unavailable


class Detail(NamedTuple):
    """What only the drilldown reads, for one process; each part is the record or the reason that it is missing.

    `startcode` changes when the process runs another program. `levels` are its cgroup and those that it lies in, the
    root last; like `delays` they are read only while something shows them.
    """

    key: ProcKey
    status: PidStatus | Unavailable
    rollup: Rollup | Unavailable
    limits: Mapping[str, Limit] | Unavailable
    io: PidIo | Unavailable
    cgroup: Cgroup | Unavailable
    startcode: int = 0
    delays: DelaysSample | Unavailable = PENDING
    levels: tuple[Level, ...] | Unavailable = PENDING


class Problem(NamedTuple):
    """A read that failed: what was read and why it gave nothing."""

    what: str
    reason: Unavailable


class Cost(NamedTuple):
    """What taking the sample cost: seconds of wall clock and of CPU, files read, rollups among them."""

    wall: float
    cpu: float
    reads: int
    rollups: int


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """The files that speak of the whole machine; `dentries` are read for rules only."""

    meminfo: Meminfo
    vmstat: Vmstat | Unavailable
    zoneinfo: Zoneinfo | Unavailable
    swaps: tuple[Swap, ...] | Unavailable
    pressure: Mapping[str, Pressure | Unavailable]
    loadavg: Loadavg | Unavailable
    uptime: Uptime | Unavailable
    cpu: Cpustat | Unavailable
    sysctl: Mapping[str, tuple[int, ...]]
    own: OwnLimit | None = None
    dentries: Dentries | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One instant: `at` monotonic seconds (for rates), `wall` seconds since the epoch (to show)."""

    at: float
    wall: float
    system: System
    processes: Mapping[int, ProcessSample]
    touched: frozenset[int] | None = None
    detail: Detail | None = None
    survey: Survey = NOT_SURVEYED
    problems: tuple[Problem, ...] = ()
    cost: Cost = field(default=Cost(0.0, 0.0, 0, 0))
