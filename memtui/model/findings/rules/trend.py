"""What rules of growth hold a trend against: how long it was seen, how much it was, and when something is used up."""

from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.finding import Severity
from memtui.model.findings.rule import Limits, Mark

_DAY: Final = 86400.0
_AHEAD: Final = 4.0  # how many times the time that was seen a trend may be carried on, before it has been long

GROWN: Final = Mark(
    "grown", 50e6, "bytes of growth that are a warning", Unit.BYTES, stays=40e6,
    source="linnix PR 113: more than 50 MB",
)  # fmt: skip
SEEN: Final = Mark("seen", 120.0, "seconds of growth that are a warning: builds and tests are done by then",
                   Unit.SECONDS)  # fmt: skip
LONG: Final = Mark("long", 900.0, "seconds of growth after which a trend may be carried on as far as a day",
                   Unit.SECONDS, source="linnix PR 113: 15 minutes")  # fmt: skip
WITHIN: Final = Mark("within", _DAY, "seconds that are left, for a warning", Unit.SECONDS, stays=2 * _DAY)


def lasting(room: float | None, rate: float) -> float | None:
    """Seconds for which so many bytes last at a rate (bytes/s); None where that can't be told."""
    return None if room is None or rate <= 0 else room / rate


def bad(limits: Limits, grown: float, seen: float, left: float | None) -> Severity:
    """A warning if it grew much, for long enough to look ahead so far, and what is left is used up soon; else a note.

    `grown` are bytes, `seen` the seconds for which it has grown, `left` those until nothing is left. A test run or a
    build may grow for minutes: that they would need all memory in some hours is no reason for a warning.
    """
    if left is None or left > limits("within") or grown < limits("grown") or seen < limits("seen"):
        return Severity.NOTE
    return Severity.NOTE if seen < min(limits("long"), left / _AHEAD) else Severity.WARNING
