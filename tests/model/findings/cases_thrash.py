"""Cases of thrash."""

from typing import Any

from memtui.model.cache import NOTHING, CacheRow, Flow, PageCache
from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.hits import LOW_HIT_RATIO
from memtui.model.findings.rules.thrash import CACHE_THRASH, MAJOR_FAULTS, SWAP_THRASH
from memtui.model.pagecache import Instrument, Quality

from .conftest import MIB, Case, Moment, Scene

SCENE = Scene()
WAITING: Moment = {"some": 10.0}


def swapping(come: float, went: float, **more: Any) -> Moment:
    return {"rates": {"pswpin": come, "pswpout": went}, **more}


def burst(second: int) -> Moment:
    """Much for two seconds, as when a large program makes room for itself: the mean of 10 s stays high for ten."""
    return swapping(20_000, 20_000) if second in (5, 6) else {}


def rereading(back: float, restored: float = 0.0, faults: float = 0.0, **more: Any) -> Moment:
    rates = {"workingset_refault_file": back, "workingset_restore_file": restored, "pgmajfault": faults}
    return {"rates": rates, **more}


def at_limit(back: float, usage: int) -> Moment:
    """A cgroup with a limit of 100 MiB that has all of the machine's refaults."""
    group = SCENE.group("/app", refault_file_rate=back, max=100 * MIB, usage=usage)
    return {"rates": {"workingset_refault_file": back}, "groups": [SCENE.group("/"), group]}


def faulting(faults: float, back: float) -> Moment:
    return {"rates": {"pgmajfault": faults, "workingset_refault": back}}


def reading(pages: int, hit: float, quality: Quality = Quality.EXACT) -> Moment:
    """So many pages a second are asked for, of which a percentage is there."""
    misses = round(pages * (100 - hit) / 100)
    flow = Flow(pages, misses, pages - misses, 0, hit)
    rows = tuple(
        CacheRow(pid, pid, 0, "root", name, False, part, part)
        for pid, name, part in ((1, "init", NOTHING), (100, "backup", flow))
    )
    return {"cache": PageCache(Instrument("bpf", quality), flow, flow, rows, 1.0, 60.0)}


CASES = (
    Case(SWAP_THRASH, swapping(100, 300), swapping(99, 1000), swapping(50, 50)),
    Case(SWAP_THRASH, swapping(500, 500, **WAITING), swapping(0, 1000, **WAITING), swapping(60, 60),
         severity=Severity.CRITICAL),
    Case(SWAP_THRASH, swapping(100, 300), burst),
    Case(SWAP_THRASH, swapping(500, 500, some=9.9), swapping(2000, 99)),
    Case(CACHE_THRASH, rereading(100, 30, **WAITING), rereading(1e6, 29, **WAITING), rereading(50, 15, some=3.0)),
    Case(CACHE_THRASH, rereading(250, 0, 500, **WAITING), rereading(249, 0, 500, **WAITING),
         rereading(130, 0, 250, some=3.0)),
    Case(CACHE_THRASH, rereading(1000, 100, **WAITING), rereading(1000, 100, some=9.9)),
    Case(CACHE_THRASH, at_limit(4096, 95 * MIB), at_limit(4095, 95 * MIB), at_limit(2048, 95 * MIB),
         severity=Severity.NOTE),
    Case(CACHE_THRASH, at_limit(4096, 95 * MIB), at_limit(100_000, 90 * MIB), severity=Severity.NOTE),
    Case(MAJOR_FAULTS, faulting(500, 250), faulting(500, 249), faulting(250, 70)),
    Case(LOW_HIT_RATIO, reading(1000, 49), reading(1000, 49, Quality.PARTIAL), reading(500, 69),
         severity=Severity.NOTE),
    Case(LOW_HIT_RATIO, reading(1000, 49), reading(1000, 50), reading(500, 69), severity=Severity.NOTE),
    Case(LOW_HIT_RATIO, reading(1000, 49), reading(999, 0), severity=Severity.NOTE),
    Case(MAJOR_FAULTS, faulting(600, 600), faulting(499, 499), faulting(250, 250)),
)  # fmt: skip
