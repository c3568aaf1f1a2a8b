"""One line of plain facts: what could not be read, and how much of PSS is known."""

from typing import Final

from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import Why
from memtui.view.lines import EMPTY, Line, Span, Tone, join
from memtui.view.text import sanitize

GAP: Final = " · "
_FEW: Final = 0.1  # share of processes that may refuse without being pointed out


def facts(snapshot: Snapshot) -> Line:
    """Failed reads first, then what this kernel lacks, then the state of PSS."""
    return join([*(unread(snapshot) or [(Span("✓ system files read", Tone.GOOD),)]), pss_coverage(snapshot)], GAP)


def unread(snapshot: Snapshot) -> list[Line]:
    """Failed reads, and what is not in this kernel; empty if all was read."""
    failed, absent = _unread(snapshot)
    return [
        *((Span(f"! could not read {text}", Tone.BAD),) for text in failed),
        *((Span(f"○ {text}", Tone.DIM),) for text in absent),
    ]


def _unread(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    """What failed and what is not in this kernel, the files of one reason together."""
    failed: dict[str, list[str]] = {}
    absent: dict[str, list[str]] = {}
    for what, reason in snapshot.problems:
        of_kind = absent if reason.why is Why.ABSENT else failed
        of_kind.setdefault(sanitize(str(reason)), []).append(sanitize(what))
    return (
        [f"{', '.join(files)}: {reason}" for reason, files in failed.items()],
        [f"{reason}: {', '.join(files)}" for reason, files in absent.items()],
    )


def pss_coverage(snapshot: Snapshot) -> Line:
    """How many processes have a PSS; empty while nothing asks for it."""
    coverage = snapshot.coverage
    if not coverage.known and not coverage.refused:  # nothing on the screen asks for PSS, or not yet
        return EMPTY
    words = f"PSS {coverage.known} of {coverage.able} processes"
    if coverage.waiting and snapshot.cost.rollups:  # else nothing on the screen asks for them
        words += f", {coverage.waiting} still to come"
    out: Line = (Span(words, Tone.DIM),)
    if coverage.refused:
        count, reasons = sum(coverage.refused.values()), "; ".join(sorted(coverage.refused))
        tone = Tone.WARN if count > _FEW * coverage.able else Tone.DIM
        out = (*out, Span(f", {count} refused: {sanitize(reasons)}", tone))
    return out
