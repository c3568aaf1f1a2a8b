"""Cases of reclaim, zones and fragments."""

from typing import Any

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.fragments import FRAGMENTATION
from memtui.model.findings.rules.reclaim import DIRECT_RECLAIM, KSWAPD_BEHIND, ZONE_SHORT
from memtui.model.survey import NodesSurvey, Survey
from memtui.proc.zoneinfo import Zone

from .conftest import MIB, Case, Moment, Scene

SCENE = Scene()
WAITING: Moment = {"some": 5.0}


def kswapd(scanned: float, percent: float, **more: Any) -> Moment:
    rates = {"pgscan_kswapd": scanned, "pgsteal_kswapd": scanned * percent / 100}
    return {"rates": rates, **more}


def stalled(rate: float, scanned: float = 100_000.0, back: float = 0.0, **more: Any) -> Moment:
    """So many pages are scanned, and 89,000 of them reclaimed."""
    rates = {"pgscan_direct": scanned, "pgsteal_direct": 89_000.0, "workingset_refault_anon": back}
    return {"rates": {"allocstall": rate, **rates}, **more}


def zones(free: int, other: Zone) -> Moment:
    return {"zones": (SCENE.zone(free), other)}


def movable(free: int) -> Zone:
    return SCENE.zone(free, "Movable")


def elsewhere(free: int) -> Zone:
    return SCENE.zone(free, node=1)


def lower(free: int) -> Moment:
    """Of two zones of a node the lower has room, which is no help to no one."""
    return {"zones": (SCENE.zone(50_000, "DMA32"), SCENE.zone(free))}


def pieces(large: int, small: int, fails: float = 0.0, made: float = 0.0, **more: Any) -> Moment:
    """Free blocks of the smallest and the largest order."""
    nodes = NodesSurvey({(0, "Normal"): (small, *([0] * 9), large)}, (), (), {})
    rates = {"compact_fail": fails, "compact_success": made, **more.pop("reclaim", {})}
    return {"survey": Survey(nodes=nodes), "meminfo": {"Hugepagesize": 2 * MIB}, "rates": rates, **more}


STREAMS = {"pgscan_file": 170_000.0, "pgsteal_file": 170_000.0}


CASES = (
    Case(KSWAPD_BEHIND, kswapd(1000, 29, **WAITING), kswapd(100_000, 30, **WAITING), kswapd(501, 49, some=2.5)),
    Case(KSWAPD_BEHIND, kswapd(9000, 10, some=4.9), kswapd(999, 10, some=4.9), severity=Severity.NOTE),
    Case(DIRECT_RECLAIM, stalled(10, **WAITING), stalled(9, **WAITING), stalled(5, some=2.5)),
    Case(DIRECT_RECLAIM, stalled(90, 90_000, back=891, **WAITING), stalled(90, 90_000, back=889, **WAITING)),
    Case(DIRECT_RECLAIM, stalled(90, some=4.9), stalled(9, some=4.9), severity=Severity.NOTE),
    Case(ZONE_SHORT, zones(1249, movable(6000)), zones(1250, movable(6000)), zones(1374, movable(4500)),
         severity=Severity.NOTE),
    Case(ZONE_SHORT, zones(1249, elsewhere(6000)), zones(1249, elsewhere(5999)), severity=Severity.NOTE),
    Case(ZONE_SHORT, zones(999, movable(6000)), lower(999)),
    Case(FRAGMENTATION, pieces(1, 4976, 0.3, 2.7, **WAITING), pieces(1, 4975, 0.3, 2.8, **WAITING),
         pieces(1, 3476, 0.15, 2.5, some=2.5)),
    Case(FRAGMENTATION, pieces(1, 4976, 1, 0, some=4.9), pieces(2, 6000, 1, 0), severity=Severity.NOTE),
    Case(FRAGMENTATION, pieces(1, 4976, 1, 9, some=4.9), pieces(1, 4975, 0.29, 0), severity=Severity.NOTE),
    Case(FRAGMENTATION, pieces(1, 6000, 7, 6, **WAITING), pieces(1, 6000, 7, 6, reclaim=STREAMS, **WAITING)),
    Case(FRAGMENTATION, pieces(0, 6000), pieces(0, 6000, zones=(SCENE.zone(protection=(0, 1)),)), past=pieces(9, 0),
         severity=Severity.NOTE),
    Case(FRAGMENTATION, pieces(0, 6000), pieces(0, 5999), pieces(0, 4500), pieces(9, 0), severity=Severity.NOTE),
)  # fmt: skip
