"""Giving the memory of a process to reclaim: process_madvise(2) with MADV_PAGEOUT or MADV_COLD, since Linux 5.10.

It acts on a pidfd, so it can't hit another process. The kernel leaves out what is locked, shared with others or not
made of ordinary pages. It takes the right to ptrace the process, and CAP_SYS_NICE.
"""

import ctypes
import errno
import os
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final

from memtui.control.identity import check, held, read
from memtui.control.outcome import Kind, Outcome, failure
from memtui.proc import pid_status
from memtui.proc.pid_status import PidStatus

NEED: Final = "root, or CAP_SYS_NICE and the right to ptrace it"
_PROCESS_MADVISE: Final = 440  # the same on every architecture
_MOST: Final = 1 << 30  # bytes of one call: the kernel cuts what is more than 2 GiB
_VECTOR: Final = 512  # ranges of one call: UIO_MAXIOV is 1024
_MIB: Final = 1 << 20
_CHUNK: Final = 1 << 16
_SPECIAL: Final = (b"[vsyscall]", b"[vdso]", b"[vvar]", b"[vvar_vclock]")
_Range = tuple[int, int]


class Advice(IntEnum):
    """What the kernel is told: write out now, or first when memory is short (uapi/asm-generic/mman-common.h)."""

    MADV_COLD = 20
    MADV_PAGEOUT = 21


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def advise(pid: int, starttime: int, how: Advice) -> Outcome:
    """Advise all mappings of a process if it is still the one that started then."""
    if not hasattr(os, "pidfd_open"):
        return Outcome(Kind.FAILED, f"{pid}: this Python has no pidfd_open")
    try:
        with held(pid, starttime) as folder:
            pidfd = os.pidfd_open(pid)
            try:
                check(folder, starttime)
                before = _status(folder)
                advised = sum(_advise(pidfd, batch, how) for batch in _batches(_ranges(folder)))
                check(folder, starttime)
                after = _status(folder)
            finally:
                os.close(pidfd)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            return Outcome(Kind.FAILED, f"{pid}: process_madvise is not in this kernel, it came with Linux 5.10")
        return failure(pid, error, NEED)
    words = f"{pid}: {how.name} on {advised // _MIB}M"
    return Outcome(Kind.OK, f"{words}; {_change('RES', before.vm_rss, after.vm_rss)}, {_swap(before, after)}")


def _advise(pidfd: int, ranges: list[_Range], how: Advice) -> int:
    """Bytes that the kernel took; a range that it refuses (locked, huge, of a device) is passed over."""
    taken = 0
    while ranges:
        vector = (_Vector * len(ranges))(*(_Vector(start, size) for start, size in ranges))
        done = _call(pidfd, vector, len(ranges), how)
        taken += done
        while ranges and done >= ranges[0][1]:
            done -= ranges.pop(0)[1]
        if ranges:
            ranges.pop(0)
    return taken


def _call(pidfd: int, vector: "ctypes.Array[_Vector]", length: int, how: Advice) -> int:
    """The bytes advised: 0 where the first range is refused. Raises OSError where all would be."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    done = call(
        ctypes.c_long(_PROCESS_MADVISE), ctypes.c_long(pidfd), vector, ctypes.c_long(length), ctypes.c_long(how),
        ctypes.c_long(0),
    )  # fmt: skip
    if done >= 0:
        return int(done)
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOMEM, errno.EBUSY, errno.EBADF):
        return 0
    raise OSError(code, os.strerror(code))


def _batches(ranges: Iterable[_Range]) -> Iterator[list[_Range]]:
    """Ranges in groups that one call takes whole."""
    batch, total = list[_Range](), 0
    for start, size in ranges:
        while size:
            part = min(size, _MOST - total)
            batch.append((start, part))
            start, size, total = start + part, size - part, total + part
            if total >= _MOST or len(batch) >= _VECTOR:
                yield batch
                batch, total = [], 0
    if batch:
        yield batch


def _ranges(folder: int) -> list[_Range]:
    """Where the mappings of a process are, but for those of the kernel."""
    found = []
    for row in _whole(folder, "maps").split(b"\n"):
        place, _, rest = row.partition(b" ")
        start, _, end = place.partition(b"-")
        if end and not rest.endswith(_SPECIAL):
            found.append((int(start, 16), int(end, 16) - int(start, 16)))
    return found


def _whole(folder: int, name: str) -> bytes:
    fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        parts = []
        while chunk := os.read(fd, _CHUNK):
            parts.append(chunk)
    finally:
        os.close(fd)
    return b"".join(parts)


def _status(folder: int) -> PidStatus:
    return pid_status.parse(read(folder, "status"))


def _swap(before: PidStatus, after: PidStatus) -> str:
    return _change("swap", before.vm_swap, after.vm_swap)


def _change(name: str, before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return f"{name} unknown"
    return f"{name} {before // _MIB}M to {after // _MIB}M"
