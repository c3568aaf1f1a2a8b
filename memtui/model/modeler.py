"""Turns `Sample`s into `Snapshot`s; keeps what has to be remembered from one to the next."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from memtui.model import rates as rate
from memtui.model.cache import CacheModel
from memtui.model.cgroups import CgroupModel
from memtui.model.history import History
from memtui.model.memory import memory, pages
from memtui.model.process import Machine
from memtui.model.processes import Processes
from memtui.model.sample import Sample, System
from memtui.model.slabs import SlabModel
from memtui.model.snapshot import RATE_SERIES, Snapshot
from memtui.model.zones import ZoneTrend, zone_levels
from memtui.proc.cpustat import Cpustat
from memtui.proc.unavailable import PENDING, Unavailable, Why
from memtui.proc.uptime import Uptime

if TYPE_CHECKING:
    from memtui.model.findings.watch import Watch

_FEW: Final = 0.1  # share of processes whose reads may be unknown while a sum over all still means something


class Modeler:
    """Turns samples into snapshots; keeps the last sample and the histories. Owned by the sampler's thread."""

    def __init__(self, page_size: int, clock_ticks: int) -> None:
        self.watch: Watch | None = None  # judges snapshots, once somebody wants that
        self._page_size = page_size
        self._clock_ticks = clock_ticks
        self._last: Sample | None = None
        self._processes = Processes()
        self._history = History()
        self._cgroups = CgroupModel()
        self._slabs = SlabModel()
        self._zone_trend = ZoneTrend()
        self._cache = CacheModel(page_size)

    def advance(self, sample: Sample) -> Snapshot:
        """The snapshot of a sample; samples must come in order of time."""
        last, system = self._last, sample.system
        interval = sample.at - last.at if last and sample.at > last.at else None
        counters = _counters(system)
        rates = rate.rates(counters, _counters(last.system) if last else {}, interval)
        amounts = memory(system.meminfo, pages(system.vmstat, system.zoneinfo, self._page_size))
        zones = () if isinstance(system.zoneinfo, Unavailable) else zone_levels(system.zoneinfo)
        uptime = system.uptime.up if isinstance(system.uptime, Uptime) else None
        boot = system.cpu.btime if isinstance(system.cpu, Cpustat) and system.cpu.btime is not None else None
        machine = Machine(
            self._page_size,
            self._clock_ticks,
            amounts.total,
            float(boot) if boot is not None else sample.wall - (uptime or 0.0),
        )
        processes = self._processes.advance(sample, machine, uptime)
        cache = self._cache.advance(sample.survey.page_cache, processes, rates, interval, _refused_io(sample))
        self._history.push(
            sample.at,
            {
                **{name: rates.get(name) for name in RATE_SERIES},
                "available": amounts.available,
                "swap_used": amounts.swap_used,
                "hit_ratio": cache.now.read_hit_pct,
                "cache_misses": cache.rate(cache.now.misses),
                "cache_dirties": cache.rate(cache.now.dirties),
                **{f"account.{part.kind}": part.size for part in amounts.account},
            },
        )
        self._last = sample
        snapshot = Snapshot(
            at=sample.at,
            wall=sample.wall,
            interval=interval,
            system=system,
            memory=amounts,
            rates=rates,
            cpu=_cpu_shares(system.cpu, last.system.cpu if last else None),
            zones=zones,
            zone_rates=self._zone_trend.advance(sample.at, zones),
            processes=processes,
            coverage=self._processes.coverage,
            cache=cache,
            history=self._history,
            page_size=self._page_size,
            detail=sample.detail,
            cgroups=self._cgroups.advance(sample.survey.cgroups) if sample.survey.cgroups else None,
            survey=sample.survey,
            slabs=self._slabs.advance(sample.survey.slabs, sample.at, self._page_size),
            trail=tuple(self._processes.trail(sample.detail.key)) if sample.detail else (),
            problems=sample.problems,
            cost=sample.cost,
        )
        if self.watch is None:
            return snapshot
        return replace(snapshot, findings=self.watch.advance(snapshot, self._processes.changed))


def _refused_io(sample: Sample) -> Unavailable | None:
    """Why the storage counters of many processes were refused, or None if they were of a few at most."""
    refused = [
        io
        for process in sample.processes.values()
        if (io := process.io) is not PENDING and isinstance(io, Unavailable) and io.why is Why.DENIED
    ]
    if not refused:
        return None
    able = sum(not process.stat.kernel_thread for process in sample.processes.values())
    return refused[0] if len(refused) > _FEW * able else None


def _counters(system: System) -> Mapping[str, int]:
    return {} if isinstance(system.vmstat, Unavailable) else rate.whole(system.vmstat)


def _cpu_shares(now: Cpustat | Unavailable, then: Cpustat | Unavailable | None) -> Mapping[str, float]:
    """Percent of all CPUs' time by use over the interval; empty without two readings."""
    if not isinstance(now, Cpustat) or not isinstance(then, Cpustat):
        return {}
    used = {}
    for name in ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"):
        new, old = getattr(now, name), getattr(then, name)
        if new is not None and old is not None:
            used[name] = max(0, new - old)
    total = sum(used.values())
    return {name: 100 * ticks / total for name, ticks in used.items()} if total else {}
