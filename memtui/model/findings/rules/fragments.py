"""Free memory in pieces: there is room, but no large block, and what asks for one waits in vain.

Nearly all free blocks are small on any machine whose page cache has filled RAM, since free memory is then kept just
above the watermarks; compaction makes large ones when asked. It is fragmentation where much is free all the same, but
not while files stream through: half of the compactions for their reads fail then, and smaller blocks serve as well.
Reclaim for a large block evicts what is in use, so thrash may be an effect of this.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from memtui.model.buddy import fragmentation, huge_order, largest_order, pages_by_order
from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules import flow
from memtui.model.findings.rules.flow import MEAN, MEMORY_WAITS
from memtui.model.findings.words import Name, Words, percent, size
from memtui.proc.unavailable import Unavailable


class _Asked(NamedTuple):
    """Compactions that ended, a second, and the percentage of them without a block."""

    rate: float
    failed: float


class _Pieces(NamedTuple):
    """The free memory of a zone: bytes, percent in too small blocks, largest order.

    `times` its high mark are what it may give to everybody: the rest is held for allocations that need this zone.
    """

    name: str
    free: float
    times: float
    unusable: float
    largest: int
    orders: int


def _check(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    if flow.streams(facts):
        return
    fails, made = facts.rate("compact_fail"), facts.rate("compact_success")
    asked = None
    if fails is not None and made is not None and fails >= limits("fails"):
        asked = _Asked(fails + made, 100 * fails / (fails + made))
    for pieces in _zones(facts):
        if pieces.times < limits("room"):
            continue
        if asked is not None and asked.failed >= limits("failed") and pieces.unusable >= limits("unusable"):
            yield _failing(facts, limits, pieces, asked)
        elif pieces.orders - 1 - pieces.largest > limits("empty"):
            yield _empty(facts, limits, pieces)


def _zones(facts: Facts) -> Iterable[_Pieces]:
    buddy = None if facts.nodes is None else facts.nodes.buddy
    if buddy is None or isinstance(buddy, Unavailable):
        return
    page = facts.now.page_size
    zones = {(one.zone.node, one.zone.name): one.zone for one in facts.now.zones}
    for (node, name), blocks in buddy.items():
        zone, largest = zones.get((node, name)), largest_order(blocks)
        order = huge_order(facts.line("Hugepagesize") or 0, page, len(blocks))
        found = None if order is None else fragmentation(blocks, order)
        if zone is not None and zone.high and largest is not None and found is not None:
            free = sum(pages_by_order(blocks))
            title = f"node {node} {name}"
            spare = free - max(zone.protection, default=0)
            yield _Pieces(title, free * page, spare / zone.high, 100 * found.unusable, largest, len(blocks))


def _failing(facts: Facts, limits: Limits, pieces: _Pieces, asked: _Asked) -> Symptom:
    harm = flow.memory_waits(facts)
    title: Words = (
        "Free memory is fragmented: ", percent(pieces.unusable), " of ", size(pieces.free), " in ",
        Name(pieces.name), " is in small pieces, and ", percent(asked.failed), " of compactions fail",
    )  # fmt: skip
    evidence = (
        limits.evidence("unusable", "free in blocks below a huge page", pieces.unusable, "/proc/buddyinfo"),
        limits.evidence("failed", "compact_fail / (compact_fail + compact_success)", asked.failed, MEAN),
        limits.evidence("fails", "compact_fail", asked.rate * asked.failed / 100, MEAN),
        limits.evidence("room", "(free - protection) / high", pieces.times, pieces.name),
        *([limits.evidence("waits", "some", harm, "avg10 of memory")] if harm is not None else []),
        *_fallback(facts),
    )
    severity = Severity.WARNING if flow.waited(harm, limits("waits")) else Severity.NOTE
    return Symptom(severity, title, evidence, pieces.name)


def _empty(facts: Facts, limits: Limits, pieces: _Pieces) -> Symptom:
    biggest = facts.now.page_size << pieces.largest
    title: Words = (
        "Free memory is in pieces: ", size(pieces.free), " in ", Name(pieces.name),
        ", none larger than ", size(biggest),
    )  # fmt: skip
    evidence = (
        limits.evidence("empty", "highest orders without a block", pieces.orders - 1 - pieces.largest, pieces.name),
        limits.evidence("room", "(free - protection) / high", pieces.times, pieces.name),
        Evidence("free in blocks below a huge page", pieces.unusable, unit=Unit.PERCENT, note="/proc/buddyinfo"),
    )
    return Symptom(Severity.NOTE, title, evidence, pieces.name)


def _fallback(facts: Facts) -> list[Evidence]:
    found = facts.rate("thp_fault_fallback")
    return [] if found is None else [Evidence("thp_fault_fallback", found, unit=Unit.RATE, note=MEAN)]


FRAGMENTATION: Final = Rule(
    "fragmentation",
    "Free memory is fragmented",
    "There is free memory, but not in one piece: huge pages, network buffers and drivers that need large blocks wait "
    "for compaction or go without. Little free memory in small blocks beside a full page cache is normal.",
    _check,
    marks=(
        Mark("room", 4.0, "times the zone's high mark that are free", stays=3.0),
        Mark("unusable", 75.0, "percent of it in blocks smaller than a huge page", Unit.PERCENT, stays=60.0),
        Mark("fails", 0.3, "compactions a second that fail", Unit.RATE, stays=0.1),
        Mark(
            "failed", 10.0, "percent of compactions that fail", Unit.PERCENT, stays=5.0,
            source="hotsos memory.yaml (of all since boot)",
        ),
        Mark("empty", 5.0, "highest orders in a row without a block", source="hotsos memory.py"),
        MEMORY_WAITS,
    ),
    steps=(
        Step(("free blocks by order",), "memtui zones", Place("memory")),
        Step(("compact memory now: it takes CPU time, and moves what can be moved",),
             "echo 1 > /proc/sys/vm/compact_memory"),
    ),
    hold=3.0,
)  # fmt: skip
