"""The watch: what is told when, what stays and what closes, how bad it is, and what it leaves in the time line."""

from collections.abc import Iterable
from typing import Any

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import EventKind, Finding, Findings, Severity
from memtui.model.findings.grouping import grouped
from memtui.model.findings.rule import Changed, Limits, Mark, Rule, Symptom
from memtui.model.findings.watch import Preferences, Watch
from memtui.model.sample import ProcKey

MIB = 1 << 20


def stalled(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    """PSI some, as a rule that needs nothing else."""
    some = facts.stall("some")
    severity = limits.above("some", some.avg10 if some else None)
    if severity is not None and some is not None:
        yield Symptom(severity, ("waits",), (limits.evidence("some", "some", some.avg10),))


MARK = Mark("some", 10.0, "time", Unit.PERCENT, critical=20.0, stays=5.0)
RULE = Rule("stalled", "Stalled", "why", stalled, (MARK,), hold=3.0, clear=4.0)


def pressure(*values: float) -> Any:
    return lambda second: {"some": values[min(second, len(values) - 1)]}


def told(found: Iterable[Findings]) -> list[str]:
    return ["".join(one.severity.word[0] for one in now.open) for now in found]


def test_it_is_told_when_it_has_been_so_for_the_hold_time_and_not_before(scene: Any) -> None:
    found = scene.run(RULE, 4, pressure(0, 12))
    assert told(found) == ["", "", "", "", "w"]
    assert found[-1].open[0].since == found[0].since + 1


def test_a_moment_below_the_lower_mark_starts_the_wait_anew_and_one_above_it_does_not(scene: Any) -> None:
    assert told(scene.run(RULE, 6, pressure(12, 12, 4, 12, 12, 12, 12)))[-2:] == ["", "w"]
    assert told(scene.run(RULE, 3, pressure(12, 12, 6, 12))) == ["", "", "", "w"]
    assert told(scene.run(RULE, 5, pressure(12, 6, 6, 6, 6, 6)))[-1] == "", "it never came back above the mark"


def test_it_stays_until_it_has_been_past_the_lower_mark_for_the_clear_time(scene: Any) -> None:
    found = told(scene.run(RULE, 12, pressure(12, 12, 12, 12, 6, 6, 6, 4, 4, 4, 4)))
    assert found == ["", "", "", "w", "w", "w", "w", "w", "w", "w", "", "", ""]
    assert told(scene.run(RULE, 9, pressure(12, 12, 12, 12, 4, 4, 4, 6, 4, 4)))[-1] == "w"


def test_severity_rises_at_once_and_falls_by_the_lower_marks_only(scene: Any) -> None:
    found = told(scene.run(RULE, 7, pressure(12, 12, 12, 12, 21, 16, 14, 12)))
    assert found == ["", "", "", "w", "c", "c", "w", "w"]


def test_the_sentence_is_that_of_the_severity_that_is_kept(scene: Any) -> None:
    """Two sentences of one rule: what opens is the milder one while the lower mark keeps the worse one."""

    def check(facts: Facts, limits: Limits) -> Iterable[Symptom]:
        severity = max([Severity.NOTE, *(one.severity for one in stalled(facts, limits))])
        yield Symptom(severity, (severity.word,))

    rule = Rule("two", "Two", "why", check, (MARK,), hold=0.0)
    found = scene.run(rule, 3, pressure(12, 12, 7, 4))
    assert [now.open[0].title for now in found] == [("warning",), ("warning",), ("warning",), ("note",)]
    assert told(found) == ["w", "w", "w", "n"]
    mild = scene.run(rule, 2, pressure(7, 7, 7))
    assert [now.open[0].title for now in mild] == [("note",)] * 3, "the worse one has never opened"


def test_evidence_shows_the_mark_that_opens_it_even_while_the_lower_one_keeps_it(scene: Any) -> None:
    evidence = scene.run(RULE, 4, pressure(12, 12, 12, 12, 6))[-1].open[0].evidence[0]
    assert (evidence.value, evidence.threshold, evidence.unit) == (6.0, 10.0, Unit.PERCENT)


def test_the_time_line_has_opening_worsening_and_closing(scene: Any) -> None:
    events = scene.run(RULE, 12, pressure(12, 12, 12, 12, 25, 25, 0))[-1].events
    assert [(event.kind, event.severity) for event in events] == [
        (EventKind.OPENED, Severity.WARNING),
        (EventKind.WORSE, Severity.CRITICAL),
        (EventKind.CLOSED, Severity.CRITICAL),
    ]
    assert [event.at - 1000 for event in events] == [3, 4, 9]


def test_patience_shortens_the_hold_time_and_rules_can_be_off_and_marks_moved(scene: Any) -> None:
    assert told(scene.run(RULE, 0, pressure(12), Preferences(patience=0.0))) == ["w"]
    assert told(scene.run(RULE, 5, pressure(12), Preferences(off=frozenset({"stalled"}))))[-1] == ""
    moved = Preferences(marks={"stalled": {"some": Changed(warning=50.0)}})
    assert told(scene.run(RULE, 5, pressure(40), moved))[-1] == ""
    assert told(scene.run(RULE, 5, pressure(55), moved))[-1] == "w", "critical moved to 60 with it"
    assert told(scene.run(RULE, 5, pressure(61), moved))[-1] == "c"


def about(*subjects: Any) -> Rule:
    return Rule(
        "about", "", "", lambda *_: [Symptom(Severity.WARNING, ("x",), subject=one) for one in subjects], hold=0
    )


def test_each_subject_is_a_finding_of_its_own(scene: Any) -> None:
    assert {one.subject for one in scene.last(about("/a", "/b"), 1, lambda _: {})} == {"/a", "/b"}


def test_what_is_about_a_process_that_ended_closes_at_once(scene: Any) -> None:
    row = scene.process(7)

    def growing(facts: Facts, _: Limits) -> Iterable[Symptom]:
        return [Symptom(Severity.WARNING, ("x",), subject=row.key)] if facts.now.at < 1002 else []

    rule = Rule("growing", "", "", growing, hold=0, clear=100)
    found = scene.run(rule, 4, lambda second: {"processes": [row] if second < 3 else []})
    assert told(found) == ["w", "w", "w", "", ""]
    other = scene.process(7, start_time=99999)
    assert told(scene.run(rule, 3, lambda second: {"processes": [row if second < 2 else other]}))[-1] == ""


def test_effects_go_under_their_cause_which_takes_the_worst_severity() -> None:
    def found(rule: str, severity: Severity, subject: Any = None) -> Finding:
        return Finding(rule, subject, severity, (rule,), 0.0, 0.0)

    def heads(*findings: Finding) -> list[tuple[str, Severity, list[str]]]:
        causes = {"cause": ("effect",)}
        whole = grouped(findings, ("cause", "effect", "other"), causes)
        return [(one.rule, one.severity, [effect.rule for effect in one.supports]) for one in whole]

    warning, critical, note = Severity.WARNING, Severity.CRITICAL, Severity.NOTE
    cause, effect, other = found("cause", warning, "/a"), found("effect", critical, "/a/b"), found("other", critical)
    assert heads(effect, other, cause) == [("cause", critical, ["effect"]), ("other", critical, [])]
    assert heads(cause, found("effect", critical, "/c")) == [("effect", critical, []), ("cause", warning, [])]
    assert heads(cause, found("effect", note)) == [("cause", warning, ["effect"])], "the machine's effect"
    assert len(heads(found("cause", note), effect)) == 2, "a note explains nothing"
    assert len(heads(found("cause", warning, ProcKey(1, 2)), effect)) == 2
    assert heads() == []


def test_large_processes_that_grow_or_end_are_in_the_time_line(scene: Any) -> None:
    def size(mib: int) -> Any:
        return {"processes": [scene.process(5, "db", res=mib * MIB), scene.process(6, res=MIB)] if mib else []}

    sizes = (1000, 1200, 1600, 0)
    events = scene.run((), 3, lambda second: size(sizes[second]))[-1].events
    assert [(event.kind, event.at - 1000) for event in events] == [(EventKind.GREW, 2), (EventKind.ENDED, 3)]
    grew, ended = events
    assert grew.text[1] == " (5) " and grew.place is not None and grew.place.process == ProcKey(5, 50)
    assert ended.place is None
    sizes = (10, 100, 400, 400)
    events = scene.run((), 3, lambda second: size(sizes[second]))[-1].events
    assert [(event.kind, event.at - 1000) for event in events] == [(EventKind.GREW, 2)]


def test_a_process_that_shrank_before_it_ended_was_not_large(scene: Any) -> None:
    sizes = (1000, 10, 0)

    def size(second: int) -> Any:
        return {"processes": [scene.process(5, res=sizes[second] * MIB)] if sizes[second] else []}

    assert scene.run((), 2, size)[-1].events == ()


def test_a_watch_that_begins_while_it_is_so_waits_too(scene: Any) -> None:
    watch = Watch(None, (RULE,))
    now = scene.snapshot(0, some=50.0)
    assert watch.advance(now, ()).open == ()
    assert watch.advance(scene.snapshot(60, some=50.0), ()).worst is not None, "samples a minute apart"
