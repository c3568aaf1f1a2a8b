"""Numbers as people type them in a filter: `100M`, `1.5g/s`, `5%`, `90s`, `2025-11-22 13:05`."""

import re
from datetime import datetime
from typing import Final

from memtui.model.fields import Unit

_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([a-z%]*)(/s)?", re.ASCII | re.IGNORECASE)
_LETTERS: Final = "kmgtpe"
_BINARY: Final = {"": 1.0, "b": 1.0} | {
    letter + rest: 1024.0**power for power, letter in enumerate(_LETTERS, 1) for rest in ("", "b", "ib")
}
_DECIMAL: Final = {"": 1.0} | {letter: 1000.0**power for power, letter in enumerate(_LETTERS, 1)}
_TIME: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SUFFIXES: Final = {
    Unit.NUMBER: _DECIMAL,
    Unit.PAGES: _DECIMAL,
    Unit.RATE: _DECIMAL,
    Unit.BYTES: _BINARY,
    Unit.BYTES_CHANGE: _BINARY,
    Unit.BYTES_RATE: _BINARY,
    Unit.PERCENT: {"": 1.0, "%": 1.0},
    Unit.SECONDS: _TIME,
    Unit.CPU_TIME: _TIME,
}
_RATES: Final = (Unit.RATE, Unit.BYTES_RATE)
_LIKE: Final = {
    Unit.NUMBER: "a number like 500 or 2k",
    Unit.PAGES: "a number of pages like 2k",
    Unit.RATE: "a rate like 20 or 2k",
    Unit.BYTES: "a size like 100M",
    Unit.BYTES_CHANGE: "a size like 100M or -5M",
    Unit.BYTES_RATE: "a rate like 100K",
    Unit.PERCENT: "a percentage like 5%",
    Unit.SECONDS: "a time like 90s or 2h",
    Unit.CPU_TIME: "a time like 90s or 2h",
    Unit.WALL: "a time like 2025-11-22T13:05",
}


class NotAValue(ValueError):
    """The text is no value of the unit; says what one looks like."""


def number(text: str, unit: Unit) -> float:
    """The value in the field's own unit: bytes, seconds, percent, per second; a point in time as seconds since 1970.

    K is 1024 for bytes and 1000 for counts, as `view.format` writes them. A date is in the local zone. Raises
    `NotAValue`.
    """
    value = _moment(text) if unit is Unit.WALL else _scaled(text, unit)
    if value is None:
        raise NotAValue(_LIKE[unit])
    return value


def _scaled(text: str, unit: Unit) -> float | None:
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    digits, suffix, per_second = found.groups()
    scale = _SUFFIXES[unit].get(suffix.lower())
    if scale is None or (per_second and unit not in _RATES):
        return None
    return float(digits) * scale


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
