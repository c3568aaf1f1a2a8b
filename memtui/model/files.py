"""Files and how much of each is in the page cache."""

from collections.abc import Iterable
from typing import NamedTuple

from memtui.proc.unavailable import Unavailable


class FileRow(NamedTuple):
    """One file: size in bytes, the rest in pages; None where it is not known, `why` says why.

    `path` is what it can be opened by, `device` and `inode` its identity (0: never opened). `slots` are pages in the
    cache in equal parts of the file, for its picture.
    """

    name: str
    path: str
    device: int = 0
    inode: int = 0
    size: int | None = None
    pages: int | None = None
    cached: int | None = None
    dirty: int | None = None
    writeback: int | None = None
    evicted: int | None = None
    recently_evicted: int | None = None
    slots: tuple[int, ...] = ()
    why: Unavailable | None = None

    @property
    def percent(self) -> float | None:
        """Share of its pages that is in the cache; None where that is not known, or it has no pages."""
        return 100 * self.cached / self.pages if self.cached is not None and self.pages else None


def total(rows: Iterable[FileRow]) -> FileRow:
    """The sum of those that are known; a column that no file has stays None."""
    each = list(rows)

    def added(name: str) -> int | None:
        values = [value for row in each if (value := getattr(row, name)) is not None]
        return sum(values) if values or not each else None

    return FileRow(
        "total",
        "",
        size=added("size"),
        pages=added("pages"),
        cached=added("cached"),
        dirty=added("dirty"),
        writeback=added("writeback"),
        evicted=added("evicted"),
        recently_evicted=added("recently_evicted"),
    )
