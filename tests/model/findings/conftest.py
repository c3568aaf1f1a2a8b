"""Histories made by hand: a machine second by second, of which a test says only what differs from a calm one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from memtui.model.cache import PageCache
from memtui.model.cgroups import Cgroups, GroupRow
from memtui.model.findings.facts import COUNTERS
from memtui.model.findings.finding import Finding, Findings, Severity
from memtui.model.findings.rule import Changed, Mark, Rule
from memtui.model.findings.watch import Preferences, Watch
from memtui.model.history import History
from memtui.model.memory import memory
from memtui.model.process import Process
from memtui.model.processes import Coverage
from memtui.model.sample import Cost, System
from memtui.model.snapshot import Snapshot
from memtui.model.survey import Survey
from memtui.model.zones import zone_levels
from memtui.proc.cpustat import Cpustat
from memtui.proc.loadavg import Loadavg
from memtui.proc.meminfo import Meminfo
from memtui.proc.pressure import Pressure, Stall
from memtui.proc.swaps import Swap
from memtui.proc.uptime import Uptime
from memtui.proc.vmstat import Vmstat
from memtui.proc.zoneinfo import Node, Zone, Zoneinfo

PAGE = 4096
GIB = 1 << 30
MIB = 1 << 20
START = 1000.0
WALL = 1.7e9

Moment = Mapping[str, Any]
"""What differs from a calm machine at a second, by the names of `Scene.snapshot`'s parameters, and `rates`."""


class Scene:
    """Makes records, rows and snapshots, and runs rules over a history of them."""

    def meminfo(self, **lines: int) -> Meminfo:
        """8 GiB of RAM, half of it available, and 2 GiB of swap that is empty; huge page counts are 0."""
        usual = {
            "MemTotal": 8 * GIB, "MemFree": 2 * GIB, "MemAvailable": 4 * GIB, "Buffers": 64 * MIB, "Cached": 2 * GIB,
            "Shmem": 128 * MIB, "AnonPages": 3 * GIB, "SReclaimable": 256 * MIB, "SUnreclaim": 128 * MIB,
            "PageTables": 32 * MIB, "KernelStack": 8 * MIB, "VmallocUsed": 24 * MIB, "Percpu": 4 * MIB,
            "SwapTotal": 2 * GIB, "SwapFree": 2 * GIB, "Committed_AS": 5 * GIB, "CommitLimit": 6 * GIB,
            "Dirty": 0, "Writeback": 0, "HugePages_Total": 0, "HugePages_Free": 0, "HugePages_Rsvd": 0,
            "Hugepagesize": 2 * MIB, "Hugetlb": 0, "HardwareCorrupted": 0,
        }  # fmt: skip
        return Meminfo({**usual, **lines})

    def zone(self, free: int = 100_000, name: str = "Normal", node: int = 0, **fields: Any) -> Zone:
        """A zone of 1 GiB with its marks at 1000, 1250 and 1500 pages."""
        usual: dict[str, Any] = {
            "boost": 0, "min": 1000, "low": 1250, "high": 1500, "promo": 1750, "spanned": 262144, "present": 262144,
            "managed": 262144, "cma": 0, "protection": (0, 0, 0), "stats": {}, "pagesets": (),
            "node_unreclaimable": 0, "start_pfn": 1,
        }  # fmt: skip
        return Zone(node=node, name=name, free=free, **{**usual, **fields})

    def process(self, pid: int = 100, comm: str = "worker", **fields: Any) -> Process:
        """A process of 100 MiB that rests."""
        usual: dict[str, Any] = dict.fromkeys(Process._fields)
        usual |= {
            "pid": pid, "start_time": 10 * pid, "ppid": 1, "user": "app", "uid": 1000, "state": "S", "nice": 0,
            "threads": 1, "kernel_thread": False, "comm": comm, "command": f"{comm} --serve", "started": WALL - 3600,
            "virt": GIB, "res": 100 * MIB, "pss": 90 * MIB, "uss": 80 * MIB, "swap": 0, "mem_pct": 1.0, "minflt": 0,
            "majflt": 0, "minflt_rate": 0.0, "majflt_rate": 0.0, "oom_score": 667, "oom_score_adj": 0,
            "cpu_pct": 0.0, "cpu_time": 1.0,
        }  # fmt: skip
        return Process(**{**usual, **fields})

    def group(self, path: str, **fields: Any) -> GroupRow:
        """A cgroup of version 2 of which a test names what matters."""
        return GroupRow(**{"path": path, "version": 2, **fields})

    def snapshot(
        self,
        second: float = 0.0,
        *,
        meminfo: Mapping[str, int] | None = None,
        vmstat: Mapping[str, float] | None = None,
        some: float = 0.0,
        full: float = 0.0,
        stalled: tuple[int, int] = (0, 0),
        zones: Sequence[Zone] = (),
        processes: Sequence[Process] = (),
        groups: Sequence[GroupRow] | None = None,
        sysctl: Mapping[str, tuple[int, ...]] | None = None,
        swaps: Sequence[Swap] = (),
        system: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> Snapshot:
        """The machine at a second; `vmstat` are its counters, `system` and `parts` other fields of the records."""
        files = System(**{
            "meminfo": self.meminfo(**(meminfo or {})),
            "vmstat": Vmstat({name: int(value) for name, value in (vmstat or {}).items()}),
            "zoneinfo": self._zoneinfo(zones or (self.zone(),)),
            "swaps": tuple(swaps),
            "pressure": {"memory": Pressure(Stall(some, 0, 0, stalled[0]), Stall(full, 0, 0, stalled[1]))},
            "loadavg": Loadavg(0.5, 1.0, 1.0, 1, 100, 1),
            "uptime": Uptime(3600.0, 0.0),
            "cpu": Cpustat(btime=int(WALL) - 3600),
            "sysctl": {
                "swappiness": (60,), "min_free_kbytes": (66 * 1024,), "watermark_scale_factor": (10,),
                "overcommit_memory": (0,), "zone_reclaim_mode": (0,), **(sysctl or {}),
            },
            **(system or {}),
        })  # fmt: skip
        usual: dict[str, Any] = {
            "at": START + second,
            "wall": WALL + second,
            "interval": 1.0 if second else None,
            "system": files,
            "memory": memory(files.meminfo),
            "rates": {},
            "cpu": {},
            "zones": zone_levels(files.zoneinfo) if isinstance(files.zoneinfo, Zoneinfo) else (),
            "zone_rates": {},
            "processes": {row.pid: row for row in processes},
            "coverage": Coverage(0, len(processes), len(processes), 0, {}),
            "cache": PageCache(),
            "history": History(),
            "page_size": PAGE,
            "detail": None,
            "cgroups": None if groups is None else Cgroups(2, {row.path: row for row in groups}),
            "survey": Survey(),
            "slabs": None,
            "trail": (),
            "problems": (),
            "cost": Cost(0.01, 0.01, 100, 0),
        }
        return Snapshot(**{**usual, **parts})

    def run(
        self,
        rules: Rule | Sequence[Rule],
        seconds: int,
        moment: Moment | Callable[[int], Moment],
        preferences: Preferences | None = None,
        lead: int = 0,
    ) -> list[Findings]:
        """What is found at each second from 0 to `seconds`; `moment` says what the machine is like then.

        The history begins `lead` seconds earlier.
        Its `rates` are added to the counters of /proc/vmstat second by second; the others stand still.
        """
        watch = Watch(preferences, (rules,) if isinstance(rules, Rule) else rules)
        counters = dict.fromkeys(COUNTERS, 1e6)
        some = full = 0.0  # microseconds
        out = []
        for second in range(-lead, seconds + 1):
            what = dict(moment(second) if callable(moment) else moment)
            for name, rate in what.pop("rates", {}).items():
                counters[name] = counters.get(name, 1e6) + rate
            some, full = some + 1e4 * what.get("some", 0.0), full + 1e4 * what.get("full", 0.0)
            what.setdefault("stalled", (round(some), round(full)))
            now = self.snapshot(second, **{**what, "vmstat": {**counters, **what.get("vmstat", {})}})
            out.append(watch.advance(now, now.processes.keys()))
        return out[lead:]

    def last(
        self, rules: Rule | Sequence[Rule], seconds: int, moment: Moment | Callable[[int], Moment]
    ) -> tuple[Finding, ...]:
        """The findings at the end of a history."""
        return self.run(rules, seconds, moment)[-1].open

    def _zoneinfo(self, zones: Sequence[Zone]) -> Zoneinfo:
        nodes = sorted({zone.node for zone in zones})
        return Zoneinfo(tuple(Node(node, {}, tuple(one for one in zones if one.node == node)) for node in nodes))


@pytest.fixture(scope="session")
def scene() -> Scene:
    """The maker of histories."""
    return Scene()


CALM: Moment = {}


class Case(NamedTuple):
    """How a rule is tested: histories of a machine on which it must open, must not, and must stay.

    `below` is just under what opens it. `between` neither opens nor closes it; a rule without that (no hysteresis by
    numbers) has None. `past` is a machine on which it closes. `lead` are seconds of the history before second 0, for
    rules that look far back.
    """

    rule: Rule
    fires: Moment | Callable[[int], Moment]
    below: Moment | Callable[[int], Moment]
    between: Moment | Callable[[int], Moment] | None = None
    past: Moment = CALM
    severity: Severity = Severity.WARNING
    lead: int = 0


class Proof:
    """What must hold of every case."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def opens_in_time(self, case: Case, within: int = 15) -> None:
        """It opens, as bad as it should be, with evidence, and with words and steps that can be shown."""
        found = self._scene.run(case.rule, within, case.fires, lead=case.lead)[-1].open
        assert [one.rule for one in found] == [case.rule.id] * max(1, len(found))
        assert max(one.severity for one in found) is case.severity
        for one in found:
            assert one.title and one.explanation and one.steps
            assert one.evidence and all(evidence.value is not None for evidence in one.evidence)

    def does_not_open(self, case: Case, seconds: int = 40) -> None:
        """Just below it never opens, nor on a calm machine, nor where marks would only keep it."""
        for moment in (case.below, {}, *([case.between] if case.between is not None else [])):
            assert not any(found.open for found in self._scene.run(case.rule, seconds, moment, lead=case.lead))

    def stays_and_closes(self, case: Case) -> None:
        """Between the marks it stays; on a calm machine it is closed within 30 s."""

        def moment(second: int) -> Moment:
            now = case.fires if second <= 15 else case.past
            if case.between is not None and 15 < second <= 45:
                now = case.between
            return now(second) if callable(now) else now

        found = self._scene.run(case.rule, 80, moment, lead=case.lead)
        assert found[45 if case.between is not None else 15].open
        assert not found[75 if case.between is not None else 45].open

    def counts(self, case: Case, mark: Mark) -> bool:
        """Whether the finding is gone, or is another one, when a mark is put out of reach."""
        found = []
        for far in (None, -1e18, 1e18):
            changed = Changed(far, mark.critical and far, mark.stays and far)
            wanted = Preferences(marks={case.rule.id: {mark.name: changed}})
            last = self._scene.run(case.rule, 15, case.fires, wanted, case.lead)[-1].open
            found.append([(one.severity, one.title) for one in last])
        return found[0] != found[1] or found[0] != found[2]


@pytest.fixture(scope="session")
def proof(scene: Scene) -> Proof:
    """The checks of cases."""
    return Proof(scene)
