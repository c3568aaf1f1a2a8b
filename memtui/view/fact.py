"""Facts one below the other: a title, a number, and what it means or why it is missing."""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from memtui.model.fields import DETAIL, PROCESS, Unit
from memtui.proc.unavailable import Unavailable
from memtui.view import format as fmt
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.text import cells, cut

_ROWS: Final = {**PROCESS, **DETAIL}
_TITLE: Final = 10
_VALUE: Final = 9
_TEXTS: Final[dict[Unit, Callable[[Any], str]]] = {
    Unit.NUMBER: fmt.count,
    Unit.BYTES: fmt.size,
    Unit.BYTES_RATE: fmt.size_rate,
    Unit.RATE: fmt.rate,
    Unit.PERCENT: fmt.percent,
    Unit.CPU_TIME: fmt.cpu_time,
}


class Fact(NamedTuple):
    """`value` as it is shown, or the reason that there is none.

    `note` says more about this value, `meaning` what the quantity is: it gives way to the note where room is short.
    """

    title: str
    value: str | Unavailable
    note: str = ""
    meaning: str = ""
    tone: Tone = Tone.PLAIN


def field(key: str, value: float | None, reason: Unavailable, note: str = "", tone: Tone = Tone.PLAIN) -> Fact:
    """The fact of a row of the field table."""
    row = _ROWS[key]
    shown = reason if value is None else _TEXTS[row.unit](value)
    return Fact(row.title, shown, note, row.meaning, tone)


def fact_lines(facts: Iterable[Fact], width: int) -> list[Line]:
    """One line for each fact, at most `width` cells."""
    return [_line(fact, width) for fact in facts]


def _line(fact: Fact, width: int) -> Line:
    title = Span(cut(fact.title, _TITLE).ljust(_TITLE), Tone.LABEL)
    if isinstance(fact.value, Unavailable):
        return title, Span(" " * (_VALUE - 1)), *missing(fact.value, width - _TITLE - _VALUE + 1)
    room = width - _TITLE - max(_VALUE, len(fact.value)) - 2
    words = "; ".join(part for part in (fact.note, fact.meaning) if part)
    if fact.note and cells(words) > room:
        words = fact.note
    return title, Span(fact.value.rjust(_VALUE), fact.tone), Span(f"  {cut(words, room)}", Tone.DIM)
