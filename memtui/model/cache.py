"""The page cache over an interval: hits and misses of the system and of each process, in pages.

Counted by an instrument (`Pages`):

    misses   = added - write_added                       pages that came from storage, readahead included
    total    = max(read + mapped, misses)                pages that were asked for
    hits     = total - misses
    write_hit_pct = (dirtied - write_added) / dirtied    written to pages that were there already

Without one, estimated from /proc/PID/io and /proc/vmstat:

    total    = rchar / page                              bytes that processes passed to read calls
    misses   = read_bytes / page                         bytes that had to come from storage
    dirties  = write_bytes / page                        bytes dirtied in the page cache

What the estimate gets wrong: `rchar` counts pipes, sockets and terminals (hits that never were) and does not count
io_uring; direct reads count as misses; reads through mmap and small files are miscounted. The system's misses and
dirties are better founded: `pgpgin` and `nr_dirtied`, of which the first doubles on loop devices. Where what was
added is counted, that bounds them: misses are at most all pages added, and at least those not dirtied.
"""

from collections.abc import Hashable, Mapping
from typing import Final, NamedTuple

from memtui.model.pagecache import NO_PAGES, PROC, CountedProcess, Instrument, PageCacheSample, Pages, Quality, summed
from memtui.model.process import Process
from memtui.model.sample import IoSample, ProcKey
from memtui.proc.pid_files import PidIo
from memtui.proc.unavailable import Unavailable

FORMULA: Final = {
    Quality.EXACT: "misses = pages put into the cache to be read; hits = pages asked for − misses",
    Quality.PARTIAL: "misses = pages read in (pgpgin) within what was put into the cache; hits = rchar − misses",
    Quality.ESTIMATE: "hits = rchar − read_bytes, misses = read_bytes, dirties = write_bytes (/proc/PID/io)",
}
FLAW: Final = {
    Quality.EXACT: "not seen: tmpfs, direct I/O, and memory that is mapped already; a mapping counts by its windows",
    Quality.PARTIAL: "counts pipes and sockets as hits, misses io_uring and mmap",
    Quality.ESTIMATE: "counts pipes and sockets as hits, misses io_uring and mmap, direct reads are misses",
}


class Flow(NamedTuple):
    """Pages over some time; None where a number can't be had, percentages also where there was nothing."""

    total: int | None = None
    misses: int | None = None
    hits: int | None = None
    dirties: int | None = None
    read_hit_pct: float | None = None
    write_hit_pct: float | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing happened, as far as is known."""
        return not self.total and not self.dirties


NOTHING: Final = Flow()


class CacheRow(NamedTuple):
    """One process: over the last interval, and since the counting began (the estimate: since the process did)."""

    key: Hashable
    pid: int
    uid: int | None
    user: str
    command: str
    ended: bool
    now: Flow
    ever: Flow


class PageCache(NamedTuple):
    """The system over the last `seconds`, and since the counting began `age` seconds ago; and each process.

    `refused` says why there is no total: the counters of many processes are withheld.
    """

    instrument: Instrument = PROC
    now: Flow = NOTHING
    ever: Flow = NOTHING
    rows: tuple[CacheRow, ...] = ()
    seconds: float | None = None
    age: float | None = None
    pending: bool = False
    refused: Unavailable | None = None

    def rate(self, pages: int | None) -> float | None:
        """Pages of the interval as pages per second."""
        return pages / self.seconds if pages is not None and self.seconds else None


class _Past(NamedTuple):
    """A process as it was counted last, and its row: who does nothing keeps it."""

    counted: CountedProcess
    row: CacheRow


class CacheModel:
    """Turns what was counted, or read from /proc, into hits and misses; keeps the last counts."""

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._last: PageCacheSample | None = None
        self._before: dict[int, _Past] = {}
        self._ended: list[_Past] = []
        self._all = NO_PAGES

    def advance(
        self,
        sample: PageCacheSample | None,
        processes: Mapping[int, Process],
        rates: Mapping[str, float],
        interval: float | None,
        refused: Unavailable | None = None,
    ) -> PageCache:
        """The page cache at a snapshot, whose rates of /proc/vmstat and seconds since the last one these are."""
        last, self._last = self._last, sample
        if sample is not None and sample.processes is not None:
            return self._counted(sample, sample.processes, last, processes)
        self._before, self._all = {}, NO_PAGES
        return self._estimated(sample, last, processes, rates, interval, refused)

    def _counted(
        self,
        sample: PageCacheSample,
        counted: tuple[CountedProcess, ...],
        last: PageCacheSample | None,
        processes: Mapping[int, Process],
    ) -> PageCache:
        resumed = last is not None and last.since == sample.since and last.processes is not None
        before = self._before if resumed else {}
        then = self._all if resumed else NO_PAGES
        rows, after = [], {}
        for one in counted:
            past = before.get(one.pid)
            if past is not None and past.row.now.idle and past.counted == one:
                after[one.pid] = past
            else:
                now = one.pages.since(past.counted.pages) if past is not None else one.pages
                after[one.pid] = _Past(one, _row(one, processes, now))
            rows.append(after[one.pid].row)
        known = {past.counted: past for past in self._ended}
        self._ended = [known.get(one) or _Past(one, _row(one, {}, NO_PAGES)) for one in sample.ended]
        rows += (past.row for past in self._ended)
        everything = summed(one.pages for one in (*counted, *sample.ended))
        self._before, self._all = after, everything
        start = last.at if resumed and last is not None else sample.since
        return PageCache(
            sample.instrument,
            flow(everything.since(then)),
            flow(everything),
            tuple(rows),
            seconds=sample.at - start,
            age=sample.at - sample.since,
        )

    def _estimated(
        self,
        sample: PageCacheSample | None,
        last: PageCacheSample | None,
        processes: Mapping[int, Process],
        rates: Mapping[str, float],
        interval: float | None,
        refused: Unavailable | None,
    ) -> PageCache:
        rows = tuple(
            row
            for process in processes.values()
            if process.io is not None and (row := _estimate(process, self._page_size)) is not None
        )
        paged_in, dirtied = rates.get("pgpgin"), rates.get("nr_dirtied")
        seconds = interval or 0.0
        misses = None if paged_in is None else round(paged_in * 1024 / self._page_size * seconds)
        dirties = None if dirtied is None else round(dirtied * seconds)
        if sample is not None and sample.added is not None and last is not None and last.since == sample.since:
            added = sample.added - (last.added or 0)
            misses = added if misses is None else max(min(misses, added), added - (dirties or 0))
        accesses = None
        if rows and refused is None:
            shares = ((_accesses(process), _gap(process)) for process in processes.values())
            accesses = round(sum(seconds * read / gap for read, gap in shares if gap) / self._page_size)
            misses = sum(row.now.misses or 0 for row in rows) if misses is None else misses
        total = None if accesses is None or misses is None else max(accesses, misses)
        hits = None if total is None or misses is None else total - misses
        return PageCache(
            sample.instrument if sample else PROC,
            Flow(total, misses, hits, dirties, _percent(hits, total)),
            rows=rows,
            seconds=interval,
            pending=sample.pending if sample else False,
            refused=refused if rows or refused else None,
        )


def flow(pages: Pages) -> Flow:
    """What an instrument's pages mean."""
    misses = max(0, pages.added - pages.write_added)
    total = max(pages.read + pages.mapped, misses)
    old = max(0, pages.dirtied - pages.write_added)
    hits = total - misses
    return Flow(total, misses, hits, pages.dirtied, _percent(hits, total), _percent(old, pages.dirtied))


def _row(one: CountedProcess, processes: Mapping[int, Process], now: Pages) -> CacheRow:
    process = processes.get(one.pid) if one.start_time is not None else None
    ended = one.start_time is None
    key: Hashable = (one.pid, "ended") if one.start_time is None else ProcKey(one.pid, one.start_time)
    command = process.command if process else one.comm
    return CacheRow(
        key,
        one.pid,
        one.uid,
        process.user if process and process.user else one.user,
        command,
        ended,
        flow(now),
        flow(one.pages),
    )


def _estimate(process: Process, page_size: int) -> CacheRow | None:
    """The row of a process whose counters were read twice and did not go backwards."""
    io = process.io
    if io is None or io.then is None or io.at <= io.then_at:
        return None
    now = _guess(io.io, io.then, page_size)
    ever = _guess(io.io, PidIo(*([0] * len(PidIo._fields))), page_size)
    if now is None or ever is None:
        return None
    return CacheRow(process.key, process.pid, process.uid, process.user, process.command, False, now, ever)


def _guess(now: PidIo, then: PidIo, page_size: int) -> Flow | None:
    accesses, misses, dirties = (
        now.rchar - then.rchar,
        now.read_bytes - then.read_bytes,
        now.write_bytes - then.write_bytes,
    )
    if min(accesses, misses, dirties) < 0:
        return None
    accesses, misses, dirties = accesses // page_size, misses // page_size, dirties // page_size
    hits = max(0, accesses - misses)
    return Flow(hits + misses, misses, hits, dirties, _percent(hits, hits + misses), None)


def _accesses(process: Process) -> int:
    """Bytes read since the reading before, those from storage at least."""
    io = process.io
    if io is None or io.then is None:
        return 0
    return max(0, io.io.rchar - io.then.rchar, io.io.read_bytes - io.then.read_bytes)


def _gap(process: Process) -> float:
    io: IoSample | None = process.io
    return io.at - io.then_at if io is not None and io.then is not None else 0.0


def _percent(part: int | None, whole: int | None) -> float | None:
    return 100 * part / whole if part is not None and whole else None
