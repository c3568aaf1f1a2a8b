"""Processes as a tree: who started whom, branches that fold, sums over folded branches.

Siblings stand in the order of the sorted column; where that is a quantity that adds up, a branch counts with its sum,
so the heaviest branch comes first and not the branch with the heaviest leader.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from memtui.model.process import Process
from memtui.model.sample import ProcKey

ADDS_UP: Final = (
    "res", "shr", "anon", "file", "shmem", "pss", "uss", "swap", "swap_pss", "pss_anon", "pte", "locked", "thp",
    "mem_pct", "minflt", "majflt", "minflt_rate", "majflt_rate", "cpu_pct", "cpu_time", "read_rate", "write_rate",
    "threads", "res_delta", "growth",
)  # fmt: skip
"""Fields of which the sum over processes means something; RES and SHR count shared pages for each who maps them."""
_DEEPEST: Final = 99  # cells of guides before a command; what is deeper stands no further in


class Tree(NamedTuple):
    """Rows in the order of the tree; `lead` is the text to draw before the command of each."""

    rows: list[Process]
    lead: Mapping[ProcKey, str]


def total(rows: Iterable[Process], key: str) -> Any:
    """The sum of a field over rows, missing values left out; None if all are missing."""
    values = [value for row in rows if (value := getattr(row, key)) is not None]
    return sum(values) if values else None


def tree(
    processes: Sequence[Process], order: Callable[[list[Process]], list[Process]], folded: Collection[ProcKey]
) -> Tree:
    """Arrange rows as a tree. One whose parent is not among them is a root.

    `order` sorts siblings; it is given each with its branch's sums in place of its own values.
    """
    by_pid = {row.pid: row for row in processes}
    children = _children(processes, by_pid)
    roots = [row for row in processes if not _is_child(row, by_pid)]
    sums = _sums(roots, children)
    out: list[Process] = []
    lead: dict[ProcKey, str] = {}

    def ordered(siblings: Iterable[Process], indent: str) -> list[tuple[Process, str, bool]]:
        """Siblings last first, as a stack wants them, each with the indent of its line."""
        rows = order([sums.get(row.pid, row) for row in siblings])
        return [(row, indent, row is rows[-1]) for row in reversed(rows)]

    todo = ordered(roots, "")
    while todo:
        summed, indent, last = todo.pop()
        row, below = by_pid[summed.pid], children.get(summed.pid, [])
        child, is_folded = _is_child(row, by_pid), bool(below) and row.key in folded
        lead[row.key] = (indent + ("└─ " if last else "├─ ") if child else "") + ("+ " if is_folded else "")
        out.append(summed if is_folded else row)
        if below and not is_folded:
            deeper = indent + ("   " if last else "│  ") if child else ""
            todo += ordered(below, deeper[-_DEEPEST:])
    return Tree(out, lead)


def branch_of(processes: Mapping[int, Process], top: Process) -> list[Process]:
    """A process and all its descendants."""
    children = _children(processes.values(), processes)
    found, todo = [], [top]
    while todo:
        row = todo.pop()
        found.append(row)
        todo += children.get(row.pid, [])
    return found


def _children(processes: Iterable[Process], by_pid: Mapping[int, Process]) -> dict[int, list[Process]]:
    children: dict[int, list[Process]] = {}
    for row in processes:
        if _is_child(row, by_pid):
            children.setdefault(row.ppid, []).append(row)
    return children


def _is_child(row: Process, by_pid: Mapping[int, Process]) -> bool:
    """Whether the row's parent is there, and older: rows read while pids were used again could else form a ring."""
    parent = by_pid.get(row.ppid)
    return parent is not None and (parent.start_time, parent.pid) < (row.start_time, row.pid)


def _sums(roots: Sequence[Process], children: Mapping[int, list[Process]]) -> dict[int, Process]:
    """Every process that has children, with the sums of its branch; leaves are left out."""
    sums: dict[int, Process] = {}
    todo = [(root, False) for root in roots]
    while todo:
        row, ready = todo.pop()
        below = children.get(row.pid)
        if not below:
            continue
        if not ready:
            todo.append((row, True))
            todo += [(child, False) for child in below]
            continue
        branch = [row, *(sums.get(child.pid, child) for child in below)]
        sums[row.pid] = row._replace(**{key: total(branch, key) for key in ADDS_UP})
    return sums
