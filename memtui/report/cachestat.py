"""`memtui cachestat`: hits and misses of the page cache, in pages of each interval, as the tool of that name prints.

Without an interval it is one line about one second. The first line says what counts and what that is worth.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from memtui.model.fields import CACHE
from memtui.model.pagecache import Quality
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.report.document import document
from memtui.report.paper import paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view import format as fmt
from memtui.view.cache import instrument_lines, mebibytes, total_row, why_not_better
from memtui.view.lines import Line, Span, Tone

_SECOND: Final = 1.0
_COUNTED: Final = ("total", "misses", "hits", "dirties")
_WIDTHS: Final = {"hit_ratio": 7, "buffers_mb": 11, "cached_mb": 10}
_KEYS: Final = (*_COUNTED, "hit_ratio", "buffers_mb", "cached_mb")


def intervals(source: ProcSource, interval: float | None, count: int | None) -> Iterator[Snapshot]:
    """A snapshot behind each interval; the instrument is attached at the beginning of the first."""
    request = Request(needs=Need.STATUS | Need.IO | Need.PAGE_CACHE, complete=True)
    taken = snapshots(source, request, interval or _SECOND, count if interval else 1, refine=_without_io)
    next(taken)
    return taken


def run(source: ProcSource, interval: float | None, count: int | None, *, as_json: bool) -> int:
    """Print a line for each interval (seconds); the exit status."""
    on = paper()
    for number, snapshot in enumerate(intervals(source, interval, count)):
        if as_json:
            print(document("cachestat", snapshot, [row(snapshot)], **instrument(snapshot)), flush=True)
            continue
        if number == 0:
            show(instrument_lines(snapshot.cache, on.width), on)
        again = number % max(1, on.height - 3) == 0 if on.height else number == 0
        show([*((heading(),) if again else ()), line(snapshot)], on)
    return 0


def row(snapshot: Snapshot) -> Mapping[str, Any]:
    """The numbers of the interval by the keys of the field table."""
    value = total_row(snapshot.cache.now)
    memory = snapshot.memory
    return {
        **{key: value(key) for key in (*_COUNTED, "hit_ratio")},
        "buffers_mb": mebibytes(memory.buffers),
        "cached_mb": mebibytes(memory.cached),
    }


def instrument(snapshot: Snapshot) -> Mapping[str, Any]:
    """What counted, and why nothing better did, for the JSON face."""
    of = snapshot.cache.instrument
    why = why_not_better(of) or None
    return {"instrument": {"name": of.name, "quality": of.quality, "why_not_better": why}}


def heading() -> Line:
    """The titles."""
    return (Span(" ".join(f"{CACHE[key].title:>{_width(key)}}" for key in _KEYS), Tone.HEAD),)


def line(snapshot: Snapshot) -> Line:
    """The numbers of one interval."""
    values = row(snapshot)
    cells = [(fmt.percent(values[key]) if key == "hit_ratio" else _whole(values[key]), key) for key in _KEYS]
    return (Span(" ".join(f"{cell:>{_width(key)}}" for cell, key in cells)),)


def _width(key: str) -> int:
    return _WIDTHS.get(key, 9)


def _whole(value: int | None) -> str:
    return fmt.NONE if value is None else str(value)


def _without_io(snapshot: Snapshot, request: Request) -> Request:
    """An exact instrument needs nothing of each process."""
    if snapshot.cache.instrument.quality is not Quality.EXACT:
        return request
    return Request(needs=Need.STATUS | Need.PAGE_CACHE, complete=True)
