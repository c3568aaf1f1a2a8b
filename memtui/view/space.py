"""What stands around the table of mappings: how the reading went, its totals, the row under the cursor in full."""

from typing import Final

from memtui.model.mappings import AddressSpace, Group
from memtui.model.process import KERNEL_THREAD, Process
from memtui.model.sample import Detail
from memtui.proc.mappings import Mapping
from memtui.proc.pid_status import PidStatus
from memtui.proc.smaps import Rollup
from memtui.proc.unavailable import Unavailable, Why
from memtui.view import format as fmt
from memtui.view.bars import meter
from memtui.view.grid import Grid
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.maps import Row, flags_in_words, full_name, shown, tone_of
from memtui.view.reasons import missing
from memtui.view.reconcile import in_words, sums
from memtui.view.text import cells, cut

DEAR: Final = 16 << 30
"""Resident bytes from which on smaps is read only when the user says so."""

_PER_GIB: Final = 0.03  # seconds for the kernel to walk a GiB of small pages
_COST: Final = "meanwhile the process can't map or unmap"
_BAR: Final = 16


NO_MAPPINGS: Final = Unavailable(Why.GONE, "it has given its memory back")


def no_space(process: Process) -> Unavailable | None:
    """Why a process has no address space, None if it has one."""
    if process.kernel_thread:
        return KERNEL_THREAD
    return NO_MAPPINGS if process.state == "Z" else None


def dear_words(process: Process) -> str:
    """Why a large process is not read by itself."""
    seconds = process.res / (1 << 30) * _PER_GIB
    return f"RES {fmt.size(process.res)}: reading smaps may take {seconds:.1f} s, {_COST}. r reads"


def status_line(words: str, width: int, tone: Tone = Tone.DIM) -> Line:
    """A line of words."""
    return (Span(" " + cut(words, width - 1), tone),)


def progress_line(mappings: int, rss: int, res: int, seconds: float, width: int) -> Line:
    """How far a reading is: by resident bytes, since it is their pages that take the time."""
    words = (
        f"reading smaps: {fmt.count(mappings)} mappings, {fmt.size(rss)} of {fmt.size(res)} resident, {seconds:.1f} s"
    )
    text = f" {cut(words + '  x cancels', width - _BAR - 3)}  "
    return (Span(text), *meter(rss, res, min(_BAR, max(1, width - cells(text))), Tone.FILE))


def read_line(space: AddressSpace, now: float, width: int, *, auto: bool, live: bool) -> Line:
    """When the mappings were read, and what that cost the process."""
    if not live:
        return status_line(f"{fmt.count(len(space.mappings))} mappings, as recorded", width)
    age = fmt.short_time(max(0.0, now - space.at))
    words = (
        f"{fmt.count(len(space.mappings))} mappings, read {age} ago in {space.seconds:.2f} s, {_COST}; "
        f"{'A ends reading again' if auto else 'r reads again, A again and again'}"
    )
    return status_line(words, width)


def foot(
    space: AddressSpace, grid: Grid[Row], row: Row | None, detail: Detail | None, width: int, lines: int
) -> list[Line]:
    """Totals, what does not add up, and what the cursor's row is: exactly `lines` lines of 2 to 4."""
    total = Row(0, None, space.groups[0].kind, "all", space.total) if space.groups else None
    head: list[Line] = [tuple(Span(span.text, Tone.STRONG) for span in grid.row(total))] if total else [EMPTY]
    if lines >= 4:
        head.append((Span(" " + cut(_sums(space, detail), width - 1), Tone.DIM),))
    return [*head, *_about(row, width)][:lines]


def _sums(space: AddressSpace, detail: Detail | None) -> str:
    status = detail.status if detail and isinstance(detail.status, PidStatus) else None
    rollup = detail.rollup if detail and isinstance(detail.rollup, Rollup) else None
    found = sums(space, rollup, status)
    off = [in_words(one) for one in found if one.difference and not one.explained]
    if off:
        return "; ".join(off)
    return "the sums are what the kernel says of the whole process" if found else "nothing to hold the sums against"


def _about(row: Row | None, width: int) -> list[Line]:
    if row is None:
        return [EMPTY, EMPTY]
    item = row.item
    if isinstance(item, Group):
        first = f"{row.kind.value}: {full_name(item) or row.title}"
        shared = f"shared clean {fmt.size(item.shared_clean)} dirty {fmt.size(item.shared_dirty)}"
        private = f"private clean {fmt.size(item.private_clean)} dirty {fmt.size(item.private_dirty)}"
        more = "".join(
            f"  {name} {fmt.size(size)}"
            for name, size in (
                ("locked", item.locked),
                ("hugetlb, in no RSS,", item.hugetlb),
                ("SwapPss", item.swap_pss),
            )
            if size
        )
        second = f"{private}  {shared}{more}"
    else:
        first = _where(item)
        second = flags_in_words(item)
    return [
        (Span(" " + cut(first, width - 1), tone_of(row.kind)),),
        (Span(" " + cut(second, width - 1), Tone.DIM),),
    ]


def _where(mapping: Mapping) -> str:
    place = f"{mapping.start:x}-{mapping.end:x} {mapping.perms}"
    if not mapping.inode:
        return f"{place}  {shown(mapping.path) or 'anonymous'}"
    return f"{place}  offset {mapping.offset:x}  device {mapping.device} inode {mapping.inode}  {shown(mapping.path)}"


def unavailable_line(reason: Unavailable, width: int) -> Line:
    """Why there are no mappings."""
    return (Span(" "), *missing(reason, width - 1))
