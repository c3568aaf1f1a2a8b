"""`memtui maps`: groups and single mappings as text and JSON, what differs, and what can't be had."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SIZES = ("size", "rss", "pss", "uss", "swap", "referenced", "anon_huge")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A proc root with one process, whose smaps doesn't add up to what else is said of it."""
    one = tmp_path / "proc" / "77"
    one.mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 1 kB\n")
    (one / "stat").write_text(f"77 (x) S 1 {'0 ' * 17}4242 {'0 ' * 30}\n")
    (one / "cmdline").write_bytes(b"daemon\0--\x1b[31m\0")
    sizes = dict.fromkeys(
        ["Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty", "Referenced", "Anonymous", "Swap"], 0
    )
    text = ""
    for start, path, rss in ((0x1000, "/lib/evil\x1b[31m.so", 8), (0x9000, "[heap]", 64), (0x90000, "", 4)):
        lines = {"Size": 128, "Rss": rss, "Pss": rss // 2, **sizes, "Private_Dirty": rss // 4}
        text += f"{start:x}-{start + 0x20000:x} rw-p 00000000 00:00 0    {path}\n"
        text += "".join(f"{name}: {size} kB\n" for name, size in lines.items())
    (one / "smaps").write_text(text)
    rollup = {"Rss": 80, "Pss": 39, **sizes, "Private_Dirty": 19}
    words = "".join(f"{name}: {size} kB\n" for name, size in rollup.items())
    (one / "smaps_rollup").write_text("1000-90000 ---p 00000000 00:00 0 [rollup]\n" + words)
    return tmp_path / "proc"


def test_groups_are_printed_with_their_sums_and_what_does_not_add_up(run: Run, tree: Path) -> None:
    done = run("maps", 77, "--proc", tree)
    assert (done.status, done.err) == (0, "")
    rows = [row.split() for row in done.out.splitlines()]
    assert rows[0] == ["77", "daemon", "--\\x1b[31m"]
    assert rows[1][:7] == ["SIZE", "RSS", "PSS", "USS", "SWAP", "REF", "THP"]
    assert [row[-1] for row in rows[2:6]] == ["/lib/evil\\x1b[31m.so", "heap", "anonymous", "all"]
    assert rows[5][:4] == ["384K", "76K", "38K", "19K"]
    assert rows[2][6] == "–"
    assert "Rss 76K of the mappings, 80K of the whole: -4K, changed between the two readings" in done.out
    assert "Pss 38K of the mappings, 39K of the whole: -1K, each of 3 mappings is rounded down to KiB" in done.out


def test_all_prints_every_mapping(run: Run, tree: Path) -> None:
    rows = run("maps", 77, "--all", "--proc", tree).out.splitlines()
    assert rows[1].split()[:4] == ["START", "END", "PERM", "OFFSET"]
    assert [row.split()[0] for row in rows[2:5]] == ["1000", "9000", "90000"]
    assert rows[5].startswith("3 mappings: SIZE 384K  RSS 76K")


def test_they_can_be_sorted(run: Run, tree: Path) -> None:
    rows = run("maps", 77, "--sort", "rss", "--proc", tree).out.splitlines()
    assert [row.split()[1] for row in rows[1:5]] == ["RSS▼", "64K", "8K", "4K"]
    (document,) = run("maps", 77, "--json", "--all", "-s", "pss", "--proc", tree).documents
    assert [row["pss"] for row in document["rows"]] == [32 << 10, 4 << 10, 2 << 10]
    assert run("maps", 77, "--sort", "nonsense", "--proc", tree).status == 2


@pytest.mark.parametrize("columns", [60, 80, 119, 120, 200])
def test_no_line_is_wider_than_the_paper(run: Run, tree: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for more in ((), ("--all",)):
        done = run("maps", 77, *more, "--proc", tree)
        assert max(map(len, done.out.splitlines())) <= columns


def test_json_has_groups_that_sum_up_to_the_total(run: Run) -> None:
    (document,) = run("maps", os.getpid(), "--json").documents
    assert document["command"] == "maps"
    assert (document["pid"], document["interval"]) == (os.getpid(), None)
    for key in SIZES:
        assert sum(row[key] for row in document["rows"]) == document["total"][key], key
    assert {"program", "library", "heap", "stack"} <= {row["group"] for row in document["rows"]}
    assert document["unavailable"] == {}


def test_json_says_what_this_kernel_does_not_have(run: Run, tree: Path) -> None:
    (document,) = run("maps", 77, "--json", "--proc", tree).documents
    assert document["start_time"] == 4242
    assert {row["anon_huge"] for row in document["rows"]} == {None}
    assert document["unavailable"]["anon_huge"] == "not in this kernel"
    assert json.dumps(document).isascii()


def test_what_can_not_be_had_is_one_line(run: Run, tree: Path) -> None:
    nobody = run("maps", 4194304, "--json")
    assert (nobody.status, nobody.out, nobody.err) == (1, "", "memtui: no process 4194304\n")
    (tree / "77" / "smaps").write_text("")
    assert run("maps", 77, "--proc", tree).err == "memtui: process 77: no address space: it has ended\n"
    (tree / "77" / "smaps").unlink()
    assert run("maps", 77, "--proc", tree).status == 1
    for wrong in ("0", "x", "1,2", "-1"):
        assert run("maps", wrong).status == 2


def test_a_zombie_has_no_address_space(run: Run) -> None:
    process = subprocess.Popen(["true"])
    try:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        done = run("maps", process.pid)
    finally:
        process.wait()
    assert done.status == 1
    assert "zombie" in done.err or "denied" in done.err
