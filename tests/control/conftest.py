"""Processes of our own to act on, and another user to act as."""

import os
import pickle
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from memtui.proc import pid_stat
from memtui.proc.pid_stat import PidStat

NOBODY = 65534


class Child(NamedTuple):
    """A child and what actions ask of a row of the process table."""

    process: subprocess.Popen[bytes]
    start_time: int
    comm: str = "sleep"
    command: str = "sleep 1000"
    kernel_thread: bool = False
    nice: int = 0
    threads: int = 1
    res: int = 1 << 20
    uss: int | None = None
    oom_score_adj: int | None = 0

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    @property
    def stat(self) -> PidStat:
        """Its stat file now."""
        return stat_of(self.pid)

    def end(self) -> None:
        """Kill and reap."""
        self.process.kill()
        self.process.wait()


def stat_of(pid: int) -> PidStat:
    """The stat file of a process."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        stat = pid_stat.parse(file.read())
    assert stat is not None
    return stat


@pytest.fixture
def spawn() -> Iterator[Callable[..., Child]]:
    """Starts children that do nothing, or run the given command; they end with the test."""
    with ExitStack() as stack:

        def start(*command: str) -> Child:
            process = subprocess.Popen(command or ("sleep", "1000"), stdout=subprocess.PIPE)
            child = Child(process, stat_of(process.pid).starttime)
            stack.enter_context(process)
            stack.callback(child.end)
            return child

        yield start


@pytest.fixture
def child(spawn: Callable[..., Child]) -> Child:
    """One such child."""
    return spawn()


@pytest.fixture
def as_nobody() -> Callable[[Callable[[], Any]], Any]:
    """Does some work as user 65534, without capabilities, and gives its result."""
    if os.geteuid() != 0:
        pytest.skip("becomes another user: needs root")

    def run(work: Callable[[], Any]) -> Any:
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
                os.write(writer, pickle.dumps(work()))
            finally:
                os._exit(0)
        os.close(writer)
        with open(reader, "rb") as stream:
            result = stream.read()
        os.waitpid(pid, 0)
        return pickle.loads(result)

    return run
