"""A trace of allocations as lines: what was traced and how, then the stacks that keep memory, most bytes first."""

from collections.abc import Iterator
from typing import Final

from memtui.model.leaks import Frame, Leaks, Stack, Stage
from memtui.view import format as fmt
from memtui.view.blocks import flow, wrap
from memtui.view.lines import Line, Span, Tone
from memtui.view.text import cut, sanitize

CONSISTENT: Final = "consistent with a leak, if it goes on"
_NOTE_LINES: Final = 3


def summary(leaks: Leaks, width: int) -> list[Line]:
    """How it was traced and what was seen: instrument, time, rates, overhead, losses; at most `width` cells."""
    lines = flow(_items(leaks), width)
    for title, text, tone in (
        ("failed: ", leaks.failure, Tone.BAD),
        ("ended: ", leaks.ended, Tone.WARN),
        ("no better instrument: ", leaks.why_not_better, Tone.WARN),
        *(("note: ", note, Tone.DIM) for note in leaks.notes),
    ):
        if text:
            lines += _note(title, text, tone, width)
    return lines


def _items(leaks: Leaks) -> Iterator[Line]:
    yield Span(leaks.stage.value, Tone.GOOD if leaks.stage is Stage.DONE else Tone.STRONG), *_clock(leaks)
    if leaks.way is not None:
        yield Span("by ", Tone.LABEL), Span(leaks.way.value)
    if leaks.attach_seconds is None:
        return
    traced = leaks.traced
    yield Span("attached in ", Tone.LABEL), Span(f"{leaks.attach_seconds:.2f} s")
    yield Span("allocations ", Tone.LABEL), Span(f"{traced.allocations:,}"), *_rate(leaks, leaks.allocations_rate)
    yield Span("frees ", Tone.LABEL), Span(f"{traced.frees:,}"), *_rate(leaks, leaks.frees_rate)
    if traced.lost:
        yield (Span(f"lost {traced.lost:,}: the numbers below are too low", Tone.BAD),)
    else:
        yield (Span("nothing lost", Tone.GOOD),)
    if leaks.overhead is not None:
        tone = Tone.WARN if leaks.overhead > leaks.plan.limit / 2 else Tone.PLAIN
        share = fmt.percent(100 * leaks.overhead)
        verb = "took" if leaks.over else "take"
        yield Span(f"probes {verb} about ", Tone.LABEL), Span(f"{share} %", tone), Span(" of a CPU", Tone.LABEL)


def stacks(leaks: Leaks, width: int, limit: int | None, *, addresses: bool = False) -> list[Line]:
    """The stacks in memleak's layout, `limit` of them."""
    shown = leaks.stacks[:limit]
    if not shown:
        if leaks.over and not leaks.failure:
            return [(Span("no block that was taken in the trace is outstanding", Tone.GOOD),)]
        return []
    lines: list[Line] = [title(leaks, len(shown))]
    for stack in shown:
        lines += stack_lines(stack, width, addresses=addresses)
    return lines


def title(leaks: Leaks, shown: int) -> Line:
    """The line above the stacks: how many of them, and what all keep together."""
    return (
        Span(f"Top {shown} of {len(leaks.stacks)} stacks with outstanding allocations", Tone.TITLE),
        Span(f"  all: {leaks.bytes:,} bytes in {leaks.count:,}", Tone.DIM),
    )


def stack_lines(stack: Stack, width: int, *, addresses: bool = False) -> list[Line]:
    """One stack: its blocks if asked for, what it keeps, its frames."""
    lines: list[Line] = []
    if addresses:
        lines += [(Span(f"    addr = {address:x} size = {size}", Tone.DIM),) for address, size in stack.blocks]
        if left := stack.count - len(stack.blocks):
            lines.append((Span(f"    and {left:,} more", Tone.DIM),))
    head = [Span("    "), Span(f"{stack.bytes} bytes", Tone.STRONG), Span(f" in {stack.count} allocations from ")]
    head.append(Span(sanitize(stack.label) if stack.label else "stack"))
    if stack.by:
        head.append(Span(f" of {sanitize(stack.by)}", Tone.DIM))
    if stack.oldest is not None:
        head.append(Span(f", oldest {fmt.short_time(stack.oldest)}", Tone.DIM))
    lines.append(tuple(head))
    lines += [frame_line(frame, width) for frame in stack.frames]
    if stack.ends:
        lines.append((Span(cut(f"        … {stack.ends}", width), Tone.WARN),))
    return lines


def frame_line(frame: Frame, width: int) -> Line:
    """`function+0x9 [module]  file:line`, or the module with the offset in it where the function has no name."""
    module, source = sanitize(frame.module), sanitize(frame.source)
    if frame.function:
        room = max(24, width - 20 - len(module) - len(source))
        return (
            Span("        "),
            Span(cut(sanitize(frame.function), room)),
            Span(f"+{frame.offset:#x}", Tone.DIM),
            Span(f" [{module}]", Tone.LABEL),
            Span(f"  {source}" if source else "", Tone.DIM),
        )
    where = f"{module}+{frame.offset:#x}" if frame.offset else module
    return (
        Span("        "),
        Span(f"{frame.address:#x}"),
        Span(f" [{where}]", Tone.LABEL),
        Span(f"  {source}" if source else "", Tone.DIM),
    )


def overhead_words(limit: float) -> str:
    """What a trace will cost, before it begins."""
    return (
        f"about 2.4 µs for each malloc and free pair of the process: 100,000 pairs a second take 24 % of a CPU; "
        f"stops at {limit:.0%}"
    )


def _clock(leaks: Leaks) -> Line:
    plan, gone = leaks.plan, leaks.at - leaks.began
    if leaks.over:
        return ()
    whole = plan.seconds + plan.watch
    return (Span(f" {gone:.0f} of {whole:.0f} s", Tone.DIM),)


def _rate(leaks: Leaks, rate: float | None) -> Line:
    return () if rate is None or leaks.over else (Span(f" ({fmt.rate(rate)}/s)", Tone.DIM),)


def _note(title: str, text: str, tone: Tone, width: int) -> list[Line]:
    pieces = wrap(sanitize(text), max(20, width - len(title)), _NOTE_LINES)
    first: Line = (Span(title, tone if tone is not Tone.DIM else Tone.LABEL), Span(pieces[0], tone))
    return [first, *((Span(" " * len(title)), Span(piece, tone)) for piece in pieces[1:])]
