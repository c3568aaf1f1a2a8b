"""For the tests: a cgroup that holds a program to a limit from its first instruction on, and a file for swap."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

MIB = 1 << 20
PRIORITY = 32767  # the highest there is: this file is used before any swap that the machine has
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
            while (group / "cgroup.procs").read_text():  # what its processes have started ends with them, but later
                time.sleep(0.01)
            group.rmdir()


@pytest.fixture(scope="module")
def swap_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A swap file in use, 512 MiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to switch swap on")
    if any(shutil.which(tool) is None for tool in ("mkswap", "swapon", "swapoff")):
        pytest.skip("mkswap, swapon or swapoff is not installed")
    path = tmp_path_factory.mktemp("s") / "swap"
    try:
        path.touch(0o600)
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 512 * MIB)
        subprocess.run(["mkswap", path], check=True, capture_output=True)
        on = subprocess.run(["swapon", "-p", str(PRIORITY), path], check=False, capture_output=True, text=True)
        if on.returncode != 0:
            pytest.skip(f"swapon was refused: {on.stderr.strip()}")
        try:
            yield path
        finally:
            subprocess.run(["swapoff", path], check=True)
    finally:
        path.unlink(missing_ok=True)
