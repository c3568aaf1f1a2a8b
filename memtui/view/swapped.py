"""What is in swap: whose it is, what compressed RAM makes of it, and whether it would fit back into RAM."""

from collections.abc import Mapping, Sequence
from typing import Final

from memtui.model.fields import PROCESS
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.proc.swaps import fit
from memtui.proc.unavailable import Unavailable
from memtui.view import format as fmt
from memtui.view.blocks import flow, heading
from memtui.view.columns import shown_text
from memtui.view.lines import Line, Span, Tone
from memtui.view.page import Row
from memtui.view.table import Column, table

CLEAR: Final = "clear"
PID: Final = "pid:"
SORTS: Final = ("swap", "swap_pss")
_MOST: Final = 50
_NOTE: Final = " data / RAM; same: pages of one repeated word, which take none"
_SHOW_NOTE: Final = 110
_ZSWAP: Final = ("compressor", "max_pool_percent", "written_back_pages", "reject_compress_poor", "pool_limit_hit")


def compressed_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """zram devices with what they hold and what that takes, and zswap before the devices."""
    survey = snapshot.survey.swap
    if survey is None:
        return []
    lines: list[Line] = []
    if survey.zram:
        columns = (
            Column("zram", 10, tone=Tone.TITLE),
            Column("method", 8),
            *(Column(title, 6, right=True) for title in ("disk", "data", "compr.", "RAM", "peak", "limit")),
            Column("ratio", 6, right=True),
            Column("same", 6, right=True),
            Column("", 0),
        )
        rows = [
            [
                Span(shown_text(one.name)),
                Span(shown_text(one.algorithm), Tone.DIM),
                *(
                    Span(fmt.size(size))
                    for size in (one.disk_size, one.original, one.compressed, one.used, one.used_max)
                ),
                Span(fmt.size(one.limit) if one.limit else "none", Tone.DIM),
                Span(f"{one.original / one.used:.2f}" if one.used else fmt.NONE, Tone.STRONG),
                Span(fmt.size(one.same_pages * snapshot.page_size)),
                Span(_NOTE if width >= _SHOW_NOTE else "", Tone.DIM),
            ]
            for one in survey.zram
        ]
        lines += table(columns, rows, width)
    return [*lines, *flow(_zswap(snapshot, survey.zswap), width)]


def _zswap(snapshot: Snapshot, values: Mapping[str, str]) -> list[Line]:
    """Whether zswap is on, its pool against what it holds, and the counters that root has in debugfs."""
    if "enabled" not in values:
        return []
    on = values["enabled"] in ("Y", "1")
    memory = snapshot.memory
    pool, stored = memory.get("Zswap"), memory.get("Zswapped")
    out: list[Line] = [(Span("zswap ", Tone.LABEL), Span("on" if on else "off", Tone.GOOD if on else Tone.DIM))]
    if on or pool:
        ratio = f", ratio {stored / pool:.2f}" if pool and stored else ""
        out.append(
            (Span("pool ", Tone.LABEL), Span(fmt.size(pool)), Span(f" for {fmt.size(stored)}{ratio}", Tone.DIM))
        )
        names = (name for name in _ZSWAP if name in values)
        out += [(Span(f"{name} ", Tone.LABEL), Span(shown_text(values[name]))) for name in names]
    return out


def swapoff_rows(snapshot: Snapshot, width: int) -> list[Row]:
    """What swapoff would have to bring back, and whether there is room; Enter leads to it."""
    memory, areas = snapshot.memory, snapshot.system.swaps
    if isinstance(areas, Unavailable) or not areas:
        return []
    found = fit(memory.lines)
    line = (
        Span("swapoff ", Tone.LABEL),
        Span("fits" if found.fits else "does not fit", Tone.GOOD if found.fits else Tone.BAD),
        Span(f": {fmt.size(found.needed)} would come back into {fmt.size(found.available)} available"),
        Span(f"; {fmt.size(memory.get('SwapCached'))} in RAM too (SwapCached)", Tone.DIM),
        Span("; Enter clears swap" if found.fits and found.needed else "", Tone.DIM),
    )
    return [Row(one, CLEAR) for one in flow([line], width)]


def process_rows(snapshot: Snapshot, width: int, sort: str) -> list[Row]:
    """Who is in swap, most first by one of `SORTS`, and how much of what is used that explains."""
    memory = snapshot.memory
    everyone = [row for row in snapshot.processes.values() if row.swap]
    if not snapshot.processes or not memory.swap_used:
        return []
    known = sum(row.swap or 0 for row in everyone)
    rest = max(0, memory.swap_used - known)
    of = f"processes {fmt.size(known)} of {fmt.size(memory.swap_used)}"
    note = f"{of}; {fmt.size(rest)} is shmem, tmpfs, refused or ended"
    title = heading("Swapped processes", width, note)
    columns = [
        Column(PROCESS["pid"].title, 7, right=True),
        Column(PROCESS["user"].title, 9),
        *(_sizes(key, sort) for key in ("swap", "swap_pss", "pss", "res")),
        Column(PROCESS["command"].title, 0),
    ]
    chosen = ordered(everyone, sort)[:_MOST]
    head, *body = table(columns, [_cells(row) for row in chosen], width)
    lines = [Row(line, f"{PID}{row.pid}") for line, row in zip(body, chosen, strict=True)]
    return [Row(title), Row(head), *lines]


def ordered(rows: Sequence[Process], sort: str) -> list[Process]:
    """Most first; those of which it is not known by what is known of them."""

    def by(row: Process) -> tuple[bool, int]:
        value = getattr(row, sort)
        return value is not None, value or row.swap or 0

    return sorted(rows, key=by, reverse=True)


def _sizes(key: str, sort: str) -> Column:
    title = PROCESS[key].title
    return Column(title + ("▼" if key == sort else ""), 6, right=True, tone=Tone.SORTED if key == sort else Tone.HEAD)


def _cells(row: Process) -> list[Span]:
    return [
        Span(str(row.pid)),
        Span(shown_text(row.user), Tone.DIM),
        Span(fmt.size(row.swap), Tone.SWAP),
        Span(fmt.size(row.swap_pss), Tone.SWAP if row.swap_pss else Tone.DIM),
        Span(fmt.size(row.pss)),
        Span(fmt.size(row.res)),
        Span(shown_text(row.command)),
    ]
