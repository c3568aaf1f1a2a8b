"""How much of a file is in the cache: against what was done to it, against mincore, and what is no file at all."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace import residency
from memtui.trace.residency import PAGE, Looked, Residency, look, measure, parts

PAGES = 512


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of 512 pages, on storage, all of them in the cache and clean."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(PAGES * PAGE))
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.read_bytes()
    return path


def drop(path: Path) -> None:
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def seen(path: Path, slots: int = 0) -> Residency:
    found = look(str(path), slots)
    assert isinstance(found, Looked)
    assert isinstance(found.residency, Residency), found.residency
    return found.residency


@pytest.fixture(params=["cachestat", "mincore"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """By each of the two system calls, the first where this kernel has it."""
    if request.param == "mincore":

        def absent(*_: object) -> None:
            raise OSError(errno.ENOSYS, "as before 6.5")

        monkeypatch.setattr(residency, "_cachestat", absent)
    yield request.param


def test_a_file_is_in_the_cache_until_it_is_dropped(way: str, path: Path) -> None:
    assert (seen(path).pages, seen(path).cached) == (PAGES, PAGES)
    drop(path)
    assert seen(path).cached == 0


def test_the_parts_say_where_it_is(way: str, path: Path) -> None:
    drop(path)
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)  # no readahead
        file.read(PAGES // 2 * PAGE)
    found = seen(path, slots=64)
    assert found.cached == PAGES // 2
    assert found.slots == (8,) * 32 + (0,) * 32


def test_all_and_nothing_have_their_parts_too(way: str, path: Path) -> None:
    assert seen(path, slots=10).slots == tuple(end - first for first, end in parts(PAGES, 10))
    drop(path)
    assert seen(path, slots=10).slots == (0,) * 10


def test_a_last_page_that_is_not_full_counts(way: str, tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(b"x" * (2 * PAGE + 1))
    assert (seen(path).pages, seen(path).cached) == (3, 3)


def test_an_empty_file_has_no_pages(way: str, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert seen(path, slots=8) == Residency(0, 0, *(seen(path)[2:6]), slots=())


def test_what_was_written_is_dirty_until_it_is_synced(path: Path) -> None:
    if seen(path).dirty is None:
        pytest.skip("no cachestat(2) before 6.5")
    with path.open("r+b") as file:
        file.write(os.urandom(100 * PAGE))
        file.flush()
        dirty = seen(path).dirty
        assert dirty is not None and dirty >= 100
        os.fsync(file.fileno())
    assert seen(path).dirty == 0


@pytest.mark.parametrize(("pages", "slots"), [(0, 64), (1, 64), (63, 64), (64, 64), (1000, 64), (7, 3)])
def test_the_parts_are_all_of_the_file(pages: int, slots: int) -> None:
    found = parts(pages, slots)
    assert len(found) == min(pages, slots)
    assert sum(end - first for first, end in found) == pages
    assert all(first < end for first, end in found)


def test_the_access_time_stays(path: Path) -> None:
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    seen(path)
    assert path.stat().st_atime_ns == 1_000_000_000


@pytest.mark.parametrize(
    ("made", "word"),
    [("fifo", "a FIFO"), ("folder", "a folder"), ("socket", "a socket"), ("nothing", "no such file")],
)
def test_what_is_no_file_is_named_and_never_waited_for(
    made: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    if made == "fifo":
        os.mkfifo(path)
    elif made == "folder":
        path.mkdir()
    elif made == "socket":
        monkeypatch.chdir(tmp_path)  # a socket's path must be short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("x")
    found = look(str(path))
    assert isinstance(found, Unavailable)
    assert word in str(found)


@pytest.mark.parametrize("name", ["/dev/null", "/proc/self/status", "/proc/meminfo"])
def test_devices_and_files_made_when_read_have_no_pages(name: str) -> None:
    found = look(name)
    assert isinstance(found, Unavailable)
    assert "not a file with pages" in str(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_another_users_file_is_unknown_and_not_all_there() -> None:
    path = "/etc/passwd"  # readable by all, owned by root
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            os.write(writing, repr(look(path)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    assert "Why.DENIED" in said and residency.NEEDS_OWNER in said
    assert isinstance(look(path), Looked) and isinstance(look(path).residency, Residency)  # type: ignore[union-attr]


def test_where_mincore_lies_it_is_not_asked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> None:
        raise OSError(errno.ENOSYS, "as before 6.5")

    def lies(*_: object) -> bytes:
        raise AssertionError("asked")

    monkeypatch.setattr(residency, "_cachestat", absent)
    monkeypatch.setattr(residency, "_mincore", lies)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    with path.open("rb") as file:
        assert measure(file.fileno(), PAGES * PAGE) == Unavailable(Why.DENIED, residency.NEEDS_OWNER)
