"""The drilldown: one process, who it is, what its memory is made of, what it does, and what bounds it."""

from typing import Final

from memtui.model.process import Process
from memtui.model.sample import Detail
from memtui.model.snapshot import Snapshot
from memtui.proc.pid_files import Cgroup, Limit
from memtui.proc.pid_status import PidStatus
from memtui.proc.unavailable import PENDING, Unavailable, Why
from memtui.view import format as fmt
from memtui.view.blocks import beside, column_width, flow, heading, margin, sections, wrap
from memtui.view.composition import composition
from memtui.view.fact import fact_lines, field
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import ONE_SAMPLE, missing
from memtui.view.table import Column, table
from memtui.view.text import sanitize

STATES: Final = {
    "R": "running",
    "S": "sleeping",
    "D": "waiting for disk",
    "I": "idle",
    "T": "stopped",
    "t": "stopped by a debugger",
    "Z": "zombie",
    "X": "dead",
    "P": "parked",
}
_TWO_COLUMNS: Final = 110
NO_CGROUP: Final = Unavailable(Why.ABSENT, "no memory or unified cgroup hierarchy")
_LABEL: Final = 9
_NEVER: Final = -1000  # OOM_SCORE_ADJ_MIN, include/uapi/linux/oom.h
_NEAR: Final = 90  # percent of a soft limit from which on it is pointed out
_LIMITS: Final = (
    ("Max address space", "RLIMIT_AS", "vm_size"),
    ("Max data size", "RLIMIT_DATA", "vm_data"),
    ("Max stack size", "RLIMIT_STACK", "vm_stk"),
    ("Max locked memory", "RLIMIT_MEMLOCK", "vm_lck"),
)


def detail_lines(snapshot: Snapshot, process: Process, width: int, *, ended: bool = False) -> list[Line]:
    """All of one process, every line at most `width` cells; `process` is its last row when it has `ended`."""
    inner = width - 1
    detail = snapshot.detail if snapshot.detail and snapshot.detail.key == process.key else None
    identity = _identity(snapshot, process, detail, inner, ended=ended)
    room = column_width(inner) if width >= _TWO_COLUMNS else inner
    memory = composition(snapshot, process, detail, room)
    activity = sections(_faults(process, room), _work(process, detail, room))
    limits: list[Line] = []
    if not process.kernel_thread:
        activity = sections(activity, _oom(snapshot, process, room))
        limits = _limits(detail, room)
    if width >= _TWO_COLUMNS:
        return margin(sections(identity, beside(sections(memory, limits), activity, inner)))
    return margin(sections(identity, memory, activity, limits))


def _identity(snapshot: Snapshot, process: Process, detail: Detail | None, width: int, *, ended: bool) -> list[Line]:
    state = STATES.get(process.state, sanitize(process.state))
    word = Span("■ ended: this is what was last read", Tone.BAD) if ended else Span(state)
    parent = snapshot.processes.get(process.ppid)
    facts = {
        "user": sanitize(process.user) or fmt.NONE,
        "parent": f"{process.ppid} {sanitize(parent.comm) if parent else ''}".rstrip(),
        "started": f"{fmt.moment(process.started)}, {fmt.short_time(snapshot.wall - process.started)} ago",
        "threads": str(process.threads),
        "nice": str(process.nice),
    }
    first = (Span(f"{process.pid} ", Tone.STRONG), Span(sanitize(process.comm), Tone.STRONG), Span("  "), word)
    return [
        *flow([first], width),
        *flow([(Span(f"{name} ", Tone.LABEL), Span(value)) for name, value in facts.items()], width),
        *_wrapped("command", process.command, 3, width),
        *_cgroups(process, detail, width),
    ]


def _cgroups(process: Process, detail: Detail | None, width: int) -> list[Line]:
    found = detail.cgroup if detail else PENDING
    if isinstance(found, Cgroup) and found.memory_v1 is not None:
        lines = _wrapped("cgroup", found.memory_v1 + "  (v1 memory)", 2, width)
        return lines + (_wrapped("", found.unified, 2, width) if found.unified not in (None, "/") else [])
    path = found.path if isinstance(found, Cgroup) else process.cgroup
    if path is not None:
        return _wrapped("cgroup", path, 2, width)
    reason = found if isinstance(found, Unavailable) else NO_CGROUP
    return [(Span("cgroup".ljust(_LABEL), Tone.LABEL), *missing(reason, width - _LABEL))]


def _wrapped(label: str, text: str, limit: int, width: int) -> list[Line]:
    pieces = wrap(sanitize(text), width - _LABEL, limit)
    labels = [label, *[""] * (len(pieces) - 1)]
    return [(Span(name.ljust(_LABEL), Tone.LABEL), Span(piece)) for name, piece in zip(labels, pieces, strict=True)]


def _faults(process: Process, width: int) -> list[Line]:
    major = Tone.WARN if process.majflt_rate else Tone.PLAIN
    facts = (
        field("minflt_rate", process.minflt_rate, ONE_SAMPLE),
        field("majflt_rate", process.majflt_rate, ONE_SAMPLE, tone=major),
        field("minflt", process.minflt, ONE_SAMPLE),
        field("majflt", process.majflt, ONE_SAMPLE),
    )
    return [heading("Faults", width), *fact_lines(facts, width)]


def _work(process: Process, detail: Detail | None, width: int) -> list[Line]:
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


def _oom(snapshot: Snapshot, process: Process, width: int) -> list[Line]:
    score, adj = process.oom_score, process.oom_score_adj
    rank = "never taken" if adj == _NEVER else _place(snapshot, score) if score is not None else ""
    facts = field("oom_score", score, PENDING, rank), field("oom_score_adj", adj, PENDING)
    return [heading("Out of memory", width), *fact_lines(facts, width)]


def _place(snapshot: Snapshot, score: int) -> str:
    scores = [row.oom_score for row in snapshot.processes.values() if row.oom_score and not row.kernel_thread]
    return (
        f"number {1 + sum(other > score for other in scores)} of {len(scores)} in line" if score else "last in line"
    )


def _limits(detail: Detail | None, width: int) -> list[Line]:
    limits = detail.limits if detail else PENDING
    if isinstance(limits, Unavailable):
        return [heading("Limits", width), missing(limits, width)]
    status = detail.status if detail else PENDING
    columns = (
        Column("Limits", 14, tone=Tone.TITLE),
        *[Column(title, room, right=True) for title, room in (("used", 6), ("soft", 9), ("hard", 9), ("used%", 5))],
    )
    rows = []
    for name, title, key in _LIMITS:
        limit = limits.get(name)
        used: int | None = getattr(status, key) if isinstance(status, PidStatus) else None
        share = 100 * used / limit.soft if limit and limit.soft and used is not None else None
        tone = Tone.WARN if share is not None and share >= _NEAR else Tone.PLAIN
        cells = (fmt.size(used), _bound(limit, "soft"), _bound(limit, "hard"), fmt.percent(share, 0))
        rows.append((Span(title), *[Span(cell, Tone.DIM if cell == fmt.NONE else tone) for cell in cells]))
    return table(columns, rows, width)


def _bound(limit: Limit | None, which: str) -> str:
    if limit is None:
        return fmt.NONE
    value: int | None = getattr(limit, which)
    return "unlimited" if value is None else fmt.size(value)
