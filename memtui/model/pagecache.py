"""What an instrument of the page cache has counted: pages by process, and which instrument it is."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable


class Quality(StrEnum):
    """What the numbers are worth: exact; misses bounded by what was counted, hits estimated; all estimated."""

    EXACT = "exact"
    PARTIAL = "partial"
    ESTIMATE = "estimate"


class Instrument(NamedTuple):
    """`refused` are the better ones, each with the reason why not; `command` is what would bring one of them."""

    name: str
    quality: Quality
    refused: tuple[tuple[str, Unavailable], ...] = ()
    command: str = ""


PROC: Final = Instrument("/proc", Quality.ESTIMATE)


class Pages(NamedTuple):
    """Of one process or all, in pages: covered by read calls, mapped by faults, put into the cache, those of them for
    a write (no misses), made dirty.
    """

    read: int = 0
    mapped: int = 0
    added: int = 0
    write_added: int = 0
    dirtied: int = 0

    def since(self, before: "Pages") -> "Pages":
        """What has come on top of an earlier reading of the same counters."""
        return Pages(*(max(0, now - then) for now, then in zip(self, before, strict=True)))


NO_PAGES: Final = Pages()


def summed(all_: Iterable[Pages]) -> Pages:
    """The sum of many."""
    return Pages(*map(sum, zip(*all_, strict=True)))


class CountedProcess(NamedTuple):
    """A process by its pid and start time (None: it has ended, or is none), and its counters since the beginning."""

    pid: int
    start_time: int | None
    uid: int
    user: str
    comm: str
    pages: Pages


class PageCacheSample(NamedTuple):
    """What an instrument says at the time `at`, counted from `since` on (both monotonic seconds).

    `processes` is None for an instrument that doesn't tell them apart, `added` are its pages put into the cache.
    `ended` are processes that were over before this sample; `pending`: an instrument is being attached.
    """

    instrument: Instrument
    at: float
    since: float
    processes: tuple[CountedProcess, ...] | None = None
    ended: tuple[CountedProcess, ...] = ()
    added: int | None = None
    pending: bool = False
