"""The one place that says why a value is missing: `–` and the reason behind it."""

from collections.abc import Mapping

from memtui.model.rates import whole
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import ABSENT, Unavailable, Why
from memtui.view.format import NONE
from memtui.view.lines import Line, Span, Tone
from memtui.view.text import cells, cut, sanitize

ONE_SAMPLE: Unavailable = Unavailable(Why.PENDING, "a rate takes two samples")


def missing(reason: Unavailable, width: int) -> Line:
    """A dim `–` with the reason, in at most `width` cells."""
    return (Span(cut(f"{NONE} {explained(reason, width - 2)}", width), Tone.DIM),)


def explained(reason: Unavailable, width: int) -> str:
    """The reason in at most `width` cells; where room is short, only what would help."""
    words = sanitize(str(reason))
    if reason.need and cells(words) > width:
        words = sanitize(reason.need)
    return cut(words, width)


def rate_reason(snapshot: Snapshot, *names: str) -> Unavailable:
    """Why a rate of /proc/vmstat counters is not there: no file, no such counter, or no second reading yet."""
    vmstat = snapshot.system.vmstat
    if isinstance(vmstat, Unavailable):
        return vmstat
    counters = whole(vmstat)
    return ONE_SAMPLE if all(name in counters for name in names) else ABSENT


def minor_faults(rates: Mapping[str, float]) -> float | None:
    """Minor faults per second: /proc/vmstat counts only all and major ones."""
    every, major = rates.get("pgfault"), rates.get("pgmajfault")
    return None if every is None or major is None else max(0.0, every - major)
