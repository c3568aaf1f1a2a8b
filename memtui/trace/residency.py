"""How much of a file is in the page cache, and where: cachestat(2), or mincore(2) where that tells the truth.

cachestat(2), Linux 6.5, counts pages of a range without touching them. mincore(2) knows only resident or not, and for
a file that the caller neither owns nor may write it says that all of it is: then nothing is known.
Kernel: mm/filemap.c cachestat(), mm/mincore.c can_do_mincore().
"""

import ctypes
import errno
import mmap
import os
import stat
from functools import lru_cache
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why

PAGE: Final = mmap.PAGESIZE
NEEDS_OWNER: Final = "needs its owner, the right to write it, or root"
_CACHESTAT: Final = 451  # the same on every architecture
_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_CHUNK: Final = 1 << 30  # bytes that are mapped at once; a multiple of every page size
_KINDS: Final = {
    stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device", stat.S_IFLNK: "a symbolic link",
}  # fmt: skip
_RESIDENT: Final = bytes(byte & 1 for byte in range(256))
_NO_MEMORY: Final = ctypes.c_void_p(-1).value

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int64]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]


class _Range(ctypes.Structure):
    _fields_ = (("offset", ctypes.c_uint64), ("length", ctypes.c_uint64))


class _Counts(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("cache", "dirty", "writeback", "evicted", "recently"))


class Residency(NamedTuple):
    """A file's pages: all, in the cache, dirty, being written back, evicted, evicted recently; None: not known.

    `slots` are the pages in the cache in equal parts of the file, as many as were asked for, `ends` where each part
    ends (in pages). Dirty pages are part of the cached ones.
    """

    pages: int
    cached: int
    dirty: int | None = None
    writeback: int | None = None
    evicted: int | None = None
    recently_evicted: int | None = None
    slots: tuple[int, ...] = ()


class Looked(NamedTuple):
    """A file that was looked at: what it is, and its residency or why that is not known."""

    device: int
    inode: int
    size: int
    residency: Residency | Unavailable


def look(path: str, slots: int = 0, *, folder: int | None = None) -> Looked | Unavailable:
    """The residency of a regular file, or why there is none. Nothing is read, no access time changes, no FIFO waits.

    `slots` parts of the file are told apart; `folder` is the descriptor that a relative path begins at.
    """
    try:
        known = os.stat(path, dir_fd=folder)
        if not stat.S_ISREG(known.st_mode):
            return Unavailable(
                Why.FAILED, f"{_KINDS.get(stat.S_IFMT(known.st_mode), 'no file')}, not a file with pages"
            )
        if known.st_dev in _kernel_devices():
            return Unavailable(Why.FAILED, "made by the kernel when read, not a file with pages")
        fd = _open(path, folder)
    except OSError as error:
        return _reason(error)
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return Unavailable(Why.FAILED, "not a file with pages")
        try:
            residency: Residency | Unavailable = measure(fd, found.st_size, slots)
        except OSError as error:
            residency = _reason(error)
        return Looked(found.st_dev, found.st_ino, found.st_size, residency)
    finally:
        os.close(fd)


def measure(fd: int, size: int, slots: int = 0) -> Residency | Unavailable:
    """The residency of an open regular file of `size` bytes; raises OSError."""
    pages = -(-size // PAGE)
    try:
        return _by_cachestat(fd, pages, slots)
    except OSError as error:
        if error.errno == errno.EPERM:
            return Unavailable(Why.DENIED, NEEDS_OWNER)
        if error.errno not in (errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    if not _mincore_is_honest(fd):
        return Unavailable(Why.DENIED, NEEDS_OWNER)
    return _by_mincore(fd, size, pages, slots)


def parts(pages: int, slots: int) -> list[tuple[int, int]]:
    """The file in `slots` parts (fewer if it has fewer pages): first page of each, and the one behind its last."""
    count = min(slots, pages)
    return [(pages * part // count, pages * (part + 1) // count) for part in range(count)]


def _by_cachestat(fd: int, pages: int, slots: int) -> Residency:
    whole = _cachestat(fd, 0, 0)
    if slots and 0 < whole.cache < pages:
        each = tuple(_cachestat(fd, first * PAGE, (end - first) * PAGE).cache for first, end in parts(pages, slots))
    else:
        full = whole.cache >= pages
        each = tuple((end - first) if full else 0 for first, end in parts(pages, slots))
    return Residency(pages, whole.cache, whole.dirty, whole.writeback, whole.evicted, whole.recently, each)


def _by_mincore(fd: int, size: int, pages: int, slots: int) -> Residency:
    resident = b"".join(_mincore(fd, offset, min(_CHUNK, size - offset)) for offset in range(0, size, _CHUNK))
    each = tuple(resident.count(1, first, end) for first, end in parts(pages, slots))
    return Residency(pages, resident.count(1), slots=each)


def _cachestat(fd: int, offset: int, length: int) -> _Counts:
    """One call; a length of 0 goes to the end of the file."""
    counts = _Counts()
    if _libc.syscall(_CACHESTAT, fd, ctypes.byref(_Range(offset, length)), ctypes.byref(counts), 0) < 0:
        raise _error()
    return counts


def _mincore(fd: int, offset: int, length: int) -> bytes:
    """A byte for each page, 1 if it is resident. The mapping is never touched."""
    vector = ctypes.create_string_buffer(-(-length // PAGE))
    address = _libc.mmap(None, length, 0, mmap.MAP_SHARED, fd, offset)
    if address == _NO_MEMORY:
        raise _error()
    try:
        if _libc.mincore(address, length, vector) < 0:
            raise _error()
    finally:
        _libc.munmap(address, length)
    return vector.raw.translate(_RESIDENT)


def _mincore_is_honest(fd: int) -> bool:
    """The kernel's own condition: owner, root, or the right to write; to others it says that all is resident."""
    user = os.geteuid()
    return user == 0 or os.fstat(fd).st_uid == user or os.access(f"/proc/self/fd/{fd}", os.W_OK, effective_ids=True)


def _open(path: str, folder: int | None) -> int:
    try:
        return os.open(path, _FLAGS | os.O_NOATIME, dir_fd=folder)
    except PermissionError:  # of others' files O_NOATIME is refused; opening alone changes no access time
        return os.open(path, _FLAGS, dir_fd=folder)


@lru_cache(maxsize=1)
def _kernel_devices() -> frozenset[int]:
    devices = set()
    for folder in ("/proc", "/sys"):
        try:
            devices.add(os.stat(folder).st_dev)
        except OSError:
            continue
    return frozenset(devices)


def _reason(error: OSError) -> Unavailable:
    if error.errno in (errno.ENOENT, errno.ESRCH, errno.ENOTDIR):
        return Unavailable(Why.FAILED, "no such file")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Unavailable(Why.DENIED, "needs the right to read it")
    return Unavailable(Why.FAILED, os.strerror(error.errno) if error.errno else str(error))


def _error() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code))
