"""Who holds shared memory."""

from memtui.model.snapshot import Snapshot
from memtui.sampling.request import Need
from memtui.tui.panels.base import PagePanel
from memtui.view.lines import Line
from memtui.view.shmem import shmem_lines


class ShmemPanel(PagePanel):
    """tmpfs mounts, System V segments, memfds."""

    TITLE = "Shared memory"

    def __init__(self) -> None:
        super().__init__(id="shmem")

    @property
    def needs(self) -> Need:
        """Mounts, segments, and the open files of all processes."""
        return Need.STATUS | Need.MEMORY | Need.SEGMENTS

    def lines(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """All three lists."""
        del height
        return shmem_lines(snapshot, width)
