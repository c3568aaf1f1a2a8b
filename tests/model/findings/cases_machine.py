"""Cases of how the machine is set up."""

from typing import Any

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.blind import BLIND
from memtui.model.findings.rules.machine import MEMORY_CORRUPTED, OVERCOMMIT
from memtui.model.findings.rules.numa import NUMA_IMBALANCE
from memtui.model.findings.rules.settings import SETTINGS_ODD
from memtui.model.processes import Coverage

from .conftest import GIB, Case, Moment, Scene

SCENE = Scene()
PAGES = 262144  # of a zone of the scene


def settings(meminfo: dict[str, int] | None = None, **values: int) -> Moment:
    return {"sysctl": {name: (value,) for name, value in values.items()}, "meminfo": meminfo or {}}


def promised(share: float, mode: int = 2) -> Moment:
    lines = {"CommitLimit": 8 * GIB, "Committed_AS": int(share * 8 * GIB)}
    return settings(lines, overcommit_memory=mode)


def nodes(one: float, other: float, missed: float = 0.0, some: float = 0.0, files: float = 0.0) -> Moment:
    """Two nodes with shares that are free, of the first also one of files; `missed` of 1000 pages a second."""
    cached = {"nr_zone_inactive_file": int(files * PAGES), "nr_zone_active_file": 0}
    zones = [
        SCENE.zone(int(one * PAGES) + 1250, node=0, stats=cached),
        SCENE.zone(int(other * PAGES) + 1250, node=1),
    ]
    rates = {"numa_hit": 10_000 * (1 - missed), "numa_miss": 10_000 * missed, "numa_foreign": 10_000 * missed}
    return {"zones": zones, "some": some, "rates": rates}


def seen(able: int, refused: int) -> Moment:
    coverage: Any = Coverage(0, able, able - refused, 0, {"permission denied": refused})
    return {"coverage": coverage}


KIB_OF_RAM = 8 << 20

CASES = (
    Case(MEMORY_CORRUPTED, {"meminfo": {"HardwareCorrupted": 4096}}, {}, severity=Severity.CRITICAL),
    Case(OVERCOMMIT, promised(0.91), promised(0.89), promised(0.86)),
    Case(OVERCOMMIT, promised(0.985), promised(0.99, mode=0), promised(0.86), severity=Severity.CRITICAL),
    Case(NUMA_IMBALANCE, nodes(0.04, 0.3, some=1.0), nodes(0.06, 0.3, some=5.0), nodes(0.07, 0.21)),
    Case(NUMA_IMBALANCE, nodes(0.04, 0.26), nodes(0.04, 0.24), nodes(0.07, 0.21), severity=Severity.NOTE),
    Case(NUMA_IMBALANCE, nodes(0.14, 0.26, 0.11), nodes(0.14, 0.26, 0.09), nodes(0.19, 0.21, 0.06),
         severity=Severity.NOTE),
    Case(SETTINGS_ODD, settings(min_free_kbytes=KIB_OF_RAM // 10 + 1), settings(min_free_kbytes=KIB_OF_RAM // 10),
         severity=Severity.NOTE),
    Case(SETTINGS_ODD, settings(watermark_scale_factor=500), settings(watermark_scale_factor=499),
         severity=Severity.NOTE),
    Case(SETTINGS_ODD, settings(dirty_ratio=41, dirty_background_ratio=10),
         settings(dirty_ratio=40, dirty_background_ratio=10), severity=Severity.NOTE),
    Case(SETTINGS_ODD, settings(vfs_cache_pressure=1000), settings(vfs_cache_pressure=999), severity=Severity.NOTE),
    Case(SETTINGS_ODD, settings({"CommitLimit": 5 * GIB}, overcommit_memory=2),
         settings({"CommitLimit": 7 * GIB}, overcommit_memory=2), severity=Severity.NOTE),
    Case(BLIND, seen(10, 5), seen(10, 4), seen(10, 4), severity=Severity.NOTE),
)  # fmt: skip
