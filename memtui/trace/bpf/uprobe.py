"""A program on a uprobe of one process, by the way that this kernel has for it.

From 6.10 on by a link of its own (uprobe_multi, whose pid means the whole process since then): taking many of them
away goes in parallel. Before, by a perf event: the kernel takes those away one after another, some 100 ms each.
"""

import ctypes
import os
from typing import Final, Protocol

from memtui.trace.bpf.perf import Event, uprobe
from memtui.trace.bpf.program import Attach, Program, ProgramKind, kernel_version
from memtui.trace.bpf.syscall import Command, bpf
from memtui.trace.refused import refused

_RETURN: Final = 1
_LINKS_SINCE: Final = 6 << 16 | 10 << 8


class Attached(Protocol):
    """A probe at work."""

    def close(self) -> None:
        """Take it away."""


class _CreateLink(ctypes.Structure):
    _fields_ = (
        ("program", ctypes.c_uint32),
        ("target", ctypes.c_uint32),
        ("attach", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("path", ctypes.c_uint64),
        ("offsets", ctypes.c_uint64),
        ("reference_counters", ctypes.c_uint64),
        ("cookies", ctypes.c_uint64),
        ("count", ctypes.c_uint32),
        ("uprobe_flags", ctypes.c_uint32),
        ("pid", ctypes.c_uint32),
    )


class UprobeLink:
    """A program of attach type UPROBE_MULTI at an offset of a file, in one process. Raises `Refused`."""

    def __init__(self, program: Program, path: str, offset: int, pid: int, *, on_return: bool) -> None:
        name, offsets = ctypes.create_string_buffer(os.fsencode(path)), (ctypes.c_uint64 * 1)(offset)
        attr = _CreateLink(
            program=program.fd,
            attach=Attach.UPROBE_MULTI,
            path=ctypes.addressof(name),
            offsets=ctypes.addressof(offsets),
            count=1,
            uprobe_flags=_RETURN if on_return else 0,
            pid=pid,
        )
        try:
            self.fd = bpf(Command.LINK_CREATE, attr)
        except OSError as error:
            raise refused(error, f"uprobe on {path}") from error

    def close(self) -> None:
        """Take the probe away."""
        os.close(self.fd)


def attach(code: bytes, name: str, path: str, offset: int, pid: int, *, on_return: bool = False) -> Attached:
    """Load a program and set it on a file's offset (bytes) in one process. Raises `Refused`."""
    links = kernel_version(os.uname().release) >= _LINKS_SINCE
    kind = Attach.UPROBE_MULTI if links else Attach.NONE
    program = Program(ProgramKind.KPROBE, code, name=name, attach=kind)
    try:
        if links:
            return UprobeLink(program, path, offset, pid, on_return=on_return)
        event: Event = uprobe(path, offset, pid, on_return=on_return)
        try:
            event.run(program.fd)
            event.enable()
        except BaseException:
            event.close()
            raise
        return event
    finally:
        program.close()
