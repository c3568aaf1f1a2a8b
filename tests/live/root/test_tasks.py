"""The kernel's own word of who ran: nobody who did anything is missed, and who did nothing is not named."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from memtui.proc.source import ProcSource
from memtui.sampling import stats
from memtui.sampling.stats import MANY, Scan, StatReader, Stats, WatchedStats
from memtui.trace.bpf import btf
from memtui.trace.refused import privileged
from memtui.trace.tasks import TaskWatch

pytestmark = pytest.mark.skipif(
    not privileged() or not os.path.exists(btf.VMLINUX), reason="needs root or CAP_BPF and CAP_PERFMON, and BTF"
)
STEPS = """
import mmap, os, sys, threading
AFTER = "import sys; print(flush=True); sys.stdin.read()"
memory = mmap.mmap(-1, 64 << 20)
steps = {
    "touch": lambda: memory.write(bytes(8 << 20)),
    "free": lambda: memory.madvise(mmap.MADV_DONTNEED),
    "thread": lambda: threading.Thread(target=bytes, args=(1 << 20,)).start(),
    "exec": lambda: os.execvp(sys.executable, [sys.executable, "-c", AFTER]),
}
print(flush=True)
for line in sys.stdin:
    steps[line.strip()]()
    print(flush=True)
"""


class Child:
    """A process that takes one step when told, and sleeps otherwise."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, "-c", STEPS], stdin=pipe, stdout=pipe, text=True)
        self.pid = self.process.pid
        self.heard()

    def heard(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "\n"
        time.sleep(0.05)  # for the read that it then waits in

    def step(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        if word != "exec":
            self.heard()


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child()
    yield child
    child.process.kill()
    child.process.communicate()


@pytest.fixture
def watch() -> Iterator[TaskWatch]:
    watch = TaskWatch()
    watch.look()
    yield watch
    watch.close()


def test_all_processes_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    source = ProcSource()
    monkeypatch.setattr(stats, "MANY", 1)
    reader, known = Stats(source), set[int]()
    for _ in range(4):
        before = set(source.pids())
        scan = reader.scan()
        known = known - set(scan.gone) | {stat.pid for stat in scan.moved}
        assert before & set(source.pids()) <= known
    assert isinstance(reader._reader, WatchedStats)
    reader.close()


def test_a_process_is_named_when_it_does_something_and_only_then(watch: TaskWatch, child: Child) -> None:
    watch.look()
    assert all(child.pid not in watch.look().moved for _ in range(5))
    for word in ("touch", "free", "touch", "thread", "exec"):
        child.step(word)
        time.sleep(0.2)
        assert child.pid in watch.look().moved, word
        watch.look()
    assert child.pid not in watch.look().moved


def test_what_others_do_to_a_sleeping_process_is_seen(watch: TaskWatch, child: Child) -> None:
    watch.look()
    os.setpriority(os.PRIO_PROCESS, child.pid, 7)
    assert child.pid in watch.look().moved
    child.process.kill()
    child.process.wait()
    look = watch.look()
    assert child.pid in look.moved and child.pid not in look.pids


def both(step: Callable[[], None]) -> tuple[Scan, Scan]:
    """What the two ways of reading stat say of one step, the watched one first."""
    source = ProcSource()
    kept, watched = StatReader(source), Stats(source)
    monkey = pytest.MonkeyPatch()
    monkey.setattr(stats, "MANY", 1)
    try:
        for reader in (kept, watched, watched):
            reader.scan()
        assert isinstance(watched._reader, WatchedStats)
        step()
        return watched.scan(), kept.scan()
    finally:
        monkey.undo()
        kept.close()
        watched.close()


def test_both_ways_of_reading_stat_agree(child: Child) -> None:
    def step() -> None:
        child.step("touch")
        time.sleep(0.2)

    (watched, kept) = (next(one for one in scan.moved if one.pid == child.pid) for scan in both(step))
    assert watched == kept and watched.rss * os.sysconf("SC_PAGE_SIZE") > 8 << 20


def test_both_ways_tell_who_went(child: Child) -> None:
    def step() -> None:
        child.process.kill()
        child.process.wait()

    assert all(child.pid in scan.gone for scan in both(step))


def test_no_descriptor_is_kept_while_the_kernel_tells_and_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(stats, "MANY", 1)
    reader = Stats(ProcSource())
    reader.scan()
    assert len(os.listdir("/proc/self/fd")) > before + 1
    reader.scan()
    reader.scan()
    assert len(os.listdir("/proc/self/fd")) == before + 1
    reader.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_watch_that_breaks_off_costs_nothing_but_a_full_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "MANY", 1)
    reader = Stats(ProcSource())
    for _ in range(3):
        reader.scan()
    assert isinstance(reader._reader, WatchedStats)

    def out_of_descriptors() -> None:
        raise OSError(24, "too many open files")

    monkeypatch.setattr(reader._reader._watch._iterator, "read", out_of_descriptors)
    assert os.getpid() in {stat.pid for stat in reader.scan().moved}
    assert isinstance(reader._reader, StatReader)
    reader.close()


def test_below_many_processes_the_kernel_is_not_asked() -> None:
    reader = Stats(ProcSource())
    for _ in range(3):
        reader.scan()
    assert isinstance(reader._reader, StatReader) == (len(ProcSource().pids()) < MANY)
    reader.close()
