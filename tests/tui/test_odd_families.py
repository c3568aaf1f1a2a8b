"""Families that no kernel should report, and the tree that has to show them all the same."""

from dataclasses import replace
from typing import Any


def test_a_chain_of_two_thousand_is_a_tree_too(user: Any) -> None:
    row = user.processes[0]
    chain = {pid: row._replace(pid=pid, ppid=pid - 1, start_time=pid) for pid in range(1000, 3000)}
    user.press("t")
    user.see_from_now_on(lambda snapshot: replace(snapshot, processes=chain))
    user.press("I")
    user.press("I")
    assert len(user.processes) == 2000
    user.press("end", "asterisk", "home")
    assert len(user.processes) == 1


def test_processes_that_are_each_others_parents_are_shown(user: Any) -> None:
    """Two reads at two moments can say so, when a pid was taken again between them."""
    first, second, third = user.processes[:3]
    odd = [first._replace(ppid=second.pid), second._replace(ppid=first.pid), third._replace(ppid=third.pid)]
    user.press("t")
    user.see_from_now_on(lambda snapshot: replace(snapshot, processes={row.pid: row for row in odd}))
    assert {row.pid for row in user.processes} == {row.pid for row in odd}


def test_tagging_a_branch_ends_even_where_two_are_each_others_parents(user: Any) -> None:
    first, second = user.processes[:2]
    odd = [first._replace(ppid=second.pid), second._replace(ppid=first.pid)]
    user.see_from_now_on(lambda snapshot: replace(snapshot, processes={row.pid: row for row in odd}))
    user.press("c", "down", "c")
    assert "tagged 2" in user.text
