"""The Cgroups tab."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import BindingType

from memtui.model.cgroups import GroupRow, parent
from memtui.sampling.request import Need
from memtui.tui.keys import CGROUPS, Key, bindings
from memtui.tui.panels.asks import AskProcesses, AskWords
from memtui.tui.panels.base import AskChanged, Noted
from memtui.tui.panels.table import TablePanel
from memtui.view import cgroups as view
from memtui.view.columns import shown_text
from memtui.view.grid import Column
from memtui.view.lines import Line, Span, Tone


class CgroupPanel(TablePanel[GroupRow]):
    """The tree of memory cgroups: sorted, folded, filtered; Enter shows the processes of one."""

    TITLE = "Cgroups"
    KEYS: ClassVar[tuple[Key, ...]] = CGROUPS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CGROUPS)]

    def __init__(self) -> None:
        super().__init__(id="cgroups")
        self.spec = view.GroupSpec()
        self._folded: set[str] = set()
        self._wanted = ""  # the cgroup to put the cursor on once it is there

    @staticmethod
    def identity(row: Any) -> Hashable:
        """Its path."""
        group: GroupRow = row
        return group.path

    @property
    def needs(self) -> Need:
        """The tree."""
        return Need.CGROUPS

    @property
    def visible_paths(self) -> tuple[str, ...]:
        """The cgroups on the screen."""
        return tuple(row.path for row in self.visible_rows)

    @property
    def note(self) -> Line:
        """The filter in force."""
        if not self.spec.filter:
            return ()
        return Span("filter ", Tone.LABEL), Span(shown_text(self.spec.filter), Tone.WARN)

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self.spec.sort, self.spec.reverse

    def columns(self) -> Sequence[Column[GroupRow]]:
        """The columns that there is room for."""
        groups = self.snapshot.cgroups if self.snapshot else None
        return view.columns(self.body_width, groups.version if groups else 2)

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by a column."""
        self.change(sort=key, reverse=reverse)

    def refilter(self, text: str) -> None:
        """Show only what passes."""
        self.change(filter=text)

    def change(self, **what: Any) -> None:
        """Change what is asked of the table, and tell who has to know."""
        self.spec = replace(self.spec, **what)
        self.release_order()
        self.post_message(AskChanged())
        self.post_message(Noted(self.note))
        self.draw()

    def draw(self) -> None:
        """Arrange and show the last snapshot."""
        if self.snapshot is None:
            return
        before = self.visible_paths
        rows, lead = view.arrange(self.snapshot.cgroups, self.spec, self._folded)
        if lead:
            self.release_order()  # a held order would hang branches on the wrong parents
        grid = view.grid(self.snapshot, self.spec, self.body_width, lead)
        self.put(rows, grid, heading=view.heading(self.snapshot, self.body_width))
        if self._wanted and self.snapshot.cgroups is not None:
            path, self._wanted = self._wanted, ""
            if not self.move_to_key(path):
                self.notify(f"{path} is no more", severity="warning")
        if self.visible_paths != before:
            self.post_message(AskChanged())

    def show_group(self, path: str) -> None:
        """Put the cursor on a cgroup, whatever is folded or filtered out; at once, or when the tree has been read."""
        self._wanted = path
        above = parent(path)
        while above is not None:
            self._folded.discard(above)
            above = parent(above)
        self.change(filter="")

    def action_filter(self) -> None:
        """Type words that paths must have."""
        self.post_message(AskWords("filter", self.spec.filter))

    def action_tree(self) -> None:
        """Tree or flat."""
        self.change(tree=not self.spec.tree)

    def action_fold(self) -> None:
        """Fold the branch under the cursor, or unfold it."""
        if self.spec.tree and (row := self.cursor_row) is not None:
            self._folded ^= {row.path}
            self.draw()

    def action_fold_all(self) -> None:
        """Fold every branch below the root; if any is folded, unfold all."""
        groups = self.snapshot.cgroups if self.snapshot else None
        if self.spec.tree and groups is not None:
            parents = {parent(path) for path in groups.rows} - {"/", None}
            self._folded = set() if self._folded else {path for path in parents if path is not None}
            self.draw()

    def action_back(self) -> None:
        """Esc: take the filter away."""
        if self.spec.filter:
            self.change(filter="")

    def action_open(self) -> None:
        """Enter: the processes in the cgroup and below it."""
        if (row := self.cursor_row) is not None:
            self.post_message(AskProcesses(processes_of(row.path)))


def processes_of(path: str) -> str:
    """The filter of the process table that passes what is in a cgroup or below it."""
    if path == "/":
        return "cgroup~^/"
    text = re.escape(path).replace('"', r"\x22")
    return f'cgroup~"^{text}(/|$)"'
