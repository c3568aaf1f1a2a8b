"""Reclaim: kswapd that can't keep up, programs that reclaim by themselves, and zones that are short."""

from collections.abc import Iterable, Sequence
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules import flow
from memtui.model.findings.rules.flow import MEAN, MEMORY_WAITS, steady
from memtui.model.findings.words import Name, Words, percent, rate, size
from memtui.model.zones import ZoneLevel
from memtui.proc.zoneinfo import Zone

_SMALL: Final = 64 << 20  # bytes: of smaller zones, such as DMA, the kernel may have taken all when it started
_ZONES: Final = Step(("zones and their watermarks",), "memtui zones", Place("memory"))
_WHO: Final = Step(("who allocates",), "memtui top -s res_delta -n 10", Place("processes", sort="res_delta"))


def _kswapd(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    scanned = steady(facts, "pgscan_kswapd")
    found = flow.efficiency(facts, ("kswapd",), flow.LATELY)
    if scanned is None or scanned < limits("scans") or found is None or found >= limits("efficiency"):
        return
    harm = flow.memory_waits(facts)
    yield Symptom(
        Severity.WARNING if flow.waited(harm, limits("waits")) else Severity.NOTE,
        ("kswapd scans ", rate(scanned), " pages/s and can take only ", percent(found), " of them"),
        (
            limits.evidence("scans", "pgscan_kswapd", scanned, MEAN),
            limits.evidence("efficiency", "pgsteal_kswapd / pgscan_kswapd", found, "%vmeff of sar"),
            *([limits.evidence("waits", "some", harm, "avg10 of memory")] if harm is not None else []),
        ),
    )


KSWAPD_BEHIND: Final = Rule(
    "kswapd_behind",
    "kswapd can't keep up",
    "kswapd frees memory in the background. If it can take few of the pages that it looks at, nearly all are in use, "
    "dirty or locked, and programs soon have to reclaim for themselves. Near 100 % it has an easy life.",
    _kswapd,
    marks=(
        Mark("scans", 1000.0, "pages a second that kswapd looks at", Unit.RATE, stays=500.0, source="atop"),
        Mark("efficiency", 30.0, "percent of them that it reclaims", Unit.PERCENT, stays=50.0, source="sar(1)"),
        MEMORY_WAITS,
    ),
    steps=(_WHO, _ZONES),
    hold=5.0,
)


def _direct(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    stalled = steady(facts, "allocstall")
    if stalled is None or stalled < limits("stalls") or flow.streams(facts):
        return
    harm, quickly = flow.memory_waits(facts), facts.rate("kswapd_low_wmark_hit_quickly")
    efficiency, factor = flow.efficiency(facts, ("direct",)), facts.setting("watermark_scale_factor")
    yield Symptom(
        Severity.WARNING if flow.waited(harm, limits("waits")) else Severity.NOTE,
        ("Programs have to reclaim for themselves, ", rate(stalled), " times/s: kswapd alone is too slow"),
        (
            limits.evidence("stalls", "allocstall", stalled, MEAN),
            *([limits.evidence("waits", "some", harm, "avg10 of memory")] if harm is not None else []),
            *_known("pgsteal_direct / pgscan_direct", efficiency, Unit.PERCENT, "over 30 s"),
            *_known("kswapd_low_wmark_hit_quickly", quickly, Unit.RATE, MEAN),
            *_known("watermark_scale_factor", factor, Unit.NUMBER, "ten thousandths of a zone"),
        ),
    )


def _known(field: str, value: float | None, unit: Unit, note: str) -> list[Evidence]:
    return [] if value is None else [Evidence(field, value, unit=unit, note=note)]


DIRECT_RECLAIM: Final = Rule(
    "direct_reclaim",
    "Direct reclaim",
    "An allocation found less free memory than a zone's min mark and had to reclaim first, which takes milliseconds "
    "instead of microseconds. If kswapd_low_wmark_hit_quickly is high too, the marks are too near each other: a "
    "higher vm.watermark_scale_factor has kswapd start earlier.",
    _direct,
    marks=(
        Mark("stalls", 10.0, "allocations a second that had to reclaim", Unit.RATE, stays=5.0),
        MEMORY_WAITS,
    ),
    steps=(_WHO, _ZONES, Step(("when kswapd starts",), "sysctl vm.watermark_scale_factor vm.min_free_kbytes")),
    hold=4.0,
)


def _zones(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    for one in facts.now.zones:
        zone = one.zone
        free, low = zone.free, zone.low
        if free is None or not low or (zone.managed or 0) * facts.now.page_size < _SMALL:
            continue
        share = 100 * free / low
        if share < limits("free"):
            roomy = _roomy(zone, facts.now.zones, limits("room"))
            if roomy is not None:
                yield _short(zone, roomy, share, facts, limits)


def _roomy(zone: Zone, levels: Sequence[ZoneLevel], times: float) -> Zone | None:
    """The zone with the most to spare, of those that are no help: higher ones of its node, and other nodes'.

    An allocation that may use a zone may use the lower ones of its node too, so these say nothing.
    """
    names = [one.zone.name for one in levels if one.zone.node == zone.node]
    higher = names[names.index(zone.name) + 1 :]
    others = [
        one.zone
        for one in levels
        if (one.zone.node != zone.node and one.zone.name == zone.name)
        or (one.zone.node == zone.node and one.zone.name in higher)
    ]
    spare = [
        one for one in others if one.high and (one.free or 0) - max(one.protection, default=0) >= times * one.high
    ]
    return max(spare, key=lambda one: one.free or 0, default=None)


def _short(zone: Zone, roomy: Zone, share: float, facts: Facts, limits: Limits) -> Symptom:
    page, below = facts.now.page_size, (zone.free or 0) < (zone.min or 0)
    title: Words = (
        "Zone ", Name(zone.name), f" of node {zone.node} is short: ", size((zone.free or 0) * page), " free, below ",
        "min" if below else "low", ", while ", Name(roomy.name), f" of node {roomy.node} has ",
        size((roomy.free or 0) * page),
    )  # fmt: skip
    evidence = (
        limits.evidence("free", "free / low", share, "of /proc/zoneinfo"),
        limits.evidence("room", "free / high", (roomy.free or 0) / (roomy.high or 1), f"{roomy.name}, the other one"),
        *(Evidence(name, getattr(zone, name), unit=Unit.PAGES, note=zone.name) for name in ("free", "min", "low")),
    )
    return Symptom(Severity.WARNING if below else Severity.NOTE, title, evidence, f"node {zone.node} {zone.name}")


ZONE_SHORT: Final = Rule(
    "zone_short",
    "A zone short of memory while others have room",
    "Some allocations can only use this zone: of a device, of the kernel itself, or of programs bound to a node. "
    "They reclaim and fail though the machine has memory. All zones near low at once is normal when cache fills RAM.",
    _zones,
    marks=(
        Mark("free", 100.0, "percent of the zone's low mark that are free", Unit.PERCENT, stays=110.0),
        Mark("room", 4.0, "times its high mark that another zone has free", stays=3.0),
    ),
    steps=(_ZONES, Step(("how memory is spread over the nodes",), "memtui zones", Place("memory"))),
    hold=8.0,
)

RECLAIM: Final = (KSWAPD_BEHIND, DIRECT_RECLAIM, ZONE_SHORT)
