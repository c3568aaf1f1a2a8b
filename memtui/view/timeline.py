"""The time line: what happened while memtui ran, the newest first."""

import time
from collections.abc import Sequence
from typing import Final

from memtui.model.findings.finding import Event, EventKind
from memtui.view.blocks import wrapped
from memtui.view.findings import MARKS, TONES
from memtui.view.lines import Line, Span, Tone
from memtui.view.page import Row, plain
from memtui.view.say import say

EMPTY_LINE: Final = "nothing has happened since memtui was started"
_KIND: Final = max(len(kind) for kind in EventKind)
_BEFORE: Final = 8 + 2 + 2 + _KIND + 2  # cells of time, mark and kind


def event_key(event: Event) -> str:
    """The key of an event's row."""
    return f"event {event.at} {event.kind} {say(event.text)}"


def event_rows(events: Sequence[Event], width: int) -> list[Row]:
    """One row for each event, the newest first, a line of its own for every other day."""
    rows: list[Row] = []
    day = time.strftime("%Y-%m-%d", time.localtime(events[-1].wall)) if events else ""
    for event in reversed(events):
        then = time.localtime(event.wall)
        if (date := time.strftime("%Y-%m-%d", then)) != day:
            rows.append(Row((Span(date, Tone.LABEL),)))
            day = date
        first, *more = wrapped(say(event.text), width - _BEFORE)
        rows.append(Row((*_head(event, time.strftime("%H:%M:%S", then)), Span(first)), event_key(event)))
        rows += plain((Span(" " * _BEFORE), Span(piece)) for piece in more)
    return rows


def _head(event: Event, moment: str) -> Line:
    """When, how bad, and what it was; what is over is told by its word and is good."""
    mark, tone = " ", Tone.PLAIN
    if event.kind is EventKind.CLOSED:
        mark, tone = "✓", Tone.GOOD
    elif event.severity is not None:
        mark, tone = MARKS[event.severity], TONES[event.severity]
    return Span(f"{moment}  ", Tone.DIM), Span(f"{mark} {event.kind:<{_KIND}}  ", tone)
