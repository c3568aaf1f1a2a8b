"""Reads OOM kills from the kernel log: all that it still holds at first, then only what is new."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from memtui.model.kills import KEPT, LoggedKill
from memtui.proc import uptime
from memtui.proc.oom_log import OomLog
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Unreadable, Why

_RECORD: Final = 8192  # bytes: more than any record has (CONSOLE_EXT_LOG_MAX)
_BUDGET: Final = 0.010  # seconds: a large log is read in several samples
_EVERY: Final = 64  # records between two looks at the clock


class KernelLog:
    """The kernel log of a source. It is opened when first asked for, and stays open."""

    def __init__(
        self,
        source: ProcSource,
        clock: Callable[[], float] = time.perf_counter,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._clock = clock
        self._monotonic = monotonic
        self._log = OomLog(source.page_size)
        self._descriptor: int | None = None
        self._refused: Unavailable | None = None
        self._found: deque[LoggedKill] = deque(maxlen=KEPT)
        self._shown: tuple[LoggedKill, ...] = ()
        self._caught_up: float | None = None

    def read(self, at: float, *, complete: bool) -> tuple[LoggedKill, ...] | Unavailable:
        """The kills that the log tells of, the oldest first, at the time `at`; or why it can't be read.

        `complete` lifts the budget of the first reading.
        """
        if self._refused is not None:
            return self._refused
        if self._descriptor is None:
            try:
                self._descriptor = self._source.open_log()
            except Unreadable as error:
                self._refused = error.reason
                return self._refused
        try:
            self._take(self._descriptor, at, complete=complete)
        except OSError as error:
            self.close()
            self._refused = Unavailable(Why.FAILED, f"the kernel log: {error.strerror}")
            return self._refused
        return self._shown

    def close(self) -> None:
        """Close the log; what is read next begins anew."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int, at: float, *, complete: bool) -> None:
        since = self._caught_up
        boot = at - self._uptime(at) if since is None else 0.0
        # a sample may take long while memory is short, and what happened meanwhile is in the log already
        latest = max(at, self._monotonic()) if self._source.live else at
        started, limited = self._clock(), self._source.live and not complete
        found = []
        for number, raw in enumerate(_records(self._source, descriptor), 1):
            kill = self._log.take(raw)
            if kill is not None:
                # the log's clock drifts, so what came after the last look lies between that and this one
                when = boot + kill.seconds if since is None else max(since, kill.seconds)
                found.append(LoggedKill(min(latest, when), kill))
            if limited and number % _EVERY == 0 and self._clock() - started > _BUDGET:
                break
        else:
            self._caught_up = latest
        if found:
            self._found.extend(found)
            self._shown = tuple(self._found)

    def _uptime(self, at: float) -> float:
        """Seconds since boot at the time `at`; those of CLOCK_MONOTONIC are that already, and don't count sleep."""
        if self._source.live:
            return at
        try:
            return uptime.parse(self._source.read("uptime")).up or 0.0
        except Unreadable:
            return 0.0


def kill_records(source: ProcSource) -> bytes:
    """The records of the kernel log that tell of OOM kills, for who copies them; raises `Unreadable`."""
    log, kept = OomLog(source.page_size), []
    descriptor = source.open_log()
    try:
        for raw in _records(source, descriptor):
            if log.take(raw) is not None:
                kept += [record.partition(b"\n")[0] + b"\n" for record in log.kept]
    except OSError as error:
        raise Unreadable(Unavailable(Why.FAILED, f"the kernel log: {error.strerror}")) from error
    finally:
        os.close(descriptor)
    return b"".join(kept)


def _records(source: ProcSource, descriptor: int) -> Iterator[bytes]:
    """The records that there are now."""
    if not source.live:
        yield from _whole(descriptor).splitlines(keepends=True)
        return
    while True:
        try:
            raw = os.read(descriptor, _RECORD)
        except BlockingIOError:
            return
        except BrokenPipeError:  # some were overwritten before they were read
            continue
        if not raw:
            return
        yield raw


def _whole(descriptor: int) -> bytes:
    """The rest of a file."""
    data = b""
    while chunk := os.read(descriptor, 1 << 16):
        data += chunk
    return data
