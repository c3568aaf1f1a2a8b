"""`memtui oom` as lines and rows: who would be killed next, also in cgroups that run out first, and who was."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

from memtui.model.cgroups import GroupRow, is_inside, swap_room, unreclaimable
from memtui.model.fields import CGROUP, KILL, Field, Unit
from memtui.model.kills import LoggedKill, estimated
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.proc.cgroup import NO_LIMIT
from memtui.proc.unavailable import PENDING, Unavailable
from memtui.view import format as fmt
from memtui.view.blocks import heading, sections
from memtui.view.columns import column, shown_text
from memtui.view.grid import Column, Grid
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.text import cells

_LINE_UP: Final = ("pid", "user", "oom_score", "oom_score_adj", "res", "swap", "command")
_KILLS: Final = {
    "time": 12, "pid": 7, "uid": 6, "score": 5, "oom_score_adj": 5, "res": 6, "swap": 6, "comm": 15,
    "constraint": 13, "cgroup": 0,
}  # fmt: skip
_NEARER: Final = 5  # cgroups that are shown
_LEFT: Final = Field("left", "LEFT", Unit.BYTES, "max - anon - shmem - kernel, and swap", "until one must be killed")
_FIRST: Final = Field("first", "FIRST IN LINE", Unit.TEXT, "/proc/PID/oom_score", "who has the highest score in it")


class KillRow(NamedTuple):
    """A kill as a row; `time` is seconds since the epoch, sizes are bytes. The field table explains each."""

    time: float
    pid: int
    uid: int | None
    score: int | None
    score_estimated: bool | None
    oom_score_adj: int | None
    res: int
    anon_rss: int
    file_rss: int
    shmem_rss: int | None
    swap: int | None
    pgtables: int | None
    total_vm: int
    comm: str
    constraint: str
    cgroup: str | None
    limit: float | None
    task_cgroup: str | None
    invoked_by: str | None


class Nearer(NamedTuple):
    """A cgroup that runs out before the machine does: bytes left until then, and who would be killed (if known)."""

    row: GroupRow
    left: int
    first: Process | None


def in_line(snapshot: Snapshot) -> list[Process]:
    """The processes that could be killed, the next one first."""
    rows = [row for row in snapshot.processes.values() if row.oom_score and not row.kernel_thread]
    return sorted(rows, key=lambda row: (-(row.oom_score or 0), -row.res))


def nearer(snapshot: Snapshot, line: Sequence[Process]) -> list[Nearer]:
    """The cgroups with less room than the machine has, the one with the least first."""
    free = snapshot.system.meminfo.get("SwapFree") or 0
    machine = (snapshot.memory.available or 0) + free
    found = []
    for row in snapshot.cgroups.rows.values() if snapshot.cgroups is not None else ():
        held = unreclaimable(row)
        if held is None or not row.max or row.max == NO_LIMIT or not row.procs:
            continue
        left = int(row.max - held + swap_room(row, free))
        if left < machine:
            first = next((one for one in line if is_inside(one.cgroup, row.path)), None)
            found.append(Nearer(row, max(0, left), first))
    return sorted(found, key=lambda one: one.left)


def kills(snapshot: Snapshot) -> list[KillRow] | Unavailable:
    """The kills of this boot that the kernel log still holds, the newest first; or why it can't be read."""
    logged = snapshot.survey.kills
    if logged is None:
        return PENDING
    return logged if isinstance(logged, Unavailable) else [_row(one, snapshot) for one in reversed(logged)]


def counted(snapshot: Snapshot) -> int | None:
    """How many were killed since boot by /proc/vmstat; None before Linux 4.13."""
    vmstat = snapshot.system.vmstat
    return None if isinstance(vmstat, Unavailable) else vmstat.get("oom_kill")


def lines(snapshot: Snapshot, limit: int | None, width: int, *, cut: bool) -> list[Line]:
    """Everything, `limit` rows of each table at most; unless lines are cut, tables are as wide as names need."""
    line, past = in_line(snapshot), kills(snapshot)
    return sections(
        _line_up(snapshot, line[:limit], width, cut=cut),
        _nearer(nearer(snapshot, line), width, cut=cut),
        _past(snapshot, past if isinstance(past, Unavailable) else past[:limit], width, cut=cut),
    )


def _row(logged: LoggedKill, snapshot: Snapshot) -> KillRow:
    kill, memory = logged.kill, snapshot.memory
    parts = estimated(kill, memory.total, memory.swap_total, snapshot.page_size)
    score = kill.score if kill.score is not None else None if parts is None else parts.score
    return KillRow(
        time=snapshot.wall - (snapshot.at - logged.at),
        pid=kill.pid,
        uid=kill.uid,
        score=score,
        score_estimated=None if score is None else kill.score is None,
        oom_score_adj=kill.oom_score_adj,
        res=kill.res,
        anon_rss=kill.anon_rss,
        file_rss=kill.file_rss,
        shmem_rss=kill.shmem_rss,
        swap=kill.swap,
        pgtables=kill.pgtables,
        total_vm=kill.total_vm,
        comm=kill.comm,
        constraint=kill.constraint.value,
        cgroup=kill.memcg,
        limit=None if kill.limit is None or kill.limit == NO_LIMIT else int(kill.limit),
        task_cgroup=kill.task_memcg,
        invoked_by=kill.invoked_by,
    )


def _line_up(snapshot: Snapshot, line: Sequence[Process], width: int, *, cut: bool) -> list[Line]:
    memory = snapshot.memory
    note = f"when the machine runs out: {fmt.size(memory.available)} available"
    if memory.swap_total:
        note += f", {fmt.size(snapshot.system.meminfo.get('SwapFree'))} of swap free"
    title = heading("Who would be killed next", width, note)
    if not line:
        return [title, missing(PENDING, width)]
    return [title, *_drawn([column(key) for key in _LINE_UP], line, "oom_score", width, cut=cut)]


def _nearer(found: Sequence[Nearer], width: int, *, cut: bool) -> list[Line]:
    """Only what is in the cgroup counts then, each weighed against its limit."""
    if not found:
        return []
    title = heading("Cgroups that run out before the machine does", width, "then only who is in it is taken")
    columns: list[Column[Nearer]] = [
        Column(_LEFT, 6, attrgetter("left")),
        Column(CGROUP["max"], 6, lambda one: int(one.row.max or 0)),
        Column(CGROUP["anon"], 6, lambda one: one.row.anon),
        Column(_FIRST, 24, attrgetter("first"), None, lambda one: _who(one.first)),
        Column(CGROUP["path"], 0, lambda one: one.row.path, None, lambda one: shown_text(one.row.path)),
    ]
    return [title, *_drawn(columns, found[:_NEARER], "left", width, cut=cut)]


def _past(snapshot: Snapshot, past: Sequence[KillRow] | Unavailable, width: int, *, cut: bool) -> list[Line]:
    number = counted(snapshot)
    note = "" if number is None else f"{number} since boot by /proc/vmstat"
    if number is not None and not isinstance(past, Unavailable) and number > len(past):
        note += f", {len(past)} shown"
    title = heading("Who was killed", width, note)
    if isinstance(past, Unavailable):
        return [title, missing(past, width)]
    if not past:
        words = "nobody, as far as the kernel log goes back" if number else "nobody"
        return [title, (Span(words, Tone.DIM),)]
    columns = [Column(KILL[key], room, attrgetter(key), None, _text(key)) for key, room in _KILLS.items()]
    return [title, *_drawn(columns, past, "time", width, cut=cut)]


def _drawn(columns: Sequence[Column[Any]], rows: Sequence[Any], sort: str, width: int, *, cut: bool) -> list[Line]:
    grid = Grid(tuple(columns), width, sort, reverse=sort == "left")
    if not cut:
        longest = max(cells(columns[-1].cell(row).text) for row in rows)
        grid = Grid(tuple(columns), width + max(0, longest - grid.widths[-1]), sort, reverse=sort == "left")
    return [grid.head, *(grid.row(row) for row in rows)]


def _text(key: str) -> Callable[[KillRow], str] | None:
    if key == "time":
        return lambda row: fmt.moment(row.time)
    if key == "score":
        return lambda row: f"~{row.score}" if row.score_estimated else str(row.score)
    if key in ("comm", "cgroup"):
        return lambda row: shown_text(getattr(row, key))
    return None


def _who(row: Process | None) -> str:
    return fmt.NONE if row is None else f"{row.pid} {shown_text(row.comm)}"
