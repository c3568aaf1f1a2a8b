"""`memtui files` on files of this machine, and against fincore of util-linux where that is installed."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = os.sysconf("SC_PAGE_SIZE")
Run = Callable[..., Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(64 * PAGE - 100))
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 48 * PAGE, 0, os.POSIX_FADV_DONTNEED)
    return path


def test_rows_have_the_keys_of_the_contract_and_sum_up(run: Run, path: Path) -> None:
    done = run("files", path.parent, "--json")
    (document,) = done.documents
    (row,) = document["rows"]
    assert done.status == 0
    assert list(row) == [
        "name", "size", "pages", "cached", "percent", "dirty", "writeback", "evicted", "recently_evicted",
    ]  # fmt: skip
    assert (row["name"], row["size"], row["pages"], row["cached"]) == (str(path), 64 * PAGE - 100, 64, 48)
    assert row["percent"] == 75.0
    assert document["total"]["cached"] == 48
    assert document["unavailable"] == {}


def test_the_table_has_a_picture_and_a_total(run: Run, path: Path) -> None:
    head, row, last = run("files", path).out.splitlines()
    assert head.split()[:4] == ["SIZE", "PAGES", "CACHED", "PERCENT"]
    assert f"{'█' * 18}{'·' * 6} {path}" in row
    assert last.endswith("total of 1 file")


def test_the_layout_of_pcstat(run: Run, path: Path) -> None:
    rows = run("files", "--pcstat", path).out.splitlines()
    assert rows[1].split("|")[1:-1] == [
        f" {'Name':<{len(str(path))}} ",
        " Size (bytes) ",
        " Pages ",
        " Cached ",
        " Percent ",
    ]
    assert [cell.strip() for cell in rows[3].split("|")[1:-1]] == [
        str(path),
        str(64 * PAGE - 100),
        "64",
        "48",
        "075.000",
    ]


def test_what_can_not_be_looked_at_is_a_line_on_stderr_and_status_1(run: Run, path: Path) -> None:
    done = run("files", path, "/nonexistent\x1b[2J", "/dev/null")
    assert done.status == 1
    assert done.err.count("\n") == 2
    assert r"/nonexistent\x1b[2J: could not be read: No such file or directory" in done.err
    assert str(path) in done.out
    (document,) = run("files", "/nonexistent", "--json").documents
    assert document["rows"][0]["cached"] is None
    assert "/nonexistent" in document["unavailable"]


def test_the_files_of_a_process(run: Run) -> None:
    (document,) = run("files", "--pid", os.getpid(), "--json").documents
    assert any("python" in row["name"] or "libc" in row["name"] for row in document["rows"])


@pytest.mark.parametrize("words", [["files"], ["files", "/tmp", "--pid", "1"]])
def test_paths_or_a_process_and_not_both(words: list[str], run: Run) -> None:
    done = run(*words)
    assert (done.status, done.out) == (2, "")


def test_a_recording_holds_no_files(run: Run, host: Path) -> None:
    assert run("files", "/etc", "--proc", host / "proc").status == 2


def fincore(folder: Path) -> dict[str, tuple[int, int]]:
    """Cached pages and size of each file."""
    paths = sorted(str(path) for path in folder.iterdir())
    said = subprocess.run(
        ["fincore", "--bytes", "--noheadings", "--raw", "--output", "PAGES,SIZE,FILE", *paths],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name: (int(pages), int(size)) for pages, size, name in (row.split() for row in said.stdout.splitlines())}


def test_a_thousand_files_agree_with_fincore(run: Run, tmp_path: Path) -> None:
    if shutil.which("fincore") is None:
        pytest.skip("fincore (util-linux) is not installed")
    for number in range(1000):
        path = tmp_path / f"{number:04}"
        path.write_bytes(os.urandom(1 + number * 37))
        if number % 3 == 0:
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, number % 5 * PAGE, os.POSIX_FADV_DONTNEED)
    before = fincore(tmp_path)
    (document,) = run("files", tmp_path, "--json").documents
    theirs = fincore(tmp_path)
    still = {name for name, counted in theirs.items() if counted == before[name]}  # the kernel reclaims at any time
    ours = {row["name"]: (row["cached"], row["size"]) for row in document["rows"]}
    assert ours.keys() == theirs.keys() and len(still) > 500
    assert {name: ours[name] for name in still} == {name: theirs[name] for name in still}
    assert 0 < sum(pages for pages, _ in theirs.values()) < document["total"]["pages"]
