"""Every state of a zone against its watermarks, and which zone is worst."""

from dataclasses import replace

import pytest

from memtui.model.zones import Level, ZoneLevel, ZoneTrend, level_of, reach, seconds_until, worst, zone_levels
from memtui.proc.zoneinfo import Node, Zone, Zoneinfo

NORMAL = Zone(
    node=0,
    name="Normal",
    free=5000,
    boost=0,
    min=1000,
    low=1250,
    high=1500,
    promo=1750,
    spanned=100_000,
    present=100_000,
    managed=98_000,
    cma=0,
    protection=(0, 0),
    stats={},
    pagesets=(),
    node_unreclaimable=0,
    start_pfn=4096,
)


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (5000, Level.OK),
        (1500, Level.OK),
        (1499, Level.BELOW_HIGH),
        (1250, Level.BELOW_HIGH),
        (1249, Level.BELOW_LOW),
        (1000, Level.BELOW_LOW),
        (999, Level.BELOW_MIN),
        (0, Level.BELOW_MIN),
    ],
)
def test_the_level_is_the_first_mark_that_free_is_under(free: int, level: Level) -> None:
    assert level_of(replace(NORMAL, free=free)) is level


@pytest.mark.parametrize(
    "zone",
    [replace(NORMAL, free=None), replace(NORMAL, min=None), replace(NORMAL, low=None), replace(NORMAL, high=None)],
)
def test_without_a_mark_nothing_is_claimed(zone: Zone) -> None:
    assert level_of(zone) is Level.UNKNOWN


def test_a_zone_too_small_for_marks_is_ok() -> None:
    assert level_of(replace(NORMAL, free=3, min=0, low=0, high=0)) is Level.OK


def test_only_populated_zones_are_shown_in_the_kernels_order_with_their_distance_to_low() -> None:
    empty = replace(NORMAL, name="Movable", present=0, managed=0, free=0)
    low = replace(NORMAL, node=1, free=1000)
    unknown = replace(NORMAL, name="DMA", low=None)
    info = Zoneinfo((Node(0, {}, (unknown, NORMAL, empty)), Node(1, {}, (low,))))
    assert [(one.zone.node, one.zone.name, one.level, one.to_low) for one in zone_levels(info)] == [
        (0, "DMA", Level.UNKNOWN, None),
        (0, "Normal", Level.OK, 3750),
        (1, "Normal", Level.BELOW_LOW, -250),
    ]


def levels(*zones: Zone) -> Zone | None:
    found = worst(zone_levels(Zoneinfo((Node(0, {}, zones),))))
    return found and found.zone


def test_the_worst_zone_is_the_most_severe_and_among_equals_the_nearest_to_low_by_its_size() -> None:
    unknown = replace(NORMAL, name="unknown", free=None)
    high, low, under = (replace(NORMAL, name=str(free), free=free) for free in (1400, 1100, 900))
    small = replace(NORMAL, name="DMA", managed=4000, present=4000, free=4000, min=10, low=12, high=15)
    assert levels(NORMAL, unknown) == NORMAL
    assert levels(high, NORMAL, small) == high
    assert levels(high, low, small) == low
    assert levels(under, low, high) == under
    assert levels(NORMAL, small) == NORMAL
    assert levels() is None


# -- how far a node is from reclaim ---------------------------------------------------------------------------------


def found(*zones: Zone) -> tuple[ZoneLevel, ...]:
    return zone_levels(Zoneinfo((Node(0, {}, zones),)))


def test_what_a_node_can_give_leaves_the_marks_and_the_reserves_of_every_zone() -> None:
    low = replace(NORMAL, name="DMA32", free=9000, protection=(0, 0, 3000))
    (node,) = reach(found(low, NORMAL), {})
    assert node.to_kswapd == (9000 - 1250 - 3000) + (5000 - 1250)
    assert node.to_direct == (9000 - 1000 - 3000) + (5000 - 1000)
    assert (node.free, node.managed, node.level, node.seconds) == (14_000, 196_000, Level.OK, None)


def test_a_zone_below_its_mark_gives_nothing_and_takes_nothing_from_others() -> None:
    (node,) = reach(found(replace(NORMAL, free=10), NORMAL), {})
    assert node.to_kswapd == 5000 - 1250 and node.level is Level.BELOW_MIN


def test_seconds_are_those_at_the_present_rate() -> None:
    (node,) = reach(found(NORMAL), {(0, "Normal"): -10.0})
    assert node.seconds == 375.0
    assert seconds_until(100, 5.0) is None and seconds_until(0, -5.0) is None and seconds_until(None, -5.0) is None


def test_the_rate_of_a_zone_looks_back_some_seconds() -> None:
    trend = ZoneTrend()
    assert trend.advance(0.0, found(NORMAL)) == {}
    for second in range(1, 31):
        rates = trend.advance(float(second), found(replace(NORMAL, free=5000 - 10 * second)))
    assert rates == {(0, "Normal"): -10.0}
    for second in range(31, 60):
        rates = trend.advance(float(second), found(replace(NORMAL, free=4700)))
    assert rates == {(0, "Normal"): 0.0}
