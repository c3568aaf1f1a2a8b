"""`memtui diagnose`: what is wrong, with its evidence, and an exit status as monitoring plugins have it."""

import sys
import time
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

from memtui.model.findings.finding import Evidence, Finding, Step
from memtui.model.findings.rule import Changed, Rule, in_force
from memtui.model.findings.rules import CAUSES, RULES
from memtui.model.findings.watch import Preferences
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.report.document import document, dumps, iso_time
from memtui.report.failure import Failure
from memtui.report.paper import paper, show
from memtui.sampling.recorded import open_stream
from memtui.sampling.request import Need, Request
from memtui.view import format as fmt
from memtui.view.blocks import wrapped
from memtui.view.findings import finding_lines
from memtui.view.lines import EMPTY, Line, Span, Tone, text_of
from memtui.view.rules import rule_lines
from memtui.view.say import say
from memtui.view.summary import Status, barless, figures, status_of, summary
from memtui.view.text import sanitize

SINCE: Final = 300.0
"""Seconds for which an OOM kill counts as now: a check that runs every few minutes must not miss one."""

RECENT, PAST = "recent", "after"
"""The marks of rules that say so: until when a kill is now, and after when it is past."""

_EACH: Final = Need.STATUS | Need.OOM | Need.FINDINGS
_SELDOM: Final = Need.CGROUPS | Need.NODES | Need.MEMORY | Need.SLABS
_NOW: Final = frozenset({RECENT, PAST})
_HELD: Final = 0.4  # of the time looked at: rates need two samples, so nothing can have lasted for all of it
_WIDEST: Final = 110  # cells; longer lines are hard to read


class Look(NamedTuple):
    """The last snapshot, how many samples led to it, and over how many seconds."""

    snapshot: Snapshot
    samples: int
    seconds: float


def run(
    source: ProcSource,
    seconds: float,
    since: float | None,
    preferences: Preferences | None,
    problems: tuple[str, ...],
    *,
    as_json: bool,
) -> int:
    """Look for `seconds` and print what is found; the exit status.

    `since` is for how many seconds an OOM kill counts as now. `problems` are what was wrong with the settings.
    """
    wanted = _patient(preferences or Preferences(), seconds, since)
    look = _look(source, seconds, wanted)
    snapshot = look.snapshot
    if not snapshot.memory.total:
        raise Failure(
            next((f"{what}: {why}" for what, why in snapshot.problems if what == "meminfo"), "no memory"), 3
        )
    status, words = status_of(snapshot.findings), summary(snapshot.findings)
    if as_json:
        rows = [row(one, snapshot) for one in snapshot.findings.open]
        looked = {"seconds": look.seconds, "samples": look.samples, "rules": snapshot.findings.checked}
        missing = _missing(snapshot, problems)
        print(
            document(
                "diagnose", snapshot, rows, status=int(status), summary=words, looked=looked, unavailable=missing
            ),
            flush=True,
        )
    else:
        print(words, "|", figures(snapshot, wanted))
        for line in _text(look, wanted, problems):
            print(text_of(line) if _for_people() else barless(text_of(line)))
        sys.stdout.flush()
    return status


def list_rules(preferences: Preferences | None, problems: tuple[str, ...], *, as_json: bool) -> int:
    """Print every rule with the thresholds in force; the exit status."""
    wanted = preferences or Preferences()
    if as_json:
        rows = [_rule_row(rule, wanted) for rule in RULES]
        head = {"command": "diagnose", "time": iso_time(time.time()), "interval": None}
        print(dumps({**head, "rows": rows, "unavailable": _settings(problems)}), flush=True)
    else:
        on = paper()
        show([*rule_lines(wanted, min(on.width, _WIDEST)), *_complaints(problems)], on)
    return Status.OK


# -- looking --------------------------------------------------------------------------------------------------------


def _patient(preferences: Preferences, seconds: float, since: float | None) -> Preferences:
    """What held for a good part of the look is told; an OOM kill counts for as long as was asked for."""
    marks = dict(preferences.marks)
    for rule in RULES:
        for mark in rule.marks:
            set_by_user = mark.name in preferences.marks.get(rule.id, {})
            if mark.name in _NOW and (since is not None or not set_by_user):
                marks[rule.id] = {**marks.get(rule.id, {}), mark.name: Changed(SINCE if since is None else since)}
    return preferences._replace(marks=marks, patience=_HELD * seconds)


def _look(source: ProcSource, seconds: float, preferences: Preferences) -> Look:
    """About one sample a second. At the first and the last all is read that rules look at, every cgroup whole.

    PSS is for the later ones, largest first and under the usual budget: of 5,000 processes it would take seconds.
    """
    stream = open_stream(source, preferences=preferences)
    try:
        first = snapshot = stream.step(Request(needs=_EACH | _SELDOM, complete=True))
        if not source.live:
            return Look(snapshot, 1 if snapshot.interval is None else 2, snapshot.interval or 0.0)
        paths = tuple(first.cgroups.rows) if first.cgroups is not None else ()
        steps, started = max(2, round(seconds)), time.monotonic()
        for number in range(1, steps + 1):
            time.sleep(max(0.0, started + number * seconds / steps - time.monotonic()))
            last = number == steps
            needs = _EACH | Need.SMAPS | (_SELDOM if last else Need.NOTHING)
            snapshot = stream.step(Request(seconds / steps, needs, paths=paths if last else ()))
        return Look(snapshot, steps + 1, snapshot.at - first.at)
    finally:
        stream.close()


# -- telling --------------------------------------------------------------------------------------------------------


def _text(look: Look, wanted: Preferences, problems: tuple[str, ...]) -> list[Line]:
    """All findings unfolded, and what was looked at."""
    snapshot, width = look.snapshot, min(paper().width, _WIDEST)
    lines: list[Line] = []
    for one in snapshot.findings.open:
        lines += [EMPTY, *finding_lines(one, snapshot.at, width)]
    over = f"over {look.seconds:.1f} s" if look.samples > 1 else "without rates"
    parts = [f"{snapshot.findings.checked} rules", f"{look.samples} samples {over}"]
    recent = [mark for rule in RULES for mark in in_force(rule, wanted.marks.get(rule.id)) if mark.name == RECENT]
    if recent:
        parts.append(f"OOM kills of the last {fmt.short_time(recent[0].warning)} count as now")
    looked = wrapped(f"{', '.join(parts)}; thresholds: memtui diagnose --rules", width)
    return [*lines, EMPTY, *((Span(piece, Tone.DIM),) for piece in looked), *_complaints(problems)]


def _complaints(problems: tuple[str, ...]) -> list[Line]:
    return [(Span(f"settings: {sanitize(problem)}", Tone.WARN),) for problem in problems]


def _for_people() -> bool:
    """Whether commands may keep their bars: for a monitoring system one begins figures also below the first line."""
    return sys.stdout.isatty()


def row(one: Finding, snapshot: Snapshot) -> Mapping[str, Any]:
    """A finding as JSON has it."""
    return {
        "id": one.rule,
        "severity": one.severity.word,
        "title": say(one.title),
        "since": iso_time(one.since_wall),
        "seconds": round(snapshot.at - one.since, 3),
        "subject": one.subject._asdict() if isinstance(one.subject, ProcKey) else one.subject,
        "evidence": [_evidence(piece) for piece in one.evidence],
        "explanation": say(one.explanation),
        "next_steps": [_step(step) for step in one.steps],
        "supports": [row(effect, snapshot) for effect in one.supports],
    }


def _evidence(one: Evidence) -> Mapping[str, Any]:
    return {
        "field": one.field,
        "value": _number(one.value),
        "threshold": _number(one.threshold),
        "unit": one.unit.value,
        "note": one.note,
    }


def _number(value: float | None) -> float | None:
    """A number that JSON has: none is endless."""
    return value if value is None or isfinite(value) else None


def _step(step: Step) -> Mapping[str, Any]:
    return {"words": say(step.words), "command": step.command or None}


def _rule_row(rule: Rule, wanted: Preferences) -> Mapping[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "explanation": rule.explanation,
        "applied": rule.id not in wanted.off,
        "hold": rule.hold,
        "clear": rule.clear,
        "explains": list(CAUSES.get(rule.id, ())),
        "marks": [
            {**mark._asdict(), "unit": mark.unit.value, "own": {name: getattr(own, name) for name in Changed._fields}}
            for mark, own in zip(in_force(rule, wanted.marks.get(rule.id)), rule.marks, strict=True)
        ],
    }


def _missing(snapshot: Snapshot, problems: tuple[str, ...]) -> Mapping[str, str]:
    parts = {"cgroups": snapshot.cgroups, "slabs": snapshot.slabs}
    reasons = {name: str(part.reason) for name, part in parts.items() if part is not None and part.reason is not None}
    return {**reasons, **_settings(problems)}


def _settings(problems: tuple[str, ...]) -> Mapping[str, str]:
    return {"settings": "; ".join(problems)} if problems else {}
