"""The kernel's own memory: slab caches that grow steadily, and those that grew lately."""

from collections.abc import Iterable
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.trend import GROWN, LONG, SEEN, WITHIN, bad, lasting
from memtui.model.findings.words import Name, Words, count, seconds, size, size_rate
from memtui.model.slabs import SlabRow

MIB: Final = 1 << 20
LATELY: Final = 15.0  # seconds
OF_PAGE_CACHE: Final = ("radix_tree_node", "buffer_head")
"""Caches that grow with the page cache: its index (lib/xarray.c) and the blocks of its pages (fs/buffer.c)."""

_SHARE: Final = 0.03
"""Of the page cache what those two may take: 104 bytes for each page of 4096, and 576 for 64 of them at the least."""

_NAMED: Final = 3  # caches
_TELLING: Final = 256 << 10  # bytes of growth of a cache that are worth its name
_MOSTLY: Final = 0.5  # share of new dentries that are negative, from which on that is said
_SLABS: Final = Step(("the kernel's caches, the largest first",), "memtui slabs -n 10", Place("memory"))


def _growing(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    level = facts.growing.get("SUnreclaim")
    if level is None or not level.goes_on or not level.growth.rate:
        return
    rate = level.growth.rate
    grown = rate * level.growth.seconds
    if grown < limits("gained"):
        return
    left = lasting(facts.now.memory.available, rate)
    names = _grown(facts)
    title: Words = (
        "The kernel's unreclaimable slab has grown by ", size_rate(rate), " for ", seconds(level.seen),
        "; at that rate available memory lasts ", seconds(left),
        *(("; the cache that grew most is ", Name(names[0].name)) if names else ()),
    )  # fmt: skip
    evidence = (
        limits.evidence("grown", "SUnreclaim grown", grown, "Theil-Sen slope times its time"),
        limits.evidence("long", "has grown for", level.seen),
        limits.evidence("within", "lasts", left, "until nothing is available"),
        Evidence("SUnreclaim", level.value, unit=Unit.BYTES),
        *_caches(names),
    )
    yield Symptom(bad(limits, grown, level.seen, left), title, evidence)


SLAB_GROWING: Final = Rule(
    "slab_growing",
    "Kernel memory grows",
    "Unreclaimable slab is memory that the kernel itself uses and that no pressure frees: sockets, open files, "
    "processes, or a driver that leaks. Growth that goes on without more work is consistent with a leak.",
    _growing,
    marks=(
        Mark("gained", 16.0 * MIB, "bytes that are worth a word", Unit.BYTES, stays=8.0 * MIB),
        GROWN, SEEN, LONG, WITHIN,
    ),
    steps=(_SLABS,),
)  # fmt: skip


def _grew(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    names, negative = (facts.window.change(name, LATELY) for name in ("nr_dentry", "nr_negative"))
    grown = _beyond_page_cache(facts)
    many = names is not None and names >= limits("dentries")
    caches = _grown(facts)
    much = grown is not None and grown >= limits("grown") and (bool(caches) or not _known(facts))
    if not (many or much):
        return
    parts: Words = ()
    for place, row in enumerate(caches):
        parts = *parts, ", " if place else ": ", Name(row.name), " +", size(row.growth)
    if many:
        kind = " negative" if negative is not None and negative >= _MOSTLY * (names or 0) else ""
        title: Words = count(names), f" new{kind} dentries (names of files) in the kernel's caches", *parts
    else:
        title = "The kernel's caches grew by ", size(grown), f" in {LATELY:.0f} s", *parts
    because: Words = ()
    if many and negative is not None and negative >= _MOSTLY * (names or 0):
        because = ("Negative dentries are names that were looked up and don't exist.",)
    new, gained = "in 15 s", "in 15 s, without what page cache brings along"
    evidence = (
        limits.evidence("dentries", "nr_dentry gained", names, new)
        if many
        else Evidence("nr_dentry gained", names, note=new),
        Evidence("nr_negative gained", negative, note=new),
        limits.evidence("grown", "slab gained", grown, gained)
        if much
        else Evidence("slab gained", grown, unit=Unit.BYTES_CHANGE, note=gained),
        *_caches(caches),
    )
    known = tuple(one for one in evidence if one.value is not None)
    yield Symptom(Severity.NOTE, title, known, because=because)


def _beyond_page_cache(facts: Facts) -> float | None:
    """By how much slab grew lately beyond what the growth of the page cache explains (bytes)."""
    window = facts.window
    parts = [window.change(name, LATELY) for name in ("SReclaimable", "SUnreclaim")]
    cache = [window.change(name, LATELY) or 0.0 for name in ("Buffers", "Cached")]
    if any(part is None for part in parts):
        return None
    return sum(part or 0.0 for part in parts) - _SHARE * max(0.0, sum(cache))


def _known(facts: Facts) -> bool:
    return facts.slabs is not None and facts.slabs.reason is None


def _grown(facts: Facts) -> list[SlabRow]:
    """The caches that grew most within the last minute, without page cache's own; none where nobody may read them."""
    rows = facts.slabs.rows if facts.slabs else ()
    grown = [row for row in rows if (row.growth or 0) >= _TELLING and row.name not in OF_PAGE_CACHE]
    return sorted(grown, key=lambda row: -(row.growth or 0))[:_NAMED]


def _caches(rows: Iterable[SlabRow]) -> list[Evidence]:
    return [Evidence("slabinfo growth", row.growth, unit=Unit.BYTES, note=f"{row.name}, in a minute") for row in rows]


SLAB_GREW: Final = Rule(
    "slab_grew",
    "Kernel caches grew",
    "The kernel remembers names and properties of files that were looked at (dentry, inode caches). It gives them up "
    "under pressure like page cache, the slower the more there are; a flood of them means that something walks or "
    "makes very many files.",
    _grew,
    marks=(
        Mark("dentries", 6000.0, "names of files that are new within 15 s", stays=4000.0),
        Mark("grown", 32.0 * MIB, "bytes of slab within 15 s", Unit.BYTES, stays=16.0 * MIB),
    ),
    steps=(_SLABS,),
    hold=1.0,
)  # fmt: skip
