"""Reading the smaps of one process: for who asks for it, on a thread of their own, never with the tick.

While the kernel walks the pages of a mapping, the process can't change its address space (mmap_lock, held for reading
from one read() to the next), so a large process may be held up. That is why nothing here is read by itself.
"""

import os
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from memtui.model.mappings import AddressSpace, Hints, address_space
from memtui.model.sample import ProcKey
from memtui.proc.mappings import Mapping, Parser
from memtui.proc.mountinfo import tmpfs_devices
from memtui.proc.numbers import natural
from memtui.proc.source import ProcSource, reason
from memtui.proc.unavailable import GONE, Unavailable, Unreadable, Why
from memtui.sampling.same import refusal, stat_of

_CHUNK: Final = 1 << 16
_ATTEMPTS: Final = 3  # an exec while one reads leaves two halves of two address spaces
_EVERY: Final = 0.1  # seconds between two words on progress
_MANY_THREADS: Final = 4096  # above that, where each thread's stack is would cost more than it tells

NEVER_CANCELLED: Callable[[], bool] = lambda: False  # noqa: E731 - a constant


class Progress(NamedTuple):
    """How far a reading is: mappings, their resident bytes, and seconds since it began."""

    mappings: int
    rss: int
    seconds: float


class Cancelled(Exception):
    """The reading was cancelled."""


def read_address_space(
    source: ProcSource,
    key: ProcKey,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = NEVER_CANCELLED,
    clock: Callable[[], float] = time.monotonic,
) -> AddressSpace | Unavailable:
    """All mappings of a process, or why there are none; GONE if it ended, or its pid is another's.

    Raises `Cancelled` once `cancelled()` holds, at the latest when the kernel has walked the mapping it is at.
    """
    for _ in range(_ATTEMPTS):
        if (stat := stat_of(source, key)) is None:
            return GONE
        started = clock()
        try:
            mappings = _read(source, key.pid, progress, cancelled, clock)
        except OSError as error:
            return refusal(source, key, reason(error, process=True), "smaps")
        ended = clock()
        exe = _exe(source, key.pid) or _program(mappings, stat.startcode)
        hints = Hints(exe, _tmpfs(source, key.pid), _stacks(source, key.pid))
        if (after := stat_of(source, key)) is None:
            return GONE
        if after.startcode == stat.startcode:
            return address_space(key, ended, ended - started, stat.startcode, mappings, hints)
    return Unavailable(Why.FAILED, "it runs one program after the other")


def _read(
    source: ProcSource,
    pid: int,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
    clock: Callable[[], float],
) -> list[Mapping]:
    parser, mappings, rss = Parser(), list[Mapping](), 0
    started = told = clock()
    fd = source.open(f"{pid}/smaps")
    try:
        while chunk := _some(fd):
            if cancelled():
                raise Cancelled
            for mapping in parser.feed(chunk):
                mappings.append(mapping)
                rss += mapping.rss
            if (now := clock()) - told >= _EVERY:
                told = now
                progress(Progress(len(mappings), rss, now - started))
        mappings += parser.end()
    finally:
        os.close(fd)
    return mappings


def _some(fd: int) -> bytes:
    """The next part of the file; the kernel gives a page or so at a time, too little to be worth parsing."""
    parts, size = list[bytes](), 0
    while size < _CHUNK and (data := os.read(fd, _CHUNK)):
        parts.append(data)
        size += len(data)
    return b"".join(parts)


def _exe(source: ProcSource, pid: int) -> str | None:
    try:
        return source.readlink(f"{pid}/exe")
    except Unreadable:
        return None


def _program(mappings: Sequence[Mapping], startcode: int) -> str | None:
    """The file in which the program's code begins: where the link to it can't be read, as in a recording."""
    return next((one.path for one in mappings if one.start <= startcode < one.end), None)


def _tmpfs(source: ProcSource, pid: int) -> frozenset[str]:
    try:
        return tmpfs_devices(source.read(f"{pid}/mountinfo"))
    except Unreadable:
        return frozenset()


def _stacks(source: ProcSource, pid: int) -> frozenset[int] | None:
    """The stack pointers of all threads but the first, by /proc/PID/task/TID/syscall; None if any doesn't tell."""
    found = set[int]()
    try:
        threads = source.listdir(f"{pid}/task")
        if len(threads) > _MANY_THREADS:
            return None
        for thread in threads:
            if thread != str(pid):
                pointer = stack_pointer(source.read(f"{pid}/task/{thread}/syscall"))
                if pointer is None:
                    return None
                found.add(pointer)
    except Unreadable:
        return None
    return frozenset(found)


def stack_pointer(data: bytes) -> int | None:
    """The stack pointer in a syscall file: the last but one word; None of a running thread (proc_pid_syscall(5))."""
    words = data.split()
    number = words[0].removeprefix(b"-") if len(words) >= 3 else b""
    if natural(number.decode("ascii", "replace")) is None:
        return None
    try:
        return int(words[-2], 16)
    except ValueError:
        return None
