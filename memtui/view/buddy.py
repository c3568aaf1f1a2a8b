"""Free blocks by order as a heat map, how fragmented they are, and the pools of huge pages."""

from collections.abc import Mapping, Sequence
from typing import Final

from memtui.model.buddy import Fragmentation, fragmentation, huge_order, largest_order, pages_by_order
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import PENDING, Unavailable
from memtui.view import format as fmt
from memtui.view.blocks import flow, heading
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.table import Column, table
from memtui.view.text import sanitize

Blocks = Mapping[tuple[int, str], tuple[int, ...]]

_SHADES: Final = " ▁▂▃▄▅▆▇█"
_NUMBERS_FROM: Final = 108
_TIGHT: Final = 0.5  # share of free memory too small for a huge page from which it is pointed out


def buddy_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """A row for each zone: the higher a block, the more of the zone's free memory is in blocks of that order."""
    survey = snapshot.survey.nodes
    found = PENDING if survey is None else survey.buddy
    if isinstance(found, Unavailable) or survey is None:
        return [
            heading("Free blocks by order", width),
            missing(found if isinstance(found, Unavailable) else PENDING, width),
        ]
    orders = max((len(blocks) for blocks in found.values()), default=0)
    if not orders:
        return []
    huge = huge_order(snapshot.memory.get("Hugepagesize") or 2 << 20, snapshot.page_size, orders)
    sizes = fmt.size(snapshot.page_size), fmt.size(snapshot.page_size << (orders - 1))
    note = f"order 0 is {sizes[0]}, order {orders - 1} is {sizes[1]}; higher: more of the free memory"
    numbers = width >= _NUMBERS_FROM
    cell = 5 if numbers else 2
    columns = [
        Column("node", 4, right=True),
        Column("zone", 8),
        Column("free", 6, right=True),
        *(Column(str(order), cell, right=True) for order in range(orders)),
        Column("largest", 7, right=True),
        Column("unus.", 5, right=True),
        Column("frag index", 0),
    ]
    rows = [_row(snapshot, key, blocks, huge, orders, numbers=numbers) for key, blocks in found.items()]
    legend = "unus.: share of free memory in pieces smaller than a huge page; frag index: why one would not be had"
    return [
        heading("Free blocks by order", width, note),
        *table(columns, rows, width),
        *flow([(Span(legend, Tone.DIM),)], width),
    ]


def _row(
    snapshot: Snapshot, key: tuple[int, str], blocks: Sequence[int], huge: int | None, orders: int, *, numbers: bool
) -> list[Span]:
    pages = pages_by_order(blocks)
    free, top = sum(pages), largest_order(blocks)
    state = None if huge is None else fragmentation(blocks, huge)
    cells = []
    for order in range(orders):
        share = pages[order] / free if order < len(pages) and free else 0.0
        glyph = _SHADES[0 if not share else max(1, round(share**0.5 * 8))]
        count = blocks[order] if order < len(blocks) else None
        text = f"{_short(count)}{glyph}" if numbers else glyph
        cells.append(Span(text, Tone.FREE if share else Tone.DIM))
    return [
        Span(str(key[0])),
        Span(sanitize(key[1])),
        Span(fmt.size(free * snapshot.page_size)),
        *cells,
        Span(fmt.NONE if top is None else fmt.size(snapshot.page_size << top), Tone.STRONG),
        Span(fmt.percent(None if state is None else 100 * state.unusable, 0), _unusable_tone(state)),
        Span(_index(state)),
    ]


def _short(count: int | None) -> str:
    """A number of blocks in four cells."""
    if count is None:
        return fmt.NONE
    return str(count) if count < 10_000 else fmt.rate(count)


def _unusable_tone(state: Fragmentation | None) -> Tone:
    return Tone.WARN if state is not None and state.unusable > _TIGHT else Tone.PLAIN


def _index(state: Fragmentation | None) -> str:
    if state is None:
        return fmt.NONE
    if state.extfrag is None:
        return "fine"
    return f"{state.extfrag:.2f} {'fragmented' if state.extfrag > 0.5 else 'out of memory'}"  # vm.extfrag_threshold


def huge_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Pools of each size, by node where there are several; transparent ones in use and their settings."""
    survey = snapshot.survey.nodes
    if survey is None:
        return []
    several = len(survey.nodes) > 1
    pools = [pool for pool in survey.huge if pool.node is None or (several and pool.total)]
    columns = (
        Column("Huge pages", 10, right=True, tone=Tone.TITLE),
        Column("node", 4, right=True),
        *(Column(title, 7, right=True) for title in ("total", "free", "promised", "surplus")),
        Column("RAM", 7, right=True),
        Column("", 0),
    )
    rows = [
        [
            Span(fmt.size(pool.size)),
            Span("all" if pool.node is None else str(pool.node)),
            *(
                Span(fmt.count(count), Tone.PLAIN if count else Tone.DIM)
                for count in (pool.total, pool.free, pool.reserved, pool.surplus)
            ),
            Span(
                fmt.size(None if pool.total is None else pool.total * pool.size),
                Tone.HUGE if pool.total else Tone.DIM,
            ),
            Span(""),
        ]
        for pool in pools
    ]
    return [*(table(columns, rows, width) if rows else []), *flow(_transparent(snapshot, survey.thp), width)]


def _transparent(snapshot: Snapshot, settings: Mapping[str, str]) -> list[Line]:
    memory = snapshot.memory
    parts = (("anonymous", "AnonHugePages"), ("shmem", "ShmemHugePages"), ("files", "FileHugePages"))
    sizes = [(Span(f"THP {title} ", Tone.LABEL), Span(fmt.size(memory.get(name)))) for title, name in parts]
    chosen = [(Span(f"{name} ", Tone.LABEL), Span(sanitize(choice))) for name, choice in settings.items()]
    return [*sizes, *chosen]
