"""bpf(2), perf_event_open(2) and ioctl(2) by number: no C library has wrappers for the first two.

Kernel: include/uapi/linux/bpf.h, union bpf_attr; a longer attr than the kernel's is fine while its tail is zero.
"""

import ctypes
import os
import platform
from enum import IntEnum
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.refused import Refused


class Numbers(NamedTuple):
    """System call numbers, which differ between architectures."""

    bpf: int
    perf_event_open: int


_GENERIC: Final = Numbers(bpf=280, perf_event_open=241)
_NUMBERS: Final = {
    "x86_64": Numbers(bpf=321, perf_event_open=298),
    "aarch64": _GENERIC,
    "riscv64": _GENERIC,
    "loongarch64": _GENERIC,
}
_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p]


class Command(IntEnum):
    """What bpf(2) is to do."""

    MAP_CREATE = 0
    MAP_LOOKUP_ELEM = 1
    MAP_UPDATE_ELEM = 2
    MAP_DELETE_ELEM = 3
    MAP_GET_NEXT_KEY = 4
    PROG_LOAD = 5
    RAW_TRACEPOINT_OPEN = 17
    MAP_LOOKUP_BATCH = 24
    MAP_LOOKUP_AND_DELETE_BATCH = 25
    LINK_CREATE = 28
    ITER_CREATE = 33


def numbers() -> Numbers:
    """The numbers of this machine; raises `Refused` where they are not known."""
    machine = platform.machine()
    if machine not in _NUMBERS:
        raise Refused(Unavailable(Why.ABSENT, f"no system call numbers known for {machine}"))
    return _NUMBERS[machine]


def bpf(command: Command, attr: ctypes.Structure) -> int:
    """One call of bpf(2): its result; raises OSError."""
    return _checked(_libc.syscall(numbers().bpf, int(command), ctypes.byref(attr), ctypes.sizeof(attr)))


def perf_event_open(attr: ctypes.Structure, pid: int, cpu: int, group: int, flags: int) -> int:
    """One call of perf_event_open(2): a descriptor; raises OSError."""
    call = numbers().perf_event_open
    return _checked(_libc.syscall(call, ctypes.byref(attr), pid, cpu, group, ctypes.c_ulong(flags)))


def ioctl(fd: int, request: int, argument: "int | ctypes.Array[ctypes.c_char]" = 0) -> int:
    """One call of ioctl(2) with a number or the address of a buffer; raises OSError."""
    address = argument if isinstance(argument, int) else ctypes.addressof(argument)
    return _checked(_libc.ioctl(fd, request, address))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
