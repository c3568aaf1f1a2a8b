"""A memory cgroup for the tests: a program that the kernel holds to a limit from its first instruction on."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

MEMORY = Path("/sys/fs/cgroup/memory")
ENTER = 'echo 0 > "$0/cgroup.procs" && exec "$@"'  # 0 is the writer itself: the shell, which then becomes the program

Confine = Callable[..., "subprocess.Popen[bytes]"]
_numbers = count()


@pytest.fixture
def confine(tmp_path: Path) -> Iterator[Confine]:
    """Start a Python program in a new cgroup; `limit` is in bytes, `swapless` has swap count against it too.

    The program's file bears `name`, by which its process can be found. Both are gone at the end of the test.
    """
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a memory cgroup")
    if not os.access(MEMORY / "memory.limit_in_bytes", os.W_OK):
        pytest.skip(f"no writable v1 memory cgroup at {MEMORY}")
    groups: list[Path] = []
    children: list[subprocess.Popen[bytes]] = []

    def new(name: str, program: str, *, limit: int, swapless: bool = False) -> subprocess.Popen[bytes]:
        group = MEMORY / f"memtui-test-{os.getpid()}-{next(_numbers)}"
        try:
            group.mkdir()
        except OSError as error:
            pytest.skip(f"no cgroup can be made: {error}")
        groups.append(group)
        (group / "memory.limit_in_bytes").write_text(str(limit))
        if swapless:
            with_swap = group / "memory.memsw.limit_in_bytes"
            if with_swap.exists():
                with_swap.write_text(str(limit))
            elif Path("/proc/swaps").read_text().count("\n") > 1:
                pytest.skip("swap is on, and this kernel does not account it to cgroups")
        script = tmp_path / f"{name}.py"
        script.write_text(program)
        children.append(
            subprocess.Popen(
                ["sh", "-c", ENTER, str(group), sys.executable, str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        return children[-1]

    try:
        yield new
    finally:
        for child in children:
            with child:
                child.kill()
        for group in groups:
            group.rmdir()
