"""What memtui itself doesn't see and rules would need."""

from collections.abc import Iterable, Iterator
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.words import Words
from memtui.model.pagecache import Quality
from memtui.proc.unavailable import Unavailable, Why

_LASTING: Final = (Why.DENIED, Why.ABSENT, Why.FAILED)


def _missing(facts: Facts, limits: Limits) -> Iterator[tuple[str, Evidence]]:
    """What is not seen, in words, and the proof of it."""
    coverage = facts.now.coverage
    refused = sum(coverage.refused.values())
    share = 100 * refused / coverage.able if coverage.able else 0.0
    if share >= limits("pss"):
        mark = limits.evidence("pss", "PSS refused", share, "; ".join(sorted(coverage.refused)))
        yield "PSS and USS of most processes", mark
    parts = (
        ("slab caches by name", "/proc/slabinfo", facts.slabs.reason if facts.slabs else None),
        ("pressure (PSI)", "/proc/pressure/memory", facts.now.system.pressure.get("memory")),
        ("OOM kills in the kernel log", "/dev/kmsg", facts.now.survey.kills),
    )
    for words, field, value in parts:
        if isinstance(value, Unavailable) and value.why in _LASTING:
            yield words, Evidence(field, None, note=str(value))
    instrument = facts.now.cache.instrument
    if instrument.quality is not Quality.EXACT and instrument.refused:
        name, reason = instrument.refused[0]
        yield "hits and misses of the page cache, which are estimated", Evidence(name, None, note=str(reason))


def _blind(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    missing = list(_missing(facts, limits))
    if not missing:
        return
    title: Words = "memtui doesn't see all: ", ", ".join(words for words, _ in missing)
    evidence = tuple(one for _, one in missing)
    denied = facts.now.coverage.refused or any("denied" in one.note for one in evidence)
    steps = (Step(("run memtui as root",), "sudo memtui"),) if denied else ()
    yield Symptom(Severity.NOTE, title, evidence, steps=steps)


BLIND: Final = Rule(
    "blind",
    "memtui doesn't see all",
    "Rules that need what is missing say nothing, so that no finding does not mean that nothing is wrong. The reason "
    "beside each says what would help.",
    _blind,
    marks=(Mark("pss", 50.0, "percent of processes whose PSS is refused", Unit.PERCENT, stays=40.0),),
    steps=(Step(("why each is missing",), "memtui top --json -n 1"),),
    hold=5.0,
)
