"""What rules of growth hold a trend against: how long it was seen, how much it was, and when something is used up."""

from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.finding import Severity
from memtui.model.findings.rule import Limits, Mark

_DAY: Final = 86400.0
_AHEAD: Final = 144.0  # how many times the time that was seen a trend may be carried on: ten minutes for a day

GROWN: Final = Mark(
    "grown", 50e6, "bytes of growth that are a warning", Unit.BYTES, stays=40e6,
    source="linnix PR 113: more than 50 MB",
)  # fmt: skip
SEEN: Final = Mark("seen", 120.0, "seconds of growth that are a warning: builds and tests are done by then",
                   Unit.SECONDS)  # fmt: skip
WITHIN: Final = Mark("within", _DAY, "seconds that are left, for a warning", Unit.SECONDS, stays=2 * _DAY)


def lasting(room: float | None, rate: float) -> float | None:
    """Seconds for which so many bytes last at a rate (bytes/s); None where that can't be told."""
    return None if room is None or rate <= 0 else room / rate


def bad(limits: Limits, rate: float, over: float, left: float | None) -> Severity:
    """A warning if it grew much, for long enough to look ahead so far, and what is left is used up soon; else a note.

    `rate` is in bytes/s, `over` are the seconds looked at, `left` those until nothing is left.
    """
    far = left is None or left > limits("within") or left > over * _AHEAD
    much = rate * over >= limits("grown") and over >= limits("seen")
    return Severity.WARNING if much and not far else Severity.NOTE
