"""The watch: applies every rule to every snapshot, remembers what is pending and open, and keeps the time line."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from memtui.model.cgroups import Cgroups
from memtui.model.findings.events import Ledger
from memtui.model.findings.facts import Facts, follow, new_window, values
from memtui.model.findings.finding import Finding, Findings, Severity, Subject
from memtui.model.findings.grouping import grouped
from memtui.model.findings.killed import KillWatch
from memtui.model.findings.rising import Rising
from memtui.model.findings.rule import Changed, Limits, Rule, Symptom
from memtui.model.findings.rules import CAUSES, RULES
from memtui.model.findings.trends import Trends
from memtui.model.sample import ProcKey
from memtui.model.slabs import Slabs
from memtui.model.snapshot import Snapshot
from memtui.model.survey import MemorySurvey, NodesSurvey

_NOTHING: Final[Mapping[Subject, Symptom]] = {}


class Preferences(NamedTuple):
    """What a user wants otherwise: rules that are off, and changed marks by rule and mark.

    `patience` is the longest that anything must have been so before it is told (seconds; None: as the rules say).
    """

    off: frozenset[str] = frozenset()
    marks: Mapping[str, Mapping[str, Changed]] = {}
    patience: float | None = None


@dataclass(slots=True)
class _Case:
    """A rule's symptom of one subject: since when it is so, when it last was, whether it has been told yet.

    `group` is whether the subject is a cgroup that there is.
    """

    since: float
    since_wall: float
    last: float
    severity: Severity
    symptom: Symptom
    told: bool = False
    group: bool = False


class _Applied(NamedTuple):
    rule: Rule
    opening: Limits
    keeping: Limits
    hold: float
    cases: dict[Subject, _Case]


class Watch:
    """Owned by the sampler's thread."""

    def __init__(
        self,
        preferences: Preferences | None = None,
        rules: Sequence[Rule] = RULES,
        causes: Mapping[str, Collection[str]] = CAUSES,
    ) -> None:
        wanted = preferences or Preferences()
        self._order, self._causes = [rule.id for rule in rules], causes
        self._applied = [_applied(rule, wanted) for rule in rules if rule.id not in wanted.off]
        self._window = new_window()
        self._rising = Rising()
        self._trends = Trends()
        self._ledger = Ledger()
        self._kills = KillWatch()
        self._began: float | None = None
        self._cgroups: Cgroups | None = None
        self._nodes: NodesSurvey | None = None
        self._memory: MemorySurvey | None = None
        self._slabs: Slabs | None = None

    def advance(self, snapshot: Snapshot, changed: Collection[int]) -> Findings:
        """What is wrong at a snapshot; `changed` are the pids whose rows are not those of the one before."""
        if self._began is None:
            self._began = snapshot.at
        facts = self._facts(snapshot, self._began, changed)
        for one in self._applied:
            self._apply(one, facts)
        told = [_finding(one.rule, case) for one in self._applied for case in one.cases.values() if case.told]
        self._ledger.processes(snapshot, changed)
        return Findings(
            grouped(told, self._order, self._causes), self._ledger.events, self._began, len(self._applied)
        )

    def _facts(self, snapshot: Snapshot, began: float, changed: Collection[int]) -> Facts:
        self._window.push(snapshot.at, values(snapshot))
        self._cgroups = snapshot.cgroups or self._cgroups
        self._nodes = snapshot.survey.nodes or self._nodes
        self._memory = snapshot.survey.memory or self._memory
        self._slabs = snapshot.slabs or self._slabs
        follow(self._trends, snapshot)
        kills = self._kills.advance(snapshot)
        for one in self._kills.fresh:
            self._ledger.killed(one, snapshot)
        return Facts(
            snapshot,
            self._window,
            began,
            self._cgroups,
            self._nodes,
            self._memory,
            self._slabs,
            self._rising.advance(snapshot, changed),
            self._trends.growing(snapshot.at),
            kills,
        )

    def _apply(self, one: _Applied, facts: Facts) -> None:
        now, cases = facts.now, one.cases
        opening = _by_subject(one.rule.check(facts, one.opening))
        for subject, symptom in opening.items():
            if subject not in cases:
                cases[subject] = _Case(now.at, now.wall, now.at, symptom.severity, symptom)
        if not cases:
            return
        keeping = _by_subject(one.rule.check(facts, one.keeping))
        for subject, case in list(cases.items()):
            strict, kept = opening.get(subject), keeping.get(subject)
            if strict is not None or kept is not None:
                self._go_on(one, case, strict, kept, now)
                case.group = facts.cgroups is not None and subject in facts.cgroups.rows
            elif not case.told:
                del cases[subject]
            elif now.at - case.last >= one.rule.clear or _gone(subject, case, facts):
                del cases[subject]
                self._ledger.closed(_finding(one.rule, case), now)

    def _go_on(self, one: _Applied, case: _Case, strict: Symptom | None, kept: Symptom | None, now: Snapshot) -> None:
        """It is still so. What is told becomes worse by the marks that open, and better by those that keep."""
        worse = strict is not None and strict.severity > case.severity
        case.last = now.at
        if strict is not None and (worse or kept is None):
            case.severity = strict.severity
        elif kept is not None:
            case.severity = min(case.severity, kept.severity)
        case.symptom = _told(strict, kept, case)
        if not case.told and strict is not None and now.at - case.since >= one.hold:
            case.told = True
            self._ledger.opened(_finding(one.rule, case), now)
        elif case.told and worse:
            self._ledger.worse(_finding(one.rule, case), now)


def _told(strict: Symptom | None, kept: Symptom | None, case: _Case) -> Symptom:
    """The symptom in the words of the severity that it has: a rule may have others for each."""
    same = (one for one in (strict, kept) if one is not None and one.severity is case.severity)
    return next(same, strict or kept or case.symptom)


def _applied(rule: Rule, wanted: Preferences) -> _Applied:
    marks = wanted.marks.get(rule.id)
    hold = rule.hold if wanted.patience is None else min(rule.hold, wanted.patience)
    return _Applied(rule, Limits(rule.marks, marks), Limits(rule.marks, marks, relaxed=True), hold, {})


def _by_subject(symptoms: Iterable[Symptom]) -> Mapping[Subject, Symptom]:
    return {symptom.subject: symptom for symptom in symptoms}


def _gone(subject: Subject, case: _Case, facts: Facts) -> bool:
    """Whether a process has ended, or a cgroup is no more: nothing can be wrong with it now."""
    if not isinstance(subject, ProcKey):
        return case.group and facts.cgroups is not None and subject not in facts.cgroups.rows
    row = facts.now.processes.get(subject.pid)
    return row is None or row.start_time != subject.starttime


def _finding(rule: Rule, case: _Case) -> Finding:
    symptom = case.symptom
    return Finding(
        rule.id,
        symptom.subject,
        case.severity,
        symptom.title,
        case.since,
        case.since_wall,
        symptom.evidence,
        (*symptom.because, *((" ",) if symptom.because else ()), rule.explanation),
        (*symptom.steps, *rule.steps),
    )
