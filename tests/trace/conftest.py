"""Programs for the tests of the instruments: compiled once, ended with their test, and looked into by ptrace."""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

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
Build = Callable[..., Path]
Start = Callable[..., "subprocess.Popen[bytes]"]


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in _NAMES]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Compile a C or C++ source with options; the same options give the same file."""
    folder, made = tmp_path_factory.mktemp("programs"), dict[tuple[str, ...], Path]()

    def compile_(source: str, *options: str, name: str = "program", suffix: str = ".c") -> Path:
        key = (source, suffix, name, *options)
        if key not in made:
            compiler = "g++" if suffix == ".cc" else "gcc"
            if shutil.which(compiler) is None:
                pytest.skip(f"{compiler} is not installed")
            place = folder / str(len(made))
            place.mkdir()
            (place / f"{name}{suffix}").write_text(source)
            done = subprocess.run(
                [compiler, "-w", *options, "-o", name, f"{name}{suffix}", "-lpthread", "-ldl"],
                cwd=place, check=False, capture_output=True, text=True,
            )  # fmt: skip
            if done.returncode and "-static" in options:
                pytest.skip("no static libc")
            assert not done.returncode, done.stderr
            made[key] = place / name
        return made[key]

    return compile_


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program; its standard input and output are pipes. Killed at the end of the test."""
    children: list[subprocess.Popen[bytes]] = []

    def new(*command: object) -> "subprocess.Popen[bytes]":
        words: Sequence[str] = [str(word) for word in command]
        children.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return children[-1]

    yield new
    for child in children:
        with child:
            child.kill()


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


def end(child: "subprocess.Popen[bytes]") -> None:
    """Stop a program of a test early."""
    child.send_signal(signal.SIGKILL)
    child.wait()
