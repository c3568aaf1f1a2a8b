"""How near each zone is to reclaim: free pages against its watermarks.

Documentation/admin-guide/mm/concepts.rst and mm/page_alloc.c: below `low` kswapd is woken and works until `high`
is reached again; an allocation that would leave less than `min` reclaims by itself and waits. The marks in
/proc/zoneinfo already contain `boost`, which is raised for a while after fragmentation (watermark_boost_factor).
"""

from enum import StrEnum
from typing import NamedTuple

from memtui.proc.zoneinfo import Zone, Zoneinfo


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
