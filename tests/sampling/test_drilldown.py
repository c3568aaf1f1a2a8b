"""What the drilldown reads: files, delays, cgroups up to the root, nodes; and what stands in for them."""

import errno
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.model.open_files import OpenFiles
from memtui.model.sample import DelaysSample, ProcKey
from memtui.proc import pid_stat
from memtui.proc.cgroup import MemoryGroup
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import ABSENT, GONE, PENDING, Unavailable, Why
from memtui.sampling import open_files
from memtui.sampling.address_space import Cancelled, stack_pointer
from memtui.sampling.delays import DelayReader
from memtui.sampling.detail import DetailReader
from memtui.sampling.numa import NumaReading, read_numa
from memtui.sampling.open_files import read_open_files
from memtui.sampling.request import Part


def own_key() -> ProcKey:
    stat = pid_stat.parse(Path("/proc/self/stat").read_bytes())
    assert stat is not None
    return ProcKey(os.getpid(), stat.starttime)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A recorded process in a cgroup of v2 under a limit of the one above."""
    one = tmp_path / "proc" / "77"
    one.mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 1 kB\n")
    (one / "stat").write_text(f"77 (x) S 1 {'0 ' * 17}4242 {'0 ' * 30}\n")
    (one / "status").write_text("Name:\tx\nVmPeak:\t8 kB\nVmSize:\t8 kB\nThreads:\t1\n")
    (one / "cgroup").write_text("0::/jobs/seven\n")
    top = tmp_path / "sys" / "fs" / "cgroup"
    (top / "jobs" / "seven").mkdir(parents=True)
    (top / "cgroup.controllers").write_text("memory\n")
    (top / "jobs" / "memory.current").write_text("4096\n")
    (top / "jobs" / "memory.max").write_text("8192\n")
    (top / "jobs" / "seven" / "memory.current").write_text("1024\n")
    (top / "jobs" / "seven" / "memory.max").write_text("max\n")
    (top / "jobs" / "seven" / "memory.events").write_text("high 3\nmax 0\noom_kill 1\n")
    return tmp_path


def source_of(tree: Path) -> ProcSource:
    return ProcSource(str(tree / "proc"), str(tree / "sys"))


# -- cgroups and delays come tick by tick, while they are shown --------


def test_cgroups_are_read_from_its_own_up_to_the_root(tree: Path) -> None:
    detail = DetailReader(source_of(tree)).read(ProcKey(77, 4242), {}, 1.0, Part.CGROUPS)
    assert not isinstance(detail.levels, Unavailable)
    assert [level.path for level in detail.levels] == ["/jobs/seven", "/jobs", "/"]
    own, above, root = (level.group for level in detail.levels)
    assert isinstance(own, MemoryGroup) and isinstance(above, MemoryGroup)
    assert (own.usage, own.events["oom_kill"], above.max) == (1024, 1, 8192)
    assert root == ABSENT


def test_nothing_is_read_that_nobody_shows(tree: Path) -> None:
    source = source_of(tree)
    detail = DetailReader(source).read(ProcKey(77, 4242), {}, 1.0, Part.NOTHING)
    assert (detail.levels, detail.delays) == (PENDING, PENDING)


def test_where_no_hierarchy_accounts_memory_that_is_said(tree: Path) -> None:
    (tree / "sys" / "fs" / "cgroup" / "cgroup.controllers").write_text("cpu\n")
    detail = DetailReader(source_of(tree)).read(ProcKey(77, 4242), {}, 1.0, Part.CGROUPS)
    assert isinstance(detail.levels, Unavailable)
    assert "no hierarchy" in str(detail.levels)


def test_of_a_process_that_is_another_nothing_is_read(tree: Path) -> None:
    detail = DetailReader(source_of(tree)).read(ProcKey(77, 4243), {}, 1.0, ~Part.NOTHING)
    assert set(detail[1:6]) == {GONE}
    assert (detail.levels, detail.delays) == (PENDING, PENDING)


class Kernel:
    """A socket behind which the kernel answers as the test says."""

    def __init__(self, error: int = 0, late: int = 0) -> None:
        self.error, self.late, self.asked = error, late, 0
        self._answers: list[bytes] = []

    def __call__(self, *kind: int) -> "Kernel":
        return self

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def bind(self, address: tuple[int, int]) -> None:
        assert address == (0, 0)

    def close(self) -> None:
        self._answers = []

    def send(self, message: bytes) -> None:
        self.asked += 1
        _, family, _, sequence, _ = struct.unpack_from("=IHHII", message)
        self._answers += [self._answer(sequence + 1000, b"")] * self.late
        if self.error and family != 16:
            body = struct.pack("=i", -self.error) + bytes(16)
            self._answers.append(struct.pack("=IHHII", 16 + len(body), 2, 0, sequence, 0) + body)
            return
        stats = bytearray(432)
        struct.pack_into("=H", stats, 0, 14)
        struct.pack_into("=QQ", stats, 48, 10 * self.asked, 1_000_000_000 * self.asked)
        inner = struct.pack("=HH", 4 + len(stats), 3) + stats
        bodies = {16: struct.pack("=HHHxx", 6, 1, 31), 31: struct.pack("=HH", 4 + len(inner), 5) + inner}
        self._answers.append(self._answer(sequence, bodies[family]))

    def recv(self, size: int) -> bytes:
        return self._answers.pop(0)

    def _answer(self, sequence: int, body: bytes) -> bytes:
        return struct.pack("=IHHII", 20 + len(body), 31, 0, sequence, 0) + struct.pack("=BBH", 2, 1, 0) + body


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[Kernel, int | None], DelayReader]:
    """A reader that talks to this kernel, with delay accounting switched on (1), off (0) or older than the switch."""

    def make(kernel: Kernel, counting: int | None = 1) -> DelayReader:
        monkeypatch.setattr("socket.socket", kernel)
        monkeypatch.setattr(DelayReader, "_counting", lambda self: counting)
        return DelayReader(ProcSource())

    return make


def test_delays_come_with_the_reading_before_once_there_is_one(reader: Any) -> None:
    one = reader(Kernel(late=2))
    first = one.read(ProcKey(7, 1), 10.0)
    assert isinstance(first, DelaysSample)
    assert first.delays.swapin is not None
    assert (first.delays.swapin.times, first.then) == (20, None)
    second = one.read(ProcKey(7, 1), 12.0)
    assert (second.delays.swapin.total - second.then.swapin.total, second.then_at) == (1_000_000_000, 10.0)
    assert one.read(ProcKey(8, 1), 14.0).then is None
    one.close()


@pytest.mark.parametrize(
    ("error", "why", "words"),
    [
        (errno.EPERM, Why.DENIED, "CAP_NET_ADMIN"),
        (errno.ESRCH, Why.GONE, ""),
        (errno.ENOENT, Why.ABSENT, "CONFIG_TASKSTATS"),
        (errno.EIO, Why.FAILED, "taskstats"),
    ],
)
def test_a_refusal_says_what_would_lift_it(reader: Any, error: int, why: Why, words: str) -> None:
    found = reader(Kernel(error)).read(ProcKey(7, 1), 10.0)
    assert found.why is why
    assert words in found.need


def test_where_it_is_off_the_switch_is_named_and_nobody_asked(reader: Any) -> None:
    kernel = Kernel()
    found = reader(kernel, 0).read(ProcKey(7, 1), 10.0)
    assert "kernel.task_delayacct=1" in str(found)
    assert kernel.asked == 0
    assert isinstance(reader(kernel, None).read(ProcKey(7, 1), 10.0), DelaysSample)


def test_a_recording_has_no_delays(tree: Path) -> None:
    assert "recording" in str(DelayReader(source_of(tree)).read(ProcKey(77, 4242), 1.0))


# -- files --------


def test_open_mapped_and_deleted_files_are_told_with_their_sizes(tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept", tmp_path / "gone"
    with kept.open("w+b") as one, kept.open("rb") as two, gone.open("w+b") as three:
        one.write(bytes(5000))
        one.flush()
        three.write(bytes(1 << 20))
        three.flush()
        gone.unlink()
        found = read_open_files(ProcSource(), own_key())
        assert isinstance(found, OpenFiles)
        files = {file.path: file for file in found.files}
        assert files[str(kept)].descriptors == tuple(sorted((one.fileno(), two.fileno())))
        assert (files[str(kept)].size, files[str(kept)].mapped, files[str(kept)].deleted) == (5000, False, False)
        held = files[f"{gone} (deleted)"]
        assert (held.size, held.deleted, held.descriptors) == (1 << 20, True, (three.fileno(),))
    assert held.cached == 1 << 20
    library = next(file for file in found.files if "libc" in file.path)
    assert library.mapped and library.size == os.stat(library.path).st_size
    assert [file.size or 0 for file in found.files] == sorted((file.size or 0 for file in found.files), reverse=True)


def test_a_file_that_took_the_place_of_a_mapped_one_is_not_taken_for_it(tmp_path: Path) -> None:
    import mmap

    path = tmp_path / "data"
    path.write_bytes(bytes(4096))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        os.replace(path, tmp_path / "moved")
        path.write_bytes(bytes(9999))
        found = read_open_files(ProcSource(), own_key())
        assert isinstance(found, OpenFiles)
        assert {file.path: file.size for file in found.files}[str(tmp_path / "moved")] == 4096
        assert str(path) not in {file.path for file in found.files}
        assert len(mapped) == 4096


def test_what_is_no_file_is_counted_by_what_it_is() -> None:
    reading, writing = os.pipe()
    try:
        found = read_open_files(ProcSource(), own_key())
    finally:
        os.close(reading)
        os.close(writing)
    assert isinstance(found, OpenFiles)
    assert dict(found.others)["pipe"] >= 2


def test_too_many_are_passed_over_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_files, "MOST", 1)
    found = read_open_files(ProcSource(), own_key())
    assert isinstance(found, OpenFiles)
    assert found.passed_over >= 2


def test_looking_at_files_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        read_open_files(ProcSource(), own_key(), lambda: True)


def test_files_of_who_has_gone_or_is_another_are_gone(tree: Path) -> None:
    key = own_key()
    assert read_open_files(ProcSource(), key._replace(starttime=key.starttime + 1)) == GONE
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert read_open_files(ProcSource(), ProcKey(child.pid, 1)) == GONE
    assert "recording" in str(read_open_files(source_of(tree), ProcKey(77, 4242)))


# -- nodes and stacks --------


def test_nodes_are_read_where_the_kernel_has_them(tree: Path) -> None:
    found = read_numa(ProcSource(), own_key())
    if isinstance(found, Unavailable):
        assert found.why is Why.ABSENT  # no NUMA in this kernel
    else:
        assert isinstance(found, NumaReading)
        assert sum(found.maps.nodes.values()) > 1 << 20
    assert read_numa(ProcSource(), own_key()._replace(starttime=1)) == GONE
    assert isinstance(read_numa(source_of(tree), ProcKey(77, 4242)), Unavailable)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (
            b"270 0xfb 0x7ffffb340700 0x0 0x0 0x7ffffb340610 0x7ffffb340620 0x7ffffb3405e0 0x7fcc5f1a9aec",
            0x7FFFFB3405E0,
        ),
        (b"-1 0x7fff00001000 0x7f0000000000\n", 0x7FFF00001000),
        (b"running\n", None),
        (b"", None),
        (b"1 zz yy", None),
        (b"x 0x1 0x2", None),
    ],
)
def test_a_stack_pointer_is_the_last_word_but_one(text: bytes, pointer: int | None) -> None:
    assert stack_pointer(text) == pointer
