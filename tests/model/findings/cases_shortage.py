"""Of memory that is short."""

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.shortage import AVAILABLE_LOW, PRESSURE

from .conftest import GIB, Case


def available(share: float) -> dict[str, object]:
    return {"meminfo": {"MemAvailable": int(8 * GIB * share)}}


CASES = (
    Case(AVAILABLE_LOW, available(0.099), available(0.101), available(0.14)),
    Case(AVAILABLE_LOW, available(0.049), available(0.101), available(0.14), severity=Severity.CRITICAL),
    Case(PRESSURE, {"some": 10.0, "full": 4.9}, {"some": 9.9, "full": 4.9}, {"some": 5.0, "full": 2.4}),
    Case(PRESSURE, {"some": 6.0, "full": 5.0}, {"some": 6.0, "full": 4.9}, None, severity=Severity.CRITICAL),
)
