"""The Memory panel's upper half: free(1)'s rows, and the account of RAM as a bar and as a table."""

from typing import Final

from memtui.model.account import Available, account, available, changes, measured
from memtui.model.fields import ACCOUNT, MEMORY
from memtui.model.memory import Kind, Memory, Part
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import ABSENT
from memtui.view import format as fmt
from memtui.view.bars import glyph, legend, meter, stacked_bar
from memtui.view.behind import note
from memtui.view.blocks import flow, heading
from memtui.view.columns import shown_text
from memtui.view.kinds import groups, size_of, tone_of
from memtui.view.lines import EMPTY, Line, Span, Tone, text_of
from memtui.view.page import Row, lines_of, plain, stacked, with_margin
from memtui.view.reasons import missing
from memtui.view.table import Column, table

KEY: Final = "account:"
"""Before the kind, the key of a row of the account."""

_FREE_KEYS: Final = ("total", "used", "free", "shared", "buff_cache", "available")
_ROOMY: Final = 100
_SHOW_SOURCE: Final = 170
_RARE: Final = frozenset({
    Kind.SWAP_CACHE, Kind.KERNEL_RECLAIMABLE, Kind.MEMMAP, Kind.COMPRESSED, Kind.GPU, Kind.BOUNCE, Kind.CORRUPTED,
    Kind.ARC, Kind.HUGETLB,
})  # fmt: skip
"""Parts that most machines have none of: without any they share one line."""


def memory_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """free's table, then where all of RAM is; every line at most `width` cells."""
    return lines_of(memory_rows(snapshot, width))


def memory_rows(snapshot: Snapshot, width: int) -> list[Row]:
    """As `memory_lines`, the lines of the account with the kind that they stand for."""
    memory, inner = snapshot.memory, width - 1
    parts = account(snapshot)
    return with_margin(
        stacked(
            plain([*_limit(snapshot, inner), *_free(memory, inner)]),
            plain(_bar(memory, parts, inner)),
            _account(snapshot, parts, inner),
            plain(_below(snapshot, parts, inner)),
        )
    )


def _limit(snapshot: Snapshot, width: int) -> list[Line]:
    """The limit of a container, which comes before the host's figures."""
    own, memory = snapshot.system.own, snapshot.memory
    if own is None:
        return []
    parts = (
        ("limit here ", own.size),
        ("used ", own.used),
        ("available ", own.available(memory.available)),
    )
    cells: list[Line] = [(Span(name, Tone.LABEL), Span(fmt.size(size), Tone.STRONG)) for name, size in parts]
    where = (Span(f"set by cgroup {shown_text(own.path)}; below is the host", Tone.DIM),)
    return [*flow([*cells, where], width), EMPTY]


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


def _bar(memory: Memory, parts: tuple[Part, ...], width: int) -> list[Line]:
    shown = [part for part in groups(parts) if part.size or part.tone not in (Tone.SWAP, Tone.CACHE)]
    title = f"Where {fmt.size(memory.total)} of RAM is" if memory.total else "Where RAM is"
    entries = [(part.name, part.tone, fmt.size(part.size).rjust(5)) for part in shown]
    return [
        heading(title, width, "sums to MemTotal, no overlap"),
        stacked_bar([(part.size, part.tone) for part in shown], memory.total, width),
        *legend(entries, width),
    ]


def _account(snapshot: Snapshot, parts: tuple[Part, ...], width: int) -> list[Row]:
    memory = snapshot.memory
    grown, seconds = changes(snapshot, parts)
    meter_width = 16 if width >= _ROOMY else 6
    columns = [
        Column("", 1),
        Column("account", 17),
        Column("size", 6, right=True),
        Column("%", 5, right=True),
        Column(f"Δ/{fmt.short_time(seconds)}" if seconds else "Δ", 6, right=True),
        Column("", meter_width),
        Column("what it is", 0),
    ]
    if width >= _SHOW_SOURCE:
        columns.append(Column("the kernel's lines", 46))
    rows, kinds = [], []
    for part in parts:
        size, tone = size_of(part, memory), tone_of(part.kind)
        if part.kind in _RARE and not size:
            continue
        share = 100 * size / memory.total if size is not None and memory.total else None
        change = grown.get(part.kind)
        words = note(snapshot, part) or ACCOUNT[part.kind].meaning
        rows.append((
            Span(glyph(tone), tone),
            Span(ACCOUNT[part.kind].title),
            _size(size if memory.total else None),
            Span(fmt.percent(share), Tone.PLAIN if share else Tone.DIM),
            Span(fmt.signed_size(change), Tone.PLAIN if change else Tone.DIM),
            Span(text_of(meter(size or 0, memory.total, meter_width, tone)), tone),
            Span(words, Tone.DIM) if size is not None else missing(ABSENT, width)[0],
            Span(ACCOUNT[part.kind].source, Tone.DIM),
        )[: len(columns)])  # fmt: skip
        kinds.append(part.kind)
    head, *body = table(columns, rows, width)
    return [Row(head), *(Row(line, KEY + kind) for line, kind in zip(body, kinds, strict=True))]


def _below(snapshot: Snapshot, parts: tuple[Part, ...], width: int) -> list[Line]:
    """What is not there, what has been measured of processes, and how MemAvailable comes about."""
    none = [ACCOUNT[part.kind].title for part in parts if part.kind in _RARE and not part.size]
    lines: list[Line] = []
    if none:
        lines += flow([(Span("none: ", Tone.LABEL), Span(", ".join(none), Tone.DIM))], width)
    if snapshot.processes:
        lines += flow([_measured(snapshot)], width)
    if (formula := available(snapshot)) is not None:
        lines += flow(_available(formula, snapshot.memory), width)
    lines += flow(_outside(snapshot.memory), width)
    return lines


def _measured(snapshot: Snapshot) -> Line:
    found, refused = measured(snapshot), sum(snapshot.coverage.refused.values())
    if found.pss is None:
        return Span("Σ PSS ", Tone.LABEL), Span("– not measured yet", Tone.DIM)
    words = f" of {fmt.size(found.mapped)} that processes map (AnonPages + Mapped)"
    if refused:
        words += f"; {refused} refused"
    return Span("Σ PSS ", Tone.LABEL), Span(fmt.size(found.pss), Tone.STRONG), Span(words, Tone.DIM)


def _available(formula: Available, memory: Memory) -> list[Line]:
    sums = (
        ("available ", formula.total),
        ("= free ", formula.free),
        ("- reserve ", formula.reserve),
        ("+ cache ", formula.cache),
        ("+ slab ", formula.slab),
    )
    told = Span("the kernel says ", Tone.LABEL), Span(fmt.size(memory.get("MemAvailable")), Tone.STRONG)
    return [*((Span(words, Tone.LABEL), Span(fmt.size(size).rjust(5))) for words, size in sums), told]


def _outside(memory: Memory) -> list[Line]:
    """Lines of meminfo that lie across the account or outside of it."""
    names = {
        "CmaTotal": "contiguous area (CMA), in what uses it",
        "Balloon": "balloon, out of MemTotal with most drivers",
        "Unaccepted": "not accepted yet, in free",
    }
    return [
        (Span(fmt.size(size) + " ", Tone.STRONG), Span(words, Tone.LABEL))
        for name, words in names.items()
        if (size := memory.get(name))
    ]


def _size(value: int | None) -> Span:
    return Span(fmt.size(value), Tone.PLAIN if value else Tone.DIM)
