"""Changing the nice value of a process: -20 (favoured) to 19."""

import contextlib
import os
from typing import Final

from memtui.control.identity import check, held
from memtui.control.outcome import Kind, Outcome, failure

LOWEST: Final = -20
HIGHEST: Final = 19
NEED: Final = "its own user to raise it, root or CAP_SYS_NICE to lower it"


def renice(pid: int, starttime: int, value: int) -> Outcome:
    """Give every thread of a process a nice value, if it is still the one that started then.

    On Linux each thread has its own (setpriority(2), "C library/kernel differences"): the main thread's alone, which
    renice(1) sets, would leave the others as they are. setpriority knows pids only, so the process is checked before
    and after: if it still lives then, its pid was its own all the time.
    """
    if not LOWEST <= value <= HIGHEST:  # the kernel would take the nearest that is allowed
        return Outcome(Kind.FAILED, f"{value} is no nice value: they go from {LOWEST} to {HIGHEST}")
    try:
        with held(pid, starttime) as folder:
            os.setpriority(os.PRIO_PROCESS, pid, value)
            for thread in _threads(folder):
                if thread != pid:
                    with contextlib.suppress(ProcessLookupError):  # ended by itself
                        os.setpriority(os.PRIO_PROCESS, thread, value)
            check(folder, starttime)
    except OSError as error:
        return failure(pid, error, NEED)
    return Outcome(Kind.OK, f"{pid} has nice {value} now")


def _threads(folder: int) -> list[int]:
    """The ids of the threads of a process, by its open folder in /proc."""
    fd = os.open("task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        return [int(name) for name in os.listdir(fd)]
    finally:
        os.close(fd)
