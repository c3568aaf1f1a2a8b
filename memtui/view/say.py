"""Sentences of findings as text: numbers in their units, names from outside made harmless."""

from collections.abc import Callable
from typing import Final

from memtui.model.fields import Unit
from memtui.model.findings.words import Amount, Name, Words
from memtui.view import format as fmt
from memtui.view.columns import shown_text
from memtui.view.format import NONE

_TEXTS: Final[dict[Unit, Callable[[float], str]]] = {
    Unit.BYTES: lambda value: fmt.size(round(value)),
    Unit.BYTES_CHANGE: lambda value: fmt.signed_size(round(value)),
    Unit.BYTES_RATE: lambda value: f"{fmt.size_rate(value)}/s",
    Unit.RATE: fmt.rate,
    Unit.PERCENT: lambda value: f"{fmt.percent(value).strip()}%",
    Unit.NUMBER: lambda value: fmt.count(round(value)),
    Unit.PAGES: lambda value: fmt.count(round(value)),
    Unit.SECONDS: fmt.short_time,
}


def amount(value: float | None, unit: Unit) -> str:
    """A number with its unit; `–` where it is not known."""
    return NONE if value is None else _TEXTS.get(unit, _plain)(value)


def say(words: Words) -> str:
    """The sentence."""
    return "".join(
        amount(*part) if isinstance(part, Amount) else shown_text(part.text) if isinstance(part, Name) else part
        for part in words
    )


def _plain(value: float) -> str:
    return f"{value:g}"
