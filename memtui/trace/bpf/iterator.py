"""BPF iterators: a program that the kernel runs over all things of a kind, such as tasks, whenever it is read.

Kernel: Documentation/bpf/bpf_iterators.rst; there since Linux 5.8. What the program writes with `seq_write` is what
a read gives. Like every link it ends with this process.
"""

import ctypes
import os
from typing import Final

from memtui.trace.bpf.program import Attach, Program, ProgramKind
from memtui.trace.bpf.syscall import Command, bpf
from memtui.trace.refused import refused

_CHUNK: Final = 1 << 20  # the kernel hands out eight pages a read


class _LinkCreate(ctypes.Structure):
    _fields_ = (
        ("program_fd", ctypes.c_uint32),
        ("target_fd", ctypes.c_uint32),
        ("attach", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("info", ctypes.c_uint64),
        ("info_size", ctypes.c_uint32),
    )


class _IterCreate(ctypes.Structure):
    _fields_ = (("link_fd", ctypes.c_uint32), ("flags", ctypes.c_uint32))


class Iterator:
    """A program made for an iterator, to be read as often as one likes until closed.

    `btf_id` is the number of the function that stands for the iterator, such as `bpf_iter_task`. Raises `Refused`.
    """

    def __init__(self, code: bytes, btf_id: int, name: str) -> None:
        program = Program(ProgramKind.TRACING, code, name=name, attach=Attach.ITERATOR, btf_id=btf_id)
        try:
            self.fd = bpf(Command.LINK_CREATE, _LinkCreate(program.fd, 0, Attach.ITERATOR))
        except OSError as error:
            raise refused(error, name) from error
        finally:
            program.close()

    def read(self) -> bytes:
        """What the program writes over everything that is there now; raises OSError."""
        run = bpf(Command.ITER_CREATE, _IterCreate(self.fd))
        try:
            data = chunk = os.read(run, _CHUNK)
            while chunk:
                chunk = os.read(run, _CHUNK)
                data += chunk
        finally:
            os.close(run)
        return data

    def close(self) -> None:
        """Let go of the program."""
        os.close(self.fd)
