"""Half a GiB of each kind of memory moves its line of the account of RAM, and no other, by that amount.

The machine may do other things meanwhile, so each is tried a few times: an account that is wrong never comes right.
"""

import fcntl
import mmap
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from memtui.model.account import account
from memtui.model.memory import Kind
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

MIB = 1 << 20
AMOUNT = 512 * MIB
PAGE = os.sysconf("SC_PAGE_SIZE")
NEAR = 0.02
TRIES = 6
ENOUGH = 3  # tries in which nobody else moved the line, for a verdict
MADV_NOHUGEPAGE = 15
MADV_HUGEPAGE = 14
MAP_NORESERVE = 0x4000
HUGE = Path("/proc/sys/vm/nr_hugepages")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for huge pages and pipes of 1 MiB")


def parts() -> dict[Kind, int]:
    """The account now."""
    with closing(Sampler(ProcSource(), processes=False)) as sampler:
        snapshot = sampler.step(Request(needs=Need.MEMORY))
    found = {part.kind: part.size for part in account(snapshot)}
    assert sum(found.values()) == snapshot.memory.total
    return found


def moved(kind: Kind, hold: Callable[[], object], amount: int = AMOUNT, *others: Kind) -> None:
    """Whether the line moves by the amount while `hold` is in force; `others` may move with it.

    A try counts only if the line is back where it was afterwards: else somebody else moved it.
    """
    seen = []
    for _ in range(TRIES):
        before = parts()
        with hold():  # type: ignore[attr-defined]
            time.sleep(0.1)
            after = parts()
        time.sleep(0.1)
        released = parts()
        if abs(released[kind] - before[kind]) > NEAR * amount / 2:
            time.sleep(1)
            continue
        change = {one: after[one] - before[one] for one in after}
        seen.append(change[kind] / amount)
        still = {Kind.FREE, Kind.CPU_LISTS, kind, *others}
        if abs(seen[-1] - 1) <= NEAR and all(abs(change[one]) < amount / 2 for one in change if one not in still):
            return
        time.sleep(1)
    if len(seen) < ENOUGH:
        pytest.skip(f"others move {kind} all the time")
    pytest.fail(f"{kind} moved by {seen} of the amount; the last time {change}")


def room(amount: int = AMOUNT) -> None:
    """Skip where the machine hasn't twice as much to spare."""
    available = next(
        int(row.split()[1]) for row in Path("/proc/meminfo").read_text().splitlines() if "MemAvail" in row
    )
    if available * 1024 < 2 * amount:
        pytest.skip("not enough memory available")


@contextmanager
def anonymous() -> Iterator[None]:
    """Private memory, touched."""
    with mmap.mmap(-1, AMOUNT, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as area:
        area.madvise(MADV_NOHUGEPAGE)
        for place in range(0, AMOUNT, PAGE):
            area[place] = 1
        yield


@contextmanager
def file(folder: str) -> Iterator[None]:
    """A file, written and not mapped."""
    with tempfile.TemporaryFile(dir=folder) as one:
        for _ in range(AMOUNT // MIB):
            one.write(bytes(MIB))
        one.flush()
        yield


@contextmanager
def huge_pages() -> Iterator[None]:
    """Reserved huge pages of 2 MiB."""
    before = int(HUGE.read_text())
    HUGE.write_text(str(before + AMOUNT // (2 * MIB)))
    try:
        if int(HUGE.read_text()) != before + AMOUNT // (2 * MIB):
            pytest.skip("not that many huge pages to be had")
        yield
    finally:
        HUGE.write_text(str(before))


@contextmanager
def page_tables() -> Iterator[None]:
    """Reading one page of every 2 MiB maps the zero page, which takes no memory; the table of each 2 MiB does."""
    span = AMOUNT // PAGE * 2 * MIB
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE
    with mmap.mmap(-1, span, flags=flags, prot=mmap.PROT_READ) as area:
        area.madvise(MADV_NOHUGEPAGE)
        for place in range(0, span, 2 * MIB):
            assert area[place] == 0
        yield


@contextmanager
def pipes() -> Iterator[None]:
    """Full pipes: their pages are in no line of the kernel."""
    with ExitStack() as stack:
        for _ in range(AMOUNT // MIB):
            reader, writer = os.pipe()
            stack.callback(os.close, reader)
            stack.callback(os.close, writer)
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, MIB)
            os.write(writer, bytes(MIB))
        yield


@contextmanager
def names_that_are_not_there(folder: str, count: int) -> Iterator[None]:
    """The kernel remembers names that it looked for in vain: one dentry for each."""
    with tempfile.TemporaryDirectory(dir=folder) as inside:  # what it remembers goes with the folder
        fd = os.open(inside, os.O_RDONLY)
        try:
            for number in range(count):
                try:
                    os.stat(str(number), dir_fd=fd)
                except FileNotFoundError:
                    continue
            yield
        finally:
            os.close(fd)


def test_anonymous_memory() -> None:
    room()
    moved(Kind.ANON, anonymous, AMOUNT, Kind.PAGE_TABLES)


def test_tmpfs() -> None:
    room()
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("no /dev/shm")
    moved(Kind.SHMEM, lambda: file("/dev/shm"))


def test_page_cache() -> None:
    room()
    moved(Kind.FILE, lambda: file("/var/tmp"), AMOUNT, Kind.SLAB_RECLAIMABLE, Kind.BUFFERS)


def test_huge_pages() -> None:
    room()
    moved(Kind.HUGETLB, huge_pages, AMOUNT, *Kind)  # the kernel moves and drops other pages to make room


def test_page_tables() -> None:
    room()
    moved(Kind.PAGE_TABLES, page_tables)


def test_pipe_buffers_are_what_nothing_names() -> None:
    room()
    moved(Kind.OTHER, pipes)


def dentries() -> tuple[int, int]:
    """Bytes of the slabs of dentries as /proc/slabinfo has them, and how many dentries there are in a MiB."""
    rows = [row.split() for row in Path("/proc/slabinfo").read_text().splitlines() if row.startswith("dentry ")]
    if not rows:
        pytest.skip("dentries have no cache of their own here")
    per_slab, pages, slabs = int(rows[0][4]), int(rows[0][5]), int(rows[0][14])
    return slabs * pages * PAGE, MIB // (pages * PAGE) * per_slab


def test_dentries() -> None:
    """By as much as their slabs grow, which have room for some of them already."""
    amount = 128 * MIB
    room(amount)
    seen = []
    for _ in range(TRIES):
        (first, each), before = dentries(), parts()
        with names_that_are_not_there("/var/tmp", amount // MIB * each):
            (last, _), after = dentries(), parts()
        assert last - first > amount / 2
        seen.append((after[Kind.SLAB_RECLAIMABLE] - before[Kind.SLAB_RECLAIMABLE]) / (last - first))
        if abs(seen[-1] - 1) <= NEAR:
            return
    pytest.fail(f"the line moved by {seen} of what the slabs did")


def test_at_rest_hardly_anything_is_not_accounted_for() -> None:
    found = parts()
    assert abs(found[Kind.OTHER]) < 0.02 * sum(found.values())
