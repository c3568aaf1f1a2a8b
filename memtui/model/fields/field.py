"""What is known of one quantity, and how quantities make a table."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """How a value is to be read; `view.format` writes each in its own fixed width."""

    TEXT = "text"
    NUMBER = "number"
    BYTES = "bytes"
    BYTES_CHANGE = "bytes more or less"
    BYTES_RATE = "bytes/s"
    RATE = "per second"
    PERCENT = "percent"
    PAGES = "pages"
    SECONDS = "seconds"
    CPU_TIME = "cpu seconds"
    WALL = "time of day"


@dataclass(frozen=True, slots=True)
class Field:
    """One quantity. `source` names the file and line of the kernel, `bad` when to worry (empty: never by itself)."""

    key: str
    title: str
    unit: Unit
    source: str
    meaning: str
    bad: str = ""


def table(*fields: Field) -> dict[str, Field]:
    """The fields by their keys, in this order."""
    return {field.key: field for field in fields}
