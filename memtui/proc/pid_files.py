"""The small files of a process: io, oom_score, oom_score_adj, cmdline, cgroup, limits.

proc_pid_io(5), proc_pid_oom_score(5), proc_pid_cmdline(5), cgroups(7), proc_pid_limits(5).
"""

import re
from typing import Final, NamedTuple


class PidIo(NamedTuple):
    """/proc/PID/io: bytes passed to read and write calls, the calls, bytes that reached storage.

    `rchar` counts pipes, sockets and terminals too; reads through io_uring and mmap are not in it.
    Documentation/filesystems/proc.rst, fs/proc/base.c do_io_accounting(). Needs the right to ptrace the process.
    """

    rchar: int
    wchar: int
    syscr: int
    syscw: int
    read_bytes: int
    write_bytes: int
    cancelled_write_bytes: int


class Cgroup(NamedTuple):
    """Where a process stands: its path in the unified hierarchy and in the v1 memory hierarchy (None: not in one)."""

    unified: str | None
    memory_v1: str | None

    @property
    def path(self) -> str | None:
        """The path under which its memory is accounted: v1 memory where it is mounted, else the unified one."""
        return self.memory_v1 if self.memory_v1 is not None else self.unified


class Limit(NamedTuple):
    """A resource limit; None means unlimited. `unit` is the file's own word (bytes, files, …)."""

    soft: int | None
    hard: int | None
    unit: str


# %-25s %-20s %-20s %-10s in fs/proc/base.c proc_pid_limits(); runs are bounded, so that no text takes long to refuse
_LIMIT: Final = re.compile(
    rb"^(Max \S.{0,40}?) {2,25}(unlimited|\d{1,20}) {1,20}(unlimited|\d{1,20}) {0,20}(\S*) *$", re.MULTILINE
)
_WIDEST: Final = 20  # digits of a 64-bit number


def parse_io(data: bytes) -> PidIo | None:
    """The record of an io file; None if a counter is missing."""
    words = data.split()
    values = dict(zip(words[0::2], words[1::2], strict=False))
    counters = [parse_int(values.get(name.encode() + b":", b"")) for name in PidIo._fields]
    known = [counter for counter in counters if counter is not None]
    return PidIo(*known) if len(known) == len(counters) else None


def parse_int(data: bytes) -> int | None:
    """A file that holds one number (oom_score, oom_score_adj); None if it holds none."""
    if len(data) > _WIDEST + len("\n"):
        return None
    try:
        return int(data)
    except ValueError:
        return None


def parse_cmdline(data: bytes) -> str:
    """The arguments with spaces between them, empty for kernel threads and zombies.

    Bytes that are no UTF-8 become backslash escapes; control characters stay for `view.text.sanitize`.
    """
    return data.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "backslashreplace")


def parse_cgroup(data: bytes) -> Cgroup:
    """The record of a cgroup file; a line is `id:controllers:path`, id 0 being the unified hierarchy."""
    unified = memory = None
    for row in data.decode("utf-8", "backslashreplace").split("\n"):  # the one break that no cgroup's name can hold
        number, _, rest = row.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            unified = path or unified
        elif "memory" in controllers.split(","):
            memory = path or memory
    return Cgroup(unified, memory)


def parse_limits(data: bytes) -> dict[str, Limit]:
    """The limits by the file's names ("Max address space"); a line that can't be read is left out."""

    def value(word: bytes) -> int | None:
        return None if word == b"unlimited" else int(word)

    return {
        name.decode("ascii", "replace"): Limit(value(soft), value(hard), unit.decode("ascii", "replace"))
        for name, soft, hard, unit in _LIMIT.findall(data)
    }
