"""The few figures that the measuring tools read of the kernel by themselves, to hold memtui's against."""

import os
import re
import time
from collections.abc import Iterator
from typing import Final

_PSS: Final = re.compile(rb"^Pss: +(\d+) kB$", re.MULTILINE)
_SCHED: Final = 2  # CPUCLOCK_SCHED, include/linux/posix-timers.h
MIB: Final = 1 << 20


def pss(pid: int) -> int | None:
    """Bytes of PSS by smaps_rollup; None for a kernel thread, for one that is gone or may not be read."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            found = _PSS.search(file.read())
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def pids() -> Iterator[int]:
    """All processes."""
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def children(pid: int) -> list[int]:
    """The children of a process's first thread."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def cpu(pid: int) -> float:
    """Seconds of CPU of a process with all its threads, ended ones too, to the nanosecond; not of its children."""
    return time.clock_gettime(~pid << 3 | _SCHED)


def available() -> int:
    """Bytes that can be had without swapping."""
    with open("/proc/meminfo") as file:
        return next(int(row.split()[1]) for row in file if row.startswith("MemAvailable:")) * 1024


def starts() -> int:
    """Processes and threads started since boot."""
    with open("/proc/stat") as file:
        return next(int(row.split()[1]) for row in file if row.startswith("processes "))
