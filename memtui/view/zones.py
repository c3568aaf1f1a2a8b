"""The zones of the Memory panel: how far each is above its watermarks, in a gauge, in bytes and in words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from memtui.model.fields import ZONE
from memtui.model.snapshot import Snapshot
from memtui.model.zones import Level, NodeReach, ZoneLevel, reach, seconds_until
from memtui.proc.unavailable import Unavailable
from memtui.proc.zoneinfo import Zone
from memtui.view import format as fmt
from memtui.view.bars import meter
from memtui.view.blocks import heading
from memtui.view.buddy import buddy_lines, huge_lines
from memtui.view.gauge import Mark, gauge, gauge_scale
from memtui.view.lines import Line, Span, Tone, fit, text_of
from memtui.view.nodes import lru_lines, node_lines
from memtui.view.page import Row, lines_of, plain, stacked, with_margin
from memtui.view.reasons import missing
from memtui.view.reclaim import reclaim_lines
from memtui.view.settings import setting_rows
from memtui.view.text import cut, pad_right, sanitize

SETTINGS: Final = (
    "min_free_kbytes", "watermark_scale_factor", "watermark_boost_factor", "zone_reclaim_mode", "swappiness",
    "vfs_cache_pressure", "overcommit_memory",
)  # fmt: skip
LEVEL_TONES: Final = {
    Level.OK: Tone.GOOD,
    Level.BELOW_HIGH: Tone.STRONG,
    Level.BELOW_LOW: Tone.WARN,
    Level.BELOW_MIN: Tone.BAD,
    Level.UNKNOWN: Tone.DIM,
}
EDGE: Final = "▏"  # where a bar ends, since the free end of a bar is blank
_NAME: Final = 8
_SIZE: Final = 5
_STATE: Final = max(len(level) for level in Level)
_DISTANCE: Final = len("to low")
_MARKS: Final = ("min", "low", "high", "promo")
_NOTE: Final = "free pages; left third is 0 to high; ways to reclaim leave the lowmem reserves"
_SECONDS: Final = 5
_SHOW_SECONDS: Final = 100
_NODES_UNFOLDED: Final = 2
_NODE_METER: Final = 12
_SHORT: Final = {Level.BELOW_LOW: "below low", Level.BELOW_MIN: "below min"}
_SHORTEST: Final = len(Level.UNKNOWN)
SECTION: Final = "section:zones"
NODE: Final = "node:"
_SHOW_MANAGED: Final = 100
_SHOW_MARKS: Final = 130
_SHOW_PROTECTION: Final = 170
_PROTECTION: Final = 5 * (_SIZE + 1)


class _Row(NamedTuple):
    """The cells of one line around its gauge: `left` and `right` of it, of one width for all lines."""

    left: Line
    right: Line


def zone_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Every node unfolded; every line at most `width` cells."""
    return lines_of(zone_rows(snapshot, width, ()))


def zone_rows(
    snapshot: Snapshot, width: int, folded: Collection[int], before: Mapping[str, int] | None = None
) -> list[Row]:
    """Every populated zone by node, who reclaims, free blocks, huge pages, nodes, lists, and the settings.

    Of the nodes in `folded` there is only the line of the node; `folded_at_first` says of which that should be.
    `before` has what settings were before memtui changed them.
    """
    inner = width - 1
    zoneinfo = snapshot.system.zoneinfo
    if isinstance(zoneinfo, Unavailable):
        zones = [Row(heading("Zones", inner), SECTION), Row(missing(zoneinfo, inner))]
    else:
        zones = [Row(heading("Zones", inner, _NOTE), SECTION), *_zones(snapshot, inner, folded)]
    settings = setting_rows(snapshot, SETTINGS, inner, before or {})
    return with_margin(
        stacked(
            zones,
            plain(reclaim_lines(snapshot, inner)),
            plain(buddy_lines(snapshot, inner)) if snapshot.survey.nodes else [],
            plain(huge_lines(snapshot, inner)),
            plain(node_lines(snapshot, inner)),
            plain(lru_lines(snapshot, inner)),
            settings,
        )
    )


def folded_at_first(snapshot: Snapshot) -> frozenset[int]:
    """The nodes that start folded: all where there are more than two, but those in which a zone is short."""
    nodes = reach(snapshot.zones, snapshot.zone_rates)
    if len(nodes) <= _NODES_UNFOLDED:
        return frozenset()
    return frozenset(one.node for one in nodes if one.level in (Level.OK, Level.UNKNOWN))


def zone_name(one: ZoneLevel, levels: Sequence[ZoneLevel]) -> str:
    """The name of a zone, its node before it (`1:Normal`) where there are several."""
    name = sanitize(one.zone.name)
    return f"{one.zone.node}:{name}" if len({each.zone.node for each in levels}) > 1 else name


def _zones(snapshot: Snapshot, width: int, folded: Collection[int]) -> Iterator[Row]:
    titles = _titles(width)
    nodes = {one.node: one for one in reach(snapshot.zones, snapshot.zone_rates)}
    room = width - _width(titles)
    if not nodes.keys() <= set(folded):
        yield Row(_assembled(titles, (Span(" " * room),), width))
    seen: set[str] = set()
    for node, levels in groupby(snapshot.zones, key=lambda one: one.zone.node):
        closed = node in folded
        if len(nodes) > 1:
            yield Row(_node(nodes[node], snapshot.page_size, width, closed=closed), f"{NODE}{node}")
        labels = ""
        for one in () if closed else levels:
            scale = _scale(one.zone, room)
            if _is_new(text_of(scale), labels, seen if len(nodes) > _NODES_UNFOLDED else None) or one.zone.boost:
                labels = text_of(scale)
                yield Row(_assembled(_Row(_blank(titles.left), _boost(one.zone, snapshot.page_size)), scale, width))
            yield Row(_assembled(_cells(one, snapshot, width), _gauge(one, room), width))
    if len(nodes) == 1:
        yield from (Row(fit(_reach(one, snapshot.page_size, width), width)) for one in nodes.values())


def _is_new(scale: str, last: str, seen: set[str] | None) -> bool:
    """Whether a scale has to be drawn: it is not the one above, and of many nodes not one drawn before."""
    if not scale or scale == last or (seen is not None and scale in seen):
        return False
    if seen is not None:
        seen.add(scale)
    return True


def _node(one: NodeReach, page_size: int, width: int, *, closed: bool) -> Line:
    """The line of a node: how much of it is free, its worst zone in words, and how far it is from reclaim."""
    roomy = width >= _SHOW_SECONDS
    bar = (*meter(one.free, one.managed, _NODE_METER, Tone.FREE), Span(EDGE + " ", Tone.TRACK)) if roomy else ()
    free, managed = fmt.size(one.free * page_size), fmt.size(one.managed * page_size)
    left = (
        Span(f"{'+' if closed else '-'} Node {one.node:<3}", Tone.LABEL),
        Span(f"{free:>5} of {managed:>5} free "),
        *bar,
        Span(_SHORT.get(one.level, one.level).ljust(_SHORTEST), LEVEL_TONES[one.level]),
    )
    return fit((*left, *_reach(one, page_size, width)), width)


def _reach(one: NodeReach, page_size: int, width: int) -> Line:
    """How much can be had before kswapd wakes and before programs reclaim, each with its time."""
    roomy = width >= _SHOW_SECONDS
    soon = "" if one.seconds is None else f", {fmt.short_time(one.seconds)}" + (" at this rate" if roomy else "")
    first, second = (" to kswapd", "  to direct reclaim") if roomy else (" to kswapd", " direct")
    return (
        Span(f"{first} {fmt.size(one.to_kswapd * page_size)}{soon}", Tone.STRONG if one.to_kswapd else Tone.WARN),
        Span(f"{second} {fmt.size(one.to_direct * page_size)}", Tone.STRONG if one.to_direct else Tone.BAD),
    )


def _assembled(row: _Row, between: Line, width: int) -> Line:
    return fit((*row.left, *between, *row.right), width)


def _width(row: _Row) -> int:
    return sum(len(span.text) for part in row for span in part)


def _blank(row: Line) -> Line:
    return (Span(" " * sum(len(span.text) for span in row)),)


def _titles(width: int) -> _Row:
    left = "zone".ljust(_NAME) + _column(ZONE["free"].title)
    if width >= _SHOW_MANAGED:
        left += _column("managed", 8)
    right = "  " + "state".ljust(_STATE) + _column("to low", _DISTANCE + 1)
    if width >= _SHOW_SECONDS:
        right += _column("in", _SECONDS)
    if width >= _SHOW_MARKS:
        right += "".join(_column(ZONE[name].title) for name in _MARKS)
    if width >= _SHOW_PROTECTION:
        right += "  " + "kept from higher zones".ljust(_PROTECTION)
    return _Row((Span(left + " ", Tone.HEAD),), (Span(right, Tone.HEAD),))


def _cells(one: ZoneLevel, snapshot: Snapshot, width: int) -> _Row:
    zone, page_size = one.zone, snapshot.page_size

    def size(pages: int | None, room: int = _SIZE + 1) -> str:
        return fmt.size(None if pages is None else pages * page_size).rjust(room)

    left = [Span(pad_right(cut(sanitize(zone.name), _NAME), _NAME)), Span(size(zone.free), Tone.STRONG)]
    if width >= _SHOW_MANAGED:
        left.append(Span(size(zone.managed, 8)))
    left.append(Span(" "))
    distance = fmt.signed_size(None if one.to_low is None else one.to_low * page_size)
    tone = LEVEL_TONES[one.level]
    right = [Span(EDGE, Tone.TRACK), Span(" " + one.level.ljust(_STATE), tone), Span(distance.rjust(_DISTANCE + 1))]
    if width >= _SHOW_SECONDS:
        soon = seconds_until(one.to_low, snapshot.zone_rates.get((zone.node, zone.name)))
        right.append(Span(fmt.short_time(soon).rjust(_SECONDS), Tone.WARN if soon is not None else Tone.DIM))
    if width >= _SHOW_MARKS:
        right += [Span(size(getattr(zone, name))) for name in _MARKS]
    if width >= _SHOW_PROTECTION:
        right.append(Span("  " + "".join(size(pages).ljust(_SIZE + 1) for pages in zone.protection), Tone.DIM))
    return _Row(tuple(left), tuple(right))


def _column(title: str, room: int = _SIZE + 1) -> str:
    return title.rjust(room)


def _marks(zone: Zone) -> list[Mark]:
    marks = [(value, name) for name in _MARKS if (value := getattr(zone, name)) is not None]
    if zone.boost and zone.min is not None:
        marks.append((zone.min - zone.boost, "base"))
    return marks


def _limit(zone: Zone) -> int:
    return zone.managed or zone.present or 0


def _scale(zone: Zone, width: int) -> Line:
    return gauge_scale(_marks(zone), _limit(zone), width, knee=zone.high or 0)


def _gauge(one: ZoneLevel, width: int) -> Line:
    zone = one.zone
    tone = Tone.FREE if one.level in (Level.OK, Level.UNKNOWN) else LEVEL_TONES[one.level]
    return gauge(zone.free or 0, _marks(zone), _limit(zone), width, tone, knee=zone.high or 0)


def _boost(zone: Zone, page_size: int) -> Line:
    if not zone.boost:
        return ()
    return (Span(f"  boost {fmt.size(zone.boost * page_size)}: marks raised", Tone.WARN),)
