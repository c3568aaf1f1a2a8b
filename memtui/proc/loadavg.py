"""/proc/loadavg: how many tasks ran or waited.

    1.25 0.46 0.19 1/84 16969

Kernel: fs/proc/loadavg.c, loadavg_proc_show(). Meanings: proc_loadavg(5). All is system-wide, except that the last
process id is the one of the reader's PID namespace.
"""

from dataclasses import astuple, dataclass

from memtui.proc.numbers import fraction, natural


@dataclass(frozen=True, slots=True)
class Loadavg:
    """Tasks running or in uninterruptible sleep, averaged over 1, 5 and 15 minutes; tasks runnable now, tasks
    (threads) that exist, and the process id given out last. All None if the file could not be understood.
    """

    load1: float | None = None
    load5: float | None = None
    load15: float | None = None
    running: int | None = None
    tasks: int | None = None
    last_pid: int | None = None


def parse(data: bytes) -> Loadavg:
    """The record of a loadavg file: whole, or empty if any part is missing or no number."""
    words = data.decode("utf-8", "backslashreplace").split()
    if len(words) != 5:
        return Loadavg()
    load1, load5, load15 = (fraction(word) for word in words[:3])
    running, tasks, last_pid = (natural(word) for word in (*words[3].partition("/")[::2], words[4]))
    found = Loadavg(load1, load5, load15, running, tasks, last_pid)
    return Loadavg() if None in astuple(found) else found
