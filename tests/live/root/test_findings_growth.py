"""What grows and what is held, made real: found within fifteen seconds, told truly, and closed when it is over.

Other programs run on this machine too, so what is looked for is a finding by its rule and subject.
"""

import mmap
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
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
Launch = Callable[..., "subprocess.Popen[bytes]"]

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


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with closing(Sampler(ProcSource())) as sampler:
        sampler.step(WATCHED)
        yield Monitor(sampler)


def tell(child: "subprocess.Popen[bytes]", line: str = "") -> None:
    assert child.stdin is not None
    child.stdin.write(line.encode() + b"\n")
    child.stdin.flush()


def hear(child: "subprocess.Popen[bytes]", word: bytes) -> None:
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


def test_a_process_that_leaks_is_told_of_until_it_stops(monitor: Monitor, launch: Launch) -> None:
    child = launch(sys.executable, "-c", STEPS)
    hear(child, b"ready")
    tell(child, "[(1, 80, 0.25)]")
    found = monitor.comes(grows(child.pid))
    assert found.severity is Severity.NOTE and "too early to call it a leak" in say(found.title)
    gained = evidence(found, "RssAnon + VmSwap gained")
    assert 8 * MIB <= gained <= 45 * MIB, "four a second"
    assert found.steps[0].command == f"memtui leaks -p {child.pid}"
    hear(child, b"done")
    monitor.goes(grows(child.pid))


def test_a_process_that_fills_once_and_stops_is_not_told_of(monitor: Monitor, launch: Launch) -> None:
    child = launch(sys.executable, "-c", STEPS)
    hear(child, b"ready")
    tell(child, "[(100, 3, 0.1)]")
    hear(child, b"done")
    for _ in range(20):
        assert not any(grows(child.pid)(one) for one in monitor.step().open)


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "mounted"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], check=False, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_tmpfs_that_is_half_full_is_told_of_and_one_that_is_nearly_full_is_a_warning(
    monitor: Monitor, tmpfs: Path
) -> None:
    monitor.step()
    file = tmpfs / "file"
    file.write_bytes(bytes(33 * MIB))
    found = monitor.comes(by("shmem_big", str(tmpfs)))
    assert found.severity is Severity.NOTE and say(found.title).startswith(f"tmpfs {tmpfs} holds 33.0M")
    state = os.statvfs(tmpfs)
    assert evidence(found, "used") == (state.f_blocks - state.f_bfree) * state.f_frsize
    file.write_bytes(bytes(60 * MIB))
    full = monitor.comes(lambda one: by("shmem_big", str(tmpfs))(one) and one.severity is Severity.WARNING)
    assert "nearly full" in say(full.title)
    file.unlink()
    monitor.goes(by("shmem_big", str(tmpfs)))


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


def test_ten_thousand_new_names_are_told_of_with_whose_cache_it_is(monitor: Monitor, tmp_path: Path) -> None:
    monitor.step()
    for number in range(10_000):
        (tmp_path / f"name{number}").touch()
    found = monitor.comes(by("slab_grew"))
    assert evidence(found, "nr_dentry gained") >= 6_000 and "new dentries" in say(found.title)
    new_ones_stop(monitor)


def test_a_flood_of_names_that_dont_exist_is_told_of_as_negative(monitor: Monitor, tmp_path: Path) -> None:
    if not counted().negative:
        pytest.skip("this kernel doesn't count negative dentries")
    monitor.step()
    for number in range(40_000):
        (tmp_path / f"nothing{number}").exists()
    found = monitor.comes(lambda one: by("slab_grew")(one) and "negative dentries" in say(one.title))
    assert evidence(found, "nr_negative gained") >= 20_000
    new_ones_stop(monitor)


@pytest.fixture
def huge_pages() -> Iterator[Path]:
    """The setting that reserves them; none are, before and after."""
    setting = Path("/proc/sys/vm/nr_hugepages")
    if not setting.exists() or int(setting.read_text()):
        pytest.skip("this machine has huge pages reserved, or knows none")
    yield setting
    setting.write_text("0")


def test_huge_pages_that_nobody_uses_are_told_of(monitor: Monitor, huge_pages: Path) -> None:
    assert not any(by("hugepages_unused")(one) for one in monitor.step().open)
    huge_pages.write_text("64")
    got = int(huge_pages.read_text())
    if got < 32:
        pytest.skip("the kernel has no room for huge pages")
    found = monitor.comes(by("hugepages_unused"))
    assert evidence(found, "HugePages_Free - HugePages_Rsvd") >= got * 2 * MIB
    assert found.severity is Severity.NOTE
    huge_pages.write_text("0")
    monitor.goes(by("hugepages_unused"))


def test_page_tables_of_many_that_map_the_same_are_told_of(monitor: Monitor, launch: Launch) -> None:
    child = launch(sys.executable, "-c", MAPPERS)
    hear(child, b"ready")
    found = monitor.comes(by("page_tables"), within=60)  # hundreds of processes take their time to start
    assert evidence(found, "PageTables / (AnonPages + Mapped + swap used)") >= 10
    assert evidence(found, "VmPTE") >= 512 * MIB / mmap.PAGESIZE * 8 / 2
    child.kill()
    monitor.goes(by("page_tables"))


def test_a_numa_node_that_is_full_while_another_has_room_is_told_of(monitor: Monitor, launch: Launch) -> None:
    if not Path("/sys/devices/system/node/node1").exists():
        pytest.skip("this machine has one node")
    monitor.step()
    for line in Path("/sys/devices/system/node/node0/meminfo").read_text().splitlines():
        if " MemFree:" in line:
            free = int(line.split()[-2]) * 1024
    child = launch("numactl", "--preferred=0", sys.executable, "-c", HOLDER, str(int(free * 1.1)))
    hear(child, b"ready")
    found = monitor.comes(by("numa_imbalance", "node0"))
    assert "NUMA node 0 is nearly full" in say(found.title) and "node 1 has room" in say(found.title)
    assert evidence(found, "free above low + file pages") < 15
    child.kill()
    monitor.goes(by("numa_imbalance"))
