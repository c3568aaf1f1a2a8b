"""Processes added up by program, user, cgroup or container."""

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from memtui.model.process import Process
from memtui.view.tree import ADDS_UP, total


class Group(NamedTuple):
    """The sums over the processes of one name. Fields are named as those of a process, so columns fit both."""

    name: str
    members: int
    sums: dict[str, Any]
    pss_at: float | None

    @property
    def key(self) -> str:
        """The identity of the group."""
        return self.name

    def __getattr__(self, key: str) -> Any:
        """A summed field; one that doesn't add up (user, nice) is missing."""
        if key.startswith("__"):
            raise AttributeError(key)
        return self.sums.get(key)


def program(row: Process) -> str:
    """The name of a program: the file name of its command, or comm where the command line was rewritten."""
    if row.kernel_thread:
        return "kernel threads"
    word = row.command.split(" ", 1)[0].removesuffix(":")
    return PurePosixPath(word).name or row.comm


BY: Final[dict[str, Callable[[Process], str]]] = {
    "command": program,
    "user": lambda row: row.user or "?",
    "cgroup": lambda row: row.cgroup or "no cgroup",
    "container": lambda row: row.container or "none",
}
"""What rows can be grouped by."""


def groups(rows: Iterable[Process], by: str) -> list[Group]:
    """The groups of some rows, in the order in which their first rows stand."""
    name_of = BY[by]
    members: dict[str, list[Process]] = {}
    for row in rows:
        members.setdefault(name_of(row), []).append(row)
    return [
        Group(
            name,
            len(found),
            {key: total(found, key) for key in ADDS_UP}
            | {"oom_score": _highest(found), "command": name, "comm": name},
            min((row.pss_at for row in found if row.pss_at is not None), default=None),
        )
        for name, found in members.items()
    ]


def _highest(rows: Iterable[Process]) -> int | None:
    return max((row.oom_score for row in rows if row.oom_score is not None), default=None)
