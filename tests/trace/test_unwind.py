"""Stacks of real programs: every way of compiling gives the same names in the same order, or addresses."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.trace.code import Code
from memtui.trace.unwind import End, Stack

PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <signal.h>
volatile int sink;
#define SEEN __attribute__((noinline))
SEEN void innermost(int n) { char c[64]; c[n & 63] = 1; read(0, c, 1); sink += c[3]; }
SEEN void middle(int n) { volatile char big[200]; big[n] = n; innermost(n + big[n]); sink += big[n]; }
SEEN void outer(int n) { char *p = __builtin_alloca(n * 16 + 16); p[n] = 1; middle(n); sink += p[n]; }
static int compare(const void *a, const void *b) { outer(3); return *(const int *)a - *(const int *)b; }
static void on_signal(int n) { outer(2); sink++; }
int main(int argc, char **argv) {
  puts("ready"); fflush(stdout);
  if (argc > 1) { signal(SIGUSR1, on_signal); raise(SIGUSR1); }
  else { int two[2] = {2, 1}; qsort(two, 2, sizeof *two, compare); }
  return 0;
}
"""
WAYS = {
    "O2": ("-O2", "-fomit-frame-pointer"),
    "O0": ("-O0",),
    "frame-pointers": ("-O2", "-fno-omit-frame-pointer"),
    "debug": ("-O2", "-g"),
    "static": ("-O2", "-static"),
    "static-stripped": ("-O2", "-static", "-s"),
    "stripped": ("-O2", "-s"),
}

READING = "0 0x0 "  # /proc/PID/syscall of a read from standard input


def waiting(child: Any) -> None:
    """Until the program waits in the read of its innermost function."""
    assert child.stdout.readline() == b"ready\n"
    while not Path(f"/proc/{child.pid}/syscall").read_text().startswith(READING):
        time.sleep(0.002)


def names(code: Code, stack: Stack) -> list[str]:
    found = []
    for index, at in enumerate(stack.frames):
        place = code.locate(at)
        symbol = place.module.function_at(place.address - bool(index)) if place.module else None
        found.append(symbol.name if symbol else "?")
    return found


@pytest.mark.parametrize("way", WAYS)
def test_the_whole_stack_is_found_however_the_program_was_compiled(
    build: Any, launch: Any, stack_of: Callable[[int, Code], Stack], way: str
) -> None:
    child = launch(build(PROGRAM, *WAYS[way]))
    waiting(child)
    code = Code(child.pid)
    stack = stack_of(child.pid, code)
    assert stack.end is End.WHOLE
    assert stack.guessed is None
    found = names(code, stack)
    if "stripped" not in way:
        assert [name for name in found if name in ("innermost", "middle", "outer", "compare", "main")] == [
            "innermost", "middle", "outer", "compare", "main",
        ]  # fmt: skip
        assert found[-1] == "_start"
    else:
        own = [code.locate(at).path.endswith("program") for at in stack.frames]
        assert sum(own) >= 6  # the five and _start, which have no names any more
    code.close()


def test_a_stack_goes_on_below_a_signal_handler(
    build: Any, launch: Any, stack_of: Callable[[int, Code], Stack]
) -> None:
    child = launch(build(PROGRAM, *WAYS["O2"]), "signal")
    waiting(child)
    code = Code(child.pid)
    stack = stack_of(child.pid, code)
    found = names(code, stack)
    assert stack.end is End.WHOLE
    assert found.index("on_signal") < found.index("main")
    code.close()
