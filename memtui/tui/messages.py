"""Messages to the app: from the sampler's thread, and from the main screen."""

from textual.message import Message

from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.view.processes import TableSpec


class Sampled(Message):
    """A new snapshot. Of several that wait in the queue only the newest is handled."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """A newer snapshot takes the place of one that still waits."""
        return isinstance(message, Sampled)


class SampleFailed(Message):
    """A step of the sampler raised something that no read should raise; the loop goes on."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__()


class Ask(Message):
    """The panel in front changed, or wants other things read."""


class OpenProcess(Message):
    """Show the drilldown of a process."""

    def __init__(self, key: ProcKey) -> None:
        self.key = key
        super().__init__()


class OpenSheet(Message):
    """Show a panel on a screen of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()


class StepProcess(Message):
    """The drilldown wants the next process of the table (1), or the one before (-1)."""

    def __init__(self, step: int) -> None:
        self.step = step
        super().__init__()


class SaveSettings(Message):
    """Save the table as it is asked for, and the tab that is open."""

    def __init__(self, spec: TableSpec, tab: str) -> None:
        self.spec, self.tab = spec, tab
        super().__init__()


class AskDelay(Message):
    """The user typed another interval (seconds, as text)."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__()
