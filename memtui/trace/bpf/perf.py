"""perf_event_open(2): counters with filters, and the way that BPF programs get onto uprobes and tracepoints.

Kernel: include/uapi/linux/perf_event.h.
"""

import ctypes
import os
import struct
from enum import IntEnum, IntFlag
from typing import Final

from memtui.trace.bpf.syscall import ioctl, perf_event_open
from memtui.trace.bpf.tracefs import tracefs
from memtui.trace.refused import refused

NEEDS_PERF: Final = "needs root or CAP_PERFMON"
_CLOEXEC: Final = 1 << 3
_COUNT: Final = struct.Struct("=Q")


class EventType(IntEnum):
    """Types of events that have a fixed number; those of other PMUs stand in /sys/bus/event_source."""

    HARDWARE = 0
    SOFTWARE = 1
    TRACEPOINT = 2


class EventFlag(IntFlag):
    """Bits of the attribute, by their position in the kernel's bit field."""

    NONE = 0
    DISABLED = 1 << 0
    INHERIT = 1 << 1
    EXCLUDE_KERNEL = 1 << 5


class _Request(IntEnum):
    ENABLE = 0x2400
    DISABLE = 0x2401
    RESET = 0x2403
    SET_FILTER = 0x40082406
    SET_BPF = 0x40042408


class EventAttr(ctypes.Structure):
    """struct perf_event_attr as of PERF_ATTR_SIZE_VER5 (112 bytes), which kernels from 4.1 on know."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("config", ctypes.c_uint64),
        ("sample_period", ctypes.c_uint64),
        ("sample_type", ctypes.c_uint64),
        ("read_format", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("wakeup", ctypes.c_uint32),
        ("breakpoint", ctypes.c_uint32),
        ("config1", ctypes.c_uint64),  # a uprobe's file name, by its address
        ("config2", ctypes.c_uint64),  # a uprobe's offset in the file
        ("branch_sample_type", ctypes.c_uint64),
        ("sample_regs_user", ctypes.c_uint64),
        ("sample_stack_user", ctypes.c_uint32),
        ("clock", ctypes.c_int32),
        ("sample_regs_intr", ctypes.c_uint64),
        ("aux_watermark", ctypes.c_uint32),
        ("sample_max_stack", ctypes.c_uint16),
        ("reserved", ctypes.c_uint16),
    )


class Event:
    """One perf event, until closed. `pid` -1 and a CPU, or a pid and `cpu` -1. Raises `Refused`.

    `what` names it in a refusal. `config1` and `config2` mean what the event's type says.
    """

    def __init__(
        self,
        type_: int,
        config: int,
        *,
        pid: int = -1,
        cpu: int = -1,
        flags: EventFlag = EventFlag.NONE,
        config1: int = 0,
        config2: int = 0,
        what: str = "perf event",
    ) -> None:
        attr = EventAttr(type_, ctypes.sizeof(EventAttr), config, flags=flags, config1=config1, config2=config2)
        self._what = what
        try:
            self.fd = perf_event_open(attr, pid, cpu, -1, _CLOEXEC)
        except OSError as error:
            raise refused(error, what, need=NEEDS_PERF) from error

    def close(self) -> None:
        """Stop counting and let go; a program on it stops too."""
        os.close(self.fd)

    def count(self) -> int:
        """How often it happened while enabled."""
        value: int = _COUNT.unpack(os.read(self.fd, _COUNT.size))[0]
        return value

    def filter(self, expression: str) -> None:
        """Count only what passes, such as `order == 2`; tracepoints only."""
        self._ask(_Request.SET_FILTER, ctypes.create_string_buffer(expression.encode()))

    def run(self, program_fd: int) -> None:
        """Run a BPF program whenever it happens."""
        self._ask(_Request.SET_BPF, program_fd)

    def enable(self) -> None:
        """Start counting, or running the program."""
        self._ask(_Request.ENABLE)

    def disable(self) -> None:
        """Stop; the count stays."""
        self._ask(_Request.DISABLE)

    def _ask(self, request: _Request, argument: "int | ctypes.Array[ctypes.c_char]" = 0) -> None:
        try:
            ioctl(self.fd, request, argument)
        except OSError as error:
            raise refused(error, f"{self._what}: {request.name.lower()}", need=NEEDS_PERF) from error


def uprobe(path: str, offset: int, pid: int, *, on_return: bool = False) -> Event:
    """A probe at a file's offset (bytes) in one process, not running anything yet. Raises `Refused`."""
    name = ctypes.create_string_buffer(os.fsencode(path))
    return Event(
        pmu("uprobe"),
        int(on_return),
        pid=pid,
        config1=ctypes.addressof(name),
        config2=offset,
        flags=EventFlag.DISABLED,
        what=f"uprobe on {path}",
    )


def pmu(name: str) -> int:
    """The type number of a PMU such as `uprobe`; raises `Refused`."""
    return _number(f"/sys/bus/event_source/devices/{name}/type", name)


def tracepoint(category: str, name: str) -> int:
    """The id of a tracepoint, from tracefs; raises `Refused`."""
    return _number(f"{tracefs()}/events/{category}/{name}/id", f"tracepoint {category}:{name}")


def online_cpus() -> list[int]:
    """The CPUs that run now."""
    with open("/sys/devices/system/cpu/online", encoding="ascii") as file:
        return cpu_list(file.read())


def cpu_list(text: str) -> list[int]:
    """`0-2,5` as numbers."""
    cpus: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return cpus


def _number(path: str, what: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except OSError as error:
        raise refused(error, what, need="needs root, to read tracefs") from error
