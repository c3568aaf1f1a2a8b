"""The Memory tab: the account of RAM and the zones."""

from memtui.model.fields import ACCOUNT
from memtui.model.memory import Kind
from memtui.model.snapshot import Snapshot
from memtui.sampling.request import Need
from memtui.tui.messages import OpenSheet
from memtui.tui.panels.asks import AskProcesses, AskTab
from memtui.tui.panels.cursor import CursorPage
from memtui.view.behind import SORTED_BY
from memtui.view.memory import KEY, memory_rows
from memtui.view.page import Row, plain, stacked
from memtui.view.zones import zone_lines

_SHEETS = {
    Kind.SHMEM: "shmem",
    Kind.SLAB_RECLAIMABLE: "slabs",
    Kind.SLAB_UNRECLAIMABLE: "slabs",
}


class MemoryPanel(CursorPage):
    """Where RAM went, and how near each zone is to reclaim."""

    TITLE = "Memory"

    def __init__(self) -> None:
        super().__init__(id="memory")

    @property
    def needs(self) -> Need:
        """Shares of processes, and what the account names beyond meminfo."""
        return Need.STATUS | Need.SMAPS | Need.MEMORY | Need.NODES

    def rows(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        """The account above, the zones below."""
        del height
        return stacked(memory_rows(snapshot, width), plain(zone_lines(snapshot, width)))

    def action_open(self) -> None:
        """Enter: what a line of the account is made of."""
        if self.cursor.startswith(KEY):
            kind = Kind(self.cursor.removeprefix(KEY))
            if kind in SORTED_BY:
                self.post_message(AskProcesses("", SORTED_BY[kind]))
            elif kind in _SHEETS:
                self.post_message(OpenSheet(_SHEETS[kind]))
            elif kind in (Kind.SWAP_CACHE, Kind.COMPRESSED):
                self.post_message(AskTab("swap"))
            elif kind in (Kind.FILE, Kind.BUFFERS):
                self.post_message(AskTab("cache"))
            else:
                self.explain(kind)
        else:
            super().action_open()

    def explain(self, kind: Kind) -> None:
        """Say what a part is and where its number comes from."""
        field = ACCOUNT[kind]
        self.notify(f"{field.title}: {field.meaning} [{field.source}]")
