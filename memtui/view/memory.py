"""The Memory panel's upper half: free(1)'s rows, and the account of RAM as a bar and as a table."""

from typing import Final

from memtui.model.fields import ACCOUNT, MEMORY
from memtui.model.memory import Memory
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import ABSENT
from memtui.view import format as fmt
from memtui.view.bars import glyph, legend, meter, stacked_bar
from memtui.view.blocks import heading, margin, sections
from memtui.view.kinds import groups, size_of, tone_of
from memtui.view.lines import Line, Span, Tone, text_of
from memtui.view.reasons import missing
from memtui.view.table import Column, table

_FREE_KEYS: Final = ("total", "used", "free", "shared", "buff_cache", "available")
_ROOMY: Final = 100
_SHOW_SOURCE: Final = 170


def memory_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """free's table, then where all of RAM is; every line at most `width` cells."""
    memory, inner = snapshot.memory, width - 1
    return margin(sections(_free(memory, inner), _bar(memory, inner), _account(memory, inner)))


def _free(memory: Memory, width: int) -> list[Line]:
    roomy = 10 if width >= _ROOMY else 6
    columns = [Column("", 5)] + [
        Column(MEMORY[key].title, max(roomy, len(MEMORY[key].title)), right=True) for key in _FREE_KEYS
    ]
    ram = [_size(getattr(memory, key) if memory.total else None) for key in _FREE_KEYS]
    swap_sizes = (memory.swap_total, memory.swap_used, memory.swap_free)
    swap = [_size(value if memory.get("SwapTotal") is not None else None) for value in swap_sizes]
    label = Span("Mem:", Tone.LABEL), Span("Swap:", Tone.LABEL)
    return table(columns, [(label[0], *ram), (label[1], *swap, *[Span("")] * 3)], width)


def _bar(memory: Memory, width: int) -> list[Line]:
    parts = groups(memory.account)
    title = f"Where {fmt.size(memory.total)} of RAM is" if memory.total else "Where RAM is"
    entries = [(part.name, part.tone, fmt.size(part.size).rjust(5)) for part in parts]
    return [
        heading(title, width, "sums to MemTotal, no overlap"),
        stacked_bar([(part.size, part.tone) for part in parts], memory.total, width),
        *legend(entries, width),
    ]


def _account(memory: Memory, width: int) -> list[Line]:
    meter_width = 24 if width >= _ROOMY else 8
    columns = [
        Column("", 1),
        Column("account", 17),
        Column("size", 6, right=True),
        Column("%", 5, right=True),
        Column("", meter_width),
        Column("what it is", 0),
    ]
    if width >= _SHOW_SOURCE:
        columns.append(Column("the kernel's lines", 46))
    rows = []
    for part in memory.account:
        size, tone = size_of(part, memory), tone_of(part.kind)
        share = 100 * size / memory.total if size is not None and memory.total else None
        rows.append((
            Span(glyph(tone), tone),
            Span(ACCOUNT[part.kind].title),
            _size(size if memory.total else None),
            Span(fmt.percent(share), Tone.PLAIN if share else Tone.DIM),
            Span(text_of(meter(size or 0, memory.total, meter_width, tone)), tone),
            Span(ACCOUNT[part.kind].meaning, Tone.DIM) if size is not None else missing(ABSENT, width)[0],
            Span(ACCOUNT[part.kind].source, Tone.DIM),
        )[: len(columns)])  # fmt: skip
    return table(columns, rows, width)


def _size(value: int | None) -> Span:
    return Span(fmt.size(value), Tone.PLAIN if value else Tone.DIM)
