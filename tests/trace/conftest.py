"""Programs for the tests of the instruments: compiled once, ended with their test, and looked into by ptrace."""

import ctypes
import os
from collections.abc import Callable

import pytest

from memtui.trace.code import Code
from memtui.trace.unwind import R12, R13, R14, R15, RBP, RBX, RSP, Stack, unwind

SLICE = 4096
_ATTACH, _DETACH, _GETREGS = 16, 17, 12
_WORDS = (  # struct user_regs_struct
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es "
    "fs gs"
)
_NAMES = tuple(_WORDS.split())


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in _NAMES]


@pytest.fixture
def stack_of() -> Callable[[int, Code], Stack]:
    """The stack of a process that is waiting, by its registers (ptrace) and a copy of the top of its stack."""
    libc = ctypes.CDLL(None, use_errno=True)

    def trace(request: int, pid: int, data: object = None) -> None:
        if libc.ptrace(ctypes.c_long(request), ctypes.c_long(pid), None, data) < 0:
            pytest.skip(f"no ptrace here: {os.strerror(ctypes.get_errno())}")

    def stack(pid: int, code: Code) -> Stack:
        found = Registers()
        trace(_ATTACH, pid)
        try:
            os.waitpid(pid, 0)
            trace(_GETREGS, pid, ctypes.byref(found))
            with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
                memory.seek(found.rsp)
                copied = memory.read(SLICE)
        finally:
            trace(_DETACH, pid)
        names = {RBX: "rbx", RBP: "rbp", RSP: "rsp", R12: "r12", R13: "r13", R14: "r14", R15: "r15"}
        return unwind(code, found.rip, {number: getattr(found, name) for number, name in names.items()}, copied)

    return stack
