"""Which files there are: those under some paths, those that a process maps or has open."""

import os
import re
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why

_OCTAL: Final = re.compile(rb"\\(\d{3})")
_DELETED: Final = " (deleted)"


class Place(NamedTuple):
    """A file by the name that is shown and the path that it is opened by; or why it can't be looked at."""

    name: str
    path: str
    problem: Unavailable | None = None


def under(paths: list[str], *, all_file_systems: bool = False) -> Iterator[Place]:
    """The files that are given and those in folders, however deep, in the order of the folders.

    Symbolic links within folders are not followed, and other file systems not entered unless asked for.
    """
    for path in paths:
        try:
            found = os.stat(path)
        except OSError as error:
            yield Place(path, path, _problem(error))
            continue
        if stat.S_ISDIR(found.st_mode):
            yield from _inside(path, None if all_file_systems else found.st_dev)
        else:
            yield Place(path, path)


def of_process(pid: int) -> Iterator[Place]:
    """The files that a process maps or has open, deleted ones too, each as often as it does. Raises OSError."""
    base = f"/proc/{pid}"
    with open(f"{base}/maps", "rb") as file:
        mappings = file.read().split(b"\n")
    seen = set()
    for mapping in mappings:
        words = mapping.split(None, 5)
        if len(words) < 6 or words[4] == b"0" or (words[3], words[4]) in seen:
            continue
        seen.add((words[3], words[4]))
        name = os.fsdecode(_OCTAL.sub(lambda found: bytes((int(found[1], 8) & 0xFF,)), words[5]))
        by_range = f"{base}/map_files/{words[0].decode('ascii', 'replace')}"
        yield Place(name, _reachable(by_range, f"{base}/root{name}", name))
    for number in os.listdir(f"{base}/fd"):
        path = f"{base}/fd/{number}"
        try:
            if stat.S_ISREG(os.stat(path).st_mode):
                yield Place(os.readlink(path), path)
        except OSError:
            continue  # closed meanwhile


def _reachable(by_range: str, by_name: str, name: str) -> str:
    """A mapped file by its range, which only CAP_CHECKPOINT_RESTORE may open, or by its name if it still has one."""
    if name.endswith(_DELETED) or os.access(by_range, os.R_OK):
        return by_range
    return by_name


def _inside(top: str, device: int | None) -> Iterator[Place]:
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                deeper = []
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if device is None or entry.stat(follow_symlinks=False).st_dev == device:
                            deeper.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        yield Place(entry.path, entry.path)
        except OSError as error:
            yield Place(folder, folder, _problem(error))
            continue
        folders += sorted(deeper, reverse=True)


def _problem(error: OSError) -> Unavailable:
    if isinstance(error, PermissionError):
        return Unavailable(Why.DENIED, "needs the right to read it")
    return Unavailable(Why.FAILED, os.strerror(error.errno) if error.errno else str(error))
