"""One process on the Leaks tab: does it grow, where in it, and which code does it; the last by a trace."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from memtui.model.growth import Growth, Trend
from memtui.model.leaks import Leaks, Plan
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.model.where import Where
from memtui.view import format as fmt
from memtui.view.blocks import flow, heading, margin, sections, wrap
from memtui.view.columns import shown_text
from memtui.view.growth import rate_range, shape
from memtui.view.leaks import overhead_words, stacks, summary
from memtui.view.lines import Line, Span, Tone
from memtui.view.table import Column, table
from memtui.view.text import cut, sanitize

CONSISTENT: Final = "consistent with a leak"
_SHAPE: Final = 24
_PARTS: Final = 9


class Page(NamedTuple):
    """What is known of a process; `refused` says why it can't be traced (empty: it can)."""

    process: Process
    where: Where | None
    leaks: Leaks | None
    plan: Plan
    refused: str
    ended: bool


def lines(page: Page, snapshot: Snapshot, width: int) -> list[Line]:
    """The page in lines of at most `width` cells."""
    inner = width - 1
    return margin(sections(_who(page, inner), _grows(page, snapshot, inner), _where(page, inner), _code(page, inner)))


def _who(page: Page, width: int) -> list[Line]:
    process = page.process
    state = Span("ended  ", Tone.BAD) if page.ended else Span("")
    head = f"{process.pid} {shown_text(process.user)}  "
    return [(Span(head, Tone.TITLE), state, Span(cut(shown_text(process.command), max(8, width - len(head) - 7))))]


def _grows(page: Page, snapshot: Snapshot, width: int) -> list[Line]:
    process = page.process
    trend = process.trend
    rate = process.growth_rate
    state = process.growth_state or fmt.NONE
    tone = Tone.WARN if state == Trend.GROWING.value else Tone.PLAIN
    what = "USS + swap" if process.uss is not None else "RES + swap (USS is refused)"
    items: list[Line] = [(Span(f"{what} ", Tone.LABEL), Span(f"{state}", tone))]
    if trend is not None and rate:
        span = f"  95 %: {rate_range(trend.low, trend.high)}"
        items.append((Span(f"{fmt.size_rate(rate)}/s", Tone.STRONG), Span(span, Tone.DIM)))
        items.append((Span("over ", Tone.LABEL), Span(fmt.short_time(trend.seconds))))
    found = flow(items, width)
    if rate is not None and rate > 0:
        found.append((Span(CONSISTENT, Tone.WARN), Span("; so is a cache that fills, until it slows down", Tone.DIM)))
        found += flow(_lasts(page, snapshot, rate), width)
    return found


def _lasts(page: Page, snapshot: Snapshot, rate: float) -> Iterator[Line]:
    yield (Span("at this rate", Tone.LABEL),)
    available = snapshot.memory.available
    if available is not None:
        yield Span("MemAvailable lasts ", Tone.LABEL), Span(fmt.short_time(available / rate), Tone.STRONG)
    for ceiling in page.where.ceilings if page.where else ():
        seconds = ceiling.lasts(rate)
        if seconds is not None:
            yield Span(f"{sanitize(ceiling.name)} in ", Tone.LABEL), Span(fmt.short_time(seconds), Tone.STRONG)


def _where(page: Page, width: int) -> list[Line]:
    where = page.where
    if where is None:
        return [heading("Where it grows", width)]
    if not where.readings:
        return [heading("Where it grows", width, where.failure or "reading its mappings …")]
    note = f"{where.readings} readings, one every {where.every:.0f} s, each {1000 * where.cost:.0f} ms"
    found = [heading("Where it grows", width, f"{where.failure}; {note}" if where.failure else note)]
    columns = (
        Column("part", 14), Column("own", 6, right=True), Column("change", 7, right=True),
        Column("/s", 7, right=True), Column("95 %", 17, right=True), Column("trend", 9),
        Column("p", 8, right=True), Column("", 0),
    )  # fmt: skip
    rows = []
    for part in where.parts[:_PARTS]:
        growth = part.growth
        growing = growth.trend is Trend.GROWING
        rows.append((
            Span(sanitize(part.name), Tone.WARN if growing else Tone.PLAIN),
            Span(fmt.size(part.size)),
            Span(fmt.signed_size(part.change)),
            Span(fmt.size_rate(growth.rate)),
            Span(rate_range(growth.low, growth.high), Tone.DIM),
            Span(growth.trend.value, Tone.WARN if growing else Tone.DIM),
            Span(_p(growth), Tone.DIM),
            Span(shape(growth.shape, _SHAPE), Tone.ANON),
        ))  # fmt: skip
    return [*found, *table(columns, rows, width)]


def _p(growth: Growth) -> str:
    return fmt.NONE if growth.p is None else f"p {growth.p:.0e}" if growth.p < 0.001 else f"p {growth.p:.3f}"


def _code(page: Page, width: int) -> list[Line]:
    leaks, plan = page.leaks, page.plan
    found = [heading("Which code keeps memory", width)]
    if page.refused:
        found += [(Span(piece, Tone.WARN),) for piece in wrap(page.refused, width, 3)]
    elif leaks is None or leaks.over:
        found += flow(_plan(plan), width)
        found += [(Span(piece, Tone.DIM),) for piece in wrap(overhead_words(plan.limit), width, 3)]
    if leaks is not None:
        found += summary(leaks, width)
        found += stacks(leaks, width, None)
    return found


def _plan(plan: Plan) -> Iterator[Line]:
    yield Span(" t ", Tone.KEY), Span(" trace  "), Span(" T ", Tone.KEY), Span(" two-phase")
    yield Span(" w ", Tone.KEY), Span(f" {plan.seconds:.0f} s, then frees for {plan.watch:.0f} s")
    yield Span(" a ", Tone.KEY), Span(f" age ≥ {plan.min_age:.0f} s")
    yield Span(" s ", Tone.KEY), Span(f" size ≥ {fmt.size(plan.min_size)}")
    yield Span(" l ", Tone.KEY), Span(f" stop at {plan.limit:.0%} of a CPU")
