"""The Swap & Faults tab."""

from memtui.model.snapshot import Snapshot
from memtui.tui.panels.base import PagePanel
from memtui.view.lines import Line
from memtui.view.swap import SwapView


class SwapPanel(PagePanel):
    """Paging, faults and reclaim over time, and the swap devices."""

    TITLE = "Swap & Faults"

    def __init__(self) -> None:
        super().__init__(id="swap")
        self._view = SwapView()

    def lines(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """Charts above, devices below."""
        return self._view.lines(snapshot, width, height)
