"""Reads where the pages of one process are: on request, since it costs as much as smaps."""

import time
from collections.abc import Callable
from typing import NamedTuple

from memtui.model.sample import ProcKey
from memtui.proc import numa_maps
from memtui.proc.numa_maps import NumaMaps
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable
from memtui.sampling.same import refusal, stat_of


class NumaReading(NamedTuple):
    """The sums, the moment they were read (monotonic), and the seconds it took."""

    maps: NumaMaps
    at: float
    seconds: float


def read_numa(
    source: ProcSource, key: ProcKey, clock: Callable[[], float] = time.monotonic
) -> NumaReading | Unavailable:
    """The nodes of a process's pages, or why they can't be told."""
    started = clock()
    try:
        maps = numa_maps.parse(source.read(f"{key.pid}/numa_maps"))
    except Unreadable as error:
        return refusal(source, key, error.reason, "numa_maps")
    if stat_of(source, key) is None:
        return GONE
    now = clock()
    return NumaReading(maps, now, now - started)
