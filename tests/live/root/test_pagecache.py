"""Ground truth: files of known size are read and written, and every page must be where it belongs.

What the file system adds of its own, such as metadata and the journal, is let pass: 1 % and a few pages.
"""

import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memtui.model.cache import Flow, flow
from memtui.model.pagecache import Pages, Quality, summed
from memtui.proc.source import ProcSource
from memtui.sampling.pagecache import PageCacheWatch
from memtui.trace.pagecache.adds import AddCounters
from memtui.trace.pagecache.ladder import RUNGS, Opened, open_best
from memtui.trace.pagecache.typed import TypedCounters
from memtui.trace.refused import Refused, privileged
from memtui.trace.residency import Residency, measure

PAGE = os.sysconf("SC_PAGE_SIZE")
SIZE = 32 << 20
PAGES = SIZE // PAGE
Work = Callable[[], object]

pytestmark = pytest.mark.skipif(not privileged(), reason="needs root or CAP_BPF and CAP_PERFMON")


@pytest.fixture(scope="module")
def counters() -> Iterator[TypedCounters]:
    opened: Opened = open_best()
    if not isinstance(opened.counters, TypedCounters):
        pytest.skip(f"no exact instrument here: {opened.refused}")
    yield opened.counters
    opened.counters.close()


@pytest.fixture
def count(counters: TypedCounters) -> Callable[[Work], tuple[Flow, Flow]]:
    """What some work did, by this process and by the system."""

    def pages(pid: int | None) -> Pages:
        return summed([Pages(), *(Pages(*one.pages) for one in counters.read() if pid is None or one.pid == pid)])

    def count_(work: Work) -> tuple[Flow, Flow]:
        before = pages(os.getpid()), pages(None)
        work()
        mine, everybody = pages(os.getpid()), pages(None)
        return flow(mine.since(before[0])), flow(everybody.since(before[1]))

    return count_


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    """A file of SIZE, on storage and not in the cache."""
    file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    write(file)
    drop(file)
    yield file
    os.close(file)


def write(fd: int, size: int = SIZE) -> None:
    block = os.urandom(1 << 20)
    for offset in range(0, size, len(block)):
        os.pwrite(fd, block, offset)


def drop(fd: int) -> None:
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def read(fd: int, block: int, start: int = 0, end: int = SIZE) -> None:
    buffer = bytearray(block)
    for offset in range(start, end, block):
        os.preadv(fd, [buffer], offset)


def warm(fd: int) -> None:
    """Read until all of it is in the cache: on a busy machine some of it may be taken again at once."""
    for _ in range(10):
        read(fd, 1 << 20)
        found = measure(fd, SIZE)
        if not isinstance(found, Residency) or found.cached == PAGES:
            return


def check(flows: tuple[Flow, Flow], total: int, misses: int, dirties: int = 0) -> None:
    """This process's own pages are exact; the system has them and those of whoever else is at work."""
    mine, everybody = flows
    for found, expected in ((mine.total, total), (mine.misses, misses), (mine.dirties, dirties)):
        assert found == pytest.approx(expected, rel=0.01, abs=40)
    for everyone, one in ((everybody.total, total), (everybody.misses, misses), (everybody.dirties, dirties)):
        assert everyone is not None and everyone >= one * 0.99 - 40


Count = Callable[[Work], tuple[Flow, Flow]]


@pytest.mark.parametrize("block", [1 << 20, 1 << 17, 1 << 16, 4096])
def test_a_cold_read_is_all_misses_and_a_warm_one_none(count: Count, fd: int, block: int) -> None:
    cold = count(lambda: read(fd, block))
    check(cold, PAGES, PAGES)
    assert cold[0].read_hit_pct == pytest.approx(0, abs=1)
    warm(fd)
    again = count(lambda: read(fd, block))
    check(again, PAGES, 0)
    assert again[0].read_hit_pct == pytest.approx(100, abs=1)


def test_half_in_the_cache_is_half_hits(count: Count, fd: int) -> None:
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)  # no readahead beyond the half
    read(fd, 1 << 20, 0, SIZE // 2)
    check(count(lambda: read(fd, 1 << 20)), PAGES, PAGES // 2)


def test_random_reads_count_one_each(count: Count, fd: int) -> None:
    warm(fd)
    places = [random.randrange(PAGES) * PAGE for _ in range(20_000)]

    def work() -> None:
        for place in places:
            os.pread(fd, PAGE, place)

    check(count(work), len(places), 0)


def test_sendfile_reads_too(count: Count, fd: int) -> None:
    warm(fd)

    def work() -> None:
        sink, offset = os.open(os.devnull, os.O_WRONLY), 0
        while offset < SIZE:
            offset += os.sendfile(sink, fd, offset, 1 << 20)
        os.close(sink)

    check(count(work), PAGES, 0)


def test_a_new_write_is_dirties_and_no_misses(count: Count, tmp_path: Path) -> None:
    file = os.open(tmp_path / "new", os.O_RDWR | os.O_CREAT)
    flows = count(lambda: write(file))
    os.close(file)
    check(flows, 0, 0, PAGES)
    assert flows[0].write_hit_pct == pytest.approx(0, abs=1)


def test_a_rewrite_hits_what_is_there(count: Count, fd: int) -> None:
    warm(fd)
    flows = count(lambda: write(fd))
    check(flows, 0, 0, PAGES)
    assert flows[0].write_hit_pct == pytest.approx(100, abs=1)


def test_a_rewrite_and_a_cold_read_at_once_are_each_right(count: Count, fd: int, tmp_path: Path) -> None:
    other = os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT)
    write(other)
    os.fsync(other)
    drop(fd)

    def work() -> None:
        write(other)
        read(fd, 1 << 20)

    check(count(work), PAGES, PAGES, PAGES)
    os.close(other)


def test_a_mapping_misses_when_cold_and_hits_when_warm(count: Count, fd: int) -> None:
    def work() -> None:
        with mmap.mmap(fd, SIZE, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
            sum(memory[place] for place in range(0, SIZE, PAGE))

    cold, _ = count(work)
    assert cold.misses == pytest.approx(PAGES, rel=0.01)
    assert cold.read_hit_pct == pytest.approx(0, abs=1)
    warm(fd)
    again, _ = count(work)
    assert again.misses == pytest.approx(0, abs=40)
    assert again.total and again.read_hit_pct == pytest.approx(100, abs=1)


def test_many_small_files_count_one_page_each(count: Count, tmp_path: Path) -> None:
    paths = [tmp_path / f"small{number}" for number in range(1000)]
    for path in paths:
        path.write_bytes(b"x" * 3000)
    os.sync()
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        drop(file)
        os.close(file)

    def work() -> None:
        for path in paths:
            path.read_bytes()

    mine, _ = count(work)
    assert mine.total == pytest.approx(1000, abs=50)
    assert mine.misses == pytest.approx(1000, abs=50)
    check(count(work), 1000, 0)


READER = "import os, sys\nfd = os.open(sys.argv[1], os.O_RDONLY)\nwhile os.read(fd, 1 << 20):\n    pass\n"


def test_four_readers_at_once_have_each_their_own(counters: TypedCounters, tmp_path: Path) -> None:
    sizes = [(number + 1) << 20 for number in range(4)]
    for size in sizes:
        file = os.open(tmp_path / str(size), os.O_RDWR | os.O_CREAT)
        write(file, size)
        drop(file)
        os.close(file)
    children = [subprocess.Popen([sys.executable, "-S", "-c", READER, str(tmp_path / str(size))]) for size in sizes]
    for child in children:
        assert child.wait(60) == 0
    counted = {one.pid: one for one in counters.read()}  # they have ended, and are still there
    for child, size in zip(children, sizes, strict=True):
        pages = counted[child.pid].pages
        assert counted[child.pid].comm.startswith("python")
        assert pages.added >= size // PAGE
        assert pages.added - size // PAGE < 120  # the interpreter's own files, where they were not in the cache
        assert pages.read >= size // PAGE


def programs_named(word: bytes) -> int:
    """How many BPF programs the kernel holds whose name begins so, by asking bpf(2) for each."""
    import ctypes

    from memtui.trace.bpf.syscall import numbers

    libc = ctypes.CDLL(None, use_errno=True)
    call, found, number = numbers().bpf, 0, 0
    while True:
        attr = ctypes.create_string_buffer(struct.pack("=III", number, 0, 0), 16)
        if libc.syscall(call, 11, attr, 16) < 0:  # BPF_PROG_GET_NEXT_ID
            return found
        number = struct.unpack_from("=I", attr.raw, 4)[0]
        attr = ctypes.create_string_buffer(struct.pack("=III", number, 0, 0), 16)
        fd = libc.syscall(call, 13, attr, 16)  # BPF_PROG_GET_FD_BY_ID
        if fd < 0:
            continue
        info = ctypes.create_string_buffer(128)
        attr = ctypes.create_string_buffer(struct.pack("=IIQ", fd, 128, ctypes.addressof(info)), 16)
        libc.syscall(call, 15, attr, 16)  # BPF_OBJ_GET_INFO_BY_FD
        os.close(fd)
        found += info.raw[64:80].startswith(word)


def test_a_kill_leaves_nothing_in_the_kernel() -> None:
    before = programs_named(b"mm_filemap")
    command = [sys.executable, "-m", "memtui", "cachestat", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        if "exact" not in child.stdout.readline():
            child.kill()
            pytest.skip("no exact instrument here")
        child.stdout.readline()
        assert programs_named(b"mm_filemap") > before
        child.send_signal(signal.SIGKILL)
        child.wait()
    for _ in range(300):  # freed after a grace period
        if programs_named(b"mm_filemap") == before:
            return
        time.sleep(0.1)
    pytest.fail("programs are left behind")


def test_without_bpf_what_is_added_is_counted_by_its_size(fd: int) -> None:
    try:
        adds = AddCounters()
    except Refused as error:
        pytest.skip(str(error))
    before = adds.read()
    read(fd, 1 << 20)
    added = adds.read() - before
    adds.close()
    assert added >= PAGES
    assert added < PAGES * 8  # were folios counted by a wrong size, it would be far off; others add some too


def test_the_estimate_takes_over_from_perf_counters_by_their_bounds(fd: int) -> None:
    """The whole way down the ladder: no BPF, perf counters in the watch, misses within what was added."""
    watch = PageCacheWatch(ProcSource(), lambda: open_best(RUNGS[2:]))
    try:
        sample = watch.read({}, wait=True)
        if sample.added is None:
            pytest.skip(f"no perf counters here: {sample.instrument.refused}")
        assert sample.instrument.quality is Quality.PARTIAL
        read(fd, 1 << 20)
        after = watch.read({})
        assert after.added is not None and after.added - sample.added >= PAGES
    finally:
        watch.close()
