"""NUMA nodes: sizes and distances as numactl --hardware has them, where allocations were served, LRU lists."""

from collections.abc import Mapping, Sequence
from typing import Final

from memtui.model.snapshot import Snapshot
from memtui.proc.node import NodeFiles
from memtui.proc.unavailable import Unavailable
from memtui.proc.zoneinfo import Node
from memtui.view import format as fmt
from memtui.view.blocks import heading
from memtui.view.lines import Line, Span, Tone
from memtui.view.table import Column, table
from memtui.view.text import sanitize

_STATS: Final = ("numa_hit", "numa_miss", "numa_foreign", "local_node", "other_node", "interleave_hit")
_STAT_TITLES: Final = ("hit", "miss", "foreign", "local", "other", "interl.")
_WORRYING: Final = frozenset({"numa_miss", "numa_foreign"})
_LISTS: Final = ("active_anon", "inactive_anon", "active_file", "inactive_file", "unevictable")
_SHOW_CPUS: Final = 118
_MOST_DISTANCES: Final = 16


def node_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """A line for each node; the table says what its columns mean."""
    survey = snapshot.survey.nodes
    if survey is None or not survey.nodes:
        return []
    lines = [
        heading(
            "Nodes", width, "pages since boot: hit as wanted, miss for another node, foreign: had to go elsewhere"
        )
    ]
    return [*lines, *_table(survey.nodes, width), *_distances(survey.nodes, width)]


def lru_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """The lists that reclaim works on, of the whole machine and by node where there are several."""
    zoneinfo = snapshot.system.zoneinfo
    if isinstance(zoneinfo, Unavailable) or snapshot.memory.get("Active(anon)") is None:
        return []
    columns = (
        Column("LRU lists", 10, tone=Tone.TITLE),
        *(Column(name.replace("_", " "), 13, right=True) for name in _LISTS),
        Column("", 0),
    )
    memory = snapshot.memory
    sizes = [
        memory.get(name)
        for name in ("Active(anon)", "Inactive(anon)", "Active(file)", "Inactive(file)", "Unevictable")
    ]
    rows = [[Span("all"), *(Span(fmt.size(size)) for size in sizes), Span("")]]
    nodes = [node for node in zoneinfo.nodes if node.stats]
    if len(nodes) > 1:
        rows += [_lru(node, snapshot.page_size) for node in nodes]
    return table(columns, rows, width)


def _lru(node: Node, page_size: int) -> list[Span]:
    counts = [node.stats.get(f"nr_{name}") for name in _LISTS]
    sizes = (Span(fmt.size(None if count is None else count * page_size)) for count in counts)
    return [Span(f"node {node.id}"), *sizes, Span("")]


def _table(nodes: Sequence[NodeFiles], width: int) -> list[Line]:
    columns = [
        Column("node", 4, right=True),
        *(Column(title, 6, right=True) for title in ("size", "free", "used")),
        *(Column(title, 8, right=True) for title in _STAT_TITLES),
        Column("CPUs" if width >= _SHOW_CPUS else "", 0),
    ]
    return table(columns, [_row(node) for node in nodes], width)


def _row(node: NodeFiles) -> list[Span]:
    sizes = [node.meminfo.get(name) for name in ("MemTotal", "MemFree", "MemUsed")]
    return [
        Span(str(node.id)),
        *(Span(fmt.size(size)) for size in sizes),
        *(_count(node.numastat, name) for name in _STATS),
        Span(sanitize(node.cpus) or fmt.NONE, Tone.DIM),
    ]


def _count(numastat: Mapping[str, int], name: str) -> Span:
    value = numastat.get(name)
    return Span(fmt.count(value), Tone.WARN if value and name in _WORRYING else Tone.PLAIN if value else Tone.DIM)


def _distances(nodes: Sequence[NodeFiles], width: int) -> list[Line]:
    if len(nodes) < 2 or len(nodes) > _MOST_DISTANCES or not all(len(node.distances) == len(nodes) for node in nodes):
        return []
    columns = [Column("distance", 8), *(Column(str(node.id), 3, right=True) for node in nodes), Column("", 0)]
    rows = [
        [
            Span(str(node.id)),
            *(Span(str(one), Tone.PLAIN if one > 10 else Tone.DIM) for one in node.distances),
            Span(""),
        ]
        for node in nodes
    ]
    return table(columns, rows, width)
