"""Sentences as parts, so that numbers are written and names are made harmless where they are shown, not here."""

from typing import NamedTuple

from memtui.model.fields.field import Unit


class Amount(NamedTuple):
    """A number with its unit; None is not known."""

    value: float | None
    unit: Unit


class Name(NamedTuple):
    """A text from outside: a command, a cgroup, a file system."""

    text: str


Words = tuple[str | Amount | Name, ...]
"""A sentence: its parts follow each other without a space between."""


def size(value: float | None) -> Amount:
    """Bytes."""
    return Amount(value, Unit.BYTES)


def size_rate(value: float | None) -> Amount:
    """Bytes per second."""
    return Amount(value, Unit.BYTES_RATE)


def rate(value: float | None) -> Amount:
    """Events per second; the words behind it say `/s`."""
    return Amount(value, Unit.RATE)


def percent(value: float | None) -> Amount:
    """Percent; the sign is written with it."""
    return Amount(value, Unit.PERCENT)


def count(value: float | None) -> Amount:
    """A number of things."""
    return Amount(value, Unit.NUMBER)


def seconds(value: float | None) -> Amount:
    """A span of time."""
    return Amount(value, Unit.SECONDS)
