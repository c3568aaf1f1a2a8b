"""The table `[findings]` of the settings file: rules that are off, and other numbers for their marks.

    [findings]
    off = ["swap_idle"]

    [findings.available_low]
    available = {warning = 8, critical = 4, stays = 12}    # or: available = 8

Read statement by statement as the other settings are; a mistake costs only itself.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from memtui.model.findings.rule import Changed, Mark
from memtui.model.findings.rules import RULES
from memtui.model.findings.watch import Preferences
from memtui.settings import RULES as TABLE
from memtui.statements import LONGEST_SHOWN, is_header, split, statement

_OFF: Final = "off"
_LISTED: Final = "memtui diagnose --rules lists them"
_FAR: Final = 1e18  # nothing that is counted here comes near
_Report = Callable[[str], None]
_MARKS: Final[dict[str, dict[str, Mark]]] = {rule.id: {mark.name: mark for mark in rule.marks} for rule in RULES}


class RuleReading(NamedTuple):
    """What is wanted of the rules, and what in the text was not understood and left out."""

    preferences: Preferences
    problems: tuple[str, ...]


def read_rules(text: str) -> RuleReading:
    """The rules' settings in a text; what is absent or bad is as the rules have it."""
    head, tables = split(text)
    found = _Found()
    for line, said in _statements(head, tables):
        if said is None or isinstance(said, str):
            found.problems.append(f"line {line}: not understood: {(said or '').strip()[:LONGEST_SHOWN]}")
        else:
            found.take(said, line)
    return RuleReading(found.preferences(), tuple(found.problems))


class _Found:
    """What was read so far."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._off: frozenset[str] | None = None
        self._numbers: dict[str, dict[str, dict[str, float]]] = {}

    def preferences(self) -> Preferences:
        """All of it together."""
        return Preferences(
            self._off or frozenset(),
            {
                rule: {mark: Changed(**numbers) for mark, numbers in marks.items() if numbers}
                for rule, marks in self._numbers.items()
                if any(marks.values())
            },
        )

    def take(self, said: object, line: int) -> None:
        """What a statement says of the table."""

        def report(what: str) -> None:
            self.problems.append(f"line {line}: {what}")

        if not isinstance(said, dict):
            report(f"{TABLE}: is not a table")
            return
        for name, value in said.items():
            if name == _OFF:
                self._take_off(value, report)
            elif name not in _MARKS:
                report(f"{TABLE}: there is no rule {name[:LONGEST_SHOWN]!r}; {_LISTED}")
            elif not isinstance(value, dict):
                report(f"{TABLE}.{name}: is not a table of its thresholds: {_names(_MARKS[name])}")
            else:
                for mark, numbers in value.items():
                    self._take_mark(name, mark, numbers, report)

    def _take_off(self, value: object, report: _Report) -> None:
        place = f"{TABLE}.{_OFF}"
        if self._off is not None:
            report(f"{place}: is set a second time; the first holds")
        elif not isinstance(value, list):
            report(f"{place}: is not a list of rules; {_LISTED}")
        else:
            names = [one if isinstance(one, str) else repr(one) for one in value]
            self._off = frozenset(name for name in names if name in _MARKS)
            for name in names:
                if name not in _MARKS:
                    report(f"{place}: there is no rule {name[:LONGEST_SHOWN]!r}; {_LISTED}")

    def _take_mark(self, rule: str, name: str, numbers: object, report: _Report) -> None:
        place = f"{TABLE}.{rule}.{name}"
        if name not in _MARKS[rule]:
            report(f"{TABLE}.{rule}: no threshold {name[:LONGEST_SHOWN]!r}; there are {_names(_MARKS[rule])}")
            return
        known = self._numbers.setdefault(rule, {}).setdefault(name, {})
        for number, value in (numbers if isinstance(numbers, dict) else {"warning": numbers}).items():
            if number not in Changed._fields:
                report(f"{place}: no {number[:LONGEST_SHOWN]!r}; there are {', '.join(Changed._fields)}")
            elif isinstance(value, bool) or not isinstance(value, int | float) or not -_FAR < value < _FAR:
                report(f"{place}: {number} is not a number")
            elif number in known:
                report(f"{place}: {number} is set a second time; the first holds")
            else:
                known[number] = float(value)


def _statements(head: list[str], tables: list[str]) -> Iterator[tuple[int, Any]]:
    """The number of the line, and what each statement says of the table; its text if it is not understood.

    Before the first table a key may name this one (`findings.off = []`); what is no TOML there is told by others.
    """
    at = 0
    while at < len(head):
        end, said = statement(head, at)
        if said and TABLE in said:
            yield at + 1, said[TABLE]
        at = end
    path: tuple[str, ...] | None = None
    at = 0
    while at < len(tables):
        end, said = statement(tables, at)
        line = len(head) + at + 1
        if is_header(tables[at]):
            path = _path(said)
            if path is None and TABLE in tables[at]:
                yield line, tables[at]
        elif path and path[0] == TABLE and said != {}:
            yield line, tables[at] if said is None else _below(path[1:], said)
        at = end


def _path(header: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """The names in the header of a table; None if it is none."""
    found: list[str] = []
    inner: Any = header
    while isinstance(inner, dict) and inner:
        ((name, inner),) = inner.items()
        found.append(name)
    return tuple(found) if inner == {} and found else None


def _below(path: tuple[str, ...], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a statement in a table within the table says, as the outer one would have it."""
    for name in reversed(path):
        said = {name: said}
    return said


def _names(marks: Mapping[str, Mark]) -> str:
    return ", ".join(marks) or "none"
