"""Who is there and who moved: one cheap read of every process, every tick.

/proc/PID/stat is read through a kept descriptor, at half the price of opening it anew, and compared whole with the
last reading; only a line that differs is parsed. A kept descriptor never shows another process: after the reap it
gives ESRCH, also when the pid is used again. Above the limit of open files the rest is opened each time.
"""

import errno
import os
import resource
from dataclasses import dataclass
from typing import Final, NamedTuple

from memtui.proc import pid_stat
from memtui.proc.pid_stat import PidStat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unreadable

_STAT_BYTES: Final = 1024
_SPARE_FDS: Final = 256  # descriptors left for everything but kept stat files


class Scan(NamedTuple):
    """What one pass found: the stat of who is new or moved, and the pids of who went."""

    moved: list[PidStat]
    gone: list[int]


@dataclass(slots=True, eq=False)
class _Kept:
    pid: int
    fd: int = -1
    line: int = 0  # hash of the last line: a hundredth of its size, and as good for telling a change
    starttime: int = -1


class StatReader:
    """The stat files of all processes of a source."""

    def __init__(self, source: ProcSource) -> None:
        self._source = source
        self._kept: dict[int, _Kept] = {}
        self._fds_left = _descriptor_limit() - _SPARE_FDS

    def scan(self) -> Scan:
        """One pass over all processes. Raises `Unreadable` when /proc can't be listed."""
        pids = set(self._source.pids())
        gone = list(self._kept.keys() - pids)
        for pid in gone:
            self._drop(pid)
        for pid in pids - self._kept.keys():
            self._add(pid)
        moved: list[PidStat] = []
        for kept, line in self._changed_lines(gone):
            stat = pid_stat.parse(line)
            if stat is None or kept.starttime not in (-1, stat.starttime):  # cut short, or the pid is used again
                gone.append(kept.pid)
                self._drop(kept.pid)
                continue
            kept.line, kept.starttime = hash(line), stat.starttime
            moved.append(stat)
        return Scan(moved, gone)

    def close(self) -> None:
        """Give back all descriptors."""
        for pid in list(self._kept):
            self._drop(pid)

    def _changed_lines(self, gone: list[int]) -> list[tuple[_Kept, bytes]]:
        pread, changed, dead = os.pread, [], []
        for kept in self._kept.values():
            try:
                line = pread(kept.fd, _STAT_BYTES, 0) if kept.fd >= 0 else self._source.read(f"{kept.pid}/stat")
            except (OSError, Unreadable):
                dead.append(kept.pid)
                continue
            if hash(line) != kept.line:
                changed.append((kept, line))
        self._source.count.reads += len(self._kept)
        for pid in dead:
            self._drop(pid)
        gone += dead
        return changed

    def _add(self, pid: int) -> None:
        kept = _Kept(pid)
        if self._fds_left > 0:
            try:
                kept.fd = self._source.open(f"{pid}/stat")
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):
                    return
            else:
                self._fds_left -= 1
        self._kept[pid] = kept

    def _drop(self, pid: int) -> None:
        kept = self._kept.pop(pid)
        if kept.fd >= 0:
            os.close(kept.fd)
            self._fds_left += 1


def _descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft
    return hard
