"""The table of cgroups: tree, order, folding, filter, limits that are none, and the limit that applies."""

from dataclasses import replace
from typing import Any

import pytest

from memtui.model.cgroups import Cgroups, GroupRow
from memtui.proc.cgroup import NO_LIMIT
from memtui.proc.unavailable import ABSENT
from memtui.view.cgroups import GroupSpec, arrange, columns, grid, heading, keys
from memtui.view.lines import text_of, width_of

MIB = 1 << 20


def groups(own: str | None = None, **limits: int) -> Cgroups:
    sizes = {"/": None, "/a": 30, "/a/b": 10, "/a/c": 20, "/z": 50}
    rows = {
        path: GroupRow(
            path, 2, usage=None if size is None else size * MIB, max=limits.get(path[1:].replace("/", "_"), NO_LIMIT)
        )
        for path, size in sizes.items()
    }
    return Cgroups(2, rows, own)


def shown(spec: GroupSpec, folded: Any = ()) -> list[str]:
    rows, lead = arrange(groups(), spec, folded)
    return [lead.get(row.path, "") + (row.name if lead else row.path) for row in rows]


def test_siblings_stand_in_the_order_of_the_column() -> None:
    assert shown(GroupSpec()) == ["/", "├─ z", "└─ a", "   ├─ c", "   └─ b"]
    assert shown(GroupSpec(reverse=True)) == ["/", "├─ a", "│  ├─ b", "│  └─ c", "└─ z"]


def test_a_folded_branch_says_so() -> None:
    assert shown(GroupSpec(), {"/a"}) == ["/", "├─ z", "└─ + a"]


def test_flat() -> None:
    assert shown(GroupSpec(tree=False)) == ["/z", "/a", "/a/c", "/a/b", "/"]


def test_a_filter_keeps_the_parents_of_what_passes_and_unfolds() -> None:
    assert shown(GroupSpec(filter="A/B"), {"/a"}) == ["/", "└─ a", "   └─ b"]
    assert shown(GroupSpec(filter="a/b", tree=False)) == ["/a/b"]
    assert shown(GroupSpec(filter="nothing")) == []


def heads(build: Any, width: int = 160, **more: Any) -> str:
    snapshot = replace(build.snapshot(), **more)
    lines = heading(snapshot, width)
    assert all(width_of(line) <= width for line in lines)
    return "\n".join(map(text_of, lines))


def test_the_smallest_limit_above_is_the_headline_and_the_host_is_beside_it(build: Any) -> None:
    text = heads(build, cgroups=groups("/a/b", a=32 * MIB, a_b=64 * MIB))
    assert "limit here 32.0M" in text and "30.0M used, 2.00M left set by /a" in text
    assert "host RAM 8.00G, 4.00G available" in text


def test_where_there_is_none_that_is_said(build: Any) -> None:
    assert "no limit here memtui is in /a" in heads(build, cgroups=groups("/a"))
    assert "no limit here" in heads(build, cgroups=groups("/a", a=1 << 50))  # more than there is


def test_why_there_are_none(build: Any) -> None:
    assert "not measured yet" in heads(build, cgroups=None)
    assert "not in this kernel" in heads(build, cgroups=Cgroups(0, {}, reason=ABSENT))


@pytest.mark.parametrize("width", [60, 80, 109, 110, 189, 190, 250])
def test_the_heading_and_the_table_fit(build: Any, width: int) -> None:
    for version in (1, 2):
        snapshot = replace(build.snapshot(), cgroups=replace(groups("/a", a=32 * MIB), version=version))
        rows, lead = arrange(snapshot.cgroups, GroupSpec(), ())
        table = grid(snapshot, GroupSpec(), width, lead)
        assert table.total_width <= max(width, 80)
        assert len({width_of(table.row(row)) for row in rows}) == 1
        heads(build, width, cgroups=snapshot.cgroups)


def test_a_limit_that_is_none_is_not_a_number_and_one_that_is_unknown_is_a_dash() -> None:
    (column,) = [one for one in columns(250, 2) if one.field.key == "max"]
    assert column.cell(GroupRow("/", 2, max=NO_LIMIT)).text == "∞"
    assert column.cell(GroupRow("/", 2)).text == "–"
    assert column.cell(GroupRow("/", 2, max=64.0 * MIB)).text == "64.0M"


def test_columns_that_the_other_version_has_are_left_out() -> None:
    assert "memsw_max" in keys(250, 1) and "high" not in keys(250, 1)
    assert "memsw_max" not in keys(250, 2) and "high" in keys(250, 2)


def test_names_from_outside_are_made_harmless() -> None:
    (column,) = [one for one in columns(250, 2, {"/x": "└─ "}) if one.field.key == "path"]
    assert "\x1b" not in column.cell(GroupRow("/\x1b[31mred", 2)).text
