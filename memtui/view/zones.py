"""The zones of the Memory panel: how far each is above its watermarks, in a gauge, in bytes and in words."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from memtui.model.fields import ZONE
from memtui.model.snapshot import Snapshot
from memtui.model.zones import Level, ZoneLevel
from memtui.proc.unavailable import Unavailable
from memtui.proc.zoneinfo import Zone
from memtui.view import format as fmt
from memtui.view.blocks import heading, margin, sections
from memtui.view.gauge import Mark, gauge, gauge_scale
from memtui.view.lines import Line, Span, Tone, fit, text_of
from memtui.view.reasons import missing
from memtui.view.settings import setting_lines
from memtui.view.text import cut, pad_right, sanitize

SETTINGS: Final = ("min_free_kbytes", "watermark_scale_factor", "swappiness", "overcommit_memory")
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
_MARKS: Final = ("min", "low", "high")
_SHOW_MANAGED: Final = 100
_SHOW_MARKS: Final = 130
_SHOW_PROTECTION: Final = 170
_PROTECTION: Final = 5 * (_SIZE + 1)


class _Row(NamedTuple):
    """The cells of one line around its gauge: `left` and `right` of it, of one width for all lines."""

    left: Line
    right: Line


def zone_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Every populated zone by node, then the settings that place the marks; every line at most `width` cells."""
    inner = width - 1
    zoneinfo = snapshot.system.zoneinfo
    if isinstance(zoneinfo, Unavailable):
        zones = [heading("Zones", inner), missing(zoneinfo, inner)]
    else:
        zones = list(_zones(snapshot, inner))
    return margin(sections(zones, setting_lines(snapshot, SETTINGS, inner)))


def zone_name(one: ZoneLevel, levels: Sequence[ZoneLevel]) -> str:
    """The name of a zone, its node before it (`1:Normal`) where there are several."""
    name = sanitize(one.zone.name)
    return f"{one.zone.node}:{name}" if len({each.zone.node for each in levels}) > 1 else name


def _zones(snapshot: Snapshot, width: int) -> Iterator[Line]:
    yield heading("Zones", width, "free pages; left third is 0 to high")
    titles = _titles(width)
    several = len({one.zone.node for one in snapshot.zones}) > 1
    room = width - _width(titles)
    yield _assembled(titles, (Span(" " * room),), width)
    for node, levels in groupby(snapshot.zones, key=lambda one: one.zone.node):
        if several:
            yield (Span(f"Node {node}", Tone.LABEL),)
        labels = ""
        for one in levels:
            scale = _scale(one.zone, room)
            if text_of(scale) not in ("", labels) or one.zone.boost:
                labels = text_of(scale)
                yield _assembled(_Row(_blank(titles.left), _boost(one.zone, snapshot.page_size)), scale, width)
            yield _assembled(_cells(one, snapshot.page_size, width), _gauge(one, room), width)


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
    if width >= _SHOW_MARKS:
        right += "".join(_column(ZONE[name].title) for name in _MARKS)
    if width >= _SHOW_PROTECTION:
        right += "  " + "kept from higher zones".ljust(_PROTECTION)
    return _Row((Span(left + " ", Tone.HEAD),), (Span(right, Tone.HEAD),))


def _cells(one: ZoneLevel, page_size: int, width: int) -> _Row:
    zone = one.zone

    def size(pages: int | None, room: int = _SIZE + 1) -> str:
        return fmt.size(None if pages is None else pages * page_size).rjust(room)

    left = [Span(pad_right(cut(sanitize(zone.name), _NAME), _NAME)), Span(size(zone.free), Tone.STRONG)]
    if width >= _SHOW_MANAGED:
        left.append(Span(size(zone.managed, 8)))
    left.append(Span(" "))
    distance = fmt.signed_size(None if one.to_low is None else one.to_low * page_size)
    tone = LEVEL_TONES[one.level]
    right = [Span(EDGE, Tone.TRACK), Span(" " + one.level.ljust(_STATE), tone), Span(distance.rjust(_DISTANCE + 1))]
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
