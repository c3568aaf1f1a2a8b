"""Who is there and who moved: one cheap read of every process, every tick.

/proc/PID/stat is read through a kept descriptor, at half the price of opening it anew, and compared whole with the
last reading; only a line that differs is parsed. A kept descriptor never shows another process: after the reap it
gives ESRCH, also when the pid is used again. Above the limit of open files the rest is opened each time.

Where there are many processes and the kernel lets us, its own word of who ran (`trace.tasks`) stands in for that:
then stat is read of those only, and no descriptor is kept.
"""

import errno
import os
import resource
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from memtui.proc import pid_stat
from memtui.proc.pid_stat import PidStat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unreadable

if TYPE_CHECKING:
    from memtui.trace.tasks import TaskWatch

_STAT_BYTES: Final = 1024
MANY: Final = 400  # processes from which on asking the kernel who ran is worth the 50 ms of finding its types
_ROUND: Final = 120  # scans in which the stat of everyone is read once, whatever the kernel says
_FIRST_PID_NAMESPACE: Final = "pid:[4026531836]"  # PROC_PID_INIT_INO, include/linux/proc_ns.h
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


class Stats:
    """The stat of all processes of a source, by whichever of the two ways is cheaper."""

    def __init__(self, source: ProcSource) -> None:
        self._source = source
        self._reader: StatReader | WatchedStats = StatReader(source)
        self._asked = False

    def scan(self) -> Scan:
        """Who is new or moved, and who went. Raises `Unreadable` when /proc can't be listed."""
        reader = self._reader
        if isinstance(reader, WatchedStats):
            try:
                return reader.scan()
            except OSError:  # out of descriptors, perhaps: the other way takes everyone for new or moved
                reader.close()
                reader = self._reader = StatReader(self._source)
        if self._asked or len(reader) < MANY:
            return reader.scan()
        self._asked = True
        watch = _watch(self._source)
        scan = reader.scan()  # after the watch's first look: what moves from now on, the next look tells
        if watch is not None:
            self._reader = WatchedStats(self._source, watch, reader.starts())
            reader.close()
        return scan

    def close(self) -> None:
        """Give back all descriptors."""
        self._reader.close()


class WatchedStats:
    """The stat files of those of whom the kernel says that they moved; the others' in turn, so that no miss lasts."""

    def __init__(self, source: ProcSource, watch: "TaskWatch", starts: dict[int, int]) -> None:
        self._source = source
        self._watch = watch
        self._starts = starts
        self._failed: set[int] = set()
        self._turn: Iterator[int] = iter(())

    def scan(self) -> Scan:
        """One look, and the stat of all that it names. Raises OSError when the kernel gives no look."""
        look = self._watch.look()
        absent = self._starts.keys() - look.pids
        gone = list(absent & look.moved)
        for pid in gone:
            del self._starts[pid]
        moved: list[PidStat] = []
        again, self._failed = self._failed, set()
        unseen = absent - look.moved  # never there: a kernel may keep some process, its first one say, from BPF
        for pid in unseen | ((look.moved | again | set(self._next_in_turn())) & look.pids):
            stat = self._read(pid)
            if stat is None:
                self._failed.add(pid)
                if self._starts.pop(pid, None) is not None:
                    gone.append(pid)
                continue
            if self._starts.setdefault(pid, stat.starttime) != stat.starttime:
                gone.append(pid)
                self._starts[pid] = stat.starttime
            moved.append(stat)
        return Scan(moved, gone)

    def close(self) -> None:
        """Take the watch out of the kernel."""
        self._watch.close()

    def _next_in_turn(self) -> Iterable[int]:
        chosen = list(islice(self._turn, len(self._starts) // _ROUND + 1))
        if not chosen:
            self._turn = iter(list(self._starts))
        return chosen

    def _read(self, pid: int) -> PidStat | None:
        try:
            return pid_stat.parse(self._source.read_record(f"{pid}/stat"))
        except Unreadable:
            return None


def _watch(source: ProcSource) -> "TaskWatch | None":
    """A watch that has had its first look; None on a recording or in a container, where tasks have other numbers."""
    try:
        if not source.live or os.readlink("/proc/self/ns/pid") != _FIRST_PID_NAMESPACE:
            return None
        from memtui.trace.tasks import TaskWatch

        watch = TaskWatch()
    except (OSError, Unreadable):
        return None
    try:
        watch.look()
    except OSError:
        watch.close()
        return None
    return watch


class StatReader:
    """The stat files of all processes of a source, through kept descriptors."""

    def __init__(self, source: ProcSource) -> None:
        self._source = source
        self._kept: dict[int, _Kept] = {}
        self._fds_left = _descriptor_limit() - _SPARE_FDS

    def __len__(self) -> int:
        return len(self._kept)

    def starts(self) -> dict[int, int]:
        """The start time of every process whose stat was read, by pid."""
        return {pid: kept.starttime for pid, kept in self._kept.items() if kept.starttime >= 0}

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
