"""Cgroups read from a tree made by hand: which hierarchy, which limits, which one is this process's."""

from pathlib import Path

import pytest

from memtui.proc.cgroup import LIMITS, Mount
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Why
from memtui.sampling.groups import Limit, ancestors, limits, memory_mount, own_path, read_group, tight
from memtui.sampling.own import OwnReader

V1, V2 = Mount(1, "fs/cgroup/memory"), Mount(2, "fs/cgroup")


@pytest.fixture
def source(tmp_path: Path) -> ProcSource:
    """A machine without any hierarchy."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "sys").mkdir()
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 1 kB\n")
    return ProcSource(str(tmp_path / "proc"), str(tmp_path / "sys"))


def put(source: ProcSource, root: str, **files: str) -> None:
    """Write files of a cgroup; `__` in a name is a dot."""
    folder = Path(source.sys) / root
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_the_hierarchy_is_the_one_that_has_the_memory_controller(source: ProcSource) -> None:
    assert memory_mount(source) is None
    put(source, "fs/cgroup/unified", cgroup__controllers="cpu\n")
    assert memory_mount(source) is None
    put(source, "fs/cgroup/unified", cgroup__controllers="cpu memory\n")
    assert memory_mount(source) == Mount(2, "fs/cgroup/unified")
    put(source, "fs/cgroup/memory", memory__usage_in_bytes="1\n")
    assert memory_mount(source) == V1


def test_a_group_and_why_there_is_none(source: ProcSource) -> None:
    put(source, "fs/cgroup/a b", memory__current="4096\n", memory__max="max\n")
    one = read_group(source, V2, "/a b")
    assert not isinstance(one, Unavailable) and one.usage == 4096
    gone = read_group(source, V2, "/gone")
    assert isinstance(gone, Unavailable) and gone.why is Why.ABSENT


def test_limits_are_those_of_the_whole_path_and_the_nearest_comes_first(source: ProcSource) -> None:
    put(source, "fs/cgroup", cgroup__controllers="memory\n")
    put(source, "fs/cgroup/a", memory__max="100\n", memory__high="90\n")
    put(source, "fs/cgroup/a/b", memory__max="max\n", memory__high="max\n")
    put(source, "fs/cgroup/a/b/c", memory__max="200\n")
    assert list(ancestors("/a/b/c")) == ["/a/b/c", "/a/b", "/a", "/"]
    assert limits(source, V2, "/a/b/c", LIMITS[2]) == (
        Limit("/a/b/c", "memory.max", 200), Limit("/a", "memory.max", 100), Limit("/a", "memory.high", 90)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0::/a\n", "/a"),
        ("0::/elsewhere\n", "/"),  # the path on the host, of which this container sees its own part only
        ("0::/\n", "/"),
        ("0::/../b\n", None),  # outside of the namespace
        ("4:memory:/a\n", None),
    ],
)
def test_the_cgroup_of_this_process(source: ProcSource, line: str, expected: str | None) -> None:
    put(source, "fs/cgroup/a", memory__current="1\n")
    (Path(source.proc) / "self" / "cgroup").write_text(line)
    assert own_path(source, V2) == expected


def test_without_the_file_it_is_not_known(source: ProcSource) -> None:
    assert own_path(source, V2) is None


# -- the limit of this process --------------------------------------------------------------------------------------


def limited(source: ProcSource, **limits: str) -> None:
    put(source, "fs/cgroup", cgroup__controllers="memory\n")
    put(source, "fs/cgroup/a", memory__max=limits["outer"] + "\n", memory__current="70\n", memory__stat="anon 60\n")
    put(source, "fs/cgroup/a/b", memory__max=limits["inner"] + "\n", memory__current="50\n", memory__stat="anon 40\n")
    (Path(source.proc) / "self" / "cgroup").write_text("0::/a/b\n")


@pytest.mark.parametrize(
    ("outer", "inner", "path", "size"),
    [("100", "max", "/a", 100), ("100", "90", "/a/b", 90), ("80", "90", "/a", 80), ("max", "max", None, None)],
)
def test_the_smallest_limit_above_this_process(
    source: ProcSource, outer: str, inner: str, path: str | None, size: int | None
) -> None:
    limited(source, outer=outer, inner=inner)
    own = OwnReader(source).read(1000)
    assert (own and own.path, own and own.size) == (path, size)
    if own is not None:
        assert own.used == (50 if path == "/a/b" else 70)


def test_a_limit_above_all_of_ram_is_none(source: ProcSource) -> None:
    limited(source, outer="100", inner="max")
    assert OwnReader(source).read(100) is None


def test_limits_are_looked_for_now_and_then_and_use_is_read_always(source: ProcSource) -> None:
    limited(source, outer="100", inner="max")
    reader = OwnReader(source, slow=3)
    assert [reader.read(1000) is None for _ in range(2)] == [False, False]
    put(source, "fs/cgroup/a", memory__max="50\n", memory__current="20\n")
    seen = [own for _ in range(2) if (own := reader.read(1000)) is not None]
    assert [(own.size, own.used) for own in seen] == [(100, 20), (50, 20)]


def test_what_would_not_fit_back_into_its_cgroup(source: ProcSource) -> None:
    limited(source, outer="100", inner="max")
    assert tight(source) == ()
    put(source, "fs/cgroup/a", memory__swap__current="31\n")
    assert tight(source) == ("/a",)
