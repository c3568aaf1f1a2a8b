"""Changing a setting of the memory manager under /proc/sys/vm, until the next boot."""

import errno
import os
from typing import Final, NamedTuple

from memtui.control.outcome import Kind, Outcome

NEED: Final = "root (and a writable /proc/sys)"
FOLDER: Final = "/proc/sys/vm"


class Limits(NamedTuple):
    """The least and the most that memtui sets; `why` says what is behind the most."""

    least: int
    most: int
    why: str


def limits(name: str, mem_total: int) -> Limits | None:
    """What a setting may be set to on a machine with so many bytes of RAM; None: memtui doesn't set it."""
    match name:
        case "swappiness":
            return Limits(0, 200, "the kernel takes no more")
        case "zone_reclaim_mode":
            return Limits(0, 7, "its bits are 1, 2 and 4")
        case "min_free_kbytes":
            return Limits(1024, max(1024, mem_total // 1024 // 20), "a twentieth of RAM: more can end in OOM kills")
        case _:
            return None


def read(name: str, folder: str = FOLDER) -> int | None:
    """The value in force; None if it can't be read or is no number."""
    try:
        with open(f"{folder}/{name}", "rb") as file:
            return int(file.read(64))
    except (OSError, ValueError):
        return None


def write(name: str, value: int, folder: str = FOLDER) -> Outcome:
    """Set a value and look whether it is in force."""
    try:
        fd = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, b"%d\n" % value)
        finally:
            os.close(fd)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return Outcome(Kind.DENIED, f"{name}: permission denied: needs {NEED}")
        return Outcome(Kind.FAILED, f"{name}: {os.strerror(error.errno) if error.errno else error}")
    now = read(name, folder)
    if now != value:
        return Outcome(Kind.FAILED, f"{name}: the kernel made {now} of {value}")
    return Outcome(Kind.OK, f"{name} is {value} until the next boot")
