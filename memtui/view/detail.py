"""The drilldown: one process, who it is, what its memory is made of, what it does, and what bounds it."""

from typing import Final

from memtui.model.process import Process
from memtui.model.sample import Detail
from memtui.model.snapshot import Snapshot
from memtui.proc.pid_files import Cgroup
from memtui.proc.unavailable import PENDING, Unavailable, Why
from memtui.view import format as fmt
from memtui.view.activity import fault_facts, work_facts
from memtui.view.blocks import beside, column_width, flow, margin, sections, wrap
from memtui.view.composition import composition
from memtui.view.limits import resource_limits
from memtui.view.lines import Line, Span, Tone, join, width_of
from memtui.view.oom import oom_facts
from memtui.view.reasons import missing
from memtui.view.text import cut, sanitize

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
_NAME: Final = 32


def detail_lines(snapshot: Snapshot, process: Process, width: int) -> list[Line]:
    """The overview of one process below its banner, every line at most `width` cells."""
    inner = width - 1
    detail = detail_of(snapshot, process)
    identity = _identity(snapshot, process, detail, inner)
    room = column_width(inner) if width >= _TWO_COLUMNS else inner
    memory = composition(snapshot, process, detail, room)
    activity = sections(fault_facts(process, room), work_facts(process, detail, room))
    limits: list[Line] = []
    if not process.kernel_thread:
        activity = sections(activity, oom_facts(snapshot, process, room))
        limits = resource_limits(detail, room)
    if width >= _TWO_COLUMNS:
        return margin(sections(identity, beside(sections(memory, limits), activity, inner)))
    return margin(sections(identity, memory, activity, limits))


def detail_of(snapshot: Snapshot, process: Process) -> Detail | None:
    """The detail of this process in a snapshot, if it is not another's."""
    return snapshot.detail if snapshot.detail and snapshot.detail.key == process.key else None


def banner(process: Process, width: int, *, ended: str = "", note: str = "") -> Line:
    """The one line above every section: who it is and how it is; `ended` says how it went, `note` what happened."""
    state = STATES.get(process.state, sanitize(process.state))
    word = Span(f"■ {ended}: this is what was last read", Tone.BAD) if ended else Span(state)
    sizes = f"RES {fmt.size(process.res)}  PSS {fmt.size(process.pss)}  SWAP {fmt.size(process.swap)}"
    name = cut(sanitize(process.comm), _NAME)
    parts: list[Line] = [(Span(f"{process.pid} {name}", Tone.STRONG), Span("  "), word)]
    if note:
        parts.append((Span(note, Tone.WARN),))
    parts.append((Span(sizes, Tone.DIM),))
    while len(parts) > 1 and width_of(join(parts, "   ")) > width - 1:
        parts.pop()
    return (Span(" "), *join(parts, "   "))


def _identity(snapshot: Snapshot, process: Process, detail: Detail | None, width: int) -> list[Line]:
    parent = snapshot.processes.get(process.ppid)
    facts = {
        "user": sanitize(process.user) or fmt.NONE,
        "parent": f"{process.ppid} {sanitize(parent.comm) if parent else ''}".rstrip(),
        "started": f"{fmt.moment(process.started)}, {fmt.short_time(snapshot.wall - process.started)} ago",
        "threads": str(process.threads),
        "nice": str(process.nice),
    }
    return [
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
