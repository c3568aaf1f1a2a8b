"""NUMA: one node is full while another has room, and what that costs."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.words import Words, percent, size
from memtui.model.zones import reach

_FILE: Final = ("nr_zone_inactive_file", "nr_zone_active_file")


class Node(NamedTuple):
    """A node: pages, those free before kswapd wakes, and those of files, which can be dropped."""

    number: int
    managed: int
    free: int
    files: int

    @property
    def room(self) -> float:
        """Percent of its memory that new programs could have."""
        return 100 * (self.free + self.files) / self.managed


def _nodes(facts: Facts) -> list[Node]:
    files: dict[int, int] = {}
    for level in facts.now.zones:
        zone = level.zone
        files[zone.node] = files.get(zone.node, 0) + sum(zone.stats.get(name, 0) for name in _FILE)
    found = reach(facts.now.zones, {})
    return [Node(one.node, one.managed, one.to_kswapd, files[one.node]) for one in found if one.managed]


def _imbalance(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    nodes = _nodes(facts)
    if len(nodes) < 2:
        return
    short, roomy = min(nodes, key=lambda one: one.room), max(nodes, key=lambda one: one.room)
    if roomy.room < limits("room") or short.room >= limits("spills"):
        return
    share, foreign = _missed(facts), facts.rate("numa_foreign")
    spilled = share is not None and share >= limits("missed") and (foreign or 0) >= limits("foreign")
    if short.room >= limits("short") and not spilled:
        return
    stall = facts.stall("some")
    waits = stall is not None and stall.avg10 >= limits("waits")
    page = facts.now.page_size
    title: Words = (
        f"NUMA node {short.number} is nearly full (", size(page * (short.free + short.files)), " left of ",
        size(page * short.managed), f") while node {roomy.number} has room for ",
        size(page * (roomy.free + roomy.files)),
    )  # fmt: skip
    if spilled:
        title = *title, "; ", percent(share), " of new pages go to another node than wanted"
    evidence = (
        limits.evidence("short", "free above low + file pages", short.room, f"of node {short.number}"),
        limits.evidence("room", "free above low + file pages", roomy.room, f"of node {roomy.number}"),
        *([limits.evidence("missed", "numa_miss / (numa_hit + numa_miss)", share, "over 10 s")] if share else ()),
        *([limits.evidence("foreign", "numa_foreign", foreign, "over 10 s")] if foreign else ()),
        *([limits.evidence("waits", "some", stall.avg10, "avg10 of /proc/pressure/memory")] if stall else ()),
        *_remote(facts),
    )
    yield Symptom(Severity.WARNING if waits else Severity.NOTE, title, evidence, f"node{short.number}")


def _missed(facts: Facts) -> float | None:
    """Percent of the pages of the last seconds that came from another node than the one that was wanted."""
    hit, miss = facts.rate("numa_hit"), facts.rate("numa_miss")
    return None if hit is None or miss is None or hit + miss <= 0 else 100 * miss / (hit + miss)


def _remote(facts: Facts) -> list[Evidence]:
    """Of each node the share of its pages that were given to programs running on another one, since it started."""
    found = []
    for node in facts.nodes.nodes if facts.nodes else ():
        local, other = node.numastat.get("local_node"), node.numastat.get("other_node")
        if local is not None and other is not None and local + other:
            share, note = 100 * other / (local + other), f"of node {node.id}, since it started"
            found.append(Evidence("other_node / (local_node + other_node)", share, unit=Unit.PERCENT, note=note))
    return found


NUMA_IMBALANCE: Final = Rule(
    "numa_imbalance",
    "A NUMA node is full, another is not",
    "Programs take memory from the node that they run on. When that is full, pages come from another node and are "
    "slower to reach, or, where a policy binds a program to the node, it reclaims, swaps, and may be killed although "
    "the machine has memory. Room here is free memory and page cache.",
    _imbalance,
    marks=(
        Mark("short", 5.0, "percent of a node's memory that it has left", Unit.PERCENT, stays=8.0),
        Mark("room", 25.0, "percent of its memory that another node has left", Unit.PERCENT, stays=20.0),
        Mark("spills", 15.0, "percent that a node has left, while its programs get pages from others", Unit.PERCENT,
             stays=20.0),
        Mark("missed", 10.0, "percent of new pages that are from another node than wanted", Unit.PERCENT, stays=5.0),
        Mark("foreign", 500.0, "pages a second that are from another node than wanted", Unit.RATE, stays=250.0),
        Mark("waits", 1.0, "percent of 10 s in which a task waited for memory: then it is a warning", Unit.PERCENT,
             stays=0.5),
    ),
    steps=(
        Step(("nodes and zones",), "memtui zones", Place("memory")),
        Step(("whose memory is on which node",), "numastat -p PID"),
    ),
    hold=5.0,
)  # fmt: skip
