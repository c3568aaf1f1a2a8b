"""/proc/stat: CPU time by use, and counts of forks and context switches.

    cpu  13525 0 5834 96276 722 0 132 29 0 0
    cpu0 5356 0 2393 50395 113 0 9 13 0 0
    intr 426325 0 0 ...
    ctxt 1265930
    btime 1795358416

Kernel: fs/proc/stat.c, show_stat(). Meanings: proc_stat(5). CPU times are in clock ticks (SC_CLK_TCK a second).
"""

from dataclasses import dataclass
from typing import Final

from memtui.proc.numbers import natural

_TIMES: Final = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_COUNTS: Final = frozenset({"ctxt", "btime", "processes", "procs_running", "procs_blocked"})


@dataclass(frozen=True, slots=True)
class Cpustat:
    """Clock ticks of all CPUs together by use (guest time is within `user` and `nice`), context switches, boot time
    (seconds since the epoch), forks, tasks runnable and blocked now, CPUs online. None where the file doesn't say.
    """

    user: int | None = None
    nice: int | None = None
    system: int | None = None
    idle: int | None = None
    iowait: int | None = None
    irq: int | None = None
    softirq: int | None = None
    steal: int | None = None
    ctxt: int | None = None
    btime: int | None = None
    processes: int | None = None
    procs_running: int | None = None
    procs_blocked: int | None = None
    cpus: int | None = None


def parse(data: bytes) -> Cpustat:
    """The record of a stat file; a word that is no number leaves its field None."""
    found: dict[str, int | None] = {}
    cpus = 0
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        name, _, rest = line.partition(" ")
        if name == "cpu":
            found |= zip(_TIMES, map(natural, rest.split()), strict=False)
        elif name in _COUNTS:
            found[name] = natural(rest)
        elif name[:3] == "cpu" and natural(name[3:]) is not None:
            cpus += 1
    return Cpustat(**found, cpus=cpus or None)
