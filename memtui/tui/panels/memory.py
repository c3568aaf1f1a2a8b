"""The Memory tab: the account of RAM and the zones."""

from typing import ClassVar

from textual.binding import BindingType

from memtui.control.controls import Controls
from memtui.model.fields import ACCOUNT
from memtui.model.memory import Kind
from memtui.model.snapshot import Snapshot
from memtui.options import TABS
from memtui.sampling.request import Need
from memtui.tui.keys import MEMORY, Key, bindings
from memtui.tui.messages import OpenSheet
from memtui.tui.panels.asks import AskProcesses
from memtui.tui.panels.settings import SettingPage
from memtui.tui.widgets.bars import TabBar
from memtui.view.behind import SORTED_BY
from memtui.view.memory import KEY, memory_rows
from memtui.view.page import Row, stacked
from memtui.view.settings import SETTING
from memtui.view.zones import NODE, SECTION, folded_at_first, zone_rows

_SHEETS = {
    Kind.SHMEM: "shmem",
    Kind.SLAB_RECLAIMABLE: "slabs",
    Kind.SLAB_UNRECLAIMABLE: "slabs",
}


class MemoryPanel(SettingPage):
    """Where RAM went, and how near each zone is to reclaim."""

    TITLE = "Memory"
    KEYS: ClassVar[tuple[Key, ...]] = MEMORY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MEMORY)]

    def __init__(self, controls: Controls, before: dict[str, int]) -> None:
        super().__init__(controls, before, id="memory")
        self._folded: frozenset[int] | None = None

    @property
    def needs(self) -> Need:
        """Shares of processes, and what the account names beyond meminfo."""
        return Need.STATUS | Need.SMAPS | Need.MEMORY | Need.NODES

    def rows(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        """The account above, the zones below."""
        del height
        if self._folded is None:
            self._folded = folded_at_first(snapshot)
        return stacked(memory_rows(snapshot, width), zone_rows(snapshot, width, self._folded, self.before))

    def action_open(self) -> None:
        """Enter: what a line of the account is made of."""
        if self.cursor.startswith(KEY):
            kind = Kind(self.cursor.removeprefix(KEY))
            if kind in SORTED_BY:
                self.post_message(AskProcesses("", SORTED_BY[kind]))
            elif kind in _SHEETS:
                self.post_message(OpenSheet(_SHEETS[kind]))
            elif kind in (Kind.SWAP_CACHE, Kind.COMPRESSED):
                self.post_message(TabBar.Picked(TABS.index("swap")))
            elif kind in (Kind.FILE, Kind.BUFFERS):
                self.post_message(TabBar.Picked(TABS.index("cache")))
            else:
                self.explain(kind)
        elif self.cursor.startswith(NODE):
            self.action_fold()
        elif self.cursor.startswith(SETTING):
            self.set_setting()

    def action_fold(self) -> None:
        """Fold the node under the cursor, or unfold it."""
        if self.cursor.startswith(NODE) and self._folded is not None:
            self._folded ^= {int(self.cursor.removeprefix(NODE))}
            self.repaint()

    def action_fold_all(self) -> None:
        """Fold all nodes; if any is folded, unfold all."""
        if self._snapshot is not None:
            nodes = {one.zone.node for one in self._snapshot.zones}
            self._folded = frozenset() if self._folded else frozenset(nodes)
            self.repaint()

    def action_jump(self) -> None:
        """To the zones; from there back to the account."""
        if self.cursor == SECTION:
            self.action_ends(False)
        else:
            self.show_row(SECTION)

    def explain(self, kind: Kind) -> None:
        """Say what a part is and where its number comes from."""
        field = ACCOUNT[kind]
        self.notify(f"{field.title}: {field.meaning} [{field.source}]")
