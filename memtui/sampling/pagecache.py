"""The instrument of the page cache, attached while somebody wants it and no longer.

Attaching takes a tenth of a second: it is done on a thread of its own, unless the request is for one-shot output,
which waits for it.
"""

import os
import shlex
import sys
import time
from collections.abc import Callable, Collection, Mapping
from threading import Thread
from typing import Final

from memtui.model.pagecache import PROC, CountedProcess, Instrument, PageCacheSample, Pages, Quality, summed
from memtui.model.sample import ProcessSample
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Why
from memtui.trace.pagecache.adds import AddCounters
from memtui.trace.pagecache.ladder import Opened, open_best
from memtui.trace.pagecache.records import EVERYONE_ELSE, Counted
from memtui.trace.pagecache.typed import TypedCounters

_REMEMBERED: Final = 2000  # ended processes that keep a row of their own
_OTHERS: Final = "(others)"


class PageCacheWatch:
    """Holds the instrument of a source between `read`s. `open_` finds one; `monotonic` is the clock."""

    def __init__(
        self,
        source: ProcSource,
        open_: Callable[[], Opened] = open_best,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._open = open_
        self._monotonic = monotonic
        self._opened: Opened | None = None
        self._opening: Thread | None = None
        self._closed = False
        self._since = 0.0
        self._gone: set[int] = set()
        self._last: dict[int, tuple[Counted, CountedProcess]] = {}
        self._ended: list[CountedProcess] = []

    def read(self, processes: Mapping[int, ProcessSample], *, wait: bool = False) -> PageCacheSample:
        """What has been counted; `processes` are those alive. The first attaches; with `wait` it is done then."""
        if not self._source.live:
            return PageCacheSample(PROC, 0.0, 0.0)
        if self._opened is None:
            self._attach(wait=wait)
        opened = self._opened
        if opened is None:
            return PageCacheSample(PROC, self._monotonic(), 0.0, pending=True)
        instrument = _instrument(opened)
        if opened.counters is None:
            return PageCacheSample(instrument, self._monotonic(), self._since)
        if isinstance(opened.counters, AddCounters):
            return PageCacheSample(instrument, self._monotonic(), self._since, added=opened.counters.read())
        counted = opened.counters.read()
        at = self._monotonic()
        alive = tuple(self._counted(one, processes) for one in counted)
        sample = PageCacheSample(instrument, at, self._since, alive, tuple(self._ended))
        self._retire(opened.counters, alive)
        return sample

    def close(self) -> None:
        """Detach, if attached; a later `read` attaches anew, and counts from 0."""
        if self._opening is not None:
            self._opening.join()
            self._opening = None
        if self._opened is not None and self._opened.counters is not None:
            self._opened.counters.close()
        self._opened = None
        self._gone.clear()
        self._last.clear()
        self._ended.clear()

    def _attach(self, *, wait: bool) -> None:
        def attach() -> None:
            opened = self._open()
            self._since = self._monotonic()
            self._opened = opened

        if self._opening is None:
            self._opening = Thread(target=attach, name="attach to the page cache", daemon=True)
            self._opening.start()
        if wait:
            self._opening.join()
        if not self._opening.is_alive():
            self._opening = None

    def _counted(self, one: Counted, processes: Mapping[int, ProcessSample]) -> CountedProcess:
        process = processes.get(one.pid)
        start = process.stat.starttime if process else None
        past = self._last.get(one.pid)
        if past is not None and past[0] == one and past[1].start_time == start:
            return past[1]
        name = _OTHERS if one.pid == EVERYONE_ELSE else one.comm
        counted = CountedProcess(one.pid, start, one.uid, self._source.user(one.uid), name, Pages(*one.pages))
        self._last[one.pid] = one, counted
        return counted

    def _retire(self, counters: TypedCounters, counted: Collection[CountedProcess]) -> None:
        """Take ended processes out of the kernel's map, one sample after they were first found missing.

        A process that began between the list of processes and the counters is missing too, but not twice.
        """
        missing = {one.pid for one in counted if one.start_time is None and one.pid not in (0, EVERYONE_ELSE)}
        over = missing & self._gone
        self._gone = missing - over
        counters.forget(over)
        for pid in over:
            self._last.pop(pid, None)
        self._ended += [one for one in counted if one.pid in over]
        if len(self._ended) > _REMEMBERED:
            old, self._ended = self._ended[:-_REMEMBERED], self._ended[-_REMEMBERED:]
            total = summed(one.pages for one in old)
            self._ended.insert(0, CountedProcess(EVERYONE_ELSE, None, 0, "", _OTHERS, total))


def _instrument(opened: Opened) -> Instrument:
    if isinstance(opened.counters, TypedCounters):
        quality = Quality.EXACT
    else:
        quality = Quality.ESTIMATE if opened.counters is None else Quality.PARTIAL
    denied = any(reason.why is Why.DENIED for _, reason in opened.refused)
    helps = quality is not Quality.EXACT and denied and os.geteuid() != 0
    return Instrument(opened.name, quality, opened.refused, _command() if helps else "")


def _command() -> str:
    """The command line that runs this memtui as root."""
    program = sys.argv[0] if os.path.basename(sys.argv[0]) == "memtui" else f"{sys.executable} -m memtui"
    return f"sudo {program if ' -m ' in program else shlex.quote(os.path.abspath(program))}"
