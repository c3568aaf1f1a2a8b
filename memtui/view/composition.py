"""What the memory of one process is made of: RES as a bar, and what smaps_rollup tells of it."""

from typing import Final

from memtui.model.process import KERNEL_THREAD, Process
from memtui.model.sample import Detail
from memtui.model.snapshot import Snapshot
from memtui.proc.pid_status import PidStatus
from memtui.proc.smaps import Rollup
from memtui.proc.unavailable import ABSENT, PENDING, Unavailable
from memtui.view import format as fmt
from memtui.view.bars import legend, stacked_bar
from memtui.view.blocks import heading, wrap
from memtui.view.fact import Fact, fact_lines, field
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.reconcile import process_sums
from memtui.view.text import cut

_SPLIT: Final = (("anon", Tone.ANON), ("file", Tone.FILE), ("shmem", Tone.SHMEM))
_ZOMBIE: Final = "a zombie has given its memory back"


def composition(snapshot: Snapshot, process: Process, detail: Detail | None, width: int) -> list[Line]:
    """RES by kind of memory, then PSS, USS, swap and the rest; every line at most `width` cells."""
    if process.kernel_thread or process.state == "Z":
        why = KERNEL_THREAD.need if process.kernel_thread else _ZOMBIE
        return [heading("Memory", width), (Span(f"{fmt.NONE} {why}", Tone.DIM),)]
    status = detail.status if detail and isinstance(detail.status, PidStatus) else None
    rollup = detail.rollup if detail else PENDING
    shares = _measured(rollup) if isinstance(rollup, Rollup) else _carried(process, rollup)
    sums = _adds_up(process, status, rollup, width)
    facts = [*shares, *_sizes(process, status), _hugetlb(status)]
    age = _age(snapshot, process, width, fresh=isinstance(rollup, Rollup))
    return [*_resident(process, status, width), *fact_lines(facts, width), *sums, *age]


def _resident(process: Process, status: PidStatus | None, width: int) -> list[Line]:
    res = status.vm_rss if status and status.vm_rss is not None else process.res
    split = process.anon, process.file, process.shmem
    if status:
        split = status.rss_anon, status.rss_file, status.rss_shmem
    peak = f", at most {fmt.size(status.vm_hwm)} so far" if status and status.vm_hwm is not None else ""
    title = heading("Memory", width, f"RES {fmt.size(res):>5}, {fmt.percent(process.mem_pct):>4} % of RAM{peak}")
    if any(size is None for size in split):
        return [title, missing(ABSENT if status else PENDING, width)]
    sizes = [(size or 0, tone) for size, (_, tone) in zip(split, _SPLIT, strict=True)]
    entries = [
        (name, tone, f"{fmt.size(size):>5} {fmt.percent(100 * size / res if res else None, 0):>3}%")
        for (name, tone), (size, _) in zip(_SPLIT, sizes, strict=True)
    ]
    return [title, stacked_bar(sizes, res, width), *legend(entries, width)]


def _measured(rollup: Rollup) -> list[Fact]:
    """The facts of a rollup read with this very sample."""
    kinds = (("anon", rollup.pss_anon), ("file", rollup.pss_file), ("shmem", rollup.pss_shmem))
    split = "  ".join(f"{name} {fmt.size(size):>5}" for name, size in kinds if size is not None)
    private = f"clean {fmt.size(rollup.private_clean):>5}  dirty {fmt.size(rollup.private_dirty):>5}"
    shared = f"clean {fmt.size(rollup.shared_clean):>5}  dirty {fmt.size(rollup.shared_dirty):>5}"
    return [
        field("pss", rollup.pss, ABSENT, split, Tone.STRONG),
        field("uss", rollup.uss, ABSENT, private, Tone.STRONG),
        field("shared", rollup.shared_clean + rollup.shared_dirty, ABSENT, shared),
        field("referenced", rollup.referenced, ABSENT),
        field("swap_pss", rollup.swap_pss, ABSENT),
        field("thp", rollup.anon_huge, ABSENT),
        *([field("ksm", rollup.ksm, ABSENT)] if rollup.ksm else []),
        *([field("lazy_free", rollup.lazy_free, ABSENT)] if rollup.lazy_free else []),
    ]


def _carried(process: Process, reason: Unavailable) -> list[Fact]:
    """The same from the process's row, where the rollup was not read for this sample."""
    why = process.pss_why or reason
    return [
        field("pss", process.pss, why, tone=Tone.STRONG),
        field("uss", process.uss, why, tone=Tone.STRONG),
        field("swap_pss", process.swap_pss, why if process.pss is None else ABSENT),
        field("thp", process.thp, why if process.pss is None else ABSENT),
    ]


def _sizes(process: Process, status: PidStatus | None) -> list[Fact]:
    """What /proc/PID/status says beside the resident split; from the process's row where it wasn't read."""
    why = ABSENT if status else PENDING
    swap, pte, locked = (
        (status.vm_swap, status.vm_pte, status.vm_lck) if status else (process.swap, process.pte, process.locked)
    )
    pinned = status.vm_pin if status else None
    return [
        field("virt", process.virt, why),
        field("swap", swap, why, tone=Tone.SWAP if swap else Tone.PLAIN),
        field("pte", pte, why),
        field("locked", locked, why),
        *([field("pinned", pinned, why)] if pinned else []),
    ]


def _hugetlb(status: PidStatus | None) -> Fact:
    size = status.hugetlb if status else None
    return field("hugetlb", size, ABSENT if status else PENDING, "not in RES or PSS")


def _adds_up(process: Process, status: PidStatus | None, rollup: Rollup | Unavailable, width: int) -> list[Line]:
    """Whether the sums hold, and by name what doesn't."""
    words = process_sums(status, rollup if isinstance(rollup, Rollup) else None, process.res)
    return [(Span(piece, tone),) for text, tone in words for piece in wrap(text, width, 3)]


def _age(snapshot: Snapshot, process: Process, width: int, *, fresh: bool) -> list[Line]:
    if fresh:
        text = "PSS and USS were read with this sample"
    elif process.pss_at is not None:
        text = f"PSS and USS were read {fmt.short_time(snapshot.at - process.pss_at)} ago and carried on by RES since"
    else:
        return []
    return [(Span(cut(text, width), Tone.DIM),)]
