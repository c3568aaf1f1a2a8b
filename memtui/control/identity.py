"""Is this pid still the process that the user saw? Every action asks before it acts.

A process is a pid and a start time, in clock ticks since boot (/proc/PID/stat field 22, proc_pid_stat(5)). An open
/proc/PID folder stays with its process: when that is gone, reads in it fail with ESRCH, even if the pid has been
given to another (fs/proc/base.c). So what is done through the folder can't hit the wrong one.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from memtui.proc import pid_stat

_LARGEST: Final = 4096  # bytes of the files that are read here
_DEAD: Final = ("Z", "X", "x")  # proc_pid_stat(5)


@contextmanager
def held(pid: int, starttime: int) -> Iterator[int]:
    """A descriptor of the process's folder in /proc; raises OSError unless it is the one that is meant.

    A zombie counts as ended: nothing can be done to it. What system calls take for groups or for everyone, 0 and
    negative numbers, has no folder.
    """
    folder = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        check(folder, starttime)
        yield folder
    finally:
        os.close(folder)


def check(folder: int, starttime: int) -> None:
    """Raise ProcessLookupError unless the process of this folder lives and started then."""
    stat = pid_stat.parse(read(folder, "stat"))
    if stat is None or stat.starttime != starttime or stat.state in _DEAD:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))


def read(folder: int, name: str) -> bytes:
    """A short file in a process's folder; raises OSError, ESRCH if it has ended."""
    fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        return os.read(fd, _LARGEST)
    finally:
        os.close(fd)
