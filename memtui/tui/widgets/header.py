"""The header over every tab."""

from collections.abc import Sequence

from memtui.model.snapshot import Snapshot
from memtui.tui.widgets.lines import LineWidget
from memtui.view.header import Identity, Status, header
from memtui.view.lines import Line


class Header(LineWidget):
    """Five lines on a large screen, three on a small one."""

    SCOPED_CSS = False  # Textual would look for -short and -narrow below the header
    DEFAULT_CSS = """
    Header { height: 5; }
    .-short Header, .-narrow Header { height: 3; }
    """

    def __init__(self, identity: Identity) -> None:
        super().__init__()
        self._identity = identity
        self._snapshot: Snapshot | None = None
        self._status: Status | None = None

    def show(self, snapshot: Snapshot, status: Status) -> None:
        """Draw a snapshot."""
        self._snapshot, self._status = snapshot, status
        self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The lines for this size."""
        if self._snapshot is None or self._status is None:
            return ()
        return header(self._snapshot, self._identity, self._status, width, height)
