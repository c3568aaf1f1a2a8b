"""What memtui itself takes, for the status line."""

import os
import time
from collections.abc import Callable

from memtui.proc.pid_stat import parse_statm


class OwnUse:
    """What memtui itself takes: percent of a CPU since the last call, resident bytes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = (clock(), time.process_time())
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._pct: float | None = None

    def measure(self) -> tuple[float | None, int | None]:
        """CPU percent (None at first) and RSS in bytes (None if it can't be read)."""
        at, cpu = self._clock(), time.process_time()
        if at - self._last[0] >= 0.9:
            self._pct = 100 * (cpu - self._last[1]) / (at - self._last[0])
            self._last = (at, cpu)
        try:
            with open("/proc/self/statm", "rb") as file:
                statm = parse_statm(file.read())
        except OSError:
            statm = None
        return self._pct, statm.resident * self._page if statm else None
