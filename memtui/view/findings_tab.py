"""The Findings tab: how it stands, the findings, and the time line below or beside them, where there is room."""

from collections.abc import Sequence
from typing import Final

from memtui.model.findings.finding import Finding
from memtui.model.snapshot import Snapshot
from memtui.view.blocks import flow, heading, wrapped
from memtui.view.facts import unread
from memtui.view.findings import MARKS, NOTHING, TONES, counted, key_of, list_rows, watched
from memtui.view.lines import EMPTY, Line, Span, Tone, fit, text_of
from memtui.view.page import Row, plain, with_margin
from memtui.view.text import sanitize
from memtui.view.timeline import EMPTY_LINE, event_rows

TIMELINE: Final = "Time line"
_BESIDE: Final = 160  # cells from which on the time line stands beside the findings
_GAP: Final = "   "
_FEWEST: Final = 4  # lines of the time line that are worth showing
_HINT: Final = "r lists the rules with their thresholds and who published them; e is the time line."


def findings_rows(snapshot: Snapshot, width: int, height: int, opened: str) -> list[Row]:
    """The page; the finding whose row has the key `opened` is unfolded."""
    inner = width - 1
    if width < _BESIDE:
        rows = _left(snapshot, inner, opened)
        return with_margin(rows + _below(snapshot, inner, height - len(rows)))
    left = inner * 3 // 5
    rows = _left(snapshot, left, opened)
    right = timeline_rows(snapshot, inner - left - len(_GAP))
    count = max(len(rows), min(height, len(right)))
    rows += [Row(EMPTY)] * (count - len(rows))
    beside = [row.line for row in right] + [EMPTY] * count
    return with_margin(
        row._replace(line=(*fit(row.line, left), Span(_GAP), *line)) if line else row
        for row, line in zip(rows, beside, strict=False)
    )


def timeline_rows(snapshot: Snapshot, width: int) -> list[Row]:
    """The time line with its heading."""
    events = snapshot.findings.events
    found = event_rows(events, width) or [Row((Span(EMPTY_LINE, Tone.DIM),))]
    return [Row(heading(TIMELINE, width, f"{len(events)} events" if events else "")), Row(EMPTY), *found]


def opened_of(findings: Sequence[Finding], cursor: str) -> Finding | None:
    """The finding that is unfolded: the one under the cursor, also if that is on one of its steps; else the worst."""
    for one in findings:
        key = key_of(one)
        if cursor == key or cursor.startswith(f"{key} step "):
            return one
    return findings[0] if findings else None


def badge(snapshot: Snapshot) -> Span:
    """The worst mark and the number of findings, for the name of the tab; two cells, empty if there are none."""
    found = snapshot.findings.open
    if not found:
        return Span("")
    return Span(f"{MARKS[found[0].severity]}{len(found) if len(found) < 10 else '+'}", TONES[found[0].severity])


def _left(snapshot: Snapshot, width: int, opened: str) -> list[Row]:
    found, now = snapshot.findings, (snapshot.at, snapshot.wall)
    if found.open:
        return [
            *plain([*flow([counted(found.open), watched(found, *now)], width), EMPTY]),
            *list_rows(found.open, snapshot.at, width, opened),
        ]
    if not found.checked:
        return [Row((Span("○ not judged yet", Tone.DIM),))]
    good: Line = (Span(f"✓ {NOTHING}", Tone.GOOD),)
    lines = [*flow([good, watched(found, *now)], width), EMPTY]
    unseen = [*unread(snapshot), *_refused(snapshot)]
    if unseen:
        lines.append((Span("not seen", Tone.LABEL),))
        for line in unseen:
            lines += [(Span("  "), Span(piece, line[-1].tone)) for piece in wrapped(text_of(line), width - 2)]
        lines.append(EMPTY)
    return plain([*lines, *((Span(piece, Tone.DIM),) for piece in wrapped(_HINT, width))])


def _refused(snapshot: Snapshot) -> list[Line]:
    """Of how many processes PSS can't be had."""
    refused = snapshot.coverage.refused
    words = f"○ PSS of {sum(refused.values())} processes: {sanitize('; '.join(sorted(refused)))}"
    return [(Span(words, Tone.DIM),)] if refused else []


def _below(snapshot: Snapshot, width: int, room: int) -> list[Row]:
    """As much of the time line as fits; nothing if that is little, or if nothing happened."""
    rows = [Row(EMPTY), *timeline_rows(snapshot, width)]
    if not snapshot.findings.events or room < min(_FEWEST, len(rows)):
        return []
    return rows[:room]
