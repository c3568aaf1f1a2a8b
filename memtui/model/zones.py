"""How near each zone is to reclaim: free pages against its watermarks.

Documentation/admin-guide/mm/concepts.rst and mm/page_alloc.c: below `low` kswapd is woken and works until `high`
is reached again; an allocation that would leave less than `min` reclaims by itself and waits. The marks in
/proc/zoneinfo already contain `boost`, which is raised for a while after fragmentation (watermark_boost_factor).
"""

from collections import deque
from collections.abc import Mapping
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


def worst(levels: tuple[ZoneLevel, ...]) -> ZoneLevel | None:
    """The zone in the worst state, among equals the one nearest to its low mark by share of its size."""
    if not levels:
        return None
    return max(levels, key=lambda one: (SEVERITY.index(one.level), -(one.to_low or 0) / (one.zone.managed or 1)))
