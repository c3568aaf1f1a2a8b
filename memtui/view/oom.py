"""How likely the OOM killer takes a process: its score, how the kernel comes to it, and who stands before it."""

from typing import Final

from memtui.model.badness import NEVER, Badness, badness
from memtui.model.process import Process
from memtui.model.sample import Detail
from memtui.model.snapshot import Snapshot
from memtui.proc.oom_adj import old_scale
from memtui.proc.pid_status import PidStatus
from memtui.proc.unavailable import PENDING, Unavailable
from memtui.view import format as fmt
from memtui.view.blocks import heading, sections, wrap
from memtui.view.fact import fact_lines, field
from memtui.view.limits import bounds
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.table import Column, table
from memtui.view.text import sanitize

_INIT: Final = 1
_SHOWN: Final = 8
_KIB: Final = 1024


def oom_facts(snapshot: Snapshot, process: Process, width: int) -> list[Line]:
    """Score, place and correction in two lines, for the overview."""
    adj = process.oom_score_adj
    rank = "never taken" if adj == NEVER else place(snapshot, process)
    facts = field("oom_score", process.oom_score, PENDING, rank), field("oom_score_adj", adj, PENDING)
    return [heading("Out of memory", width), *fact_lines(facts, width)]


def place(snapshot: Snapshot, process: Process) -> str:
    """How many would be taken before it, in words; empty while its score is not known."""
    score = process.oom_score
    if score is None:
        return ""
    scores = [row.oom_score for row in snapshot.processes.values() if row.oom_score and not row.kernel_thread]
    return (
        f"number {1 + sum(other > score for other in scores)} of {len(scores)} in line" if score else "last in line"
    )


def oom_lines(snapshot: Snapshot, process: Process, detail: Detail | None, width: int) -> list[Line]:
    """Everything on the OOM killer and one process; every line at most `width` cells."""
    if process.kernel_thread:
        return [heading("Out of memory", width), (Span(f"{fmt.NONE} kernel threads are never taken", Tone.DIM),)]
    adj = process.oom_score_adj
    old = () if adj is None else ((Span(f"oom_adj {old_scale(adj)} on the old scale, -17 never to 15 first"),))
    return sections(
        [*oom_facts(snapshot, process, width), *((Span(f"{'':10}{one.text}", Tone.DIM),) for one in old)],
        _formula(snapshot, process, detail, width),
        _cgroup(snapshot, detail, width),
        _line_up(snapshot, process, width),
    )


def computed(snapshot: Snapshot, process: Process, detail: Detail | None) -> Badness | None:
    """The formula on what is known of the process; None where a part is not known."""
    status = detail.status if detail and isinstance(detail.status, PidStatus) else None
    resident = status.vm_rss if status else process.res
    swap, tables = (status.vm_swap, status.vm_pte) if status else (process.swap, process.pte)
    meminfo = snapshot.system.meminfo
    ram, space = meminfo.get("MemTotal"), meminfo.get("SwapTotal")
    if resident is None or swap is None or tables is None or process.oom_score_adj is None or ram is None:
        return None
    page = snapshot.page_size
    total = (ram + (space or 0)) // page
    return badness(resident // page, swap // page, tables // page, process.oom_score_adj, total, process.pid)


def _formula(snapshot: Snapshot, process: Process, detail: Detail | None, width: int) -> list[Line]:
    title = heading("How the kernel comes to it", width, "mm/oom_kill.c, oom_badness(), for the whole machine")
    parts = computed(snapshot, process, detail)
    if parts is None:
        return [title, missing(PENDING, width)]
    page = snapshot.page_size
    numbers = [Column(title, room, right=True) for title, room in (("pages", 10), ("size", 7), ("‰", 6))]
    columns = (Column("", 26), *numbers)

    def row(name: str, pages: int, tone: Tone = Tone.PLAIN) -> list[Span]:
        share = 1000 * pages / parts.total if parts.total else None
        cells = (name, fmt.count(pages), fmt.size(pages * page), fmt.percent(share))
        return [Span(cell, tone) for cell in cells]

    rows = [
        row("resident", parts.resident),
        row("+ in swap", parts.swap),
        row("+ page tables", parts.tables),
        row(f"+ oom_score_adj {process.oom_score_adj}", parts.adjusted),
    ]
    if parts.points is not None:
        rows.append(row("= badness", parts.points, Tone.STRONG))
    rows.append(row("of RAM + swap", parts.total, Tone.DIM))
    return [title, *table(columns, rows, width), *_verdict(process, parts, width)]


def _verdict(process: Process, parts: Badness, width: int) -> list[Line]:
    if process.pid == _INIT:
        words = "It is init, which is never taken."
    elif parts.points is None:
        words = "oom_score_adj -1000: it is never taken, whatever it uses."
    else:
        said = "–" if process.oom_score is None else str(process.oom_score)
        words = f"That makes an oom_score of {parts.score}; the kernel says {said}"
        if process.oom_score is None or process.oom_score == parts.score:
            words += "."
        elif abs(process.oom_score - parts.score) <= 2:
            words += ", which was read at another moment."
        else:
            words += (
                ": this kernel reckons otherwise (before Linux 5.9, points / total * 1000), or it was read before."
            )
    return [(Span(piece, Tone.DIM),) for piece in wrap(words, width, 3)]


def _cgroup(snapshot: Snapshot, detail: Detail | None, width: int) -> list[Line]:
    """Which cgroup would run out first, since then only who is in it is taken."""
    title = heading("Which limit is hit first", width)
    levels = detail.levels if detail else PENDING
    if isinstance(levels, Unavailable):
        return [title, missing(levels, width)]
    hard = [bound for bound in bounds(levels) if bound.name != "memory.high"]
    available = snapshot.memory.available
    if hard and (available is None or hard[0].left <= available):
        first = hard[0]
        words = (
            f"{first.name} of {sanitize(first.path)}, {fmt.size(max(0, first.left))} away: when it is reached, only "
            "processes in that cgroup are taken, each weighed against that limit, not against the machine."
        )
    else:
        words = f"The machine as a whole: {fmt.size(available)} available, and no cgroup on the way has less left."
    return [title, *((Span(piece),) for piece in wrap(words, width, 4))]


def _line_up(snapshot: Snapshot, process: Process, width: int) -> list[Line]:
    """Who would be taken first, and this process among them."""
    rows = [row for row in snapshot.processes.values() if row.oom_score and not row.kernel_thread]
    rows.sort(key=lambda row: (-(row.oom_score or 0), -row.res))
    shown = rows[:_SHOWN]
    if process.key not in [row.key for row in shown] and process.oom_score:
        shown.append(process)
    columns = (
        Column("first in line", 13, tone=Tone.TITLE), Column("score", 5, right=True), Column("adj", 5, right=True),
        Column("RES", 6, right=True), Column("", 0),
    )  # fmt: skip
    lines = []
    for row in shown:
        own = row.key == process.key
        adj = fmt.NONE if row.oom_score_adj is None else str(row.oom_score_adj)
        cells = (f"{row.pid}{' ◀' if own else ''}", str(row.oom_score), adj, fmt.size(row.res), sanitize(row.comm))
        lines.append([Span(cell, Tone.STRONG if own else Tone.PLAIN) for cell in cells])
    return table(columns, lines, width) if lines else []
