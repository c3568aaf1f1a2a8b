"""Changing how ready the OOM killer is to take a process."""

import os
from typing import Final

from memtui.control.identity import held
from memtui.control.outcome import Kind, Outcome, failure

LOWEST: Final = -1000
HIGHEST: Final = 1000
NEED: Final = "its own user to raise it, root or CAP_SYS_RESOURCE to lower it"


def set_oom_score_adj(pid: int, starttime: int, value: int) -> Outcome:
    """Write /proc/PID/oom_score_adj of a process if it is still the one that started then: -1000 is never.

    Processes that share its memory without being its threads (vfork(2)) get the same value from the kernel
    (fs/proc/base.c, __set_oom_adj). Written through the folder of the process, so another can't be hit.
    """
    if not LOWEST <= value <= HIGHEST:
        return Outcome(Kind.FAILED, f"{value} is no oom_score_adj: they go from {LOWEST} to {HIGHEST}")
    try:
        with held(pid, starttime) as folder:
            fd = os.open("oom_score_adj", os.O_WRONLY | os.O_CLOEXEC, dir_fd=folder)
            try:
                os.write(fd, b"%d" % value)
            finally:
                os.close(fd)
    except OSError as error:
        return failure(pid, error, NEED)
    return Outcome(Kind.OK, f"{pid} has oom_score_adj {value} now")
