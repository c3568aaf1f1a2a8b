"""Every rule on histories made by hand: it fires, just below it doesn't, it stays and closes, its marks count."""

from typing import Any

import pytest

from memtui.model.findings.rule import OWN
from memtui.model.findings.rules import CAUSES, RULES

from . import (
    cases_cgroup,
    cases_growth,
    cases_holders,
    cases_kills,
    cases_machine,
    cases_reclaim,
    cases_shortage,
    cases_swap,
    cases_thrash,
    cases_writeback,
)
from .conftest import Case

_FAMILIES = (
    cases_cgroup,
    cases_growth,
    cases_holders,
    cases_kills,
    cases_machine,
    cases_reclaim,
    cases_shortage,
    cases_swap,
    cases_thrash,
    cases_writeback,
)
CASES: tuple[Case, ...] = tuple(case for family in _FAMILIES for case in family.CASES)
NAMES = [f"{case.rule.id}-{case.severity.word}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_fires(proof: Any, case: Case) -> None:
    proof.opens_in_time(case)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_just_below_it_does_not(proof: Any, case: Case) -> None:
    proof.does_not_open(case)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_stays_between_its_marks_and_closes(proof: Any, case: Case) -> None:
    proof.stays_and_closes(case)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_mark_of_it_counts(proof: Any, rule: Any) -> None:
    cases = [case for case in CASES if case.rule.id == rule.id]
    for mark in rule.marks:
        assert any(proof.counts(case, mark) for case in cases), f"{mark.name} has no effect in any case"


def test_no_rule_is_without_a_case() -> None:
    assert {rule.id for rule in RULES} == {case.rule.id for case in CASES}


def test_rules_can_be_told_apart_and_speak_of_rules_that_exist() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    for cause, effects in CAUSES.items():
        after = ids[ids.index(cause) + 1 :]
        assert set(effects) <= set(after), f"{cause} explains what is no rule, or stands before it"
        assert len(set(effects)) == len(effects)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_means_and_where_its_marks_are_from(rule: Any) -> None:
    assert rule.title and rule.explanation.endswith(".") and rule.steps
    assert all(mark.meaning and mark.source for mark in rule.marks)
    assert len({mark.name for mark in rule.marks}) == len(rule.marks)
    assert OWN == "our own"
