"""Cases of memory that is held."""

from typing import Any

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.holders import HUGEPAGES_UNUSED, PAGE_TABLES
from memtui.model.findings.rules.shmem import SHMEM_BIG
from memtui.model.survey import MemorySurvey, NodesSurvey, Survey, Tmpfs
from memtui.proc.hugepages import HugePages

from .conftest import GIB, MIB, Case, Moment

RAM = 8 * GIB


def huge(total: int, free: int, reserved: int = 0, available: int = 4 * GIB) -> Moment:
    """Huge pages of 2 MiB."""
    lines = {"HugePages_Total": total, "HugePages_Free": free, "HugePages_Rsvd": reserved, "Hugetlb": total * 2 * MIB}
    return {"meminfo": {**lines, "MemAvailable": available}}


def giants(total: int, free: int) -> Moment:
    """Huge pages of 1 GiB beside none of 2 MiB."""
    pool = HugePages(GIB, None, total, free, 0, 0), HugePages(GIB, 0, total, free, None, 0)
    return {"survey": Survey(nodes=NodesSurvey({}, (), pool, {}))}


def tmpfs(used: int, size: int | None, folder: str = "/scratch") -> Moment:
    survey: Any = MemorySurvey((Tmpfs(folder, used, size),), (), {}, ())
    return {"survey": Survey(memory=survey)}


NO_TMPFS: Moment = {"survey": Survey(memory=MemorySurvey((), (), {}, ()))}


def shared(share: float, available: float = 0.5, swap: int = 2 * GIB) -> Moment:
    """A share of RAM that is shared memory, and one that is available."""
    lines = {"Shmem": int(share * RAM), "MemAvailable": int(available * RAM), "SwapFree": swap, "SwapTotal": swap}
    return {"meminfo": lines}


def tables(size: int, anon: int) -> Moment:
    return {"meminfo": {"PageTables": size, "AnonPages": anon, "Mapped": 0}}


CASES = (
    Case(HUGEPAGES_UNUSED, huge(20, 20, 4), huge(20, 20, 5), huge(20, 20, 12), severity=Severity.NOTE),
    Case(HUGEPAGES_UNUSED, huge(1000, 100), huge(1000, 99), huge(1000, 60), severity=Severity.NOTE),
    Case(HUGEPAGES_UNUSED, huge(400, 210, 0, int(0.08 * RAM)), huge(20, 15), huge(20, 10)),
    Case(
        HUGEPAGES_UNUSED, giants(2, 1), giants(2, 0), None, {"survey": Survey(nodes=NodesSurvey({}, (), (), {}))},
        severity=Severity.NOTE,
    ),
    Case(SHMEM_BIG, tmpfs(20 * MIB, 40 * MIB), tmpfs(15 * MIB, 30 * MIB), tmpfs(9 * MIB, 19 * MIB), NO_TMPFS,
         Severity.NOTE),
    Case(SHMEM_BIG, tmpfs(100 * MIB, 200 * MIB), tmpfs(98 * MIB, 200 * MIB), tmpfs(92 * MIB, 200 * MIB), NO_TMPFS,
         Severity.NOTE),
    Case(SHMEM_BIG, tmpfs(RAM // 10 + MIB, RAM), tmpfs(RAM // 10 - MIB, RAM), tmpfs(RAM // 12, None), NO_TMPFS,
         Severity.NOTE),
    Case(SHMEM_BIG, tmpfs(180 * MIB, 200 * MIB), tmpfs(98 * MIB, 200 * MIB), None, NO_TMPFS),
    Case(SHMEM_BIG, shared(0.51), shared(0.49), shared(0.46), severity=Severity.NOTE),
    Case(SHMEM_BIG, shared(0.26, 0.09, 0), shared(0.24, 0.09, 0), shared(0.21, 0.09, 0)),
    Case(SHMEM_BIG, shared(0.26, 0.09, 0), shared(0.26, 0.11, 0), shared(0.26, 0.14, 0)),
    Case(PAGE_TABLES, tables(33 * MIB, 300 * MIB), tables(31 * MIB, 300 * MIB), tables(25 * MIB, 300 * MIB),
         severity=Severity.NOTE),
    Case(PAGE_TABLES, tables(101 * MIB, 1000 * MIB), tables(99 * MIB, 1000 * MIB), tables(90 * MIB, 1000 * MIB),
         severity=Severity.NOTE),
    Case(PAGE_TABLES, tables(900 * MIB, 3 * GIB), tables(300 * MIB, 3100 * MIB), tables(270 * MIB, 3100 * MIB)),
)  # fmt: skip
