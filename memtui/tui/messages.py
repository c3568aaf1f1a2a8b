"""Messages between the sampler's thread and the app."""

from textual.message import Message

from memtui.model.snapshot import Snapshot


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
