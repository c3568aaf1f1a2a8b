"""`ProcessReader` against this kernel: children of known size, families, new programs, reused pids, other users."""

import json
import mmap
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memtui.model.sample import ProcessSample, SmapsSample
from memtui.proc.source import NEEDS_PTRACE, ProcSource
from memtui.sampling import stats
from memtui.sampling.processes import ProcessReader
from memtui.sampling.request import Need, Request

PAGE = mmap.PAGESIZE
MIB = 1 << 20
NEEDS = Need.STATUS | Need.SMAPS | Need.OOM
ALL = Request(needs=NEEDS, complete=True)
NOBODY = 65534
LAST_PID = Path("/proc/sys/kernel/ns_last_pid")
CHILD = """
import mmap, os, signal, sys
kept = []
def touch(size, shared):
    kept.append(mmap.mmap(-1, size, mmap.MAP_ANONYMOUS | (mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE)))
    for place in range(0, size, mmap.PAGESIZE):
        kept[-1][place] = 1
def fork():
    pid = os.fork()
    if not pid:
        signal.pause()
    return pid
print("ready", flush=True)
while line := sys.stdin.readline():
    print(eval(line), flush=True)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")


class Child:
    """A process that does what it is told, one expression at a time, and sleeps in between."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(
            command or (sys.executable, "-c", CHILD), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self.process.pid

    def tell(self, expression: str) -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def ready(self) -> "Child":
        assert self.process.stdout and self.process.stdout.readline() == "ready\n"
        return self

    def end(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()
        self.process.wait()


@pytest.fixture
def child() -> Iterator[Child]:
    one = Child().ready()
    yield one
    one.end()


class Ticker:
    """A reader of this kernel, a second a tick by its own clock."""

    def __init__(self) -> None:
        self.reader = ProcessReader(ProcSource())
        self.now = 100.0

    def tick(self, request: Request = ALL) -> dict[int, ProcessSample]:
        self.now += 1
        return dict(self.reader.tick(self.now, request)[0])

    def of(self, pid: int) -> Request:
        """A request of one that has only this process on its screen."""
        return Request(needs=NEEDS, visible=(pid,))


@pytest.fixture
def ticker() -> Iterator[Ticker]:
    one = Ticker()
    yield one
    one.reader.close()


def rollup_of(sample: ProcessSample) -> tuple[int, int, int, int | None]:
    assert isinstance(sample.smaps, SmapsSample), sample.smaps
    rollup = sample.smaps.rollup
    return rollup.rss, rollup.pss, rollup.uss, rollup.pss_anon


def truth(pid: int) -> tuple[int, int, int, int]:
    """RSS, PSS, USS and the anonymous part of PSS as the kernel gives them, read with other code."""
    rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    size = {row[0]: int(row[1]) * 1024 for row in rows}
    return size["Rss:"], size["Pss:"], size["Private_Clean:"] + size["Private_Dirty:"], size["Pss_Anon:"]


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def until(condition: Callable[[], bool]) -> None:
    """Wait for another process to get somewhere; that it does is what is tested, not when."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never came to that")


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def agree(ours: Callable[[], object], theirs: Callable[[], object]) -> bool:
    """Whether two readings meet in one of many tries: shares of library pages move with what others run."""
    return any(ours() == theirs() for _ in range(50))


# -- sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shared", "field"), [(False, "rss_anon"), (True, "rss_shmem")])
def test_touched_pages_appear_in_full_in_the_right_kind(
    child: Child, ticker: Ticker, shared: bool, field: str
) -> None:
    before = ticker.tick(ticker.of(child.pid))[child.pid].status
    child.tell(f"touch({32 * MIB}, {shared})")
    after = ticker.tick(ticker.of(child.pid))[child.pid].status
    assert before is not None and after is not None
    grown = (getattr(after, field) or 0) - (getattr(before, field) or 0)
    assert 32 * MIB <= grown < 33 * MIB
    assert after.vm_rss == resident(child.pid)


def test_the_rollup_is_what_the_kernel_gives(child: Child, ticker: Ticker) -> None:
    child.tell(f"touch({24 * MIB}, False)")
    assert agree(lambda: rollup_of(ticker.tick()[child.pid]), lambda: truth(child.pid))
    rss, pss, uss, _ = rollup_of(ticker.tick()[child.pid])
    assert 24 * MIB <= uss <= pss <= rss


def test_shared_pages_are_halved_by_a_fork_and_whole_again_after_its_end(child: Child, ticker: Ticker) -> None:
    child.tell(f"touch({16 * MIB}, False)")
    _, _, whole, _ = rollup_of(ticker.tick()[child.pid])
    other = int(child.tell("fork()"))
    until(lambda: state(other) == "S")
    ticker.tick(Request(needs=NEEDS, visible=(other,)))  # seen as a relative of what came
    sample = ticker.tick(Request(needs=NEEDS, visible=(other,)))[child.pid]
    assert rollup_of(sample)[2] < whole - 15 * MIB
    child.tell(f"os.kill({other}, signal.SIGKILL), os.waitpid({other}, 0)")
    sample = ticker.tick(Request(needs=NEEDS, visible=(1,)))[child.pid]
    assert rollup_of(sample)[2] > whole - MIB


def test_an_orphan_that_shared_with_its_parent_is_read_again_at_once(child: Child, ticker: Ticker) -> None:
    child.tell(f"touch({16 * MIB}, False)")
    orphan = int(child.tell("fork()"))
    try:
        until(lambda: state(orphan) == "S")
        assert rollup_of(ticker.tick()[orphan])[2] < 15 * MIB
        child.end()
        sample = ticker.tick(Request(needs=NEEDS, visible=(1,)))[orphan]
        assert rollup_of(sample)[2] >= 16 * MIB
    finally:
        os.kill(orphan, signal.SIGKILL)


# -- lives ----------------------------------------------------------------------------------------------------------


def test_exec_changes_the_command_and_the_memory(ticker: Ticker) -> None:
    child = Child().ready()
    try:
        child.tell(f"touch({16 * MIB}, False)")
        first = ticker.tick()[child.pid]
        assert first.facts is not None and first.facts.command.startswith(f"{sys.executable} -c ")
        assert child.process.stdin
        child.process.stdin.write("os.execv('/bin/sleep', ['sleep', '3600'])\n")
        child.process.stdin.flush()
        until(lambda: Path(f"/proc/{child.pid}/comm").read_text() == "sleep\n")
        sample = ticker.tick()[child.pid]
        assert sample.facts is not None and sample.facts.command == "sleep 3600"
        assert sample.stat.comm == "sleep" and sample.stat.starttime == first.stat.starttime
        assert rollup_of(sample)[0] < 8 * MIB
    finally:
        child.end()


def test_exec_of_the_same_program_changes_the_command_with_the_next_rollup(ticker: Ticker) -> None:
    child = Child().ready()
    try:
        ticker.tick()
        assert child.process.stdin
        child.process.stdin.write("os.execv(sys.executable, [sys.executable, '-c', 'input()', 'again'])\n")
        child.process.stdin.flush()
        until(lambda: b"again" in Path(f"/proc/{child.pid}/cmdline").read_bytes() and state(child.pid) == "S")
        facts = [ticker.tick(ticker.of(child.pid))[child.pid].facts for _ in range(3)][-1]
        assert facts is not None and facts.command == f"{sys.executable} -c input() again"
    finally:
        child.end()


def test_a_stopped_process_a_zombie_and_the_end(ticker: Ticker) -> None:
    child = Child().ready()
    pid = child.pid
    until(lambda: state(pid) == "S")
    assert ticker.tick()[pid].stat.state == "S"
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state(pid) == "T")
    stopped = ticker.tick(ticker.of(pid))[pid]
    assert stopped.stat.state == "T" and rollup_of(stopped)[2] > 0
    os.kill(pid, signal.SIGKILL)
    until(lambda: state(pid) == "Z")
    zombie = ticker.tick(ticker.of(pid))[pid]
    assert (zombie.stat.state, zombie.stat.rss) == ("Z", 0)
    assert zombie.facts is not None and zombie.facts.command == ""
    assert zombie.status is not None and zombie.status.vm_rss is None
    child.end()
    assert pid not in ticker.tick()


def test_a_name_that_fights_the_format_is_shown_as_it_is(child: Child, ticker: Ticker) -> None:
    name = "a) S 1\n(\\377é"
    child.tell(f"open('/proc/self/comm', 'w').write({name!r})")
    assert ticker.tick()[child.pid].stat.comm == name


def test_ourselves_and_init_are_there_with_their_users(ticker: Ticker) -> None:
    samples = ticker.tick()
    assert samples.keys() >= {1, os.getpid()}
    ours = samples[os.getpid()]
    assert ours.status is not None and ours.status.uid == os.geteuid() and ours.stat.ppid == os.getppid()


# -- descriptors ----------------------------------------------------------------------------------------------------


def test_every_descriptor_is_given_back_after_three_hundred_came_and_went() -> None:
    fds = f"/proc/{os.getpid()}/fd"
    before = len(os.listdir(fds))
    ticker, cheap = Ticker(), Request(needs=Need.STATUS)  # a rollup beside the tick has one too
    for _ in range(10):
        crowd = [subprocess.Popen(["sleep", "3600"]) for _ in range(30)]
        assert ticker.tick(cheap).keys() >= {one.pid for one in crowd}
        for one in crowd:
            one.kill()
        for one in crowd:
            one.wait()
        samples = ticker.tick(cheap)
        assert not samples.keys() & {one.pid for one in crowd}
        assert len(os.listdir(fds)) == before + len(samples)
    ticker.reader.close()
    assert len(os.listdir(fds)) == before


def test_with_a_tiny_limit_of_descriptors_every_process_is_still_read() -> None:
    script = f"""
import json, os, resource, subprocess
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
from memtui.proc.source import ProcSource
from memtui.sampling.processes import ProcessReader
from memtui.sampling.request import Need, Request
crowd = [subprocess.Popen(["sleep", "3600"]) for _ in range(60)]
while any(open(f"/proc/{{one.pid}}/stat").read().split()[2] != "S" for one in crowd):
    pass
reader = ProcessReader(ProcSource())
request = Request(needs=Need({NEEDS.value}), complete=True)
samples, _ = reader.tick(1.0, request)
pids = [one.pid for one in crowd]
told = [[pid in samples, samples[pid].stat.comm, hasattr(samples[pid].smaps, "rollup")] for pid in pids]
crowd[0].kill(), crowd[0].wait()
again, touched = reader.tick(2.0, request)
idle = sum(again[pid].stat is samples[pid].stat for pid in pids[1:])
fds = len(os.listdir("/proc/self/fd"))
for one in crowd[1:]:
    one.kill(), one.wait()
print(json.dumps([told, pids[0] in again, idle, fds]))
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    told, ended, idle, fds = json.loads(out)
    assert told == [[True, "sleep", True]] * 60
    assert not ended and idle == 59 and fds < 20


def test_the_limit_of_descriptors_is_raised_as_far_as_it_may_be() -> None:
    script = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
from memtui.proc.source import ProcSource
from memtui.sampling.processes import ProcessReader
ProcessReader(ProcSource())
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
"""
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] > 64
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out == "True\n"


# -- other users ----------------------------------------------------------------------------------------------------


@as_root
def test_without_privilege_others_are_denied_with_the_need_and_the_own_are_read() -> None:
    script = f"""
import json, os, signal, subprocess
from memtui.proc.source import ProcSource
from memtui.sampling.processes import ProcessReader
from memtui.sampling.request import Need, Request
theirs = subprocess.Popen(["sleep", "3600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})  # after the imports: nobody may see no interpreter
own = subprocess.Popen(["sleep", "3600"])
samples, _ = ProcessReader(ProcSource()).tick(1.0, Request(needs=~Need.NOTHING, complete=True))
def told(pid):
    sample = samples[pid]
    parts = [str(getattr(part, "why", "read")) + getattr(part, "need", "") for part in (sample.smaps, sample.io)]
    return [*parts, sample.status.vm_rss > 0, sample.facts.command]
print(json.dumps([told(theirs.pid), told(own.pid), samples[1].smaps.need, theirs.pid]))
own.kill()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    theirs, own, of_init, pid = json.loads(done.stdout)
    os.kill(pid, signal.SIGKILL)
    assert theirs == [f"denied{NEEDS_PTRACE}", f"denied{NEEDS_PTRACE}", True, "sleep 3600"]
    assert own == ["read", "read", True, "sleep 3600"]
    assert of_init == NEEDS_PTRACE


# -- reused pids ----------------------------------------------------------------------------------------------------


def reborn(pid: int) -> Child | None:
    """Another program under the pid of one that ended, or None if somebody else was faster."""
    LAST_PID.write_text(str(pid - 1))
    child = Child("cat", "/dev/zero", "-")
    if child.pid == pid:
        until(lambda: Path(f"/proc/{pid}/comm").read_text() == "cat\n")
        return child
    child.end()
    return None


def two_lives_of_a_pid() -> bool:
    """Follow a pid from one process to another; False if it could not be had a second time."""
    ticker, old = Ticker(), Child().ready()
    pid = old.pid
    old.tell(f"touch({16 * MIB}, False)")
    started = ticker.tick()[pid].stat.starttime
    until(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) > (started + 2) / os.sysconf("SC_CLK_TCK"))
    old.end()
    new = reborn(pid)
    if new is None:
        ticker.reader.close()
        return False
    seen = [ticker.tick().get(pid) for _ in range(3)]
    new.end()
    ticker.reader.close()
    assert seen[-1] is not None
    for sample in filter(None, seen):
        assert sample.stat.starttime > started and sample.stat.comm == "cat"
        assert sample.facts is not None and sample.facts.command == "cat /dev/zero -"
        assert rollup_of(sample)[2] < 8 * MIB
    return True


@pytest.mark.skipif(not LAST_PID.exists() or os.geteuid() != 0, reason="needs root and ns_last_pid to force a pid")
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "opened each time"])
def test_a_reused_pid_never_mixes_two_processes(kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not kept:
        monkeypatch.setattr(stats, "_descriptor_limit", lambda: 0)
    if not any(two_lives_of_a_pid() for _ in range(20)):
        pytest.skip("another process took the pid every time")
