"""`memtui zones`: every zone's pages against its watermarks, and its free blocks by order. All in pages."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from memtui.model.fields import ZONE
from memtui.model.survey import NodesSurvey
from memtui.model.zones import Level, level_of
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.proc.zoneinfo import Node, Zone, Zoneinfo
from memtui.report.document import document
from memtui.report.failure import Failure
from memtui.report.paper import paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view import format as fmt
from memtui.view.blocks import heading, margin, sections
from memtui.view.lines import Line, Span
from memtui.view.table import Column, table
from memtui.view.text import sanitize
from memtui.view.zones import LEVEL_TONES, zone_lines

Blocks = Mapping[tuple[int, str], tuple[int, ...]]

_PAGES: Final = ("free", "min", "low", "high", "boost", "promo", "managed", "present", "spanned", "cma")
_WIDTH: Final = 7
_LEVEL: Final = max(len(level) for level in Level)


def run(source: ProcSource, *, as_json: bool) -> int:
    """Print all zones once; the exit status."""
    (snapshot,) = snapshots(source, Request(needs=Need.NODES), None, None, processes=False)
    zoneinfo = snapshot.system.zoneinfo
    if isinstance(zoneinfo, Unavailable):
        raise Failure(f"zoneinfo: {zoneinfo}")
    survey = snapshot.survey.nodes
    blocks: Blocks = {}
    missing = {}
    if survey is not None and isinstance(survey.buddy, Unavailable):
        missing["free_blocks"] = str(survey.buddy)
    elif survey is not None and not isinstance(survey.buddy, Unavailable):
        blocks = survey.buddy
    if as_json:
        nodes = [_node(node, survey) for node in zoneinfo.nodes]
        print(document("zones", snapshot, rows(zoneinfo, blocks), nodes=nodes, unavailable=missing), flush=True)
    else:
        on = paper()
        show(sections(zone_lines(snapshot, on.width), margin(lines(zoneinfo, blocks))), on)
    return 0


def _node(node: Node, survey: NodesSurvey | None) -> Mapping[str, Any]:
    """A node: its counters in zoneinfo, and what its folder in /sys says (sizes in bytes), if there is one."""
    files = {one.id: one for one in survey.nodes} if survey else {}
    found = files.get(node.id)
    return {
        "node": node.id,
        "stats": dict(node.stats),
        "size": found.meminfo.get("MemTotal") if found else None,
        "free": found.meminfo.get("MemFree") if found else None,
        "numastat": dict(found.numastat) if found else None,
        "distances": found.distances if found else None,
        "cpus": found.cpus if found else None,
        "huge_pages": [
            {"size": pool.size, "total": pool.total, "free": pool.free, "surplus": pool.surplus}
            for pool in (survey.huge if survey else ())
            if pool.node == node.id
        ],
    }


def rows(zoneinfo: Zoneinfo, blocks: Blocks) -> list[Mapping[str, Any]]:
    """All zones, those without memory too; these have no level and no free blocks."""
    return [_row(zone, blocks) for node in zoneinfo.nodes for zone in node.zones]


def _row(zone: Zone, blocks: Blocks) -> Mapping[str, Any]:
    return {
        "node": zone.node,
        "zone": zone.name,
        **{key: getattr(zone, key) for key in ZONE},
        "protection": zone.protection,
        "level": level_of(zone).value if zone.populated else None,
        "free_blocks": blocks.get((zone.node, zone.name)),
        "start_pfn": zone.start_pfn,
        "node_unreclaimable": zone.node_unreclaimable,
        "stats": dict(zone.stats),
        "pagesets": [asdict(pageset) for pageset in zone.pagesets],
    }


def lines(zoneinfo: Zoneinfo, blocks: Blocks) -> list[Line]:
    """The zones that have memory with their exact marks and level, and under them their free blocks."""
    zones = [zone for node in zoneinfo.nodes for zone in node.zones if zone.populated]
    return sections(_marks(zones), _blocks(zones, blocks) if blocks else [])


def _marks(zones: list[Zone]) -> list[Line]:
    keys = [key for key in _PAGES if any(getattr(zone, key) is not None for zone in zones)]
    columns = [*_PLACE, *(Column(ZONE[key].title, _WIDTH, right=True) for key in keys), Column("level", _LEVEL)]
    body = [
        [*_place(zone), *(Span(fmt.count(getattr(zone, key))) for key in keys), Span(level.value, LEVEL_TONES[level])]
        for zone in zones
        for level in (level_of(zone),)
    ]
    width = _total(columns)
    return [heading("Pages", width), *table(columns, body, width)]


def _blocks(zones: list[Zone], blocks: Blocks) -> list[Line]:
    orders = range(max(len(counts) for counts in blocks.values()))
    columns = [*_PLACE, *(Column(str(order), _WIDTH, right=True) for order in orders)]
    body = [
        [*_place(zone), *(Span(fmt.count(_at(blocks.get((zone.node, zone.name), ()), order))) for order in orders)]
        for zone in zones
    ]
    width = _total(columns)
    return [
        heading("Free blocks by order, counted", width, "2^order pages in one piece"),
        *table(columns, body, width),
    ]


_PLACE: Final = (Column("node", 4, right=True), Column("zone", 8))


def _place(zone: Zone) -> tuple[Span, Span]:
    return Span(str(zone.node)), Span(sanitize(zone.name))


def _at(counts: tuple[int, ...], order: int) -> int | None:
    return counts[order] if order < len(counts) else None


def _total(columns: list[Column]) -> int:
    return sum(column.width for column in columns) + len(columns) - 1
