"""Who started whom: order, guides, sums of branches, and parents that can't be."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.view.columns import column
from memtui.view.grid import ordered
from memtui.view.tree import ADDS_UP, Tree, branch_of, total, tree

FAMILY = {1: 0, 10: 1, 11: 10, 12: 10, 20: 1}  # pid: ppid


def row(pid: int, ppid: int, **values: Any) -> Process:
    usual: dict[str, Any] = dict.fromkeys(Process._fields) | {
        "pid": pid, "ppid": ppid, "start_time": 1000 + pid, "command": f"c{pid}", "user": "app", "pss": pid, "res": 0,
    }  # fmt: skip
    return Process(**{**usual, **values})


def rows(parents: Mapping[int, int], **pss: int | None) -> list[Process]:
    sizes = {int(name[1:]): value for name, value in pss.items()}
    return [row(pid, ppid, pss=sizes.get(pid, 1)) for pid, ppid in parents.items()]


def arranged(found: list[Process], folded: Collection[int] = (), sort: str = "pss") -> Tree:
    by = column(sort)
    return tree(found, lambda siblings: ordered(siblings, by), {ProcKey(pid, 1000 + pid) for pid in folded})


def drawn(result: Tree) -> list[str]:
    return [result.lead[one.key] + one.command for one in result.rows]


def test_children_stand_below_their_parent_with_guides() -> None:
    assert drawn(arranged(rows(FAMILY, p20=0))) == ["c1", "├─ c10", "│  ├─ c11", "│  └─ c12", "└─ c20"]


def test_the_last_branch_leaves_no_line_below_itself() -> None:
    assert drawn(arranged(rows(FAMILY, p20=9))) == ["c1", "├─ c20", "└─ c10", "   ├─ c11", "   └─ c12"]


def test_a_branch_counts_with_its_sum_and_not_with_its_leader() -> None:
    light_leader = arranged(rows(FAMILY, p10=0, p11=3, p12=4, p20=6))
    assert [one.pid for one in light_leader.rows] == [1, 10, 12, 11, 20]
    heavy_sibling = arranged(rows(FAMILY, p10=0, p11=3, p12=4, p20=8))
    assert [one.pid for one in heavy_sibling.rows] == [1, 20, 10, 12, 11]


def test_roots_are_ordered_by_their_branches_too() -> None:
    found = rows({1: 0, 2: 0, 3: 0, 4: 2}, p1=5, p2=1, p3=3, p4=9)
    assert drawn(arranged(found)) == ["c2", "└─ c4", "c1", "c3"]


def test_what_does_not_add_up_is_sorted_by_each_ones_own() -> None:
    assert [one.pid for one in arranged(rows(FAMILY), sort="pid").rows] == [1, 20, 10, 12, 11]


def test_open_rows_keep_their_own_values_and_folded_ones_have_their_branchs() -> None:
    found = rows(FAMILY, p1=1, p10=2, p11=3, p12=4, p20=5)
    assert {one.pid: one.pss for one in arranged(found).rows} == {1: 1, 10: 2, 11: 3, 12: 4, 20: 5}
    folded = arranged(found, {10})
    assert {one.pid: one.pss for one in folded.rows} == {1: 1, 10: 9, 20: 5}
    assert drawn(folded) == ["c1", "├─ + c10", "└─ c20"]
    assert [(one.pid, one.pss) for one in arranged(found, {1, 10}).rows] == [(1, 15)]


@pytest.mark.parametrize("key", ADDS_UP)
def test_every_field_that_adds_up_is_summed_in_a_fold(key: str) -> None:
    found = [row(1, 0, **{key: 2}), row(2, 1, **{key: 3}), row(3, 2, **{key: 4})]
    assert getattr(arranged(found, {1}).rows[0], key) == 9


def test_what_does_not_add_up_stays_the_leaders_in_a_fold() -> None:
    found = [row(1, 0, nice=5, virt=7, oom_score=3), row(2, 1, nice=1, virt=1, oom_score=9)]
    leader = arranged(found, {1}).rows[0]
    assert (leader.pid, leader.nice, leader.virt, leader.oom_score, leader.user) == (1, 5, 7, 3, "app")


def test_missing_values_are_left_out_of_sums_and_a_branch_of_nothing_else_has_none() -> None:
    assert arranged(rows({1: 0, 2: 1, 3: 1}, p1=None, p2=4), {1}).rows[0].pss == 5
    nothing = arranged(rows({1: 0, 2: 1}, p1=None, p2=None), {1})
    assert nothing.rows[0].pss is None
    assert total([], "pss") is None
    assert total(rows({1: 0}, p1=0), "pss") == 0


def test_a_leaf_is_never_folded() -> None:
    assert drawn(arranged(rows({1: 0, 2: 1}), {2})) == ["c1", "└─ c2"]


def test_a_fold_belongs_to_a_process_and_not_to_its_pid() -> None:
    found = rows({1: 0, 2: 1})
    anew = [found[0]._replace(start_time=5), found[1]]
    assert drawn(arranged(anew, {1})) == ["c1", "└─ c2"]


def test_one_whose_parent_is_not_among_the_rows_is_a_root() -> None:
    assert drawn(arranged(rows({10: 4, 11: 10, 20: 5}, p20=0))) == ["c10", "└─ c11", "c20"]
    assert arranged([]) == Tree([], {})


def test_its_own_parent_is_a_root_without_a_guide() -> None:
    assert drawn(arranged(rows({5: 5, 6: 5}))) == ["c5", "└─ c6"]


@pytest.mark.parametrize("parents", [{1: 2, 2: 1}, {1: 3, 2: 1, 3: 2}, {7: 0, 1: 2, 2: 1, 3: 1}, {3: 1, 1: 2, 2: 1}])
@pytest.mark.parametrize("folded", [(), (1, 2, 3)])
def test_a_circle_of_parents_is_cut_open_and_loses_no_row(parents: dict[int, int], folded: tuple[int, ...]) -> None:
    found = rows(parents)
    result = arranged(found, folded)
    assert len({one.pid for one in result.rows}) == len(result.rows)
    assert sum(one.pss or 0 for one in result.rows) == len(parents)
    assert result.lead.keys() == {one.key for one in result.rows}


def test_a_chain_of_five_thousand_is_walked_folded_and_summed() -> None:
    chain = rows({pid: pid - 1 for pid in range(1, 5001)})
    result = arranged(chain)
    assert [one.pid for one in result.rows] == list(range(1, 5001))
    assert [one.pss for one in arranged(chain, {1}).rows] == [5000]
    assert [one.pid for one in arranged(chain, {4000}).rows] == list(range(1, 4001))
    assert len(branch_of({one.pid: one for one in chain}, chain[0])) == 5000
    assert max(map(len, result.lead.values())) < 200


def test_guides_tell_twenty_generations_apart() -> None:
    result = arranged(rows({pid: pid - 1 for pid in range(1, 22)}))
    assert [len(result.lead[one.key]) for one in result.rows] == list(range(0, 63, 3))


def test_a_branch_is_a_process_and_all_that_descend_from_it() -> None:
    found = {one.pid: one for one in rows(FAMILY)}
    assert {one.pid for one in branch_of(found, found[10])} == {10, 11, 12}
    assert [one.pid for one in branch_of(found, found[20])] == [20]
    assert {one.pid for one in branch_of(found, found[1])} == set(FAMILY)


@pytest.mark.parametrize("parents", [{1: 1}, {1: 2, 2: 1}, {1: 3, 2: 1, 3: 2}])
def test_a_branch_that_bites_its_tail_has_everyone_once(parents: dict[int, int]) -> None:
    found = {one.pid: one for one in rows(parents)}
    assert sorted(one.pid for one in branch_of(found, found[1])) == sorted(parents)
