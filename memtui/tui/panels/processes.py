"""The Processes tab."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from textual.binding import BindingType
from textual.message import Message

from memtui.model.processes import Process
from memtui.sampling.request import Need
from memtui.tui.keys import PROCESSES, bindings
from memtui.tui.panels.base import AskChanged, Noted
from memtui.tui.panels.table import TablePanel
from memtui.view import processes as view
from memtui.view.grid import Column
from memtui.view.lines import Line, Span, Tone, join
from memtui.view.processes import TableSpec, shown_text

_NEEDS: Final = {
    **dict.fromkeys(("shr", "anon", "file", "shmem", "swap", "pte", "locked", "res", "user"), Need.STATUS),
    **dict.fromkeys(("pss", "uss", "swap_pss", "pss_anon", "thp"), Need.SMAPS),
    **dict.fromkeys(("oom_score", "oom_score_adj"), Need.OOM),
    **dict.fromkeys(("read_rate", "write_rate"), Need.IO),
}


class AskWords(Message):
    """The panel wants words typed: `purpose` is search or filter."""

    def __init__(self, purpose: str, text: str = "") -> None:
        self.purpose, self.text = purpose, text
        super().__init__()


class AskUser(Message):
    """The panel wants a user chosen."""

    def __init__(self, users: Sequence[str], current: str) -> None:
        self.users, self.current = users, current
        super().__init__()


class ProcessPanel(TablePanel[Process]):
    """All processes, sorted, filtered, searched."""

    TITLE = "Processes"
    KEYS = PROCESSES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PROCESSES[len(TablePanel.KEYS) :])]

    def __init__(self, spec: TableSpec) -> None:
        super().__init__(id="processes")
        self.spec = spec
        self._search = ""

    @staticmethod
    def identity(row: Any) -> Hashable:
        """Pid and start time."""
        process: Process = row
        return process.key

    @property
    def needs(self) -> Need:
        """What the columns are made from."""
        needs = Need.STATUS
        for key in (*self.spec.columns, self.spec.sort):
            needs |= _NEEDS.get(key, Need.NOTHING)
        return needs

    @property
    def visible_pids(self) -> tuple[int, ...]:
        """The rows on the screen."""
        return tuple(row.pid for row in self.visible_rows)

    @property
    def note(self) -> Line:
        """The filters in force."""
        parts: list[Line] = []
        if self.spec.filter:
            parts.append((Span("filter ", Tone.LABEL), Span(shown_text(self.spec.filter), Tone.WARN)))
        if self.spec.user:
            parts.append((Span("user ", Tone.LABEL), Span(shown_text(self.spec.user), Tone.WARN)))
        if self.spec.pids:
            parts.append((Span("pids ", Tone.LABEL), Span(str(len(self.spec.pids)), Tone.WARN)))
        if self._following:
            parts.append((Span("following", Tone.LABEL),))
        return join(parts)

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self.spec.sort, self.spec.reverse

    def columns(self) -> Sequence[Column[Process]]:
        """The columns as chosen."""
        return [view.column(key) for key in self.spec.columns]

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by a column."""
        self.change(sort=key, reverse=reverse)

    def change(self, **what: Any) -> None:
        """Change what is asked of the table, and tell who has to know."""
        self.spec = replace(self.spec, **what)
        self.release_order()
        self.post_message(AskChanged())
        self.post_message(Noted(self.note))
        self.draw()

    def draw(self) -> None:
        """Sort, filter and show the last snapshot."""
        if self.snapshot is None:
            return
        rows = view.select(self.snapshot.processes.values(), self.spec)
        grid = view.grid(self.spec, self.body_width, self.snapshot.at)
        self.put(rows, grid, foot=[view.totals(rows, self.snapshot, self.spec, self.body_width)])

    # -- search and filter --------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type words, the cursor jumps to the first row that has them; again with the same words: the next."""
        self.post_message(AskWords("search", self._search))

    def action_filter(self) -> None:
        """Type words that rows must have."""
        self.post_message(AskWords("filter", self.spec.filter))

    def search(self, words: str, *, again: bool = False) -> bool:
        """Put the cursor on the first row with these words, or on the next one; false if there is none."""
        self._search = words
        if not words:
            return True
        start = self.cursor + 1 if again else 0
        return self.find(lambda row: view.matches(row, words), start)

    def search_again(self) -> bool:
        """The next row with the words searched for last."""
        return self.search(self._search, again=True)

    def action_user_menu(self) -> None:
        """Choose a user."""
        if self.snapshot is not None:
            self.post_message(AskUser(view.users(self.snapshot), self.spec.user))

    def action_kernel_threads(self) -> None:
        """Show or hide kernel threads."""
        self.change(kernel_threads=not self.spec.kernel_threads)

    def action_follow(self) -> None:
        """Follow the cursor's row."""
        super().action_follow()
        self.post_message(Noted(self.note))
