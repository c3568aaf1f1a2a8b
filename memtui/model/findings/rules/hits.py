"""Reads that the page cache can't serve, while an instrument counts them exactly."""

from collections.abc import Iterable
from typing import Final

from memtui.model.cache import CacheRow
from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.words import Name, Words, percent, rate
from memtui.model.pagecache import Quality

_NAMED: Final = 3  # processes


def _check(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    cache = facts.now.cache
    asked, ratio = cache.rate(cache.now.total), cache.now.read_hit_pct
    if cache.instrument.quality is not Quality.EXACT or asked is None or ratio is None:
        return
    if asked < limits("asked") or ratio >= limits("ratio"):
        return
    missing = sorted((row for row in cache.rows if row.now.misses), key=_misses, reverse=True)[:_NAMED]
    title: Words = "Only ", percent(ratio), " of ", rate(asked), " pages/s that are read are in the page cache"
    if missing:
        title = *title, "; most misses by ", Name(missing[0].command), f" ({missing[0].pid})"
    yield Symptom(
        Severity.NOTE,
        title,
        (
            limits.evidence("ratio", "hits / total", ratio, "counted in the page cache"),
            limits.evidence("asked", "total", asked, "pages that were asked for"),
            *(
                Evidence("misses", cache.rate(row.now.misses), unit=Unit.RATE, note=f"{row.command} ({row.pid})")
                for row in missing
            ),
        ),
    )


def _misses(row: CacheRow) -> int:
    return row.now.misses or 0


LOW_HIT_RATIO: Final = Rule(
    "low_hit_ratio",
    "Few reads are in the page cache",
    "Most of what is read comes from storage. That is normal for what is read for the first time, as in backups and "
    "copies; if it goes on with the same files, they don't fit into memory.",
    _check,
    marks=(
        Mark("ratio", 50.0, "percent of the pages asked for that were there", Unit.PERCENT, stays=70.0),
        Mark("asked", 1000.0, "pages a second that are asked for", Unit.RATE, stays=500.0),
    ),
    steps=(
        Step(("who misses",), "memtui cachetop 1 10", Place("cache", sort="misses")),
        Step(("hits and misses over time",), "memtui cachestat 1 10", Place("cache")),
    ),
    hold=6.0,
)
