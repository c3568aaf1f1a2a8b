"""Cases of swap."""

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.swap import SWAP_FULL, SWAP_IDLE

from .conftest import GIB, MIB, Case, Moment


def full(share: float, available: float = 0.24) -> Moment:
    return {"meminfo": {"SwapFree": round(2 * GIB * (1 - share)), "MemAvailable": round(8 * GIB * available)}}


def idle(used: float, rate: float = 0.0) -> Moment:
    return {"meminfo": {"SwapFree": 2 * GIB - round(used * MIB)}, "rates": {"pswpin": rate, "pswpout": rate / 2}}


CASES = (
    Case(SWAP_FULL, full(0.901), full(0.899), full(0.81)),
    Case(SWAP_FULL, full(0.981), full(0.899), full(0.81), severity=Severity.CRITICAL),
    Case(SWAP_FULL, full(0.99, 0.26), full(0.899, 0.26), full(0.81, 0.26), severity=Severity.NOTE),
    Case(SWAP_IDLE, idle(64), idle(63.9), idle(49, 40.0), severity=Severity.NOTE),
    Case(SWAP_IDLE, idle(500, 19.0), idle(500, 20.0), idle(500, 49.0), severity=Severity.NOTE),
)
