"""What the process panel asks of the screen around it: words, choices, actions."""

from collections.abc import Sequence
from typing import Any

from textual.message import Message

from memtui.model.findings.finding import Place
from memtui.model.process import Process
from memtui.view.processes import TableSpec


class AskWords(Message):
    """Words are to be typed: `purpose` is search or filter."""

    def __init__(self, purpose: str, text: str = "") -> None:
        self.purpose, self.text = purpose, text
        super().__init__()


class AskOne(Message):
    """One of some (key, name) is to be chosen; `purpose` is what the answer is for."""

    def __init__(self, purpose: str, title: str, choices: Sequence[tuple[str, str]], current: str) -> None:
        self.purpose, self.title, self.choices, self.current = purpose, title, choices, current
        super().__init__()


class AskColumns(Message):
    """Columns are to be chosen and ordered."""


class AskSave(Message):
    """The settings are to be saved."""


class AskProcesses(Message):
    """The Processes tab is to show what passes a filter, sorted by a field (empty: as it was)."""

    def __init__(self, words: str, sort: str = "") -> None:
        self.words, self.sort = words, sort
        super().__init__()

    def changes(self, spec: TableSpec) -> dict[str, Any]:
        """What of the table is to be different; a column to sort by is shown, just before the command."""
        flat: dict[str, Any] = {"tree": False, "group": "", "opened": None}
        if not self.sort:
            return {**flat, "filter": self.words, "user": "", "kernel_threads": True}
        shown = spec.columns if self.sort in spec.columns else (*spec.columns[:-1], self.sort, *spec.columns[-1:])
        return {**flat, "columns": shown, "sort": self.sort, "reverse": False}


class AskPlace(Message):
    """A place is to be shown: a tab, in an order or with a filter, a process, a cgroup."""

    def __init__(self, place: Place) -> None:
        self.place = place
        super().__init__()


class AskAct(Message):
    """Something is to be done to these processes, after a question: `what` of `screens.actions`, or from a menu."""

    def __init__(self, targets: Sequence[Process], what: str = "") -> None:
        self.targets, self.what = targets, what
        super().__init__()


class AskNice(Message):
    """The nice value of these processes is to change, by `step` or to a value to be typed (None)."""

    def __init__(self, targets: Sequence[Process], step: int | None) -> None:
        self.targets, self.step = targets, step
        super().__init__()
