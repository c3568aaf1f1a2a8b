"""`memtui cgroups` against the files of the recorded machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def guest(host: Path) -> Path:
    """A machine with a tree of version 2."""
    return host.parent / "numa2-6.12"


def flat(path: Path) -> dict[str, int]:
    return {row.split()[0]: int(row.split()[1]) for row in path.read_text().splitlines()}


def number(path: Path) -> int | None:
    text = path.read_text().strip()
    return None if text == "max" else int(text)


def test_every_cgroup_field_by_field(run: Run, guest: Path) -> None:
    (document,) = run("cgroups", "--json", "--proc", guest / "proc").documents
    root = guest / "sys" / "fs" / "cgroup"
    folders = [folder for folder in root.rglob("*") if folder.is_dir()]
    rows = {row["path"]: row for row in document["rows"]}
    assert rows.keys() == {"/", *("/" + str(folder.relative_to(root)) for folder in folders)}
    for folder in folders:
        row = rows["/" + str(folder.relative_to(root))]
        stat, events = flat(folder / "memory.stat"), flat(folder / "memory.events")
        assert row["version"] == 2 and row["events"] == events
        for key, file in (("usage", "current"), ("swap", "swap.current"), ("max", "max"), ("high", "high"),
                          ("low", "low"), ("min", "min"), ("swap_max", "swap.max")):  # fmt: skip
            value = number(folder / f"memory.{file}")
            assert row[key] == value and (value is None) == (key in row["unlimited"])
        assert [row[key] for key in ("anon", "file", "shmem", "kernel", "sock")] == [
            stat[key] for key in ("anon", "file", "shmem", "kernel", "sock")
        ]
        assert row["oom_kills"] == events["oom_kill"]


def test_rates_are_of_the_two_instants(run: Run, guest: Path) -> None:
    (document,) = run("cgroups", "--json", "--proc", guest / "proc").documents
    (row,) = [row for row in document["rows"] if row["path"] == "/cg-1"]
    events = [flat(tree / "sys/fs/cgroup/cg-1/memory.events")["max"] for tree in (guest / "before", guest)]
    assert events[1] > events[0]
    assert row["max_rate"] == pytest.approx((events[1] - events[0]) / document["interval"])


def test_without_any_cgroup_the_command_says_why(run: Run, host: Path) -> None:
    done = run("cgroups", "--proc", host / "proc")
    assert done.status == 1 and "no cgroup hierarchy with a memory controller" in done.err


def test_a_filter(run: Run, guest: Path) -> None:
    out = run("cgroups", "--filter", "cg-7", "--proc", guest / "proc").out
    assert "cg-7" in out and "cg-3" not in out


def test_what_was_redacted_is_the_same_in_the_tree_and_for_processes(run: Run, guest: Path, tmp_path: Path) -> None:
    run("capture", "--redact", tmp_path / "again", "--proc", guest / "proc")
    folders = [path for path in (tmp_path / "again" / "sys" / "fs" / "cgroup").rglob("*") if path.is_dir()]
    assert len(folders) == len([path for path in (guest / "sys" / "fs" / "cgroup").rglob("*") if path.is_dir()])
    assert all(folder.name.startswith("cg-") for folder in folders)
