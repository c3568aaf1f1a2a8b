"""Rows of the cgroup tree: rates from two readings, processes of a branch, rows kept while nothing changes."""

import pytest

from memtui.model.cgroups import CgroupModel, CgroupsSample, GroupSample, branch, order, parent
from memtui.proc.cgroup import NO_LIMIT, MemoryGroup

MIB = 1 << 20


def group(**parts: object) -> MemoryGroup:
    usual = {
        "usage": 40 * MIB,
        "max": float(64 * MIB),
        "stat": {"anon": 30 * MIB, "pgscan": 100},
        "events": {"max": 5},
    }
    return MemoryGroup(version=2, **{**usual, **parts})  # type: ignore[arg-type]


def sample(*groups: GroupSample, version: int = 2) -> CgroupsSample:
    return CgroupsSample(version, {one.path: one for one in groups}, own="/a")


def test_sizes_limits_and_the_share_of_the_limit() -> None:
    row = CgroupModel().advance(sample(GroupSample("/a", 48 * MIB, group(), 10.0, 3))).rows["/a"]
    assert (row.usage, row.anon, row.max, row.used_pct, row.procs) == (48 * MIB, 30 * MIB, 64 * MIB, 75.0, 3)
    assert (row.max_rate, row.scan_rate, row.file, row.high) == (None, None, None, None)


def test_no_limit_has_no_share() -> None:
    row = CgroupModel().advance(sample(GroupSample("/a", MIB, group(max=NO_LIMIT), 10.0))).rows["/a"]
    assert row.max == NO_LIMIT and row.used_pct is None


def test_rates_are_of_the_two_readings() -> None:
    then, now = group(), group(events={"max": 25}, stat={"pgscan": 300, "workingset_refault_anon": 4})
    row = CgroupModel().advance(sample(GroupSample("/a", MIB, now, 14.0, None, then, 10.0))).rows["/a"]
    assert (row.max_rate, row.scan_rate) == (5.0, 50.0)
    assert row.refault_rate is None  # the earlier reading has none


def test_a_counter_that_goes_backwards_gives_no_rate() -> None:
    then, now = group(events={"max": 25}), group()
    row = CgroupModel().advance(sample(GroupSample("/a", MIB, now, 14.0, None, then, 10.0))).rows["/a"]
    assert row.max_rate is None


def test_processes_of_a_branch_are_unknown_where_one_of_it_is() -> None:
    counted = [("/", 1), ("/a", 2), ("/a/b", 4), ("/a/b/c", 8), ("/x", None), ("/x/y", 3)]
    rows = CgroupModel().advance(sample(*(GroupSample(path, 0, procs=procs) for path, procs in counted))).rows
    assert {path: row.procs for path, row in rows.items()} == {
        "/": None, "/a": 14, "/a/b": 12, "/a/b/c": 8, "/x": None, "/x/y": 3
    }  # fmt: skip


def test_a_cgroup_of_which_nothing_was_read_keeps_its_row() -> None:
    model, same = CgroupModel(), GroupSample("/a", MIB, group(), 10.0, 1)
    first = model.advance(sample(same, GroupSample("/b", 1))).rows
    second = model.advance(sample(same, GroupSample("/b", 2))).rows
    assert second["/a"] is first["/a"] and second["/b"].usage == 2


def test_parents_come_before_their_children() -> None:
    paths = ["/a-b", "/a/b", "/a", "/", "/a/b/c"]
    assert sorted(paths, key=order) == ["/", "/a", "/a/b", "/a/b/c", "/a-b"]
    assert [parent(path) for path in ("/", "/a", "/a/b")] == [None, "/", "/a"]


@pytest.mark.parametrize(("top", "expected"), [("/", 4), ("/a", 2), ("/a/b", 1), ("/ab", 1)])
def test_a_branch_is_not_who_only_begins_alike(top: str, expected: int) -> None:
    rows = CgroupModel().advance(sample(*(GroupSample(path, 0) for path in ("/", "/a", "/a/b", "/ab")))).rows
    assert len(list(branch(rows, top))) == expected
