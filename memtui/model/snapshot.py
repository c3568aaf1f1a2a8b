"""`Sample`s in, `Snapshot`s out: the one thing that every face draws."""

from collections.abc import Mapping
from dataclasses import dataclass

from memtui.model.cache import PageCache
from memtui.model.cgroups import Cgroups
from memtui.model.findings.finding import NOT_JUDGED, Findings
from memtui.model.history import History
from memtui.model.memory import Memory
from memtui.model.process import Process
from memtui.model.processes import Coverage
from memtui.model.sample import Cost, Detail, Problem, ProcKey, System
from memtui.model.slabs import Slabs
from memtui.model.survey import Survey
from memtui.model.zones import ZoneKey, ZoneLevel

# Series of the history that are rates of /proc/vmstat counters, by the counter's own name.
RATE_SERIES = (
    "pswpin", "pswpout", "pgfault", "pgmajfault", "pgscan_kswapd", "pgscan_direct", "pgsteal_kswapd",
    "pgsteal_direct", "workingset_refault", "allocstall", "pgpgin", "pgpgout", "nr_dirtied",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The machine at one instant, with rates over the interval before it (None: no interval yet).

    `rates` are events per second by the names of /proc/vmstat; `history` grows with every snapshot and is shared.
    """

    at: float
    wall: float
    interval: float | None
    system: System
    memory: Memory
    rates: Mapping[str, float]
    cpu: Mapping[str, float]
    zones: tuple[ZoneLevel, ...]
    zone_rates: Mapping[ZoneKey, float]
    processes: Mapping[int, Process]
    coverage: Coverage
    cache: PageCache
    history: History
    page_size: int
    detail: Detail | None
    cgroups: Cgroups | None
    survey: Survey
    slabs: Slabs | None
    trail: tuple[tuple[float | None, ...], ...]
    problems: tuple[Problem, ...]
    cost: Cost
    findings: Findings = NOT_JUDGED


def unavailable_reasons(snapshot: Snapshot) -> Mapping[str, str]:
    """The parts of a snapshot that are missing, each with its reason, for the JSON face and the help."""
    reasons = {problem.what: str(problem.reason) for problem in snapshot.problems}
    if snapshot.coverage.refused:
        reasons["pss"] = reasons["uss"] = "; ".join(sorted(snapshot.coverage.refused))
    return reasons


def find(snapshot: Snapshot, key: ProcKey) -> Process | None:
    """The process of an identity, or None when it has ended (or its pid is another's now)."""
    process = snapshot.processes.get(key.pid)
    return process if process is not None and process.start_time == key.starttime else None
