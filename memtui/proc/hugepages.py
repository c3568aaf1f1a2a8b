"""/sys/kernel/mm/hugepages/hugepages-SIZEkB/* and a node's own: reserved huge pages of one size, in pages.

    nr_hugepages 64, free_hugepages 60, resv_hugepages 4, surplus_hugepages 0, nr_overcommit_hugepages 0

Kernel: mm/hugetlb_sysfs.c; nodes have the first two and surplus. Documentation/admin-guide/mm/hugetlbpage.rst.
Transparent huge pages: /sys/kernel/mm/transparent_hugepage/enabled is `always [madvise] never`.
"""

import re
from typing import Final, NamedTuple

from memtui.proc.numbers import natural

FILES: Final = ("nr_hugepages", "free_hugepages", "resv_hugepages", "surplus_hugepages")
_FOLDER: Final = re.compile(r"hugepages-(\d{1,12})kB\Z")
_CHOSEN: Final = re.compile(r"\[([\w+-]+)\]")


class HugePages(NamedTuple):
    """The pool of one size (bytes), on all nodes or on one (`node`); counts of pages, None where there is no file."""

    size: int
    node: int | None
    total: int | None
    free: int | None
    reserved: int | None
    surplus: int | None


def size_of(folder: str) -> int | None:
    """The bytes of a huge page by the name of its folder; None if it is no such name."""
    found = _FOLDER.match(folder)
    kib = natural(found[1]) if found else None
    return None if kib is None else kib * 1024


def parse_count(data: bytes) -> int | None:
    """A file with one number."""
    return natural(data.decode("utf-8", "backslashreplace").strip())


def parse_choice(data: bytes) -> str:
    """The word in brackets, the setting in force; empty if there is none."""
    found = _CHOSEN.search(data.decode("utf-8", "backslashreplace"))
    return found[1] if found else ""
