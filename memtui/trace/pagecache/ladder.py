"""The instruments of the page cache, best first; the first that this kernel and this user's rights allow is taken.

1. BPF on tracepoints (6.12): exact        2. BPF on the functions that read (5.10): exact
3. perf counters: what is added is exact   4. none: what /proc says is an estimate
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.bpf.btf import BadBtf
from memtui.trace.pagecache.adds import AddCounters
from memtui.trace.pagecache.typed import TypedCounters
from memtui.trace.refused import Refused

Counters = TypedCounters | AddCounters


class Rung(NamedTuple):
    """An instrument by the name that a user sees, and how to get it."""

    name: str
    open: Callable[[], Counters]


class Opened(NamedTuple):
    """The best instrument that could be had (None: none), and each better one with the reason why not."""

    name: str
    counters: Counters | None
    refused: tuple[tuple[str, Unavailable], ...]


TRACEPOINTS: Final = "BPF tracepoints"
FUNCTIONS: Final = "BPF functions"
PERF: Final = "perf counters"
PROC: Final = "/proc"
RUNGS: Final = (
    Rung(TRACEPOINTS, lambda: TypedCounters(by="tracepoints")),
    Rung(FUNCTIONS, lambda: TypedCounters(by="functions")),
    Rung(PERF, AddCounters),
)


def open_best(rungs: Sequence[Rung] = RUNGS) -> Opened:
    """The first instrument of `rungs` that can be had. Never raises for a refusal."""
    refused: list[tuple[str, Unavailable]] = []
    for rung in rungs:
        try:
            return Opened(rung.name, rung.open(), tuple(refused))
        except Refused as error:
            refused.append((rung.name, error.reason))
        except (OSError, BadBtf) as error:
            refused.append((rung.name, Unavailable(Why.FAILED, str(error))))
    return Opened(PROC, None, tuple(refused))
