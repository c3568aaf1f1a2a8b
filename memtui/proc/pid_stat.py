"""/proc/PID/stat and /proc/PID/statm: what every process costs one short read.

    42 (my (odd) name) S 1 42 42 0 -1 4194560 1203 0 3 0 12 4 0 0 20 0 1 0 23101 3133440 410 18446744073709551615 …

The command name stands between the first `(` and the last `)` and may hold anything else, brackets, spaces and
newlines included. Field numbers are those of proc_pid_stat(5); the kernel writes them in fs/proc/array.c,
do_task_stat() and proc_pid_statm().
"""

from operator import itemgetter
from typing import Final, NamedTuple

PF_KTHREAD: Final = 0x00200000  # include/linux/sched.h
_RSS: Final = 21
_STARTCODE: Final = 23
_LAST: Final = 24  # fields after startcode are addresses and signals: not parsed
_NUMBERS: Final = itemgetter(1, 6, 7, 9, 11, 12, 16, 17, 19, 20, 21)  # of those after the name, as in `PidStat`
_WIDEST: Final = 20  # digits of a 64-bit number; what is longer is no kernel's, and too long for float()


class PidStat(NamedTuple):
    """One process at one instant. Times are in clock ticks since boot or of CPU, `rss` in pages, `vsize` in bytes.

    `rss` sums per-CPU counters without their unsettled parts, so it may be off by some dozens of pages; VmRSS and
    statm are exact since Linux 6.17. `startcode` is where the program lies: with address randomisation an exec moves
    it; 1 where the kernel doesn't tell it to this user.
    """

    pid: int
    comm: str
    state: str
    ppid: int
    flags: int
    minflt: int
    majflt: int
    utime: int
    stime: int
    nice: int
    threads: int
    starttime: int
    vsize: int
    rss: int
    startcode: int = 0

    @property
    def kernel_thread(self) -> bool:
        """Whether this is a kernel thread: it has no address space, so no smaps and no command line."""
        return bool(self.flags & PF_KTHREAD)


class Statm(NamedTuple):
    """Sizes in pages: address space, resident, resident file and shmem pages."""

    size: int
    resident: int
    shared: int


def parse(data: bytes) -> PidStat | None:
    """The record of a stat file; None if it is cut short or no such file."""
    start, end = data.find(b"("), data.rfind(b")")
    if start < 0 or end < start:
        return None
    f = data[end + 2 :].split(b" ", _LAST)
    if len(f) <= _RSS + 1:  # rss would be the end of the data, and perhaps not whole
        return None
    words = (data[:start].strip(), *_NUMBERS(f), f[_STARTCODE] if len(f) > _LAST else b"0")
    if max(map(len, words)) > _WIDEST:
        return None
    try:
        pid, *numbers = map(int, words)
    except ValueError:
        return None
    comm = data[start + 1 : end].decode("utf-8", "backslashreplace")
    return PidStat(pid, comm, f[0].decode("ascii", "replace"), *numbers)


def parse_statm(data: bytes) -> Statm | None:
    """The record of a statm file; None if it is cut short."""
    words = data.split(None, 3)
    if len(words) < 4 or max(map(len, words[:3])) > _WIDEST:
        return None
    try:
        return Statm(*map(int, words[:3]))
    except ValueError:
        return None
