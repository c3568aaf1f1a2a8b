"""The first line of `memtui diagnose`: how things stand in one sentence, and the figures that it was judged by.

It is what monitoring plugins print: text, a bar, then `label=value[unit];warn;crit;min;max` for each figure. A range
`10:` means that less than 10 is bad, `10` that more is.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from memtui.model.findings.finding import Findings, Severity
from memtui.model.findings.rule import Mark, Rule, in_force
from memtui.model.findings.rules import RULES
from memtui.model.findings.watch import Preferences
from memtui.model.snapshot import Snapshot
from memtui.proc.pressure import Pressure
from memtui.proc.unavailable import Unavailable
from memtui.view.findings import NOTHING
from memtui.view.say import say

SERVICE: Final = "MEMORY"
_COUNTERS: Final = ("pgmajfault", "pswpin", "pswpout", "oom_kill")
_BAR: Final = "¦"  # another one would begin the figures


class Status(IntEnum):
    """The exit status of a monitoring plugin; notes count as nothing."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_STATUS: Final = {Severity.NOTE: Status.OK, Severity.WARNING: Status.WARNING, Severity.CRITICAL: Status.CRITICAL}


def status_of(findings: Findings) -> Status:
    """How bad the worst is."""
    return max((_STATUS[one.severity] for one in findings.open), default=Status.OK)


def summary(findings: Findings) -> str:
    """The state and the worst finding in one sentence, and how many more there are."""
    status, (*bad, notes) = status_of(findings), map(findings.count, sorted(Severity, reverse=True))
    worst, more = findings.worst, sum(bad) - 1
    sentence = say(worst.title) if worst is not None and status is not Status.OK else NOTHING
    others = [f"{more} more"] if more > 0 else []
    others += [f"{notes} {'note' if notes == 1 else 'notes'}"] if notes else []
    return barless(f"{SERVICE} {status.name} - {sentence}" + (f"; {', '.join(others)}" if others else ""))


def unknown(why: str) -> str:
    """The sentence of a look that could not be had."""
    return barless(f"{SERVICE} {Status.UNKNOWN.name} - {why}")


def barless(text: str) -> str:
    """A text without the character that begins the figures."""
    return text.replace("|", _BAR)


# -- the figures ----------------------------------------------------------------------------------------------------


class _Figure(NamedTuple):
    """A figure of the machine: its value, what is the most that it can be, and the marks that it is held against.

    `warning` and `critical` name a rule's mark and which of its numbers counts. `of` is what percents are taken of;
    None: the value is in percent itself.
    """

    label: str
    unit: str
    value: Callable[[Snapshot], float | None]
    most: Callable[[Snapshot], float | None]
    of: Callable[[Snapshot], float | None] | None
    warning: tuple[str, str, str] | None
    critical: tuple[str, str, str] | None
    low: bool = False


def _total(now: Snapshot) -> int:
    return now.memory.total


def _ordinary(now: Snapshot) -> int:
    """RAM without huge pages, as the rule has it."""
    return now.memory.total - (now.memory.lines.get("Hugetlb") or 0)


def _stall(kind: str) -> Callable[[Snapshot], float | None]:
    def found(now: Snapshot) -> float | None:
        pressure = now.system.pressure.get("memory")
        stall = getattr(pressure, kind) if isinstance(pressure, Pressure) else None
        return stall.avg10 if stall is not None else None

    return found


def _swap_used(now: Snapshot) -> int | None:
    return now.memory.swap_used if now.memory.get("SwapTotal") is not None else None


def _swap_total(now: Snapshot) -> int | None:
    return now.memory.swap_total


_FIGURES: Final = (
    _Figure(
        "available", "B", lambda now: now.memory.available, _total, _ordinary,
        ("available_low", "available", "warning"), ("available_low", "available", "critical"), low=True,
    ),
    _Figure(
        "swap_used", "B", _swap_used, _swap_total, _swap_total,
        ("swap_full", "used", "warning"), ("swap_full", "used", "critical"),
    ),
    _Figure(
        "psi_some", "%", _stall("some"), lambda _: 100, None, ("memory_pressure", "some", "warning"), None
    ),
    _Figure(
        "psi_full", "%", _stall("full"), lambda _: 100, None, None, ("memory_pressure", "full", "warning")
    ),
)  # fmt: skip


def figures(now: Snapshot, preferences: Preferences, rules: Sequence[Rule] = RULES) -> str:
    """The figures with the marks in force; what is not known is left out, as is the mark of a rule that is off."""
    marks = {
        rule.id: {mark.name: mark for mark in in_force(rule, preferences.marks.get(rule.id))}
        for rule in rules
        if rule.id not in preferences.off
    }
    shown = []
    for one in _FIGURES:
        value, most = one.value(now), one.most(now)
        if value is not None:
            limits = [_limit(one, now, place, marks) for place in (one.warning, one.critical)]
            text = ";".join((f"{_plain(value)}{one.unit}", *limits, "0", _plain(most) if most is not None else ""))
            shown.append(f"{one.label}={text}")
    vmstat = now.system.vmstat
    counters = {} if isinstance(vmstat, Unavailable) else {name: vmstat.get(name) for name in _COUNTERS}
    shown += [f"{name}={count}c" for name, count in counters.items() if count is not None]
    return " ".join(shown)


def _limit(
    figure: _Figure, now: Snapshot, place: tuple[str, str, str] | None, marks: Mapping[str, Mapping[str, Mark]]
) -> str:
    if place is None or place[0] not in marks or place[1] not in marks[place[0]]:
        return ""
    rule, mark, number = place
    limit = getattr(marks[rule][mark], number)
    if limit is None:
        return ""
    whole = figure.of(now) if figure.of is not None else 100.0
    return (
        "" if not whole else _plain(round(limit * whole / 100) if figure.of else limit) + (":" if figure.low else "")
    )


def _plain(value: float) -> str:
    """A number without exponent: whole for sizes, to the hundredth for percents."""
    return str(value) if isinstance(value, int) else f"{value:.2f}".rstrip("0").rstrip(".")
