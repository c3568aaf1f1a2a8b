"""The estimate of the page cache against a file that was read from storage, and then from memory."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

PAGES = 16384
PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 30.0  # seconds until something that never comes is given up
READER = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
buffer = bytearray(1 << 20)
print("ready", flush=True)
for order in sys.stdin:
    if order == "cold\\n":
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.lseek(fd, 0, os.SEEK_SET)
    while os.readv(fd, [buffer]):
        pass
    print("done", flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of 16384 pages, all of them on storage."""
    parts = [part for part in psutil.disk_partitions(all=True) if tmp_path.is_relative_to(part.mountpoint)]
    if max(parts, key=lambda part: len(part.mountpoint)).fstype in ("tmpfs", "ramfs"):
        pytest.skip(f"{tmp_path} is in memory, not on storage")
    path = tmp_path / "file"
    with path.open("wb") as file:
        for _ in range(PAGES // 256):
            file.write(os.urandom(256 * PAGE))
        file.flush()
        os.fsync(file.fileno())
    return path


@pytest.fixture
def reader(file: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that reads the file whenever it is told `cold` (dropped from the cache before) or `warm`."""
    command = [sys.executable, "-c", READER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        os.set_blocking(child.stdout.fileno(), False)
        yield child
        child.kill()


def said(child: "subprocess.Popen[bytes]", word: bytes) -> bool:
    assert child.stdout is not None
    return child.stdout.read() == word


def test_a_file_off_storage_is_misses_and_once_more_it_is_hits(reader: "subprocess.Popen[bytes]") -> None:
    assert reader.stdin is not None
    request = Request(needs=Need.IO)
    with closing(Sampler(ProcSource())) as sampler:

        def pages(until: bytes) -> tuple[float, float]:
            """Hits and misses of the reader in all samples taken until it says a word, and in the one after."""
            hits = misses = 0.0
            give_up = time.monotonic() + PATIENCE
            over = False
            while not over:
                assert time.monotonic() < give_up, f"the reader never said {until!r}"
                time.sleep(0.1)
                over = said(reader, until)
                for row in sampler.step(request).cache.rows:
                    if row.pid == reader.pid:
                        hits, misses = hits + (row.now.hits or 0), misses + (row.now.misses or 0)
            return hits, misses

        def told(order: bytes) -> tuple[float, float]:
            assert reader.stdin is not None
            reader.stdin.write(order)
            reader.stdin.flush()
            return pages(until=b"done\n")

        pages(until=b"ready\n")
        _, misses = told(
            b"cold\n"
        )  # no hits asked for: readahead, in front of the reads, makes some up between samples
        assert misses == pytest.approx(PAGES, rel=0.1)
        hits, misses = told(b"warm\n")
        assert hits == pytest.approx(PAGES, rel=0.1)
        assert misses == 0
