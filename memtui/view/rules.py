"""What is watched: every rule with its thresholds and who published them, beside those that the user set instead."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from memtui.model.findings.rule import Changed, Mark, Rule, in_force
from memtui.model.findings.rules import RULES
from memtui.model.findings.watch import Preferences
from memtui.view.blocks import wrapped
from memtui.view.lines import EMPTY, Line, Span, Tone, width_of
from memtui.view.say import amount
from memtui.view.text import cells, pad_left, pad_right

_NUMBERS: Final = "warning", "critical", "stays"
_COLUMN: Final = 9  # cells of a number
_ROOM: Final = 30  # cells beside the numbers in which words are readable; with less they go below
_GAP: Final = "  "
_INDENT: Final = "    "
_NONE: Final = "-"


def rule_lines(preferences: Preferences, width: int, rules: Sequence[Rule] = RULES) -> list[Line]:
    """All rules in their order, in at most `width` cells; a finding opens at `warning`, stays until past `stays`."""
    lines: list[Line] = []
    for rule in rules:
        lines += [*([EMPTY] if lines else []), *_title(rule, preferences, width)]
        lines += [(Span(_INDENT), *line) for line in _marks(rule, preferences.marks, width - len(_INDENT))]
    return lines


def _title(rule: Rule, preferences: Preferences, width: int) -> Iterable[Line]:
    off = rule.id in preferences.off
    held = f"told after {rule.hold:g} s, closed after {rule.clear:g} s" if not off else "off by the settings"
    name, title = Span(f"{rule.id}: ", Tone.LABEL), Span(rule.title, Tone.DIM if off else Tone.STRONG)
    behind = Span(f" ({held})", Tone.DIM)
    if width_of((name, title, behind)) <= width:
        yield name, title, behind
        return
    yield (name._replace(text=name.text.rstrip()),)
    for span in (title, behind):
        yield from (
            (Span(_INDENT), Span(piece, span.tone)) for piece in wrapped(span.text.strip(), width - len(_INDENT))
        )


def _marks(rule: Rule, changes: Mapping[str, Mapping[str, Changed]], width: int) -> Iterable[Line]:
    marks = in_force(rule, changes.get(rule.id))
    if not marks:
        yield (Span("no thresholds", Tone.DIM),)
        return
    name = max(len("threshold"), *(cells(mark.name) for mark in marks))
    yield (Span(f"{'threshold':<{name}}" + "".join(f"{_GAP}{number:>{_COLUMN}}" for number in _NUMBERS), Tone.LABEL),)
    for mark, own in zip(marks, rule.marks, strict=True):
        room = width - name - 3 * (len(_GAP) + _COLUMN) - len(_GAP)
        first, *more = (
            wrapped(_words(mark, own), room) if room >= _ROOM else ["", *wrapped(_words(mark, own), width - 2)]
        )
        numbers = "".join(_GAP + pad_left(_number(mark, which), _COLUMN) for which in _NUMBERS)
        tone = Tone.PLAIN if mark == own else Tone.MARK
        yield Span(pad_right(mark.name, name)), Span(numbers, tone), Span(_GAP + first, Tone.DIM)
        for piece in more:
            yield Span(" " * (name + len(numbers) + len(_GAP) if room >= _ROOM else 2)), Span(piece, Tone.DIM)


def _words(mark: Mark, own: Mark) -> str:
    """What is counted, who published the threshold, and what it is where the user has not set another."""
    was = "" if mark == own else f", set by you instead of {' / '.join(_number(own, which) for which in _NUMBERS)}"
    return f"{mark.meaning} [{mark.source}{was}]"


def _number(mark: Mark, which: str) -> str:
    """One of a mark's numbers with its unit; `-` where it has none."""
    value = getattr(mark, which)
    return _NONE if value is None else amount(value, mark.unit)
