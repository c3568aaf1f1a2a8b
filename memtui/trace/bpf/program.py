"""Programs in the kernel: load them, hear why the verifier refuses, attach them to typed tracepoints and functions.

A program, and its link to where it runs, are there as long as their descriptors are open. They end with this
process, however it ends: nothing has to be cleaned up.
"""

import ctypes
import os
import re
from enum import IntEnum
from typing import Final

from memtui.trace.bpf.syscall import Command, bpf
from memtui.trace.refused import refused

LICENSE: Final = b"Dual MIT/GPL"  # one that counts as GPL, which typed programs and many helpers ask for
_LOG_SIZE: Final = 1 << 20
_NAME: Final = 15


class ProgramKind(IntEnum):
    """Kinds of programs."""

    KPROBE = 2  # uprobes as well
    TRACEPOINT = 5
    PERF_EVENT = 7
    RAW_TRACEPOINT = 17
    TRACING = 26


class Attach(IntEnum):
    """Where a program of kind TRACING runs; others need NONE."""

    NONE = 0
    RAW_TRACEPOINT = 23  # a tracepoint, with typed arguments
    FUNCTION_ENTRY = 24
    FUNCTION_EXIT = 25
    ITERATOR = 28
    UPROBE_MULTI = 48  # of kind KPROBE


class _Load(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_uint32),
        ("slots", ctypes.c_uint32),
        ("code", ctypes.c_uint64),
        ("license", ctypes.c_uint64),
        ("log_level", ctypes.c_uint32),
        ("log_size", ctypes.c_uint32),
        ("log", ctypes.c_uint64),
        ("kernel_version", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("name", ctypes.c_char * 16),
        ("interface", ctypes.c_uint32),
        ("attach", ctypes.c_uint32),
        ("btf_fd", ctypes.c_uint32),
        ("func_info_size", ctypes.c_uint32),
        ("func_info", ctypes.c_uint64),
        ("func_infos", ctypes.c_uint32),
        ("line_info_size", ctypes.c_uint32),
        ("line_info", ctypes.c_uint64),
        ("line_infos", ctypes.c_uint32),
        ("attach_btf_id", ctypes.c_uint32),
        ("attach_to_fd", ctypes.c_uint32),
    )


class _OpenTracepoint(ctypes.Structure):
    _fields_ = (("name", ctypes.c_uint64), ("program", ctypes.c_uint32))


class Program:
    """A loaded program; not attached to anything yet.

    `btf_id` is the type of the tracepoint or function that a TRACING program is for. Raises `Refused`, with the
    verifier's log if it was the verifier.
    """

    def __init__(
        self, kind: ProgramKind, code: bytes, *, name: str = "memtui", attach: Attach = Attach.NONE, btf_id: int = 0
    ) -> None:
        text = ctypes.create_string_buffer(code, len(code))
        license_ = ctypes.create_string_buffer(LICENSE)
        attr = _Load(
            kind=kind,
            slots=len(code) // 8,
            code=ctypes.addressof(text),
            license=ctypes.addressof(license_),
            kernel_version=kernel_version(os.uname().release),
            name=name.encode()[:_NAME],
            attach=attach,
            attach_btf_id=btf_id,
        )
        try:
            self.fd = bpf(Command.PROG_LOAD, attr)
        except OSError as error:
            raise refused(error, name, log=_log(attr)) from error

    def close(self) -> None:
        """Let go of the program; it goes on running where it is attached."""
        os.close(self.fd)


class Link:
    """A TRACING program at work, until closed. Raises `Refused`."""

    def __init__(self, program: Program, what: str = "attach") -> None:
        try:
            self.fd = bpf(Command.RAW_TRACEPOINT_OPEN, _OpenTracepoint(0, program.fd))
        except OSError as error:
            raise refused(error, what) from error

    def close(self) -> None:
        """Stop the program."""
        os.close(self.fd)


def attached(code: bytes, attach: Attach, btf_id: int, name: str) -> Link:
    """Load a typed program and set it to work; only the link need be kept. Raises `Refused`."""
    program = Program(ProgramKind.TRACING, code, name=name, attach=attach, btf_id=btf_id)
    try:
        return Link(program, name)
    finally:
        program.close()


def kernel_version(release: str) -> int:
    """`6.1.187-1-amd64` as the kernel's own LINUX_VERSION_CODE; kprobe programs before 5.0 must name it."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", release)
    if not found:
        return 0
    major, minor, patch = (int(part or 0) for part in found.groups())
    return (major << 16) + (minor << 8) + min(patch, 255)


def _log(attr: _Load) -> str:
    """What the verifier says to a program that was refused: load it once more and listen."""
    log = ctypes.create_string_buffer(_LOG_SIZE)
    attr.log_level, attr.log_size, attr.log = 1, _LOG_SIZE, ctypes.addressof(log)
    try:
        os.close(bpf(Command.PROG_LOAD, attr))
    except OSError:
        return log.value.decode("utf-8", "replace")
    return ""
