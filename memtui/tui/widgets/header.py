"""The header over every tab."""

from collections.abc import Sequence

from textual.events import Click
from textual.message import Message

from memtui.model.snapshot import Snapshot
from memtui.tui.widgets.lines import LineWidget
from memtui.view.header import Identity, Status, header
from memtui.view.lines import Line


class Header(LineWidget):
    """Five lines on a large screen, four on a small one; a click on the last, the worst finding, opens its tab."""

    SCOPED_CSS = False  # Textual would look for -short and -narrow below the header
    DEFAULT_CSS = """
    Header { height: 5; }
    .-short Header, .-narrow Header { height: 4; }
    """

    class Asked(Message):
        """A click on the finding."""

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

    def on_click(self, event: Click) -> None:
        """Only the line of the finding leads somewhere."""
        if event.y == self.size.height - 1:
            self.post_message(self.Asked())
