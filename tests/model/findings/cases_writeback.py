"""Cases of writeback: thresholds at 1 and 2 GiB, the middle at 1.5."""

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.writeback import DIRTY_HIGH

from .conftest import GIB, PAGE, Case, Moment


def waiting(share: float, drains: float = 10.0) -> Moment:
    """Of the upper threshold, written within so many seconds."""
    size = round(2 * GIB * share)
    return {
        "meminfo": {"Dirty": size // 4 * 3, "Writeback": size // 4 + size % 4},
        "vmstat": {"nr_dirty_threshold": 2 * GIB // PAGE, "nr_dirty_background_threshold": GIB // PAGE},
        "rates": {"nr_written": size / PAGE / drains if drains else 0},
    }


CASES = (
    Case(DIRTY_HIGH, waiting(0.639), waiting(0.636, 100), waiting(0.57), severity=Severity.NOTE),
    Case(DIRTY_HIGH, waiting(0.8, 61), waiting(0.636, 100), waiting(0.57)),
    Case(DIRTY_HIGH, waiting(0.8, 0), waiting(0.636, 0), waiting(0.57)),
    Case(DIRTY_HIGH, waiting(1.0, 50), waiting(0.636), waiting(0.57), severity=Severity.NOTE),
)
