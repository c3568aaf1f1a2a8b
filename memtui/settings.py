"""The user's settings: what they are, and the TOML text that people may edit by hand.

The text is read statement by statement, so that a mistake in one costs no other. It is written by changing the
values that differ and appending what is missing: comments, unknown keys and tables stay as they are, and what could
not be understood becomes a comment above its new value.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from memtui.arguments import LONGEST, SHORTEST
from memtui.options import TABS
from memtui.statements import LONGEST_SHOWN, split, statement

GREETING: Final = "# Settings of memtui: edit them here, or press W in memtui. Lines that it doesn't know stay.\n"
RULES: Final = "findings"
"""The table of the thresholds, which `rule_settings` reads."""

_BARE_KEY: Final = re.compile(r"\s*([A-Za-z_]+)\s*=")


@dataclass(frozen=True, slots=True)
class Settings:
    """What survives a restart. No columns means memtui's own choice; `delay` is seconds between samples."""

    columns: tuple[str, ...] = ()
    sort: str = "pss"
    reverse: bool = False
    tree: bool = False
    group: str = ""
    full_command: bool = True
    kernel_threads: bool = False
    delay: float = 1.0
    tab: str = TABS[0]


class Reading(NamedTuple):
    """Settings, and what in the text was not understood and left out: `line 3: sort: there is no field 'psss'`."""

    settings: Settings
    problems: tuple[str, ...]


def read(text: str) -> Reading:
    """The settings in a text; what is absent or bad has its default."""
    found = _entries(split(text)[0])
    values = {entry.key: entry.value for entry in _holding(found).values() if entry.good}
    return Reading(replace(Settings(), **values), tuple(problem for entry in found for problem in entry.problems))


def written(text: str, settings: Settings) -> str:
    """The text with these settings in it; reading it gives them back."""
    head, tables = split(text)
    found = _entries(head)
    holding = _holding(found)
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    for entry in reversed(found):
        if entry.key not in _CHECKS:
            continue
        old, place = head[entry.start : entry.end], slice(entry.start, entry.end)
        if entry is not holding[entry.key]:
            head[place] = _as_comment(old)
            continue
        value = getattr(settings, entry.key)
        if not entry.good or value != entry.value:
            line = f"{entry.key} = {_toml(value)}"
            if entry.good and not entry.problems and len(old) == 1:
                head[place] = [line + _tail(old[0]) + end_of_line]
            else:
                head[place] = [*_as_comment(old), line + end_of_line]
    missing = [
        f"# {comment}{end_of_line}{key} = {_toml(getattr(settings, key))}{end_of_line}"
        for key, (comment, _) in _CHECKS.items()
        if key not in holding
    ]
    if not text.strip():
        head = [GREETING]
    return _inserted(head, missing, tables, end_of_line) if missing else "".join((*head, *tables))


# -- the text -----------------------------------------------------------------------------------------------------


class _Entry(NamedTuple):
    """A statement in lines `start` to `end` of the head; `good` if its value may be used, perhaps in part."""

    start: int
    end: int
    key: str
    value: Any
    good: bool
    problems: tuple[str, ...]


def _entries(head: list[str]) -> list[_Entry]:
    """All statements, in order."""
    found: list[_Entry] = []
    known: set[str] = set()
    at = 0
    while at < len(head):
        end, said = statement(head, at)
        if said is None or (said and RULES not in said):
            entry = _entry(head, at, end, said, known)
            found.append(entry)
            if entry.good:
                known.add(entry.key)
        at = end
    return found


def _entry(head: list[str], start: int, end: int, said: dict[str, Any] | None, known: set[str]) -> _Entry:
    def bad(what: str) -> _Entry:
        return _Entry(start, end, key, None, False, (f"line {start + 1}: {what}",))

    if said is None:
        bare = _BARE_KEY.match(head[start])
        key = bare[1] if bare else ""
        return bad(f"not understood: {head[start].strip()[:LONGEST_SHOWN]}")
    ((key, value),) = said.items()
    if key not in _CHECKS:
        return bad(f"there is no setting {key[:LONGEST_SHOWN]!r}")
    if key in known:
        return bad(f"{key} is set a second time; the first holds")
    problems: list[str] = []
    try:
        value = _CHECKS[key][1](value, problems.append)
    except ValueError as wrong:
        return bad(f"{key}: {wrong}")
    return _Entry(start, end, key, value, True, tuple(f"line {start + 1}: {key}: {problem}" for problem in problems))


def _holding(found: list[_Entry]) -> dict[str, _Entry]:
    """For each setting the statement that counts: the first good one, or else the first."""
    holding: dict[str, _Entry] = {}
    for entry in found:
        if entry.key in _CHECKS and (entry.key not in holding or (entry.good and not holding[entry.key].good)):
            holding[entry.key] = entry
    return holding


def _inserted(head: list[str], new: list[str], tables: list[str], end_of_line: str) -> str:
    """The text with new settings after the others, but before the comment that belongs to a table; blanks between."""
    end = len(head)
    while tables and end and head[end - 1].lstrip().startswith("#"):
        end -= 1
    before, after = "".join(head[:end]), "".join((*head[end:], *tables))
    if before and not before.endswith("\n"):
        before += end_of_line
    if before and not before.endswith(f"{end_of_line}{end_of_line}"):
        new = ["", *new]
    return before + end_of_line.join((*new, after) if after else new)


def _as_comment(lines: list[str]) -> Iterator[str]:
    return (f"# {line}" if line.endswith("\n") else f"# {line}\n" for line in lines)


def _tail(line: str) -> str:
    """The comment behind a value, with the space before it."""
    for mark in re.finditer(r"\s*#", line):
        if statement([line[: mark.start()]], 0)[1] is not None:
            return line[mark.start() :].rstrip("\r\n")
    return ""


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, tuple) else repr(value)


# -- the values -----------------------------------------------------------------------------------------------------

_Report = Callable[[str], None]


def _field(value: object) -> str:
    """The key of a field by key or title."""
    from memtui.model.fields import GROUP, PROCESS

    wanted = _text(value).casefold()
    for key, field in (PROCESS | GROUP).items():
        if wanted in (key, field.title.casefold()):
            return key
    raise ValueError(f"there is no field {_text(value)[:LONGEST_SHOWN]!r}")


def _columns(value: object, report: _Report) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("is not a list of fields")
    found: dict[str, None] = {}
    for name in value:
        try:
            found[_field(name)] = None
        except ValueError as wrong:
            report(str(wrong))
    return tuple(found)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a text in quotes")
    return value


def _group(value: object, _: _Report) -> str:
    from memtui.view.groups import BY

    return _one_of(value, ("", *BY))


def _one_of(value: object, names: tuple[str, ...]) -> str:
    if _text(value) not in names:
        raise ValueError(f"is none of {', '.join(name or repr(name) for name in names)}")
    return _text(value)


def _switch(value: object, _: _Report) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def _delay(value: object, _: _Report) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not SHORTEST <= value <= LONGEST:
        raise ValueError(f"is not a number of seconds from {SHORTEST} to {LONGEST:.0f}")
    return float(value)


_CHECKS: Final[dict[str, tuple[str, Callable[[object, _Report], object]]]] = {
    "columns": ("Columns of the process table from left to right; [] is memtui's own choice.", _columns),
    "sort": ("The column to sort by.", lambda value, _: _field(value)),
    "reverse": ("The other way round: smallest first, or Z to A.", _switch),
    "tree": ("Processes below their parents.", _switch),
    "group": ('Add up processes by "command", "user", "cgroup" or "container"; "" doesn\'t.', _group),
    "full_command": ("Commands with their path; false shows the name only.", _switch),
    "kernel_threads": ("Show kernel threads.", _switch),
    "delay": (f"Seconds between samples, {SHORTEST} to {LONGEST:.0f}.", _delay),
    "tab": (f"The tab to open with: {', '.join(TABS)}.", lambda value, _: _one_of(value, TABS)),
}
"""Each setting with the comment that stands above it in a new file, and the check of its value."""
