"""A rule as data: its condition is a pure function, its marks are numbers with the source that published them.

A condition is asked with marks that open a finding, and, while that is pending or open, with marks that keep it so:
what opens at 10 and stays until 15 doesn't flicker around either.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from memtui.model.fields.field import Unit
from memtui.model.findings.finding import Evidence, Severity, Step, Subject
from memtui.model.findings.words import Words

if TYPE_CHECKING:
    from memtui.model.findings.facts import Facts

OWN: Final = "our own"


class Mark(NamedTuple):
    """A threshold: a warning opens at `warning`, is critical from `critical` on, and stays until past `stays`.

    None: never critical; stays as it opens. `source` is who published it, or `OWN`. Rules without severities by
    number use `warning` alone, whatever severity they give.
    """

    name: str
    warning: float
    meaning: str
    unit: Unit = Unit.NUMBER
    critical: float | None = None
    stays: float | None = None
    source: str = OWN


class Changed(NamedTuple):
    """What a user set instead of a mark's own numbers; None leaves it."""

    warning: float | None = None
    critical: float | None = None
    stays: float | None = None


class Limits:
    """The marks of a rule, by name, either as they open or, `relaxed`, as they keep open."""

    def __init__(self, marks: Sequence[Mark], changed: Mapping[str, Changed] | None = None, *, relaxed: bool = False):
        changes = changed or {}
        self._marks = {mark.name: _altered(mark, changes.get(mark.name)) for mark in marks}
        self._relaxed = relaxed

    def __call__(self, name: str) -> float:
        """The number to hold a value against."""
        mark = self._marks[name]
        return mark.stays if self._relaxed and mark.stays is not None else mark.warning

    def critical(self, name: str) -> float | None:
        """The number from which on it is critical; relaxed it is as far off as the other is."""
        mark = self._marks[name]
        if mark.critical is None or not self._relaxed or mark.stays is None:
            return mark.critical
        return mark.critical + mark.stays - mark.warning

    def shown(self, name: str) -> float:
        """The number that opens it, to show beside a value."""
        return self._marks[name].warning

    def above(self, name: str, value: float | None) -> Severity | None:
        """The severity of a value that is bad when high; None if it is below the mark or not known."""
        if value is None or value < self(name):
            return None
        critical = self.critical(name)
        return Severity.CRITICAL if critical is not None and value >= critical else Severity.WARNING

    def below(self, name: str, value: float | None) -> Severity | None:
        """The severity of a value that is bad when low; None if it is not below the mark, or not known."""
        if value is None or value >= self(name):
            return None
        critical = self.critical(name)
        return Severity.CRITICAL if critical is not None and value < critical else Severity.WARNING

    def evidence(self, name: str, field: str, value: float | None, note: str = "") -> Evidence:
        """A value beside the mark that it is held against."""
        mark = self._marks[name]
        return Evidence(field, value, mark.warning, mark.unit, note)


class Symptom(NamedTuple):
    """What a condition found, now and of one subject. `steps` come before those of the rule.

    `title` is a sentence that needs nothing else to be understood; `because` stands before the rule's explanation.
    """

    severity: Severity
    title: Words
    evidence: tuple[Evidence, ...] = ()
    subject: Subject = None
    steps: tuple[Step, ...] = ()
    because: Words = ()


Check = Callable[["Facts", Limits], Iterable[Symptom]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may be wrong. `id` is for scripts and settings, `title` names it, `explanation` what it means.

    `hold` is how long (seconds) it must be so before it is told, `clear` how long it must be past before it closes.
    """

    id: str
    title: str
    explanation: str
    check: Check
    marks: tuple[Mark, ...] = ()
    steps: tuple[Step, ...] = ()
    hold: float = 3.0
    clear: float = 10.0


def in_force(rule: Rule, changed: Mapping[str, Changed] | None) -> tuple[Mark, ...]:
    """The marks of a rule with the numbers that count."""
    changes = changed or {}
    return tuple(_altered(mark, changes.get(mark.name)) for mark in rule.marks)


def _altered(mark: Mark, change: Changed | None) -> Mark:
    """A changed warning moves the other two along, unless they are set as well."""
    if change is None:
        return mark
    warning = mark.warning if change.warning is None else change.warning
    moved = warning - mark.warning
    critical = mark.critical + moved if mark.critical is not None and change.critical is None else change.critical
    stays = mark.stays + moved if mark.stays is not None and change.stays is None else change.stays
    return mark._replace(warning=warning, critical=critical, stays=stays)
