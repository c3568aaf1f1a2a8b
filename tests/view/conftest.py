"""Snapshots for the views: of the live kernel, of recorded kernel files, and made by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from memtui.model.modeler import Modeler
from memtui.model.process import Process
from memtui.model.sample import Detail, Problem, ProcessSample, Sample, System
from memtui.model.snapshot import Snapshot
from memtui.proc import meminfo, vmstat, zoneinfo
from memtui.proc.cpustat import Cpustat
from memtui.proc.loadavg import Loadavg
from memtui.proc.meminfo import Meminfo
from memtui.proc.pressure import Pressure, Stall
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import ABSENT
from memtui.proc.uptime import Uptime
from memtui.proc.vmstat import Vmstat
from memtui.proc.zoneinfo import Node, Zone, Zoneinfo
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

RECORDED = Path(__file__).parents[1] / "proc" / "data"
PAGE = 4096
GIB = 1 << 30
MIB = 1 << 20
WIDTHS = (60, 71, 72, 80, 99, 100, 109, 110, 120, 149, 150, 170, 171, 200, 220)


class Builder:
    """Makes records with the values that a test names and plain ones for the rest."""

    widths = WIDTHS

    def meminfo(self, **sizes: int) -> Meminfo:
        """8 GiB of RAM and 2 GiB of swap of which a quarter is used."""
        usual = {
            "MemTotal": 8 * GIB, "MemFree": 2 * GIB, "MemAvailable": 4 * GIB, "Buffers": 64 * MIB, "Cached": 2 * GIB,
            "Shmem": 512 * MIB, "AnonPages": 3 * GIB, "SReclaimable": 256 * MIB, "SUnreclaim": 128 * MIB,
            "PageTables": 32 * MIB, "KernelStack": 8 * MIB, "VmallocUsed": 24 * MIB, "Percpu": 4 * MIB,
            "SwapTotal": 2 * GIB, "SwapFree": 1536 * MIB, "Committed_AS": 5 * GIB, "CommitLimit": 6 * GIB,
        }  # fmt: skip
        return Meminfo({**usual, **sizes})

    def zone(self, free: int | None, name: str = "Normal", node: int = 0, **fields: Any) -> Zone:
        """A zone of 1 GiB with its marks at 1000, 1250 and 1500 pages."""
        usual: dict[str, Any] = {
            "boost": 0, "min": 1000, "low": 1250, "high": 1500, "promo": 1750, "spanned": 262144, "present": 262144,
            "managed": 262144, "cma": 0, "protection": (0, 0, 0), "stats": {}, "pagesets": (),
            "node_unreclaimable": 0, "start_pfn": 1,
        }  # fmt: skip
        return Zone(node=node, name=name, free=free, **{**usual, **fields})

    def zoneinfo(self, *zones: Zone) -> Zoneinfo:
        """The zones by node."""
        nodes = sorted({zone.node for zone in zones})
        return Zoneinfo(tuple(Node(node, {}, tuple(z for z in zones if z.node == node)) for node in nodes))

    def system(self, **parts: Any) -> System:
        """A calm machine."""
        usual: dict[str, Any] = {
            "meminfo": self.meminfo(),
            "vmstat": Vmstat({}),
            "zoneinfo": self.zoneinfo(self.zone(100_000)),
            "swaps": (),
            "pressure": {"memory": Pressure(Stall(1.5, 0, 0, 0), Stall(0.25, 0, 0, 0))},
            "loadavg": Loadavg(0.5, 1.0, 12.25, 1, 100, 1),
            "uptime": Uptime(3600.0, 0.0),
            "cpu": Cpustat(btime=1_700_000_000),
            "sysctl": {
                "swappiness": (60,), "min_free_kbytes": (66 * 1024,), "watermark_scale_factor": (10,),
                "overcommit_memory": (0,),
            },
        }  # fmt: skip
        return System(**{**usual, **parts})

    def old_system(self) -> System:
        """What a mainline 3.10 kernel tells: no MemAvailable (RHEL's has it), no PSI, no Percpu."""
        read = {name: (RECORDED / "3.10" / name).read_bytes() for name in ("meminfo", "vmstat", "zoneinfo")}
        found = meminfo.parse(read["meminfo"]).values
        return self.system(
            meminfo=Meminfo({name: size for name, size in found.items() if name != "MemAvailable"}),
            vmstat=vmstat.parse(read["vmstat"]),
            zoneinfo=zoneinfo.parse(read["zoneinfo"]),
            pressure=dict.fromkeys(("memory", "io", "cpu"), ABSENT),
            sysctl={},
        )

    def snapshot(
        self,
        *systems: System,
        processes: Sequence[ProcessSample] = (),
        problems: Sequence[Problem] = (),
        detail: Detail | None = None,
    ) -> Snapshot:
        """The snapshot of the last of some samples, one a second."""
        modeler = Modeler(PAGE, 100)
        by_pid: Mapping[int, ProcessSample] = {process.stat.pid: process for process in processes}
        for second, system in enumerate(systems or (self.system(),)):
            sample = Sample(100.0 + second, 1.7e9 + second, system, by_pid, detail=detail, problems=tuple(problems))
            snapshot = modeler.advance(sample)
        return snapshot

    def counted(self, *readings: Mapping[str, int]) -> Snapshot:
        """The snapshot after some readings of /proc/vmstat, one a second."""
        return self.snapshot(*(self.system(vmstat=Vmstat(reading)) for reading in readings))


@pytest.fixture(scope="session")
def build() -> Builder:
    """The maker of records and snapshots."""
    return Builder()


@pytest.fixture(scope="session")
def live() -> Snapshot:
    """This machine, after two samples, with this process in focus."""
    source = ProcSource()
    sampler = Sampler(source)
    try:
        first = sampler.step(Request())
        own = next(row for row in first.processes.values() if row.pid == int(source.read("self/stat").split()[0]))
        request = Request(needs=Need.STATUS | Need.SMAPS | Need.OOM | Need.IO, focus=own.key, visible=(own.pid,))
        found = sampler.step(request)
        for _ in range(20):  # on a busy machine the budget of a sample may be spent before its turn comes
            if found.processes[own.pid].pss is not None:
                break
            found = sampler.step(request)
        return found
    finally:
        sampler.close()


@pytest.fixture(scope="session")
def own(live: Snapshot) -> Process:
    """The row of this very process."""
    assert live.detail is not None
    return live.processes[live.detail.key.pid]
