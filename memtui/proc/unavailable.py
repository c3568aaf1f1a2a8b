"""A value that could not be had, and why: missing is never zero."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """The kinds of absence that the screen tells apart."""

    GONE = "gone"
    DENIED = "denied"
    ABSENT = "absent"
    PENDING = "pending"
    FAILED = "failed"


_WORDS: Final = {
    Why.GONE: "the process has ended",
    Why.DENIED: "permission denied",
    Why.ABSENT: "not in this kernel",
    Why.PENDING: "not measured yet",
    Why.FAILED: "could not be read",
}


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The reason for a missing value; `need` says what would bring it (may be empty)."""

    why: Why
    need: str = ""

    def __str__(self) -> str:
        words = _WORDS[self.why]
        return f"{words}: {self.need}" if self.need else words


PENDING: Final = Unavailable(Why.PENDING)
ABSENT: Final = Unavailable(Why.ABSENT)
GONE: Final = Unavailable(Why.GONE)


class Unreadable(Exception):
    """Raised by a read that gave nothing; carries the `Unavailable` reason."""

    def __init__(self, reason: Unavailable) -> None:
        super().__init__(str(reason))
        self.reason = reason
