"""Snapshots at an interval, as vmstat and sar take them."""

import time
from collections.abc import Callable, Iterator
from itertools import count as endless

from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.loop import pause
from memtui.sampling.recorded import open_stream
from memtui.sampling.request import Request


def snapshots(
    source: ProcSource,
    request: Request,
    interval: float | None,
    count: int | None,
    *,
    processes: bool = True,
    refine: Callable[[Snapshot, Request], Request] | None = None,
) -> Iterator[Snapshot]:
    """One snapshot without rates at once, then one at each interval (seconds); `count` of these, or no end of them.

    Without an interval only the first comes. A recorded tree stands still, so nobody waits for it: it gives its one
    snapshot `count` times, and once without a count. `refine` changes the request by what the first snapshot says.
    """
    stream = open_stream(source, processes=processes)
    try:
        first = stream.step(request)
        yield first
        request = refine(first, request) if refine else request
        if interval is None:
            return
        started = time.monotonic()
        for _ in endless() if count is None and source.live else range(count or 1):
            if source.live:
                time.sleep(pause(started, time.monotonic(), interval))
            yield stream.step(request)
    finally:
        stream.close()
