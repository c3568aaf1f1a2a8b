"""The table of kernel slab caches."""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from memtui.model.slabs import SlabRow
from memtui.sampling.request import Need
from memtui.tui.keys import SHEET_TABLE, Key, bindings
from memtui.tui.panels.table import TablePanel
from memtui.view import slabs as view
from memtui.view.grid import Column


class SlabPanel(TablePanel[SlabRow]):
    """The kernel's caches, sorted by any column."""

    TITLE = "Slabs"
    KEYS: ClassVar[tuple[Key, ...]] = SHEET_TABLE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SHEET_TABLE)]

    def __init__(self) -> None:
        super().__init__(id="slabs")
        self._sort, self._reverse = view.DEFAULT_SORT, False

    @staticmethod
    def identity(row: Any) -> Hashable:
        """The name of the cache."""
        slab: SlabRow = row
        return slab.name

    @property
    def needs(self) -> Need:
        """/proc/slabinfo."""
        return Need.SLABS

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self._sort, self._reverse

    def columns(self) -> Sequence[Column[SlabRow]]:
        """All columns."""
        return view.columns()

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by a column."""
        self._sort, self._reverse = key, reverse

    def draw(self) -> None:
        """Sort and show the last snapshot."""
        if self.snapshot is not None:
            rows = view.select(self.snapshot, self._sort, reverse=self._reverse)
            grid = view.grid(self._sort, self.body_width, reverse=self._reverse)
            self.put(rows, grid, heading=view.heading(self.snapshot, self.body_width))

    def action_open(self) -> None:
        """Nothing lies behind a cache."""
