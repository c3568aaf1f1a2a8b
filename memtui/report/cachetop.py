"""`memtui cachetop`: hits and misses of the page cache by process, in pages of each interval.

Processes that did nothing are left out; those that ended within the interval are there, by the name they had.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from memtui.model.cache import CacheRow
from memtui.model.fields import CACHE, PROCESS
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.report.cachestat import instrument, intervals
from memtui.report.document import document, iso_time
from memtui.report.paper import Paper, paper, show
from memtui.view import format as fmt
from memtui.view.cache import CacheSpec, instrument_lines, mebibytes, select
from memtui.view.columns import short_command, shown_text
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.text import cells, cut

_COUNTS: Final = ("hits", "misses", "dirties", "read_hit_pct", "write_hit_pct")
_COMMAND: Final = 16
_USER: Final = 9


def run(source: ProcSource, limit: int | None, interval: float | None, count: int | None, *, as_json: bool) -> int:
    """Print the processes of each interval (seconds), those with most misses first; the exit status."""
    for number, snapshot in enumerate(intervals(source, interval, count)):
        active = list(islice(_active(snapshot), limit))
        if as_json:
            print(document("cachetop", snapshot, [row(one) for one in active], **instrument(snapshot)), flush=True)
        else:
            on = paper()
            show([*([EMPTY] if number else []), *lines(snapshot, active, on)], on)
    return 0


def row(one: CacheRow) -> Mapping[str, Any]:
    """A process by the keys of the field table."""
    return {"pid": one.pid, "uid": one.uid, "cmd": one.command, "ended": one.ended} | {
        key: getattr(one.now, key) for key in _COUNTS
    }


def lines(snapshot: Snapshot, active: list[CacheRow], on: Paper) -> list[Line]:
    """The time, the instrument, titles and processes."""
    memory = snapshot.memory
    time = iso_time(snapshot.wall)[11:19]
    sizes = f"{time}  BUFFERS_MB {mebibytes(memory.buffers)}  CACHED_MB {mebibytes(memory.cached)}"
    titles = f"{PROCESS['pid'].title:>7} {CACHE['uid'].title:<{_USER}} {CACHE['cmd'].title:<{_COMMAND}}"
    heads = " ".join(f"{CACHE[key].title:>{_width(key)}}" for key in _COUNTS)
    return [
        (Span(sizes, Tone.DIM),),
        *instrument_lines(snapshot.cache, on.width),
        (Span(f"{titles} {heads}", Tone.HEAD),),
        *((Span(_text(one)),) for one in active),
    ]


def _active(snapshot: Snapshot) -> list[CacheRow]:
    return [one for one in select(snapshot.cache, CacheSpec()) if not one.now.idle]


def _text(one: CacheRow) -> str:
    name = cut(shown_text(short_command(one.command, one.command)), _COMMAND)
    user = cut(shown_text(one.user), _USER)
    counts = " ".join(f"{_number(one, key):>{_width(key)}}" for key in _COUNTS)
    pid = fmt.NONE if one.pid > 1 << 31 else str(one.pid)
    padding = " " * (_COMMAND - cells(name))
    return f"{pid:>7} {user}{' ' * (_USER - cells(user))} {name}{padding} {counts}"


def _number(one: CacheRow, key: str) -> str:
    value = getattr(one.now, key)
    if value is None:
        return fmt.NONE
    return fmt.percent(value) if key.endswith("_pct") else str(value)


def _width(key: str) -> int:
    return max(8, len(CACHE[key].title))
