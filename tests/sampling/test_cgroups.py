"""The reader of the cgroup tree: what it finds, what it notices, and how little it reads."""

import os
import shutil
from pathlib import Path

import pytest

from memtui.proc.source import ProcSource
from memtui.sampling.cgroups import NO_HIERARCHY, CgroupReader


class Tree:
    """A v2 hierarchy in a folder; seen as the live kernel's, so that links are trusted as kernfs's are."""

    def __init__(self, root: Path) -> None:
        (root / "proc" / "self").mkdir(parents=True)
        (root / "proc" / "meminfo").write_text("MemTotal: 1 kB\n")
        (root / "proc" / "self" / "stat").write_text("")
        (root / "proc" / "self" / "cgroup").write_text("0::/a\n")
        self.root = root / "sys" / "fs" / "cgroup"
        self.root.mkdir(parents=True)
        (self.root / "cgroup.controllers").write_text("memory\n")
        self.source = ProcSource(str(root / "proc"), str(root / "sys"))

    def add(self, path: str, usage: int = 1, **files: str) -> None:
        """A cgroup with some processes."""
        (self.root / path).mkdir(exist_ok=True)
        for name, text in {"current": f"{usage}\n", "max": "max\n", **files}.items():
            (self.root / path / f"memory.{name}").write_text(text)
        (self.root / path / "cgroup.procs").write_text("1\n2\n")

    def remove(self, path: str) -> None:
        """The cgroup goes."""
        shutil.rmtree(self.root / path)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Three cgroups."""
    tree = Tree(tmp_path)
    if os.stat(tree.root).st_nlink != 2:
        pytest.skip("the file system of the temporary folder doesn't count folders as links")
    for path in ("a", "a/b", "c"):
        tree.add(path)
    return tree


def read(reader: CgroupReader, *visible: str, complete: bool = False, at: float = 1.0) -> dict[str, int | None]:
    return {path: group.usage for path, group in reader.read(at, visible, complete=complete).groups.items()}


def test_every_cgroup_with_its_usage_and_the_one_of_this_process(tree: Tree) -> None:
    sample = CgroupReader(tree.source).read(1.0, (), complete=True)
    assert {path: group.usage for path, group in sample.groups.items()} == {"/": None, "/a": 1, "/a/b": 1, "/c": 1}
    assert (sample.version, sample.own) == (2, "/a")
    assert sample.groups["/a/b"].procs == 2


def test_what_comes_and_goes_is_noticed(tree: Tree) -> None:
    reader = CgroupReader(tree.source)
    read(reader)
    tree.add("a/b/new", 7)
    assert read(reader)["/a/b/new"] == 7
    tree.remove("a/b")
    assert read(reader).keys() == {"/", "/a", "/c"}


def test_one_that_comes_as_another_goes_is_noticed_though_the_links_are_as_many(tree: Tree) -> None:
    reader = CgroupReader(tree.source)
    read(reader)
    tree.remove("c")
    tree.add("d")
    read(reader)
    assert read(reader).keys() == {"/", "/a", "/a/b", "/d"}


def test_only_usage_is_read_of_what_is_not_on_the_screen(tree: Tree) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 1.0  # every look at the clock finds the budget spent
        return now[0]

    for number in range(50):
        tree.add(f"a/n{number}")
    reader = CgroupReader(tree.source, clock)
    read(reader)
    tree.source.count.reads = 0
    sample = reader.read(2.0, ["/a/n7"], complete=False)
    assert tree.source.count.reads < 54 + 14 + 3  # usages, one whole cgroup, /proc/self/cgroup
    assert sample.groups["/a/n7"].at == 2.0 and sample.groups["/a/n8"].group is None


def test_the_others_are_read_in_turn(tree: Tree) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.003  # the budget is enough for one
        return now[0]

    reader = CgroupReader(tree.source, clock)
    for second in range(4):
        sample = reader.read(1.0 + second, (), complete=False)
    assert sorted(group.at for group in sample.groups.values()) == [1.0, 2.0, 3.0, 4.0]


class Many:
    """Two thousand cgroups of which a reading has time for thirty."""

    COUNT = 2000

    def __init__(self, tree: Tree) -> None:
        self._tree, self._at, self._now = tree, 0.0, 0.0
        for number in range(self.COUNT):
            tree.add(f"n{number}", 1000, max="100000\n", events="oom_kill 0\n")
        self.reader = CgroupReader(tree.source, self._clock)

    def _clock(self) -> float:
        self._now += 0.00014
        return self._now

    def seen(self, path: str, changed: float) -> int:
        """The readings until one has all of this cgroup as it is since that time."""
        for number in range(1, 100):
            self._at += 5.0
            group = self.reader.read(self._at, (), complete=False).groups[path]
            if group.group is not None and group.at > changed:
                return number
        return 100

    def change(self, path: str, usage: int) -> float:
        (self._tree.root / path[1:] / "memory.current").write_text(f"{usage}\n")
        return self._at


def test_among_thousands_what_is_full_or_lost_much_is_read_within_three_readings(tree: Tree) -> None:
    many = Many(tree)
    for number in range(10):  # these are always near their limit, and well
        many.change(f"/n{number}", 95_000)
    many.change("/n1234", 99_000)
    assert many.seen("/n1234", 0.0) <= 3, "full before it was ever read"
    everything = many.reader.read(500.0, (), complete=True)
    assert all(group.at == 500.0 for group in everything.groups.values())
    many.seen("/n1234", 0.0)
    for number in range(100, 300):
        many.change(f"/n{number}", 1500 + number)
    assert many.seen("/n777", many.change("/n777", 91_000)) <= 3, "filled up"
    assert many.seen("/n777", many.change("/n777", 20)) <= 3, "what was in it is gone"
    tree.add("fresh", 5)
    many.reader.read(600.0, (), complete=False)
    assert many.reader.read(605.0, (), complete=False).groups["/fresh"].group is not None


def test_none_is_forgotten_while_others_are_always_near_their_limit(tree: Tree) -> None:
    many = Many(tree)
    for number in range(Many.COUNT // 2):
        many.change(f"/n{number}", 95_000)
    read = [many.reader.read(float(second), (), complete=False) for second in range(1, 130)]
    assert all(group.at for group in read[-1].groups.values())


def test_a_second_reading_has_the_first_beside_it(tree: Tree) -> None:
    reader = CgroupReader(tree.source)
    first = reader.read(1.0, ["/a"], complete=False).groups["/a"]
    second = reader.read(2.0, ["/a"], complete=False).groups["/a"]
    assert (second.at, second.then_at) == (2.0, 1.0) and second.then is first.group


def test_without_a_hierarchy_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 1 kB\n")
    sample = CgroupReader(ProcSource(str(tmp_path / "proc"), str(tmp_path / "sys"))).read(1.0, (), complete=True)
    assert sample.reason == NO_HIERARCHY and not sample.groups
