"""Of memory that is short."""

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.shortage import AVAILABLE_LOW, PRESSURE

from .conftest import GIB, Case, Moment


def available(share: float) -> dict[str, object]:
    return {"meminfo": {"MemAvailable": int(8 * GIB * share)}}


def streaming(wanted: float, scanned: float = 100_000) -> Moment:
    """Much pressure while 90,000 pages a second are reclaimed, of which so many are wanted back."""
    rates = {"pgscan_kswapd": scanned, "pgsteal_kswapd": 90_000, "workingset_restore_file": wanted}
    return {"some": 18.0, "full": 16.0, "rates": rates}


CASES = (
    Case(AVAILABLE_LOW, available(0.099), available(0.101), available(0.14)),
    Case(AVAILABLE_LOW, available(0.049), available(0.101), available(0.14), severity=Severity.CRITICAL),
    Case(PRESSURE, {"some": 10.0, "full": 4.9}, {"some": 9.9, "full": 4.9}, {"some": 5.0, "full": 2.4}),
    Case(PRESSURE, streaming(17_999), {"some": 9.9, "full": 4.9}, severity=Severity.NOTE),
    Case(PRESSURE, {"some": 18.0, "full": 16.0, "rates": {"pgscan_kswapd": 4900, "pgsteal_kswapd": 4900}},
         {"some": 9.9, "full": 4.9}, severity=Severity.CRITICAL),
    Case(PRESSURE, streaming(18_001), {"some": 9.9, "full": 4.9}, severity=Severity.CRITICAL),
    Case(PRESSURE, streaming(0, 101_000), {"some": 9.9, "full": 4.9}, severity=Severity.CRITICAL),
    Case(PRESSURE, {**streaming(0), "meminfo": {"MemAvailable": 2 * GIB - 1}}, {"some": 9.9, "full": 4.9},
         severity=Severity.CRITICAL),
    Case(PRESSURE, {"some": 6.0, "full": 5.0}, {"some": 6.0, "full": 4.9}, None, severity=Severity.CRITICAL),
)  # fmt: skip
