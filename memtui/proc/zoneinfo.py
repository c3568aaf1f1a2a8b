"""/proc/zoneinfo: watermarks, sizes and counters of every memory zone of every NUMA node.

    Node 0, zone    DMA32
      per-node stats                      (4.8 and later, under the node's first populated zone)
          nr_inactive_anon 47
      pages free     86661
            min      4595                 (newer kernels add boost, promo and cma, 3.10 had scanned)
            managed  92563
            protection: (0, 0, 0, 0, 0)
          nr_free_pages 86661             (up to 4.7 also all that the per-node stats hold today)
      pagesets
        cpu: 0
                  count: 50
                  high:  186
      vm stats threshold: 12
      start_pfn:           4096

An unpopulated zone ends at `protection`; old kernels leave it out.
Kernel: mm/vmstat.c, zoneinfo_show_print(). Every quantity is in pages of the kernel's base page size.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from memtui.proc.numbers import integer, natural

_PAGESET: Final = {
    "count:": "count",
    "high:": "high",
    "batch:": "batch",
    "high_min:": "high_min",
    "high_max:": "high_max",
    "vm stats threshold:": "vm_stats_threshold",
}


@dataclass(frozen=True, slots=True)
class Pageset:
    """A CPU's own list of free pages of a zone, in pages; None where this kernel doesn't say."""

    cpu: int
    count: int | None = None
    high: int | None = None
    batch: int | None = None
    high_min: int | None = None
    high_max: int | None = None
    vm_stats_threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone of one node, in pages; None where this kernel doesn't say.

    `protection` is the lowmem reserve against allocations that could use each higher zone. `stats` are the zone's
    `nr_*` and `numa_*` counters and every other number that has no field here, among them `scanned`,
    `all_unreclaimable` and `inactive_ratio` of older kernels.
    """

    node: int
    name: str
    free: int | None
    boost: int | None
    min: int | None
    low: int | None
    high: int | None
    promo: int | None
    spanned: int | None
    present: int | None
    managed: int | None
    cma: int | None
    protection: tuple[int, ...]
    stats: Mapping[str, int]
    pagesets: tuple[Pageset, ...]
    node_unreclaimable: int | None
    start_pfn: int | None

    @property
    def populated(self) -> bool:
        """Whether the zone has any memory."""
        return bool(self.managed or self.present)


@dataclass(frozen=True, slots=True)
class Node:
    """A NUMA node; `stats` are its own counters, empty before 4.8 and for a node without memory."""

    id: int
    stats: Mapping[str, int]
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class Zoneinfo:
    """All nodes and their zones, in the kernel's order."""

    nodes: tuple[Node, ...] = ()


def parse(data: bytes) -> Zoneinfo:
    """The record of a zoneinfo file; a zone without a readable header is skipped whole, else line by line."""
    stats: dict[int, dict[str, int]] = {}
    zones: dict[int, list[Zone]] = {}
    for block in f"\n{data.decode('utf-8', 'backslashreplace')}".split("\nNode ")[1:]:
        header, *body = block.split("\n")
        number, _, name = header.partition(", zone ")
        node = natural(number)
        if node is not None and (name := name.strip()):
            of_node = stats.setdefault(node, {})
            zones.setdefault(node, []).append(_zone(node, name, body, of_node))
    return Zoneinfo(tuple(Node(node, stats[node], tuple(found)) for node, found in zones.items()))


def _zone(node: int, name: str, body: Iterable[str], node_stats: dict[str, int]) -> Zone:
    """The zone of a header and the lines after it; the per-node stats among them go to `node_stats`."""
    numbers: dict[str, int] = {}
    pagesets: list[dict[str, int]] = []
    protection: tuple[int, ...] = ()
    section = numbers
    for line in body:
        if line[:1] != " ":
            break  # the end, or a header too damaged to be one: what follows is not this zone's
        key, _, word = line.rpartition(" ")
        key = key.strip()
        value = natural(word)
        if value is None:
            if key == "per-node":
                section = node_stats
            elif key.startswith("protection:"):
                protection = _protection(line)
        elif key[-1:] != ":":
            if key == "pages free":
                section, key = numbers, "free"
            if key:
                section[key] = value
        elif key == "cpu:":
            pagesets.append({"cpu": value})
        elif key in _PAGESET:
            if pagesets:
                pagesets[-1][_PAGESET[key]] = value
        elif line[:4].strip():  # deeper than that are details of a pageset that we have no field for
            numbers[key[:-1]] = value
    pop = numbers.pop
    return Zone(
        node=node,
        name=name,
        free=pop("free", None),
        boost=pop("boost", None),
        min=pop("min", None),
        low=pop("low", None),
        high=pop("high", None),
        promo=pop("promo", None),
        spanned=pop("spanned", None),
        present=pop("present", None),
        managed=pop("managed", None),
        cma=pop("cma", None),
        protection=protection,
        pagesets=tuple(Pageset(**pageset) for pageset in pagesets),
        node_unreclaimable=pop("node_unreclaimable", None),
        start_pfn=pop("start_pfn", None),
        stats=numbers,
    )


def _protection(line: str) -> tuple[int, ...]:
    """The numbers of `protection: (0, 3019, 8523)`, or none if one of them is not a number."""
    inside = line.partition("(")[2].rpartition(")")[0]
    found = [integer(word) for word in inside.split(", ")]
    known = tuple(value for value in found if value is not None)
    return known if len(known) == len(found) else ()
