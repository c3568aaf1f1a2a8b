"""The page cache estimated from counters that need no tracing: /proc/PID/io and /proc/vmstat.

    accesses = rchar / page        bytes that processes passed to read calls
    misses   = read_bytes / page   bytes that had to come from storage
    dirties  = write_bytes / page  bytes dirtied in the page cache
    hits     = accesses - misses, never below 0

What the estimate gets wrong: `rchar` counts pipes, sockets and terminals (hits that never were) and does not count
io_uring; direct reads count as misses; reads through mmap and small files are miscounted. The system's misses and
dirties are better founded: `pgpgin` and `nr_dirtied`, of which the first doubles on loop devices.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from memtui.model.process import Process
from memtui.proc.pid_files import PidIo
from memtui.proc.unavailable import Unavailable

FORMULA = "hits = rchar − read_bytes, misses = read_bytes, dirties = write_bytes (/proc/PID/io, in pages)"
FLAW = "counts pipes and sockets as hits, misses io_uring and mmap, direct reads are misses"


class CacheRow(NamedTuple):
    """One process over its last interval, pages per second; hit percentages None where nothing was accessed."""

    process: Process
    hits: float
    misses: float
    dirties: float
    read_hit_pct: float | None
    write_hit_pct: float | None


class CacheRates(NamedTuple):
    """The system, pages per second; None where its counter is not there, accesses also where `refused` says why."""

    total: float | None
    misses: float | None
    hits: float | None
    dirties: float | None
    hit_ratio: float | None
    refused: Unavailable | None = None


def rows(processes: Iterable[Process], page_size: int) -> tuple[CacheRow, ...]:
    """Every process whose io counters were read twice and did not go backwards, those that did nothing included."""
    out = []
    for process in processes:
        sample = process.io
        if sample is None or sample.then is None or sample.at <= sample.then_at:
            continue
        gap = sample.at - sample.then_at
        accesses, misses, dirties = _deltas(sample.io, sample.then)
        if min(accesses, misses, dirties) < 0:
            continue
        hits = max(0, accesses - misses)
        scale = page_size * gap
        total = hits + misses
        out.append(
            CacheRow(
                process, hits / scale, misses / scale, dirties / scale, 100 * hits / total if total else None, None
            )
        )
    return tuple(out)


def system(
    per_process: Iterable[CacheRow],
    rates: Mapping[str, float],
    page_size: int,
    refused: Unavailable | None = None,
) -> CacheRates:
    """Accesses summed over processes; misses and dirties from /proc/vmstat.

    With some processes `refused` the sum would be of the others only, so there is none.
    """
    each = tuple(per_process)
    paged_in = rates.get("pgpgin")
    misses = None if paged_in is None else paged_in * 1024 / page_size
    if not each or refused is not None:
        return CacheRates(None, misses, None, rates.get("nr_dirtied"), None, refused)
    accesses = sum(row.hits + row.misses for row in each)
    if misses is None:
        misses = sum(row.misses for row in each)
    total = max(accesses, misses)
    hits = total - misses
    return CacheRates(total, misses, hits, rates.get("nr_dirtied"), 100 * hits / total if total else None)


def _deltas(now: PidIo, then: PidIo) -> tuple[int, int, int]:
    return now.rchar - then.rchar, now.read_bytes - then.read_bytes, now.write_bytes - then.write_bytes
