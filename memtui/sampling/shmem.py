"""Who holds shared memory: mounted tmpfs, and files in memory that only their openers know."""

import os
import time
from typing import Final

from memtui.model.survey import Memfd, Tmpfs
from memtui.proc import mounts
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Unreadable, Why

RECORDED: Final = Unavailable(Why.ABSENT, "a recording has no file systems to ask")
_KINDS: Final = ("tmpfs", "devtmpfs")
_MEMFD: Final = "/memfd:"
_DELETED: Final = " (deleted)"
_EVERY: Final = 10.0  # seconds between two looks at the open files of all processes
_LONGEST: Final = 0.25  # seconds that such a look may take


class ShmemReader:
    """Asks the mounted file systems, and on demand the open files of all processes."""

    def __init__(self, source: ProcSource) -> None:
        self._source = source
        self._memfds: tuple[Memfd, ...] = ()
        self._looked = -_EVERY

    def tmpfs(self) -> tuple[Tmpfs, ...] | Unavailable:
        """Every tmpfs mounted where this process sees it, once, the largest first (mm/shmem.c, shmem_statfs)."""
        if not self._source.live:
            return RECORDED
        try:
            points = mounts.parse(self._source.read("self/mounts"))
        except Unreadable as error:
            return error.reason
        found: dict[int, Tmpfs] = {}
        for point in points:
            if point.kind in _KINDS:
                try:
                    device, state = os.stat(point.folder).st_dev, os.statvfs(point.folder)
                except OSError:
                    continue
                size = state.f_blocks * state.f_frsize
                if size:
                    used = size - state.f_bfree * state.f_frsize
                    found.setdefault(device, Tmpfs(point.folder, used, size))
        return tuple(sorted(found.values(), key=lambda one: -one.used))

    def memfds(self) -> tuple[Memfd, ...]:
        """Files of memfd_create(2) that processes hold open, each file counted for the first that does."""
        now = time.monotonic()
        if self._source.live and now - self._looked >= _EVERY:
            self._memfds = self._look(now)
            self._looked = time.monotonic()
        return self._memfds

    def _look(self, started: float) -> tuple[Memfd, ...]:
        seen: set[tuple[int, int]] = set()
        sums: dict[tuple[int, str], tuple[int, int]] = {}
        for pid in self._source.pids():
            if time.monotonic() - started > _LONGEST:
                break
            for path in self._source.descriptors(pid):
                try:
                    target = os.readlink(path)
                    if not target.startswith(_MEMFD):
                        continue
                    state = os.stat(path)
                except OSError:
                    continue
                if (state.st_dev, state.st_ino) not in seen:
                    seen.add((state.st_dev, state.st_ino))
                    key = pid, target.removesuffix(_DELETED)[1:]
                    used, count = sums.get(key, (0, 0))
                    sums[key] = used + state.st_blocks * 512, count + 1
        found = (Memfd(pid, name, used, count) for (pid, name), (used, count) in sums.items())
        return tuple(sorted(found, key=lambda one: -one.used))
