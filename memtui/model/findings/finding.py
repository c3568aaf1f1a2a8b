"""What is found: a finding with its evidence and where it leads, and the events of the time line. Plain records."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from memtui.model.fields.field import Unit
from memtui.model.findings.words import Words
from memtui.model.sample import ProcKey


class Severity(IntEnum):
    """How bad: a note is worth knowing and harms nobody now; monitoring plugins exit with 1 and 2 for the others."""

    NOTE = 0
    WARNING = 1
    CRITICAL = 2

    @property
    def word(self) -> str:
        """The name as people and JSON have it."""
        return self.name.lower()


Subject = ProcKey | str | None
"""Whom a finding is about: a process, a cgroup by its path, a zone or cache by its name; None is the machine."""


class Evidence(NamedTuple):
    """A number that proves it: `field` as its source names it, the threshold that it was held against (None: none).

    `note` says over which time, or whose it is. `value` is None where it can't be had.
    """

    field: str
    value: float | None
    threshold: float | None = None
    unit: Unit = Unit.NUMBER
    note: str = ""


class Place(NamedTuple):
    """Where on the screen to look: a tab, and in it a process, a cgroup, or an order or filter of its table."""

    tab: str
    process: ProcKey | None = None
    path: str = ""
    sort: str = ""
    filter: str = ""


class Step(NamedTuple):
    """What to look at or do next: words, a command to run (empty: none), a place that a key leads to."""

    words: Words
    command: str = ""
    place: Place | None = None


class Finding(NamedTuple):
    """One thing that is wrong, in one sentence (`title`), since monotonic `since` and wall clock `since_wall`.

    `supports` are findings that this one explains; their evidence adds to its own. `subject` keys it.
    """

    rule: str
    subject: Subject
    severity: Severity
    title: Words
    since: float
    since_wall: float
    evidence: tuple[Evidence, ...] = ()
    explanation: Words = ()
    steps: tuple[Step, ...] = ()
    supports: "tuple[Finding, ...]" = ()

    @property
    def key(self) -> tuple[str, Subject]:
        """Its identity while it lasts."""
        return self.rule, self.subject


class EventKind(StrEnum):
    """What the time line tells of."""

    OPENED = "opened"
    WORSE = "worse"
    CLOSED = "closed"
    OOM_KILL = "OOM kill"
    GREW = "grew"
    ENDED = "ended"


class Event(NamedTuple):
    """Something that happened while memtui ran; `severity` None: neither good nor bad by itself."""

    at: float
    wall: float
    kind: EventKind
    text: Words
    severity: Severity | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is wrong now, the worst first and effects under their causes, and what happened, oldest first.

    `since` is when the watch began (monotonic). `checked` is how many rules were applied.
    """

    open: tuple[Finding, ...] = ()
    events: tuple[Event, ...] = ()
    since: float = 0.0
    checked: int = 0

    @property
    def worst(self) -> Finding | None:
        """The first finding; None if nothing is wrong."""
        return self.open[0] if self.open else None

    def count(self, severity: Severity) -> int:
        """How many findings have this severity, those under another one not counted."""
        return sum(one.severity is severity for one in self.open)


NOT_JUDGED: Final = Findings()
