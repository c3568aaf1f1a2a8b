"""The files that a process holds open or has mapped."""

from typing import NamedTuple

from memtui.proc.unavailable import Unavailable


class OpenFile(NamedTuple):
    """One file: its path as the kernel writes it, the descriptors that have it open, and whether it is mapped.

    `size` and `allocated` are bytes as stat(2) has them, `cached` the bytes of its pages in the page cache, whoever
    brought them there; each None where it could not be looked at. A file that was `deleted` keeps its space until
    nobody has it open or mapped.
    """

    path: str
    descriptors: tuple[int, ...]
    mapped: bool
    size: int | None
    allocated: int | None
    cached: int | None
    deleted: bool


class OpenFiles(NamedTuple):
    """All files, and how many other things are open, by what they are (socket, pipe, anon_inode …).

    `passed_over` is the number of descriptors that were too many to look at, `why_not_cached` a reason for which
    pages in the cache were not told.
    """

    at: float
    seconds: float
    files: tuple[OpenFile, ...]
    others: tuple[tuple[str, int], ...]
    passed_over: int
    why_not_cached: Unavailable | None = None
