"""Which files there are: trees with all that trees can hold, and what a process has."""

import mmap
import os
from pathlib import Path

import pytest

from memtui.sampling import files as scanning
from memtui.sampling.files import Scan, files_of, files_under
from memtui.trace import files
from memtui.trace.files import under


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    for name in ("one", "a/two", "a/deep/three"):
        (tmp_path / name).write_bytes(b"x" * 5000)
    os.link(tmp_path / "one", tmp_path / "a" / "hard")
    (tmp_path / "a" / "soft").symlink_to(tmp_path / "one")
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "a" / "fifo")
    return tmp_path


def names(paths: list[Path], tree: Path) -> list[str]:
    return sorted(str(Path(row.name).relative_to(tree)) for row in files_under([str(path) for path in paths]))


def test_every_file_comes_once_whatever_names_it_has_and_no_link_is_followed(tree: Path) -> None:
    found = names([tree], tree)
    assert [name for name in found if name not in ("one", "a/hard")] == ["a/deep/three", "a/two"]
    assert len(found) == 3


def test_paths_that_overlap_count_once(tree: Path) -> None:
    assert len(names([tree, tree / "a", tree / "one"], tree)) == 3


def test_a_link_that_is_given_is_followed(tree: Path) -> None:
    (row,) = files_under([str(tree / "a" / "soft")])
    assert row.size == 5000


def test_what_can_not_be_read_is_a_row_with_its_reason(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(files.os, "scandir", refusing)  # type: ignore[attr-defined]
    rows = {row.name: row for row in files_under([str(tree), "/nonexistent"])}
    assert "permission denied" in str(rows[str(tree / "a" / "deep")].why)
    assert "No such file" in str(rows["/nonexistent"].why)
    assert rows[str(tree / "a" / "two")].why is None


def test_another_file_system_is_entered_only_when_asked(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = os.DirEntry.stat
    assert stat is not None
    here = len(list(under([str(tree)])))
    assert len(list(under([str(tree)], all_file_systems=True))) == here
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == Path("/dev").stat().st_dev:
        pytest.skip("no other file system below /dev")
    held = shm / f"memtui-test-{os.getpid()}"
    held.write_bytes(b"x")
    try:
        assert str(held) not in {place.name for place in under(["/dev"])}
        assert str(held) in {place.name for place in under(["/dev"], all_file_systems=True)}
    finally:
        held.unlink()


def test_a_process_s_files_are_those_it_maps_and_has_open_deleted_ones_too(tree: Path) -> None:
    with (tree / "one").open("rb") as opened, (tree / "a" / "two").open("rb") as mapped:
        memory = mmap.mmap(mapped.fileno(), 0, access=mmap.ACCESS_READ)
        with (tree / "gone").open("w+b") as deleted:
            deleted.write(b"y" * 9000)
            deleted.flush()
            (tree / "gone").unlink()
            rows = {row.name: row for row in files_of(os.getpid())}
        memory.close()
        assert opened
    assert rows[str(tree / "one")].cached == 2
    assert rows[str(tree / "a" / "two")].cached == 2
    assert rows[f"{tree / 'gone'} (deleted)"].pages == 3
    assert len({(row.device, row.inode) for row in rows.values() if row.inode}) == len(
        [row for row in rows.values() if row.inode]
    )


def test_a_process_that_is_gone_is_one_row_that_says_so() -> None:
    (row,) = files_of(2**22 + 1)
    assert "ended" in str(row.why)


def test_a_walk_says_how_far_it_is_and_can_be_broken_off(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_LISTED", 3)
    monkeypatch.setattr(scanning, "_LOOKED", 2)
    told: list[tuple[int, int]] = []
    scan = Scan(paths=[str(tree)])

    def listen(done: int, count: int) -> bool:
        told.append((done, count))
        return True

    rows, complete = scan.run(listen)
    assert (len(rows), complete) == (3, True)
    assert told == [(3, 0), (2, 4), (4, 4)]
    assert scan.run(lambda done, count: count == 0) == (rows[:2], False)
    assert scan.run(lambda done, count: False) == ([], False)
