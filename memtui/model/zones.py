"""How near each zone is to reclaim: free pages against its watermarks.

Documentation/admin-guide/mm/concepts.rst and mm/page_alloc.c: below `low` kswapd is woken and works until `high`
is reached again; an allocation that would leave less than `min` reclaims by itself and waits. The marks in
/proc/zoneinfo already contain `boost`, which is raised for a while after fragmentation (watermark_boost_factor).
"""

from collections import deque
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from memtui.proc.zoneinfo import Zone, Zoneinfo

TREND: Final = 10.0  # seconds over which a zone's rate is taken


class Level(StrEnum):
    """Where a zone's free pages stand, best first."""

    OK = "ok"
    BELOW_HIGH = "below high"
    BELOW_LOW = "kswapd running below low"
    BELOW_MIN = "direct reclaim below min"
    UNKNOWN = "no watermarks"


SEVERITY: tuple[Level, ...] = (Level.UNKNOWN, Level.OK, Level.BELOW_HIGH, Level.BELOW_LOW, Level.BELOW_MIN)


class ZoneLevel(NamedTuple):
    """A populated zone with its level and its distance to waking kswapd (free - low; pages, may be negative)."""

    zone: Zone
    level: Level
    to_low: int | None


ZoneKey = tuple[int, str]


class ZoneTrend:
    """How fast the free pages of each zone change, over the last seconds."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, dict[ZoneKey, int]]] = deque()

    def advance(self, at: float, levels: tuple[ZoneLevel, ...]) -> Mapping[ZoneKey, float]:
        """Pages per second by node and zone, negative while free memory shrinks; empty at the first sample."""
        free = {(one.zone.node, one.zone.name): one.zone.free for one in levels if one.zone.free is not None}
        while len(self._past) > 1 and self._past[1][0] <= at - TREND:
            self._past.popleft()
        rates: dict[ZoneKey, float] = {}
        if self._past and at > self._past[0][0]:
            since, then = self._past[0]
            rates = {key: (pages - then[key]) / (at - since) for key, pages in free.items() if key in then}
        self._past.append((at, free))
        return rates


def level_of(zone: Zone) -> Level:
    """The level of one zone. A zone too small to have watermarks (all 0) is ok while it has free pages."""
    if zone.free is None or zone.min is None or zone.low is None or zone.high is None:
        return Level.UNKNOWN
    if zone.free < zone.min:
        return Level.BELOW_MIN
    if zone.free < zone.low:
        return Level.BELOW_LOW
    if zone.free < zone.high:
        return Level.BELOW_HIGH
    return Level.OK


def zone_levels(zoneinfo: Zoneinfo) -> tuple[ZoneLevel, ...]:
    """All populated zones in the kernel's order."""
    return tuple(
        ZoneLevel(zone, level_of(zone), None if zone.free is None or zone.low is None else zone.free - zone.low)
        for node in zoneinfo.nodes
        for zone in node.zones
        if zone.populated
    )


class NodeReach(NamedTuple):
    """How far a node is from reclaim, in pages: what ordinary allocations can take before kswapd wakes, and before
    they must reclaim by themselves; `seconds` until the first at the present rate, None while free memory doesn't
    shrink.
    """

    node: int
    free: int
    managed: int
    to_kswapd: int
    to_direct: int
    seconds: float | None
    level: Level


def reach(levels: Iterable[ZoneLevel], rates: Mapping[ZoneKey, float]) -> tuple[NodeReach, ...]:
    """Each node by itself, in order.

    An allocation goes from zone to zone and takes from one only what leaves its mark and its lowmem reserve against
    it (mm/page_alloc.c, __zone_watermark_ok); when no zone is left, kswapd is woken. `protection` is largest against
    allocations that could have gone to the highest zone, which nearly all of user space can.
    """
    nodes: dict[int, list[ZoneLevel]] = {}
    for one in levels:
        nodes.setdefault(one.zone.node, []).append(one)
    return tuple(_reach(node, zones, rates) for node, zones in sorted(nodes.items()))


def _reach(node: int, levels: list[ZoneLevel], rates: Mapping[ZoneKey, float]) -> NodeReach:
    zones = [one.zone for one in levels]
    to_kswapd = sum(_above(zone, zone.low) for zone in zones)
    rate = sum(rates.get((node, zone.name), 0.0) for zone in zones)
    return NodeReach(
        node=node,
        free=sum(zone.free or 0 for zone in zones),
        managed=sum(zone.managed or 0 for zone in zones),
        to_kswapd=to_kswapd,
        to_direct=sum(_above(zone, zone.min) for zone in zones),
        seconds=seconds_until(to_kswapd, rate),
        level=max((one.level for one in levels), key=SEVERITY.index),
    )


def _above(zone: Zone, mark: int | None) -> int:
    return max(0, (zone.free or 0) - (mark or 0) - max(zone.protection, default=0))


def seconds_until(pages: int | None, rate: float | None) -> float | None:
    """Seconds until so many pages are gone at a rate of change; None while they don't shrink, or are gone already."""
    if pages is None or pages <= 0 or rate is None or rate >= 0:
        return None
    return pages / -rate


def worst(levels: tuple[ZoneLevel, ...]) -> ZoneLevel | None:
    """The zone in the worst state, among equals the one nearest to its low mark by share of its size."""
    if not levels:
        return None
    return max(levels, key=lambda one: (SEVERITY.index(one.level), -(one.to_low or 0) / (one.zone.managed or 1)))
