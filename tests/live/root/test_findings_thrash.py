"""Thrash, idle swap and a flood of dirty data, made for real: each is the first finding in time, true, and closes."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from memtui.model.findings.facts import MEAN
from memtui.model.findings.finding import Finding, Findings, Severity
from memtui.model.findings.rules.flow import LATELY
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
OPENS, CLOSES = 15.0, 30.0  # seconds that a finding has for it
WATCHED = Request(needs=Need.STATUS | Need.SMAPS | Need.OOM | Need.FINDINGS)
CLOSE = 0.25  # share by which rates may differ whose readings are some milliseconds apart

SWAPPER = f"""
import mmap
area = mmap.mmap(-1, {200 * MIB}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
while True:
    for place in range(0, len(area), {PAGE}):
        area[place] = 1
"""
IDLER = f"""
import mmap, sys
area = mmap.mmap(-1, {200 * MIB}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for place in range(0, len(area), {PAGE}):
    area[place] = 1
print("ready", flush=True)
sys.stdin.readline()
"""
SEVERAL = """
import ctypes, os, random
for _ in range(3):
    if not os.fork():
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
        break
"""
READER = f"""
import os
fd = os.open(__file__ + ".data", os.O_RDWR | os.O_CREAT)
for number in range(200):
    os.write(fd, bytes({MIB}))
os.fsync(fd)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
{SEVERAL}
while True:
    os.pread(fd, {PAGE}, random.randrange({200 * MIB // PAGE}) * {PAGE})
"""
Confine = Callable[..., "subprocess.Popen[bytes]"]


class Watched:
    """The rules applied once a second, and what /proc/vmstat says beside them."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._vmstat: list[tuple[float, Mapping[str, int]]] = []

    def step(self) -> Findings:
        """A second later."""
        time.sleep(1.0)
        self._vmstat.append((time.monotonic(), vmstat()))
        return self._sampler.step(WATCHED).findings

    def steady(self, names: str) -> float:
        """What the mean of 10 s, or that of the last 3 s, is by plain text: the smaller; + adds counters."""
        sums = [(at, sum(values[name] for name in names.split(" + "))) for at, values in self._vmstat]
        at, now = sums[-1]
        rates = []
        for seconds in (MEAN, LATELY):
            since, then = next((one for one in reversed(sums) if at - one[0] >= seconds - 0.5), sums[0])
            rates.append((now - then) / (at - since))
        return min(rates)

    def first(self, rule: str, subject: str | None, least: Severity = Severity.WARNING) -> Finding:
        """The finding, once it is the worst there is, and as bad as it should be."""
        began = time.monotonic()
        found = self.step()
        while (
            found.worst is None
            or (found.worst.rule, found.worst.subject) != (rule, subject)
            or found.worst.severity < least
        ):
            assert time.monotonic() - began < OPENS, [(one.rule, one.subject) for one in found.open]
            found = self.step()
        return found.worst

    def closes(self, rule: str, subject: str | None) -> None:
        """It is gone in time, now that its cause is."""
        ended = time.monotonic()
        while any((one.rule, one.subject) == (rule, subject) for one in told(self.step())):
            assert time.monotonic() - ended < CLOSES


def told(findings: Findings) -> list[Finding]:
    """All findings, also those under another one."""
    return [one for head in findings.open for one in (head, *head.supports)]


def vmstat() -> Mapping[str, int]:
    return {name: int(value) for name, value in map(str.split, Path("/proc/vmstat").read_text().splitlines())}


def values(finding: Finding) -> dict[str, float | None]:
    return {one.field: one.value for one in finding.evidence}


def group_of(pid: int) -> str:
    (path,) = re.findall(r":memory:(/.*)", Path(f"/proc/{pid}/cgroup").read_text())
    return str(path)


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A watch that has begun: some seconds of history, as a monitor has."""
    with closing(Sampler(ProcSource())) as sampler:
        watch = Watched(sampler)
        for _ in range(3):
            watch.step()
        yield watch


def test_swap_thrash_is_that_of_its_cgroup(swap_file: Path, confine: Confine, watched: Watched) -> None:
    child = confine("memtui-swapper", SWAPPER, limit=64 * MIB)
    time.sleep(0.5)
    group = group_of(child.pid)
    found = watched.first("swap_thrash", group)
    counted = [
        one for one in found.evidence if "pswp" in one.field or "workingset" in one.field or "pgsteal" in one.field
    ]
    assert len([one for one in counted if one.threshold is not None]) == 2
    for one in counted:
        if one.threshold is not None:
            assert one.value == pytest.approx(watched.steady(one.field), rel=CLOSE)
    assert any(one.field == "majflt" and f"({child.pid})" in one.note and one.value for one in found.evidence)
    assert values(found)["usage"] == pytest.approx(64 * MIB, rel=0.1)
    child.kill()
    watched.closes("swap_thrash", group)


@pytest.mark.slow
def test_a_process_that_rests_in_swap_is_a_note_and_no_thrash(
    swap_file: Path, confine: Confine, watched: Watched
) -> None:
    child = confine("memtui-idler", IDLER, limit=64 * MIB)
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    began = time.monotonic()
    found = watched.step()
    while not (idle := [one for one in told(found) if one.rule == "swap_idle"]):
        assert time.monotonic() - began < OPENS
        found = watched.step()
    for _ in range(10):
        assert not any(one.rule == "swap_thrash" for one in told(found))
        found = watched.step()
    assert idle[0].severity is Severity.NOTE
    lines = dict(re.findall(r"(\w+): +(\d+)", Path("/proc/meminfo").read_text()))
    used = (int(lines["SwapTotal"]) - int(lines["SwapFree"])) * 1024
    assert values(idle[0])["SwapTotal - SwapFree"] == pytest.approx(used, rel=CLOSE)
    swapped = int(re.findall(r"VmSwap:\s+(\d+)", Path(f"/proc/{child.pid}/status").read_text())[0]) * 1024
    assert swapped > 120 * MIB
    (mine,) = [one for one in idle[0].evidence if f"({child.pid})" in one.note]
    assert mine.value == pytest.approx(swapped, rel=CLOSE)
    child.kill()
    watched.closes("swap_idle", None)


@pytest.mark.slow
def test_a_working_set_over_the_limit_is_cache_thrash(confine: Confine, watched: Watched, tmp_path: Path) -> None:
    child = confine("memtui-reader", READER, limit=64 * MIB)
    time.sleep(0.5)
    group = group_of(child.pid)
    found = watched.first("cache_thrash", group)
    for name in ("workingset_refault_file", "workingset_restore_file"):
        assert values(found)[name] == pytest.approx(watched.steady(name), rel=CLOSE)
    assert values(found)["usage"] == pytest.approx(64 * MIB, rel=0.1)
    child.kill()
    watched.closes("cache_thrash", group)
    (tmp_path / "memtui-reader.py.data").unlink()


@pytest.fixture
def slow_disk(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A folder on a disk that takes 4 MiB/s, of which 64 MiB may wait; and the file that takes the brake off."""
    brake, settings = Path("/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device"), Path("/proc/sys/vm")
    if os.geteuid() != 0 or not os.access(brake, os.W_OK):
        pytest.skip(f"needs root, and {brake} to slow a disk down")
    if any(shutil.which(tool) is None for tool in ("losetup", "mkfs.ext4")):
        pytest.skip("losetup or mkfs.ext4 is not installed")
    before = {name: (settings / name).read_text() for name in ("dirty_ratio", "dirty_background_ratio")}
    if "0\n" in before.values():
        pytest.skip("what may wait to be written is not set by ratios")
    image, folder = tmp_path / "image", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(1024 * MIB)
    made = subprocess.run(
        ["losetup", "-f", "--show", "--direct-io=on", image], check=False, capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"no loop device: {made.stderr.strip()}")
    device = made.stdout.strip()
    try:
        subprocess.run(["mkfs.ext4", "-q", device], check=True)
        subprocess.run(["mount", device, folder], check=True)
        number = os.stat(device).st_rdev
        name = f"{os.major(number)}:{os.minor(number)}"
        try:
            brake.write_text(f"{name} {4 * MIB}")
            (settings / "dirty_bytes").write_text(str(64 * MIB))
            (settings / "dirty_background_bytes").write_text(str(32 * MIB))
            yield folder, brake
        finally:
            brake.write_text(f"{name} 0")
            for setting, value in before.items():
                (settings / setting).write_text(value)
            subprocess.run(["umount", folder], check=True)
    finally:
        subprocess.run(["losetup", "-d", device], check=True)
        image.unlink()


@pytest.mark.slow
def test_a_flood_of_dirty_pages_is_told(slow_disk: tuple[Path, Path], watched: Watched) -> None:
    folder, brake = slow_disk
    with subprocess.Popen(
        ["dd", "if=/dev/zero", f"of={folder}/flood", "bs=64k"], stderr=subprocess.DEVNULL
    ) as writer:
        try:
            found = watched.first("dirty_high", None, Severity.NOTE)
        finally:
            (number,) = [one.split()[0] for one in brake.read_text().splitlines() if one.endswith(f" {4 * MIB}")]
            brake.write_text(f"{number} 0")  # or it would not end before all is written
            writer.kill()
    share, waiting = [one for one in found.evidence if one.field == "Dirty + Writeback"]
    assert share.value is not None and 85 <= share.value <= 140
    assert waiting.value is not None and waiting.threshold == 64 * MIB
    assert 48 * MIB * 0.85 <= waiting.value <= 64 * MIB * 1.1
    watched.closes("dirty_high", None)
