"""What grows and what is held, made real: found within fifteen seconds, told truly, and closed when it is over.

The scenarios wait for the most part, so they run at once, each with a monitor of its own. Other programs run on this
machine too: what is looked for is a finding by its rule and subject.
"""

import mmap
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from memtui.model.findings.finding import Finding, Findings, Severity
from memtui.proc import dentries, meminfo
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler
from memtui.view.say import say

MIB = 1 << 20
FOUND = 15.0  # seconds within which it must be there
CLOSED = 30.0  # and within which it must be gone
WATCHED = Request(needs=Need.STATUS | Need.SMAPS | Need.FINDINGS)
STEPS = f"""
import sys, time
print("ready", flush=True)
kept = []
for size, times, pause in eval(sys.stdin.readline()):
    for _ in range(times):
        kept.append(bytearray(b"x" * size * {MIB}))
        time.sleep(pause)
print("done", flush=True)
sys.stdin.readline()
"""
HOLDER = f"""
import sys
area = bytearray(int(sys.argv[1]))
for place in range(0, len(area), {mmap.PAGESIZE}):
    area[place] = 1
print("ready", flush=True)
sys.stdin.readline()
"""
MAPPERS = f"""
import mmap, os, sys
area = mmap.mmap(-1, {512 * MIB})
held = os.pipe()
for _ in range(300):
    if not os.fork():
        area[::{mmap.PAGESIZE}]
        os.close(held[1])
        os.read(held[0], 1)
        os._exit(0)
print("ready", flush=True)
sys.stdin.readline()
"""

Test = Callable[[Finding], bool]
Child = subprocess.Popen[bytes]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: slabinfo, mounts, huge pages")


class Monitor:
    """Samples once a second."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def step(self) -> Findings:
        """The findings a second later."""
        time.sleep(1.0)
        return self._sampler.step(WATCHED).findings

    def comes(self, test: Test, within: float = FOUND) -> Finding:
        """The finding that passes a test, which must come in time."""
        started = time.monotonic()
        while True:
            now = self.step()
            told = next((one for one in now.open if test(one)), None)
            if told is not None:
                return told
            if time.monotonic() - started > within:
                pytest.fail(f"not found; there is: {[(one.rule, say(one.title)) for one in now.open]}")

    def goes(self, test: Test, within: float = CLOSED) -> None:
        """Wait until no finding passes a test."""
        started = time.monotonic()
        while (now := self.step()) and any(test(one) for one in now.open):
            if time.monotonic() - started > within:
                pytest.fail(f"not closed: {[(one.rule, say(one.title)) for one in now.open]}")


@contextmanager
def launch(*words: str) -> Iterator[Child]:
    """A program that is ended at the end."""
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            yield child
        finally:
            child.kill()


def tell(child: Child, line: str = "") -> None:
    assert child.stdin is not None
    child.stdin.write(line.encode() + b"\n")
    child.stdin.flush()


def hear(child: Child, word: bytes) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == word + b"\n"


def by(rule: str, subject: object = None) -> Test:
    return lambda one: one.rule == rule and (subject is None or one.subject == subject)


def grows(pid: int) -> Test:
    return lambda one: one.rule == "process_growing" and getattr(one.subject, "pid", None) == pid


def evidence(finding: Finding, field: str) -> float:
    value = next(one.value for one in finding.evidence if one.field == field)
    assert value is not None
    return value


def leak(monitor: Monitor, _: Path) -> None:
    """A process that takes four MiB a second, and then stops."""
    with launch(sys.executable, "-c", STEPS) as child:
        hear(child, b"ready")
        tell(child, "[(1, 80, 0.25)]")
        found = monitor.comes(grows(child.pid))
        assert found.severity is Severity.NOTE and "too early to call it a leak" in say(found.title)
        gained = evidence(found, "RssAnon + VmSwap gained")
        assert 8 * MIB <= gained <= 45 * MIB, "four a second"
        assert found.steps[0].command == f"memtui leaks -p {child.pid}"
        hear(child, b"done")
        monitor.goes(grows(child.pid))


def filled_once(monitor: Monitor, place: Path) -> None:
    """A process that takes much at once and then no more is not told of."""
    del place
    with launch(sys.executable, "-c", STEPS) as child:
        hear(child, b"ready")
        tell(child, "[(100, 3, 0.1)]")
        hear(child, b"done")
        for _ in range(20):
            assert not any(grows(child.pid)(one) for one in monitor.step().open)


@contextmanager
def tmpfs(place: Path) -> Iterator[Path]:
    folder = place / "mounted"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], check=False, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def files_in_memory(monitor: Monitor, place: Path) -> None:
    """A tmpfs that is half full is a note, and one that is nearly full a warning."""
    with tmpfs(place) as folder:
        monitor.step()
        file = folder / "file"
        file.write_bytes(bytes(33 * MIB))
        found = monitor.comes(by("shmem_big", str(folder)))
        assert found.severity is Severity.NOTE and say(found.title).startswith(f"tmpfs {folder} holds 33.0M")
        state = os.statvfs(folder)
        assert evidence(found, "used") == (state.f_blocks - state.f_bfree) * state.f_frsize
        file.write_bytes(bytes(60 * MIB))
        full = monitor.comes(lambda one: by("shmem_big", str(folder))(one) and one.severity is Severity.WARNING)
        assert "nearly full" in say(full.title)
        file.unlink()
        monitor.goes(by("shmem_big", str(folder)))


def counted() -> dentries.Dentries:
    found = dentries.parse(Path("/proc/sys/fs/dentry-state").read_bytes())
    assert found is not None
    return found


def new_ones_stop(monitor: Monitor) -> None:
    """It closes, unless other programs go on making names and taking kernel memory."""
    seen = []
    for _ in range(int(CLOSED)):
        found = monitor.step()
        if not any(by("slab_grew")(one) for one in found.open):
            return
        lines = meminfo.parse(Path("/proc/meminfo").read_bytes())
        seen.append((counted().total, lines.get("Slab") or 0))
    for (names, slab), (later, more) in zip(seen, seen[15:], strict=False):
        if later - names > 2500 or more - slab > 8 * MIB:
            pytest.skip("other programs make names too")
    pytest.fail(f"not closed: {[say(one.title) for one in found.open]}")


def names(monitor: Monitor, place: Path) -> None:
    """10,000 files, and then 40,000 names that don't exist: whose cache it is, and that they are negative."""
    monitor.step()
    for number in range(10_000):
        (place / f"name{number}").touch()
    found = monitor.comes(by("slab_grew"))
    assert evidence(found, "nr_dentry gained") >= 6_000 and "new dentries" in say(found.title)
    new_ones_stop(monitor)
    if not counted().negative:
        return  # this kernel doesn't count them
    for number in range(40_000):
        (place / f"nothing{number}").exists()
    found = monitor.comes(lambda one: by("slab_grew")(one) and "negative dentries" in say(one.title))
    assert evidence(found, "nr_negative gained") >= 20_000
    new_ones_stop(monitor)


@contextmanager
def huge_pages() -> Iterator[Path]:
    """The setting that reserves them; none are, before and after."""
    setting = Path("/proc/sys/vm/nr_hugepages")
    if not setting.exists() or int(setting.read_text()):
        pytest.skip("this machine has huge pages reserved, or knows none")
    try:
        yield setting
    finally:
        setting.write_text("0")


def unused_huge_pages(monitor: Monitor, _: Path) -> None:
    """Huge pages that are reserved and that nobody uses."""
    with huge_pages() as setting:
        assert not any(by("hugepages_unused")(one) for one in monitor.step().open)
        setting.write_text("64")
        got = int(setting.read_text())
        if got < 32:
            pytest.skip("the kernel has no room for huge pages")
        found = monitor.comes(by("hugepages_unused"))
        assert evidence(found, "HugePages_Free - HugePages_Rsvd") >= got * 2 * MIB
        assert found.severity is Severity.NOTE
        setting.write_text("0")
        monitor.goes(by("hugepages_unused"))


def page_tables(monitor: Monitor, _: Path) -> None:
    """Hundreds of processes that map the same memory."""
    with launch(sys.executable, "-c", MAPPERS) as child:
        hear(child, b"ready")
        found = monitor.comes(by("page_tables"), within=60)  # so many take their time to start
        assert evidence(found, "PageTables / (AnonPages + Mapped + swap used)") >= 10
        assert evidence(found, "VmPTE") >= 512 * MIB / mmap.PAGESIZE * 8 / 2
        child.kill()
        monitor.goes(by("page_tables"))


Scenario = Callable[[Monitor, Path], None]
AT_ONCE: tuple[Scenario, ...] = (leak, filled_once, files_in_memory, unused_huge_pages)
IN_TURN: tuple[Scenario, ...] = (names, page_tables)  # so many processes take slab, as names do


def run(scenario: Scenario, place: Path) -> None:
    place.mkdir()
    with closing(Sampler(ProcSource())) as sampler:
        sampler.step(WATCHED)
        scenario(Monitor(sampler), place)


Outcomes = Mapping[Scenario, Future[None]]


def under_way(scenarios: Sequence[Scenario], threads: int, folder: Path) -> Iterator[Outcomes]:
    with ThreadPoolExecutor(threads) as pool:
        yield {one: pool.submit(run, one, folder / one.__name__) for one in scenarios}


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    yield from under_way(AT_ONCE, len(AT_ONCE), tmp_path_factory.mktemp("scenarios"))


@pytest.fixture(scope="module")
def in_turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    yield from under_way(IN_TURN, 1, tmp_path_factory.mktemp("scenarios"))


@pytest.mark.parametrize("scenario", AT_ONCE, ids=lambda scenario: scenario.__name__)
def test_it_is_told_truly_while_it_lasts(at_once: Outcomes, scenario: Scenario) -> None:
    at_once[scenario].result()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", IN_TURN, ids=lambda scenario: scenario.__name__)
def test_what_takes_slab_is_told_truly(in_turn: Outcomes, scenario: Scenario) -> None:
    in_turn[scenario].result()


def test_a_numa_node_that_is_full_while_another_has_room_is_told_of() -> None:
    if not Path("/sys/devices/system/node/node1").exists():
        pytest.skip("this machine has one node")
    with closing(Sampler(ProcSource())) as sampler:
        monitor = Monitor(sampler)
        monitor.step()
        for line in Path("/sys/devices/system/node/node0/meminfo").read_text().splitlines():
            if " MemFree:" in line:
                free = int(line.split()[-2]) * 1024
        holder = sys.executable, "-c", HOLDER, str(int(free * 1.1))
        with launch("numactl", "--preferred=0", *holder) as child:
            hear(child, b"ready")
            found = monitor.comes(by("numa_imbalance", "node0"))
            assert "NUMA node 0 is nearly full" in say(found.title) and "node 1 has room" in say(found.title)
            assert evidence(found, "free above low + file pages") < 15
            child.kill()
            monitor.goes(by("numa_imbalance"))
