"""What a process makes the memory system do: faults, storage, and how long its threads waited for either."""

from collections.abc import Sequence
from typing import Final

from memtui.model.fields import DELAY
from memtui.model.process import Process
from memtui.model.sample import DelaysSample, Detail
from memtui.proc.taskstats import Delay
from memtui.proc.unavailable import ABSENT, PENDING, Unavailable, Why
from memtui.view import format as fmt
from memtui.view.blocks import heading, sections
from memtui.view.fact import Fact, fact_lines, field
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import ONE_SAMPLE, missing
from memtui.view.table import Column, table

_NOTHING_READ: Final = Unavailable(Why.PENDING, "it has read nothing by calls")
_NS: Final = 1e9
_WAITS: Final = 5.0  # percent of the time that a process waits, to be pointed out


def fault_facts(process: Process, width: int) -> list[Line]:
    """Rates and totals of page faults."""
    major = Tone.WARN if process.majflt_rate else Tone.PLAIN
    facts = (
        field("minflt_rate", process.minflt_rate, ONE_SAMPLE),
        field("majflt_rate", process.majflt_rate, ONE_SAMPLE, tone=major),
        field("minflt", process.minflt, ONE_SAMPLE),
        field("majflt", process.majflt, ONE_SAMPLE),
    )
    return [heading("Faults", width), *fact_lines(facts, width)]


def work_facts(process: Process, detail: Detail | None, width: int) -> list[Line]:
    """CPU time, reads and writes."""
    io = detail.io if detail else PENDING
    if isinstance(io, Unavailable):
        reason, read, written = io, "", ""
    else:
        reason = ONE_SAMPLE
        read, written = (f"{fmt.size(total)} so far" for total in (io.read_bytes, io.write_bytes))
    facts = [field("cpu_pct", process.cpu_pct, ONE_SAMPLE), field("cpu_time", process.cpu_time, ONE_SAMPLE)]
    if not process.kernel_thread:
        facts.append(field("read_rate", process.read_rate, reason, read))
        facts.append(field("write_rate", process.write_rate, reason, written))
    return [heading("CPU and storage", width), *fact_lines(facts, width)]


def activity_lines(process: Process, detail: Detail | None, width: int) -> list[Line]:
    """Everything on faults, I/O and delays; every line at most `width` cells."""
    return sections(
        fault_facts(process, width),
        [*work_facts(process, detail, width), *_calls(detail, width)],
        _delays(detail, width),
    )


def _calls(detail: Detail | None, width: int) -> list[Line]:
    io = detail.io if detail else PENDING
    if isinstance(io, Unavailable):
        return []
    share = 100 * (1 - io.read_bytes / io.rchar) if io.rchar and io.read_bytes <= io.rchar else None
    words = f"of {fmt.size(io.rchar)} read by calls; an estimate: pipes and sockets count as cache, mmap not at all"
    facts = [
        Fact("from cache", _NOTHING_READ if share is None else fmt.percent(share) + "%", words),
        Fact("rchar", fmt.size(io.rchar), f"by {fmt.count(io.syscr)} read calls, pipes and sockets included"),
        Fact("wchar", fmt.size(io.wchar), f"by {fmt.count(io.syscw)} write calls, pipes and sockets included"),
        Fact("cancelled", fmt.size(io.cancelled_write_bytes), "dirtied, but deleted or cut before it was written"),
    ]
    return fact_lines(facts, width)


def _delays(detail: Detail | None, width: int) -> list[Line]:
    title = heading("Waiting", width, "delay accounting: taskstats, all threads added up")
    found = detail.delays if detail else PENDING
    if isinstance(found, Unavailable):
        return [title, missing(found, width)]
    columns = (
        Column("", 12), Column("now %", 6, right=True), Column("times", 8, right=True),
        Column("seconds", 9, right=True), Column("ms each", 8, right=True), Column("", 0),
    )  # fmt: skip
    return [title, *table(columns, [_delay_row(name, found) for name in found.delays._fields], width)]


def _delay_row(name: str, sample: DelaysSample) -> Sequence[Span]:
    now: Delay | None = getattr(sample.delays, name)
    then: Delay | None = getattr(sample.then, name) if sample.then else None
    row = DELAY[name]
    if now is None:
        return [Span(row.title), *[Span(fmt.NONE, Tone.DIM)] * 4, Span(str(ABSENT), Tone.DIM)]
    gap = sample.at - sample.then_at
    share = 100 * (now.total - then.total) / _NS / gap if then and gap > 0 and now.total >= then.total else None
    each = now.total / now.times / 1e6 if now.times else None
    tone = Tone.WARN if share is not None and share >= _WAITS and name != "cpu" else Tone.PLAIN
    cells = (
        Span(fmt.percent(share), tone), Span(fmt.count(now.times)), Span(f"{now.total / _NS:.2f}"),
        Span(fmt.NONE if each is None else f"{each:.3f}"),
    )  # fmt: skip
    return [Span(row.title), *cells, Span(row.meaning, Tone.DIM)]
