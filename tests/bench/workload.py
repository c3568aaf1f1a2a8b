"""A population of processes to measure monitors beside: `python tests/bench/workload.py --processes 1000 --churn 20`.

Processes come in families, like the workers of a server: a leader with a heap of 2 to 6 MiB forks workers, which
share that heap copy-on-write and the libraries with everyone, and touch 1 to 4 MiB of their own. The second of every
twenty families shares a segment of 16 MiB too. So RSS is far above PSS, and PSS above USS.

Prints READY once all have touched their memory. Ends with all its processes on SIGTERM, or when its parent dies.
"""

import argparse
import ctypes
import gc
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from mmap import MADV_DONTDUMP, MADV_DONTNEED, MADV_NOHUGEPAGE, MAP_ANONYMOUS, MAP_PRIVATE, PAGESIZE, mmap
from typing import Final, NoReturn

import kernel

LIBRARIES: Final = ("bz2", "decimal", "hashlib", "lzma", "sqlite3", "ssl", "xml.parsers.expat")
NAMES: Final = ("web", "queue", "cache", "mail", "index", "proxy", "session", "metrics")
PREFIX: Final = "bench-"
OPTIONS: Final = ("processes", "family", "active", "churn", "big", "giant")
ARENA: Final = 4 * kernel.MIB  # what an active process grows by before it gives all of it back
STRIDE: Final = 16  # new pages a second of an active process
LIFE: Final = "0.3"  # seconds that a short-lived process lives
MEAN: Final = int(2.6 * kernel.MIB)  # what a process costs, page tables included
_PDEATHSIG, _SUBREAPER = 1, 36  # PR_SET_..., include/uapi/linux/prctl.h
_libc: Final = ctypes.CDLL(None)


def options() -> argparse.ArgumentParser:
    """The options of a population, as a parent for the parsers of the tools that start one."""
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("population")
    group.add_argument("--processes", type=int, default=200, metavar="N", help="without the large ones (200)")
    group.add_argument("--family", type=int, default=40, metavar="N", help="processes in a family (40)")
    group.add_argument("--active", type=float, default=5, metavar="PERCENT", help="touch new pages each second (5)")
    group.add_argument(
        "--churn", type=float, default=20, metavar="N", help="short processes started a second (%(default)g)"
    )
    group.add_argument("--big", type=float, nargs="*", default=[], metavar="GIB", help="large processes (none)")
    group.add_argument("--giant", default="", metavar="GIB:MAPPINGS", help="one of so many mappings (none)")
    return parser


@contextmanager
def beside(chosen: argparse.Namespace) -> Iterator[int]:
    """A population of its own process while the block runs; the pid of its root."""
    words = [sys.executable, __file__]
    for name in OPTIONS:
        value = getattr(chosen, name)
        words += [f"--{name}", *map(str, value if isinstance(value, list) else [value])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as root:
        assert root.stdout is not None
        try:
            ready = root.stdout.readline()
            if not ready.startswith("READY"):
                sys.exit("no population, no figures")
            print(ready.strip(), file=sys.stderr)
            yield root.pid
        finally:
            root.terminate()


def touch(memory: mmap, start: int, stop: int) -> None:
    """Write to every page from `start` to `stop`."""
    memory[start:stop:PAGESIZE] = bytes((stop - start + PAGESIZE - 1) // PAGESIZE)


def private(size: int) -> mmap:
    """Memory of this process and of those that it will fork, not touched yet."""
    return mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)


def fork(name: str, work: Callable[[], NoReturn]) -> None:
    """A child that does `work`, which keeps its memory by not returning; it dies with its parent."""
    parent = os.getpid()
    if os.fork():
        return
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        _libc.prctl(_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            with open("/proc/self/comm", "w") as file:
                file.write(PREFIX + name)
            work()
    finally:
        os._exit(1)


class Population:
    """What the root starts. Each process writes a byte to the pipe when its memory is touched."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self._chosen = chosen
        self._here, self._there = os.pipe()

    def start(self) -> None:
        """Start all, and wait until they have their memory; the short-lived ones begin last."""
        chosen = self._chosen
        for number, first in enumerate(range(0, chosen.processes, chosen.family)):
            size = min(chosen.family, chosen.processes - first)
            fork(NAMES[number % len(NAMES)], partial(self._lead, number, first, size))
        for gib in chosen.big:
            fork(f"{gib:g}g", partial(self._hold, int(gib * (1 << 30)), 1))
        if chosen.giant:
            fork("giant", partial(self._hold, *giant(chosen.giant)))
        self._wait(chosen.processes + len(chosen.big) + bool(chosen.giant))
        if chosen.churn:
            fork("churn", self._churn)

    def _wait(self, count: int) -> None:
        os.close(self._there)
        while count > 0:
            ready = os.read(self._here, 4096)
            if not ready:
                sys.exit("some processes could not be started")
            count -= len(ready)

    def _ready(self) -> None:
        os.write(self._there, b".")
        os.close(self._there)

    def _lead(self, number: int, first: int, size: int) -> NoReturn:
        """The leader of a family, itself one of its `size` processes; `first` is its place in the population."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a worker that is killed leaves no zombie
        dice = random.Random(number)
        heap = private(dice.randint(2, 6) * kernel.MIB)
        touch(heap, 0, len(heap))
        segment = mmap(-1, 16 * kernel.MIB) if number % 20 == 1 else None
        for place in range(first + 1, first + size):
            own = dice.choices((1, 2, 3, 4), (72, 16, 8, 4))[0] * kernel.MIB
            fork(NAMES[number % len(NAMES)], partial(self._work, place, own, segment))
        self._ready()
        rest()

    def _work(self, place: int, size: int, segment: mmap | None) -> NoReturn:
        own = private(size)
        touch(own, 0, size)
        if segment is not None:
            touch(segment, 0, len(segment) // 2)
        self._ready()
        share = self._chosen.active / 100
        if int((place + 1) * share) > int(place * share):
            grow()
        rest()

    def _hold(self, size: int, mappings: int) -> NoReturn:
        memory = private(size)
        memory.madvise(MADV_NOHUGEPAGE)
        step = max(PAGESIZE, size // mappings // PAGESIZE * PAGESIZE)
        for number in range(1, mappings, 2):  # the kernel joins neighbours unless something sets them apart
            memory.madvise(MADV_DONTDUMP, number * step, step)
        touch(memory, 0, size)
        self._ready()
        rest()

    def _churn(self) -> NoReturn:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        sleep = shutil.which("sleep") or "/bin/sleep"
        due = time.monotonic()
        while True:
            os.posix_spawn(sleep, [sleep, LIFE], {}, setsigdef=[signal.SIGCHLD])
            due += 1 / self._chosen.churn
            time.sleep(max(0.0, due - time.monotonic()))


def rest() -> NoReturn:
    """Do nothing for ever."""
    while True:
        signal.pause()


def grow() -> NoReturn:
    """Touch some new pages every second, for ever."""
    arena = private(ARENA)
    while True:
        for start in range(0, ARENA, STRIDE * PAGESIZE):
            time.sleep(1)
            touch(arena, start, start + STRIDE * PAGESIZE)
        arena.madvise(MADV_DONTNEED)


def giant(text: str) -> tuple[int, int]:
    """Bytes and mappings of `GIB:MAPPINGS`."""
    gib, _, mappings = text.partition(":")
    return int(float(gib) * (1 << 30)), int(mappings or 1)


def main() -> None:
    """Be the root of a population until told to end."""
    parent = os.getppid()
    chosen = argparse.ArgumentParser(description=__doc__, parents=[options()]).parse_args()
    size = chosen.processes * MEAN + int(sum(chosen.big) * (1 << 30))
    size += giant(chosen.giant)[0] if chosen.giant else 0
    if size > 0.9 * kernel.available():
        sys.exit(f"needs {size / (1 << 30):.1f} GiB, {kernel.available() / (1 << 30):.1f} GiB are available")
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    with open("/proc/self/oom_score_adj", "w") as file:  # should memory run out, these go first
        file.write("700")
    gc.freeze()  # a collection in a child would copy the pages that it shares
    gc.disable()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    _libc.prctl(_PDEATHSIG, signal.SIGTERM)
    _libc.prctl(_SUBREAPER, 1)
    began = time.monotonic()
    try:
        if os.getppid() == parent:
            Population(chosen).start()
            print(f"READY {chosen.processes} processes in {time.monotonic() - began:.1f} s", flush=True)
            rest()
    finally:
        end()


def end() -> None:
    """Kill the leaders, whose workers die with them, and wait until all are gone."""
    for pid in kernel.children(os.getpid()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    main()
