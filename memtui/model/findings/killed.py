"""OOM kills as rules see them: those of the kernel log or, where nobody may read that, what counters give away.

/proc/vmstat counts kills and names nobody; memory.events (v1: memory.oom_control) counts those of a cgroup. Who it
was is then one of the processes that ended in that interval: a guess, which stays one.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from memtui.model.cgroups import Cgroups, GroupRow, is_inside, parent
from memtui.model.findings.words import Name, Words, size
from memtui.model.kills import KEPT, LoggedKill, estimated
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.proc.cgroup import NO_LIMIT
from memtui.proc.oom_log import Constraint, OomKill
from memtui.proc.unavailable import Unavailable

_SUSPECTS: Final = 3
_TOGETHER: Final = 30.0  # seconds within which a cgroup's count belongs to a kill that vmstat counted


class Killed(NamedTuple):
    """One or more processes killed at the time `at`; `cgroup` is the one whose limit was hit (None: none, unknown).

    `told` is when it was first known, if that was after the watch began; it may be later than `at` by a long sample.
    `log` is what the kernel said of it. Without that `suspects` are the processes that ended then, the largest first,
    as they were before, and `number` is how many were killed.
    """

    at: float
    told: float
    cgroup: str | None = None
    log: OomKill | None = None
    score: int | None = None
    score_estimated: bool = True
    suspects: tuple[Process, ...] = ()
    number: int = 1


class KillWatch:
    """Remembers kills, and from one snapshot to the next what counters said and who was there.

    `fresh` are those that have come with the last snapshot and happened since the first one.
    """

    def __init__(self) -> None:
        self.fresh: tuple[Killed, ...] = ()
        self._since: float | None = None
        self._known: dict[int, Killed] = {}
        self._logged: tuple[LoggedKill, ...] = ()
        self._kills: tuple[Killed, ...] = ()
        self._guessed: deque[Killed] = deque(maxlen=KEPT)
        self._before: Snapshot | None = None
        self._groups: Cgroups | None = None
        self._counts: dict[str, int] = {}

    def advance(self, now: Snapshot) -> tuple[Killed, ...]:
        """All kills that are known at a snapshot, the oldest first; the same tuple while there is no other."""
        logged, before, self.fresh = now.survey.kills, self._before, ()
        self._before = now
        self._since = now.at if self._since is None else self._since
        if isinstance(logged, tuple):
            if logged is not self._logged or not self._kills:
                new = [one for one in logged if one.kill.sequence not in self._known]
                self._known |= {one.kill.sequence: _told(one, now, before, self._since) for one in new}
                self._known = {one.kill.sequence: self._known[one.kill.sequence] for one in logged}
                self._logged, self._kills = logged, tuple(self._known.values())
                told = (self._known[one.kill.sequence] for one in new)
                self.fresh = tuple(one for one in told if one.at >= self._since)
        elif isinstance(logged, Unavailable):
            self._guess(now, before)
        return self._kills

    def _guess(self, now: Snapshot, before: Snapshot | None) -> None:
        guessed = list(self._guessed)
        count = _kills(now) - _kills(before) if before is not None else 0
        if before is not None and count > 0:
            self._take(Killed(now.at, now.at, suspects=_ended(before, now), number=count))
        if now.cgroups is not None and now.cgroups is not self._groups:
            self._attribute(now.cgroups, now, counted=bool(_kills(now)))
            self._groups = now.cgroups
        if guessed != list(self._guessed):
            self._kills = tuple(self._guessed)

    def _attribute(self, groups: Cgroups, now: Snapshot, *, counted: bool) -> None:
        """Say in which cgroup the last kills were, by the counts that rose since cgroups were last read."""
        counts = {path: row.oom_kills for path, row in groups.rows.items() if row.oom_kills is not None}
        rose = [path for path, count in counts.items() if count > self._counts.get(path, count)]
        for path in rose:  # parents first, so that the deepest has the last word
            limited = _limited(groups.rows, path)
            if limited is None:
                continue
            for place in range(len(self._guessed) - 1, -1, -1):
                one = self._guessed[place]
                if now.at - one.at <= _TOGETHER and (one.cgroup is None or is_inside(path, one.cgroup)):
                    inside = tuple(row for row in one.suspects if is_inside(row.cgroup, path)) or one.suspects
                    self._guessed[place] = one._replace(cgroup=path, suspects=inside)
                    break
            else:
                if not counted:  # this kernel counts kills of cgroups only
                    self._take(Killed(now.at, now.at, cgroup=path, number=counts[path] - self._counts[path]))
        self._counts = counts

    def _take(self, guess: Killed) -> None:
        self._guessed.append(guess)
        self.fresh = *self.fresh, guess


def _told(logged: LoggedKill, now: Snapshot, before: Snapshot | None, since: float) -> Killed:
    kill, memory = logged.kill, now.memory
    cgroup = kill.memcg
    if cgroup is None and kill.constraint is Constraint.MEMCG:
        row = before.processes.get(kill.pid) if before is not None else None
        cgroup = kill.task_memcg or (row.cgroup if row is not None else None)
    told = max(logged.at, now.at) if logged.at >= since else logged.at
    if kill.score is not None:
        return Killed(logged.at, told, cgroup, kill, kill.score, score_estimated=False)
    parts = estimated(kill, memory.total, memory.swap_total or 0, now.page_size)
    return Killed(logged.at, told, cgroup, kill, None if parts is None else parts.score)


def _kills(snapshot: Snapshot) -> int:
    vmstat = snapshot.system.vmstat
    return 0 if isinstance(vmstat, Unavailable) else vmstat.get("oom_kill") or 0


def _ended(before: Snapshot, now: Snapshot) -> tuple[Process, ...]:
    """The largest processes that ended between two snapshots, as they were; a zombie has ended too."""
    ended = [
        row
        for pid, row in before.processes.items()
        if not row.kernel_thread and row.state != "Z" and _is_gone(row, now.processes.get(pid))
    ]
    return tuple(sorted(ended, key=lambda row: -(row.res + (row.swap or 0)))[:_SUSPECTS])


def _is_gone(row: Process, later: Process | None) -> bool:
    return later is None or later.start_time != row.start_time or later.state == "Z"


def _limited(rows: Mapping[str, GroupRow], path: str) -> str | None:
    """The nearest cgroup from this one up that has a limit: without any, it was the machine that ran out."""
    return next((one for one in _upwards(path) if one in rows and (rows[one].max or NO_LIMIT) != NO_LIMIT), None)


def _upwards(path: str) -> Iterator[str]:
    above: str | None = path
    while above is not None:
        yield above
        above = parent(above)


def victim(kill: Killed) -> Words:
    """Who was killed and what it had, in a sentence; only probably where the log can't be read."""
    if kill.log is not None:
        return Name(kill.log.comm), f" ({kill.log.pid}), ", size(kill.log.res), " resident"
    if not kill.suspects:
        return ("a process that memtui had not seen",)
    row = kill.suspects[0]
    return "a process, probably ", Name(row.comm), f" ({row.pid}), ", size(row.res), " resident"


def latest(kills: Sequence[Killed], now: float, seconds: float) -> Iterator[Killed]:
    """The kills that were told of in the last seconds, the newest first."""
    for one in reversed(kills):
        if now - one.told > seconds:
            return
        yield one
