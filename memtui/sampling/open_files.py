"""Looks at the files of one process: on request and on a thread of their own, since stat(2) may wait for a network.

/proc/PID/fd tells what is open, /proc/PID/maps what is mapped: neither walks any pages.
"""

import os
import stat
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from memtui.model.open_files import OpenFile, OpenFiles
from memtui.model.sample import ProcKey
from memtui.proc.mappings import parse_files
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable, Why
from memtui.sampling.address_space import NEVER_CANCELLED, Cancelled
from memtui.sampling.same import refusal, stat_of
from memtui.trace.residency import PAGE, Looked, look

MOST: Final = 20_000  # descriptors that are looked at
_DELETED: Final = " (deleted)"
_UNKNOWN: Final = Unavailable(Why.GONE, "it is no longer under its path")


class _Sizes(NamedTuple):
    size: int | None
    allocated: int | None
    cached: int | Unavailable


def read_open_files(
    source: ProcSource,
    key: ProcKey,
    cancelled: Callable[[], bool] = NEVER_CANCELLED,
    clock: Callable[[], float] = time.monotonic,
) -> OpenFiles | Unavailable:
    """The files of a process, largest first, or why they can't be told. Raises `Cancelled`."""
    started = clock()
    if stat_of(source, key) is None:
        return GONE
    try:
        numbers = sorted(int(name) for name in source.listdir(f"{key.pid}/fd") if name.isdecimal())
        mapped = parse_files(source.read(f"{key.pid}/maps"))
    except Unreadable as error:
        return refusal(source, key, error.reason, "fd and maps")
    descriptors: dict[str, list[int]] = {}
    sizes: dict[str, _Sizes] = {}
    others: Counter[str] = Counter()
    for number in numbers[:MOST]:
        if cancelled():
            raise Cancelled
        try:
            path = source.readlink(f"{key.pid}/fd/{number}")
        except Unreadable:
            continue  # closed meanwhile
        if path[:1] != "/":
            others[path.partition(":")[0]] += 1
        elif path in descriptors:
            descriptors[path].append(number)
        elif (found := _look(f"{source.proc}/{key.pid}/fd/{number}")) is None:
            others["device"] += 1
        else:
            descriptors[path], sizes[path] = [number], found
    for path, inode in mapped.items():
        if path not in sizes:
            if cancelled():
                raise Cancelled
            by_path = _look(f"{source.proc}/{key.pid}/root{path}", inode)
            sizes[path] = by_path or _Sizes(None, None, _UNKNOWN)
    if stat_of(source, key) is None:
        return GONE
    files = [_file(path, descriptors.get(path, []), path in mapped, sizes[path]) for path in sizes]
    files.sort(key=lambda file: (-(file.size or 0), file.path))
    now = clock()
    why = next((one.cached for one in sizes.values() if one.size and isinstance(one.cached, Unavailable)), None)
    passed_over = max(0, len(numbers) - MOST)
    return OpenFiles(now, now - started, tuple(files), tuple(others.most_common()), passed_over, why)


def _file(path: str, numbers: list[int], mapped: bool, sizes: _Sizes) -> OpenFile:
    cached = None if isinstance(sizes.cached, Unavailable) else sizes.cached
    return OpenFile(
        path, tuple(numbers), mapped, sizes.size, sizes.allocated, cached, deleted=path.endswith(_DELETED)
    )


def _look(path: str, inode: int | None = None) -> _Sizes | None:
    """What a path leads to: None if that is no file (a terminal, a disk, a folder), or another than this inode."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return _Sizes(None, None, _UNKNOWN)
    if not stat.S_ISREG(found.st_mode) or inode not in (None, found.st_ino):
        return None
    looked = look(path)
    residency = looked.residency if isinstance(looked, Looked) else looked
    cached = residency if isinstance(residency, Unavailable) else residency.cached * PAGE
    return _Sizes(found.st_size, found.st_blocks * 512, cached)
