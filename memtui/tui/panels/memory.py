"""The Memory tab: the account of RAM and the zones."""

from memtui.model.snapshot import Snapshot
from memtui.tui.panels.base import PagePanel
from memtui.view.lines import EMPTY, Line
from memtui.view.memory import memory_lines
from memtui.view.zones import zone_lines


class MemoryPanel(PagePanel):
    """Where RAM went, and how near each zone is to reclaim."""

    TITLE = "Memory"

    def __init__(self) -> None:
        super().__init__(id="memory")

    def lines(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """The account above, the zones below."""
        del height
        return [*memory_lines(snapshot, width), EMPTY, *zone_lines(snapshot, width)]
