"""The Cache tab."""

from collections.abc import Hashable, Sequence
from typing import Any

from memtui.model.cache import CacheRow
from memtui.sampling.request import Need
from memtui.tui.panels.base import AskChanged
from memtui.tui.panels.table import TablePanel
from memtui.view import cache as view
from memtui.view.grid import Column


class CachePanel(TablePanel[CacheRow]):
    """The page cache of the system and of each process."""

    TITLE = "Cache"

    def __init__(self) -> None:
        super().__init__(id="cache")
        self._sort, self._reverse = view.DEFAULT_SORT, False

    @staticmethod
    def identity(row: Any) -> Hashable:
        """Pid and start time."""
        cache_row: CacheRow = row
        return cache_row.process.key

    @property
    def needs(self) -> Need:
        """The estimate is made of /proc/PID/io."""
        return Need.STATUS | Need.IO

    @property
    def visible_pids(self) -> tuple[int, ...]:
        """The rows on the screen."""
        return tuple(row.process.pid for row in self.visible_rows)

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self._sort, self._reverse

    def columns(self) -> Sequence[Column[CacheRow]]:
        """All columns."""
        return view.columns()

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by a column."""
        self._sort, self._reverse = key, reverse
        self.post_message(AskChanged())

    def draw(self) -> None:
        """Sort and show the last snapshot."""
        if self.snapshot is not None:
            rows = view.select(self.snapshot, self._sort, reverse=self._reverse)
            grid = view.grid(self._sort, self.body_width, reverse=self._reverse)
            self.put(rows, grid, heading=view.heading(self.snapshot, self.body_width))
