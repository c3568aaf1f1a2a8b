"""The Processes tab."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from textual.binding import BindingType

from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot, find
from memtui.sampling.request import Need
from memtui.tui.keys import PROCESSES, Key, bindings
from memtui.tui.panels.asks import AskAct, AskColumns, AskNice, AskOne, AskSave, AskWords
from memtui.tui.panels.base import AskChanged, Noted
from memtui.tui.panels.table import TablePanel
from memtui.view import processes as view
from memtui.view.columns import column, shown_text
from memtui.view.grid import Column
from memtui.view.groups import BY, Group
from memtui.view.lines import Line, Span, Tone, join
from memtui.view.processes import TableSpec
from memtui.view.tree import branch_of

_NEEDS: Final = {
    **dict.fromkeys(("shr", "anon", "file", "shmem", "swap", "pte", "locked", "res", "user"), Need.STATUS),
    **dict.fromkeys(
        ("pss", "uss", "growth_state", "growth_rate", "swap_pss", "pss_anon", "thp", "pss_age"), Need.SMAPS
    ),
    **dict.fromkeys(("oom_score", "oom_score_adj"), Need.OOM),
    **dict.fromkeys(("read_rate", "write_rate"), Need.IO),
}
_NO_GROUP: Final = "no groups"


class ProcessPanel(TablePanel[Any]):
    """All processes: sorted, filtered, searched, as a tree or in groups, tagged and acted upon."""

    TITLE = "Processes"
    KEYS: ClassVar[tuple[Key, ...]] = PROCESSES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PROCESSES[len(TablePanel.KEYS) :])]

    def __init__(self, spec: TableSpec) -> None:
        super().__init__(id="processes")
        self.spec = spec
        self._search = ""
        self._folded: set[ProcKey] = set()

    @staticmethod
    def identity(row: Any) -> Hashable:
        """Pid and start time of a process, the name of a group."""
        key: Hashable = row.key
        return key

    @property
    def needs(self) -> Need:
        """What the columns are made from."""
        needs = Need.STATUS
        for key in (*self.spec.columns, self.spec.sort):
            needs |= _NEEDS.get(key, Need.NOTHING)
        return needs

    @property
    def visible_pids(self) -> tuple[int, ...]:
        """The processes on the screen; none while they are added up in groups."""
        return () if self.spec.grouped else tuple(row.pid for row in self.visible_rows)

    @property
    def note(self) -> Line:
        """The filters in force, and what is wrong with one that is being typed."""
        spec, parts = self.spec, list[Line]()
        if spec.filter:
            parts.append((Span("filter ", Tone.LABEL), Span(shown_text(spec.filter), Tone.WARN)))
            if error := view.filter_error(spec.filter):
                parts.append((Span(error, Tone.BAD),))
        for name, value in (("user", spec.user), ("by", spec.group), ("in", spec.opened)):
            if value:
                parts.append((Span(f"{name} ", Tone.LABEL), Span(shown_text(value), Tone.WARN)))
        if spec.pids:
            parts.append((Span("pids ", Tone.LABEL), Span(str(len(spec.pids)), Tone.WARN)))
        if self.tagged:
            parts.append((Span("tagged ", Tone.LABEL), Span(str(len(self.targets)), Tone.WARN)))
        if self._following:
            parts.append((Span("following", Tone.LABEL),))
        return join(parts)

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self.spec.sort, self.spec.reverse

    def columns(self) -> Sequence[Column[Any]]:
        """The columns as chosen."""
        return [column(key) for key in view.shown_columns(self.spec)]

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
        self.tell()
        self.draw()

    def tell(self) -> None:
        """Show the note anew."""
        self.post_message(Noted(self.note))

    def show(self, snapshot: Snapshot) -> None:
        """Draw a snapshot; some of the tagged processes may have ended."""
        super().show(snapshot)
        if self.tagged:
            self.tell()

    def draw(self) -> None:
        """Arrange and show the last snapshot."""
        if self.snapshot is None:
            return
        rows, lead = view.arrange(self.snapshot, self.spec, self._folded)
        if lead:
            self.release_order()  # a new branch at the end of a held tree would hang on the wrong parent
        passing = view.passing(self.snapshot.processes.values(), self.spec) if self.spec.grouped else rows
        grid = view.grid(self.spec, self.body_width, self.snapshot.at, lead)
        self.put(rows, grid, foot=[view.totals(passing, self.snapshot, self.spec, self.body_width)])

    # -- search and filter --------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type words, the cursor jumps to the first row that has them; again with the same words: the next."""
        self.post_message(AskWords("search", self._search))

    def action_filter(self) -> None:
        """Type an expression that rows must pass."""
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
            users = [("", "all users"), *((user, user) for user in view.users(self.snapshot))]
            self.post_message(AskOne("user", "Processes of", users, self.spec.user))

    def action_kernel_threads(self) -> None:
        """Show or hide kernel threads."""
        self.change(kernel_threads=not self.spec.kernel_threads)

    def action_full_command(self) -> None:
        """Whole command lines or program names."""
        self.change(full_command=not self.spec.full_command)

    # -- tree and groups ----------------------------------------------------------------------------------------

    def action_tree(self) -> None:
        """Tree or table."""
        self.change(tree=not self.spec.tree, group="", opened=None)

    def action_fold(self) -> None:
        """Fold the branch under the cursor, or unfold it."""
        if self.spec.tree and isinstance(row := self.cursor_row, Process):
            self._folded ^= {row.key}
            self.draw()

    def action_fold_all(self) -> None:
        """Fold every branch; if any is folded, unfold all."""
        if self.spec.tree and self.snapshot is not None:
            parents = {row.ppid for row in self.snapshot.processes.values()}
            rows = self.snapshot.processes.values()
            self._folded = set() if self._folded else {row.key for row in rows if row.pid in parents}
            self.draw()

    def action_group_menu(self) -> None:
        """Choose what to add up by."""
        choices = [("", _NO_GROUP), *((by, by) for by in BY)]
        self.post_message(AskOne("group", "Add up by", choices, self.spec.group))

    def choose(self, purpose: str, key: str) -> None:
        """A menu was answered."""
        if purpose == "group":
            self.change(group=key, opened=None, tree=False)
        else:
            self.change(**{purpose: key})

    def action_open(self) -> None:
        """Enter: open a group, or the drilldown of a process."""
        row = self.cursor_row
        if isinstance(row, Group):
            self.change(opened=row.name)
            self.action_ends(False)
        else:
            super().action_open()

    def action_back(self) -> None:
        """Esc: out of a group, then out of the filters."""
        if self.spec.opened is not None:
            group = self.spec.opened
            self.change(opened=None)
            self.move_to_key(group)
        elif self.spec.filter or self.spec.user:
            self.change(filter="", user="")

    def action_follow(self) -> None:
        """Follow the cursor's row."""
        super().action_follow()
        self.tell()

    # -- tags and actions ---------------------------------------------------------------------------------------

    def action_tag(self) -> None:
        """Tag the row under the cursor, or untag it, and go on to the next."""
        if isinstance(row := self.cursor_row, Process):
            self.tagged ^= {row.key}
            self.move(1)
            self.tell()

    def action_tag_branch(self) -> None:
        """Tag a process and all it has started."""
        if isinstance(row := self.cursor_row, Process) and self.snapshot is not None:
            self.tagged |= {one.key for one in branch_of(self.snapshot.processes, row)}
            self.redraw()
            self.tell()

    def action_untag(self) -> None:
        """Untag all."""
        self.tagged.clear()
        self.redraw()
        self.tell()

    @property
    def targets(self) -> list[Process]:
        """What an action is for: the tagged processes that still live, else the one under the cursor."""
        if self.snapshot is None:
            return []
        if self.tagged:
            return [row for row in self.snapshot.processes.values() if row.key in self.tagged]
        row = self.cursor_row  # of a folded branch it has the sums, but it alone is meant
        own = find(self.snapshot, row.key) if isinstance(row, Process) else None
        return [own] if own is not None else []

    def action_kill(self) -> None:
        """Send a signal."""
        self._act(AskAct(self.targets, "signal"))

    def action_nice(self, step: int) -> None:
        """Change the nice value by a step."""
        self._act(AskNice(self.targets, step))

    def action_renice(self) -> None:
        """Set the nice value."""
        self._act(AskNice(self.targets, None))

    def action_oom_adj(self) -> None:
        """Set oom_score_adj."""
        self._act(AskAct(self.targets, "oom_score_adj"))

    def action_act(self) -> None:
        """Choose what to do."""
        self._act(AskAct(self.targets))

    def _act(self, ask: AskNice | AskAct) -> None:
        if ask.targets:
            self.post_message(ask)
        elif self.tagged:
            self.notify("all tagged processes have ended; U takes the tags away", severity="warning")

    def action_columns(self) -> None:
        """Choose columns."""
        self.post_message(AskColumns())

    def set_columns(self, columns: tuple[str, ...]) -> None:
        """Show these columns; if the sorted one went, sort by the first that is left."""
        sort = self.spec.sort if self.spec.sort in columns else columns[0]
        self.change(columns=columns, sort=sort)

    def action_save(self) -> None:
        """Save the settings."""
        self.post_message(AskSave())
