"""The time line: findings that opened and closed, OOM kills, large processes that grew or ended."""

from collections import deque
from collections.abc import Collection
from typing import Final

from memtui.model.findings.finding import Event, EventKind, Finding, Place, Severity
from memtui.model.findings.killed import Killed, victim
from memtui.model.findings.words import Name, Words, size
from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot

KEPT: Final = 500
LARGE: Final = 256 << 20  # bytes of RES from which on a process is followed, or
LARGE_SHARE: Final = 0.02  # as much of RAM, if that is less
_AGAIN: Final = 1.5  # times its size when it was last told of: then growth is told again


class Ledger:
    """Takes events in and keeps the last ones. Owned by the watch."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._shown: tuple[Event, ...] | None = ()
        self._large: dict[ProcKey, Process] = {}
        self._told: dict[ProcKey, int] = {}
        self._started = False

    @property
    def events(self) -> tuple[Event, ...]:
        """All that is kept, oldest first."""
        if self._shown is None:
            self._shown = tuple(self._events)
        return self._shown

    def opened(self, finding: Finding, now: Snapshot) -> None:
        """A finding is told for the first time."""
        self._finding(EventKind.OPENED, finding, now)

    def worse(self, finding: Finding, now: Snapshot) -> None:
        """A finding has become more severe."""
        self._finding(EventKind.WORSE, finding, now)

    def closed(self, finding: Finding, now: Snapshot) -> None:
        """A finding is past."""
        self._finding(EventKind.CLOSED, finding, now)

    def killed(self, kill: Killed, now: Snapshot) -> None:
        """The OOM killer took a process."""
        where: Words = (" at the limit of ", Name(kill.cgroup)) if kill.cgroup else ()
        place = Place("cgroups", path=kill.cgroup) if kill.cgroup else Place("processes", sort="oom_score")
        wall = now.wall - (now.at - kill.at)
        self.take(Event(kill.at, wall, EventKind.OOM_KILL, (*victim(kill), *where), Severity.CRITICAL, place))

    def take(self, event: Event) -> None:
        """Something else happened."""
        self._events.append(event)
        self._shown = None

    def processes(self, now: Snapshot, changed: Collection[int]) -> None:
        """See which large processes ended, and which have become large or much larger; `changed` may have."""
        floor = min(LARGE, int(LARGE_SHARE * now.memory.total)) or LARGE
        for key, last in list(self._large.items()):
            row = now.processes.get(key.pid)
            if row is None or row.key != key:
                del self._large[key]
                self._told.pop(key, None)
                self._process(EventKind.ENDED, last, now)
        for pid in changed if self._started else now.processes.keys():
            row = now.processes.get(pid)
            if row is None or row.kernel_thread:
                continue
            if row.res < floor:
                self._large.pop(row.key, None)
                continue
            self._large[row.key] = row
            if not self._started:
                self._told[row.key] = row.res
            elif row.res >= _AGAIN * self._told.get(row.key, floor / _AGAIN):
                self._told[row.key] = row.res
                self._process(EventKind.GREW, row, now)
        self._started = True

    def _finding(self, kind: EventKind, finding: Finding, now: Snapshot) -> None:
        place = next((step.place for step in finding.steps if step.place is not None), None)
        self.take(Event(now.at, now.wall, kind, finding.title, finding.severity, place))

    def _process(self, kind: EventKind, row: Process, now: Snapshot) -> None:
        words: Words = Name(row.comm), f" ({row.pid}) ", size(row.res), " RES"
        place = Place("processes", process=row.key) if kind is EventKind.GREW else None
        self.take(Event(now.at, now.wall, kind, words, place=place))
