"""Pages added to the page cache, without BPF: perf counters on one tracepoint, one for each size of folio.

An event is a folio, and a folio may be one page or hundreds: a counter for each order, weighted, gives pages. It
counts for the whole machine, and reads and writes alike; who read what was in the cache already it can't see.
"""

import resource
from typing import Final

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.bpf.perf import Event, EventType, online_cpus, tracepoint
from memtui.trace.bpf.tracefs import tracefs
from memtui.trace.refused import Refused

_CATEGORY, _NAME = "filemap", "mm_filemap_add_to_page_cache"
_ORDERS: Final = range(12)  # the page cache knows no larger folio: 8 MiB of 4 KiB pages
_SPARE: Final = 128  # descriptors left to others


class AddCounters:
    """Counts from the moment it is made until it is closed, or this process ends. Raises `Refused`."""

    def __init__(self) -> None:
        number, cpus = tracepoint(_CATEGORY, _NAME), online_cpus()
        orders = _ORDERS if _knows_orders() else range(1)
        _make_room(len(cpus) * len(orders) + _SPARE)
        self._events: list[tuple[int, Event]] = []
        try:
            for order in orders:
                for cpu in cpus:
                    event = Event(EventType.TRACEPOINT, number, cpu=cpu, what=f"perf counter on {_NAME}")
                    self._events.append((order, event))
                    if len(orders) > 1:
                        event.filter(f"order == {order}")
        except BaseException:
            self.close()
            raise

    def read(self) -> int:
        """Pages added since the counting began."""
        return sum(event.count() << order for order, event in self._events)

    def close(self) -> None:
        """Stop counting."""
        for _, event in self._events:
            event.close()
        self._events = []


def _knows_orders() -> bool:
    """Whether the event has a field for the order; kernels before 5.18 have none, and no large folios."""
    try:
        with open(f"{tracefs()}/events/{_CATEGORY}/{_NAME}/format", encoding="ascii", errors="replace") as file:
            return " order;" in file.read()
    except OSError:
        return False


def _make_room(descriptors: int) -> None:
    """Raise the soft limit of open files as far as this process may; raises `Refused` where that is not enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= descriptors:
        return
    if hard != resource.RLIM_INFINITY and hard < descriptors:
        raise Refused(Unavailable(Why.FAILED, f"perf counters need {descriptors} open files, the limit is {hard}"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))
