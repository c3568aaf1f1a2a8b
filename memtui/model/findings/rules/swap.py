"""Swap space: full, or holding what nobody wants back."""

from collections.abc import Iterable
from heapq import nlargest
from operator import attrgetter
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.common import TOP, drilldown, held_by, sized
from memtui.model.findings.words import Words, percent, size
from memtui.model.process import Process

MIB: Final = 1 << 20
_FULL_UP: Final = 0.9  # share of swap from which on it is told that it is full, whoever wants it back
_QUIET: Final = 5.0  # seconds in which nothing moves, before as long again that it is held
_STEPS: Final = (
    Step(("who has the most in swap",), "memtui top -s swap -n 10", Place("processes", sort="swap")),
    Step(("the swap areas and what comes back",), "memtui vmstat 1 10", Place("swap")),
)


def _swapped(row: Process) -> int | None:
    return row.swap


def _holders(facts: Facts) -> list[Process]:
    """Those with the most in swap; kernel threads have none."""
    return nlargest(TOP, [row for row in facts.now.processes.values() if row.swap], key=attrgetter("swap"))


def _full(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    memory = facts.now.memory
    if memory.swap_total <= 0:
        return
    share, available = 100 * memory.swap_used / memory.swap_total, memory.available
    severity = limits.above("used", share)
    if severity is None:
        return
    room = None if available is None or not memory.total else 100 * available / memory.total
    plenty = room is not None and room >= limits.shown("plenty")
    holders = _holders(facts)
    title: Words = "Swap is ", percent(share), " full, ", size(memory.swap_free), " are left"
    if plenty:
        title = *title, "; ", size(available), " of memory are available"
    elif holders:
        title = *title, "; most is of ", *sized(holders[0], _swapped)
    yield Symptom(
        Severity.NOTE if plenty else severity,
        title,
        (
            limits.evidence("used", "(SwapTotal - SwapFree) / SwapTotal", share),
            *([limits.evidence("plenty", "MemAvailable / MemTotal", room)] if room is not None else []),
            *held_by(holders, "VmSwap", _swapped, Unit.BYTES),
        ),
        steps=tuple(drilldown(row) for row in holders[:1]),
    )


SWAP_FULL: Final = Rule(
    "swap_full",
    "Swap nearly full",
    "When swap is full, memory of programs can't be reclaimed any more: the page cache has to give way alone, and "
    "then the OOM killer acts. With plenty of memory available this does no harm.",
    _full,
    marks=(
        Mark(
            "used", 90.0, "percent of swap that is used", Unit.PERCENT, critical=98.0, stays=80.0,
            source="netdata health.d/swap.conf",
        ),
        Mark("plenty", 25.0, "percent of RAM available from which on it is only a note", Unit.PERCENT),
    ),
    steps=_STEPS,
)  # fmt: skip


def _idle(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    used, page = facts.now.memory.swap_used, facts.now.page_size
    rates = facts.rate("pswpin", _QUIET), facts.rate("pswpout", _QUIET)
    if used >= _FULL_UP * facts.now.memory.swap_total:
        return
    if used < limits("used") or rates[0] is None or rates[1] is None or max(rates[0], rates[1]) >= limits("moving"):
        return
    holders = _holders(facts)
    title: Words = size(used), " are swapped out, and nobody wants them back"
    if holders:
        title = *title, "; most is of ", *sized(holders[0], _swapped)
    yield Symptom(
        Severity.NOTE,
        title,
        (
            limits.evidence("used", "SwapTotal - SwapFree", used),
            Evidence("pswpin", rates[0] * page, unit=Unit.BYTES_RATE, note="mean of 5 s"),
            Evidence("pswpout", rates[1] * page, unit=Unit.BYTES_RATE, note="mean of 5 s"),
            *held_by(holders, "VmSwap", _swapped, Unit.BYTES),
        ),
        steps=tuple(drilldown(row) for row in holders[:1]),
    )


SWAP_IDLE: Final = Rule(
    "swap_idle",
    "Idle pages in swap",
    "This is harmless: memory that nobody uses has made room for what is used. A program that wakes has to read its "
    "pages back first and is slow for that moment.",
    _idle,
    marks=(
        Mark("used", 64.0 * MIB, "bytes in swap that are worth a word", Unit.BYTES, stays=48.0 * MIB),
        Mark("moving", 20.0, "pages a second in or out from which on it is not idle", Unit.RATE, stays=50.0),
    ),
    steps=_STEPS,
    hold=5.0,
)

SWAP: Final = (SWAP_FULL, SWAP_IDLE)
