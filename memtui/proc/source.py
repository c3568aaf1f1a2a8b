"""The one place that opens files of the kernel, live or recorded.

A `ProcSource` is a /proc root and a /sys root. The live kernel and a tree made by `memtui capture` are read
by the same code; a recorded tree brings the page size, clock ticks, user names and time of its own machine in
`capture.json` beside its `proc` folder, and may hold an earlier instant in a folder `before` beside both. A file
that was refused when the tree was made is there as `NAME.unreadable` with the name of the errno in it.
"""

import errno
import json
import os
import pwd
import time
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from memtui.proc.unavailable import Unavailable, Unreadable, Why

MANIFEST: Final = "capture.json"
LOG: Final = "dev/kmsg"  # beside the proc root
BEFORE: Final = "before"
UNREADABLE: Final = ".unreadable"
NEEDS_PTRACE: Final = "needs root or CAP_SYS_PTRACE"
NEEDS_ROOT: Final = "needs root"
NEEDS_SYSLOG: Final = "needs root or CAP_SYSLOG"
_NO_LOG: Final = Unavailable(Why.FAILED, "there is no /dev/kmsg here")
_NOT_CAPTURED: Final = Unavailable(Why.FAILED, "the recorded tree holds no kernel log")
_CHUNK: Final = 1 << 16
_RECORD: Final = 8192  # bytes: more than any file of one record has


class BadRoot(Exception):
    """The given proc or sys folder can't be what it is said to be; the text is one clear line."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a recorded tree says of the machine that it came from.

    `wall` is the moment at which its system files were read (seconds since the epoch), `users` are names by uid,
    `kernel` is its release, and `memtui` the version that made the tree (empty: unknown).
    """

    page_size: int
    clock_ticks: int
    wall: float
    users: dict[int, str]
    host: str
    kernel: str
    memtui: str = ""


@dataclass(slots=True)
class ReadCount:
    """How much was read: files opened, failures, and seconds spent in open+read+close."""

    reads: int = 0
    failures: int = 0
    seconds: float = 0.0


def reason(error: OSError, *, process: bool, need: str = NEEDS_ROOT) -> Unavailable:
    """Turn an errno into a reason: the one errno policy.

    ENOENT and ESRCH mean a gone process under /proc/PID and an absent feature elsewhere; EACCES and EPERM are
    denials, `need` saying what lifts them; all others are failures named by strerror.
    """
    if error.errno in (errno.ENOENT, errno.ESRCH, errno.ENOTDIR):
        return Unavailable(Why.GONE) if process else Unavailable(Why.ABSENT)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Unavailable(Why.DENIED, NEEDS_PTRACE if process else need)
    return Unavailable(Why.FAILED, os.strerror(error.errno) if error.errno else str(error))


@dataclass(slots=True)
class ProcSource:
    """A proc and a sys root; every path is relative to one of them.

    `before` is the earlier instant of a recorded tree that has one. Raises `BadRoot` if `proc` holds no meminfo.
    """

    proc: str = "/proc"
    sys: str = "/sys"
    count: ReadCount = field(default_factory=ReadCount)
    manifest: Manifest | None = field(default=None, init=False)
    before: "ProcSource | None" = field(default=None, init=False)
    page_size: int = field(default=0, init=False)
    clock_ticks: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if not os.path.isdir(self.proc):
            raise BadRoot(f"{self.proc}: no such folder")
        if not os.path.exists(f"{self.proc}/meminfo"):
            raise BadRoot(f"{self.proc}: holds no meminfo, so it is neither /proc nor a captured tree")
        tree = os.path.dirname(os.path.abspath(self.proc))
        self.manifest = _manifest(f"{tree}/{MANIFEST}")
        if self.manifest and os.path.isdir(f"{tree}/{BEFORE}"):
            self.before = ProcSource(f"{tree}/{BEFORE}/proc", f"{tree}/{BEFORE}/sys")
        self.page_size = self.manifest.page_size if self.manifest else os.sysconf("SC_PAGE_SIZE")
        self.clock_ticks = self.manifest.clock_ticks if self.manifest else os.sysconf("SC_CLK_TCK")

    @property
    def live(self) -> bool:
        """Whether this is the running kernel and not a recorded tree."""
        return os.path.exists(f"{self.proc}/self/stat") and self.manifest is None

    def read(self, path: str) -> bytes:
        """The whole of a file under the proc root; raises `Unreadable`, whose cause is the OSError."""
        return self._read(f"{self.proc}/{path}", process=path[:1].isdigit())

    def read_record(self, path: str) -> bytes:
        """A file of a process that the kernel gives in one piece, such as stat or smaps_rollup: one read does."""
        return self._read(f"{self.proc}/{path}", process=True, whole=False)

    def read_sys(self, path: str) -> bytes:
        """The whole of a file under the sys root; raises `Unreadable`."""
        return self._read(f"{self.sys}/{path}", process=False)

    def open(self, path: str) -> int:
        """A descriptor on a file under the proc root, for callers that keep it; raises OSError."""
        return os.open(f"{self.proc}/{path}", os.O_RDONLY | os.O_CLOEXEC)

    def open_log(self) -> int:
        """A descriptor on the kernel log, `dev/kmsg` beside the proc root, from its oldest record on.

        Of the running kernel each read gives one record and never waits (BlockingIOError: there is no other now;
        BrokenPipeError: some were overwritten before they were read). Raises `Unreadable`.
        """
        path = os.path.join(os.path.dirname(os.path.abspath(self.proc)), LOG)
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            if self.manifest:
                error = _as_recorded(path, error)
            if error.errno == errno.ENOENT:
                raise Unreadable(_NOT_CAPTURED if self.manifest else _NO_LOG) from error
            raise Unreadable(reason(error, process=False, need=NEEDS_SYSLOG)) from error

    def readlink(self, path: str) -> str:
        """Where a link under the proc root leads, as the kernel writes it; raises `Unreadable`."""
        try:
            raw = os.readlink(os.fsencode(f"{self.proc}/{path}"))
        except OSError as error:
            raise Unreadable(reason(error, process=path[:1].isdigit())) from error
        return raw.decode("utf-8", "backslashreplace")

    def listdir(self, path: str) -> list[str]:
        """Names in a folder under the proc root, in no order; raises `Unreadable`."""
        try:
            return os.listdir(f"{self.proc}/{path}")
        except OSError as error:
            raise Unreadable(reason(error, process=path[:1].isdigit())) from error

    def pids(self) -> list[int]:
        """All process ids now, in no order; raises `Unreadable`."""
        try:
            return [int(name) for name in os.listdir(self.proc) if name.isdecimal()]
        except OSError as error:
            raise Unreadable(reason(error, process=False)) from None

    def listdir_sys(self, path: str) -> list[str]:
        """Names in a folder under the sys root, sorted; empty if there is no such folder."""
        try:
            return sorted(os.listdir(f"{self.sys}/{path}"))
        except OSError:
            return []

    def descriptors(self, pid: int) -> list[str]:
        """The paths of the open files of a process, which are links to them; empty if they are refused."""
        folder = f"{self.proc}/{pid}/fd"
        try:
            return [f"{folder}/{name}" for name in os.listdir(folder)]
        except OSError:
            return []

    def subfolders_sys(self, path: str) -> list[str]:
        """Names of the folders in a folder under the sys root, in no order; empty if there is no such folder."""
        try:
            with os.scandir(f"{self.sys}/{path}") as entries:
                return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []

    def links_sys(self, path: str) -> int | None:
        """The number of links of a folder under the sys root: two, and one for each folder in it; None: not there."""
        try:
            return os.stat(f"{self.sys}/{path}").st_nlink
        except OSError:
            return None

    def user(self, uid: int) -> str:
        """The name of a user on the machine that is shown, or the number as text."""
        if self.manifest:
            return self.manifest.users.get(uid, str(uid))
        return _local_user(uid)

    def _read(self, path: str, *, process: bool, whole: bool = True) -> bytes:
        started = time.perf_counter()
        self.count.reads += 1
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                data = chunk = os.read(fd, _CHUNK if whole else _RECORD)
                while chunk and (whole or len(data) % _RECORD == 0):
                    chunk = os.read(fd, _CHUNK)
                    data += chunk
            finally:
                os.close(fd)
        except OSError as error:
            self.count.failures += 1
            if self.manifest:
                error = _as_recorded(path, error)
            raise Unreadable(reason(error, process=process)) from error
        finally:
            self.count.seconds += time.perf_counter() - started
        return data


def _as_recorded(path: str, error: OSError) -> OSError:
    """The error with which the file was refused on the machine that the tree came from, if that is on record."""
    try:
        with open(path + UNREADABLE, encoding="ascii") as file:
            code = getattr(errno, file.read(32).strip(), None)
    except (OSError, ValueError):
        return error
    return OSError(code, os.strerror(code)) if isinstance(code, int) else error


@lru_cache(maxsize=4096)
def _local_user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return str(uid)


def _manifest(path: str) -> Manifest | None:
    try:
        with open(path, "rb") as file:
            raw: dict[str, Any] = json.load(file)
        manifest = Manifest(
            page_size=int(raw["page_size"]),
            clock_ticks=int(raw["clock_ticks"]),
            wall=float(raw["wall"]),
            users={int(uid): str(name) for uid, name in raw["users"].items()},
            host=str(raw["host"]),
            kernel=str(raw["kernel"]),
            memtui=str(raw.get("memtui", "")),
        )
        if manifest.page_size < 1 or manifest.clock_ticks < 1 or not isfinite(manifest.wall):
            raise ValueError("page size, clock ticks and time must be possible ones")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise BadRoot(f"{path}: not a manifest of memtui capture ({error})") from None
    return manifest
