"""The Leaks tab: who grows, ranked; Enter shows where one of them grows and which code does it."""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Final

from rich.style import Style
from textual.binding import BindingType

from memtui.control.controls import Controls
from memtui.control.outcome import Kind
from memtui.model.leaks import Plan
from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot, find
from memtui.sampling.leak_desk import LeakDesk
from memtui.sampling.request import Need
from memtui.tui.keys import LEAKS, Key, bindings
from memtui.tui.messages import OpenProcess
from memtui.tui.panels.base import AskChanged
from memtui.tui.panels.table import TablePanel
from memtui.tui.screens.confirm import Confirm
from memtui.tui.widgets.table import RowTable
from memtui.view import growth as view
from memtui.view import leak_page
from memtui.view.columns import shown_text
from memtui.view.grid import Column
from memtui.view.leaks import overhead_words
from memtui.view.lines import Line

_WINDOWS: Final = ((10.0, 30.0), (2.0, 6.0), (30.0, 30.0), (60.0, 120.0))  # (trace, watch frees), in seconds
_AGES: Final = (0.0, 1.0, 5.0, 30.0)
_SIZES: Final = (0, 64, 1024, 65536)
_LIMITS: Final = (0.6, 0.2, 1.0, 8.0)
_FOREIGN: Final = "a recording can't be traced: its processes are not here"


class LeaksPanel(TablePanel[Process]):
    """A ranking of processes, and in its place the page of one of them."""

    TITLE = "Leaks"
    KEYS: ClassVar[tuple[Key, ...]] = LEAKS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LEAKS)]

    def __init__(self, controls: Controls, *, live: bool) -> None:
        super().__init__(id="leaks")
        self.desk, self._controls, self._live = LeakDesk(), controls, live
        self.plan = Plan()
        self._sort, self._reverse = view.DEFAULT_SORT, False
        self._page_of: Process | None = None
        self._ended = False
        self._lines: Sequence[Line] = ()
        self._line = 0

    @staticmethod
    def identity(row: Any) -> Hashable:
        """Pid and start time."""
        process: Process = row
        return process.key

    @property
    def needs(self) -> Need:
        """Trends are made of USS and swap."""
        return Need.STATUS | Need.SMAPS

    @property
    def visible_pids(self) -> tuple[int, ...]:
        """The rows on the screen, or the process of the page."""
        if self._page_of is not None:
            return (self._page_of.pid,)
        return tuple(row.pid for row in self.visible_rows)

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self._sort, self._reverse

    def columns(self) -> Sequence[Column[Process]]:
        """The columns that there is room for."""
        return view.columns(self.snapshot.memory.available if self.snapshot else None, self.body_width)

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by a column."""
        self._sort, self._reverse = key, reverse
        self.post_message(AskChanged())

    # -- drawing ------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """The ranking or the page, of the last snapshot."""
        if self.snapshot is None:
            return
        if self._page_of is not None:
            self._draw_page(self.snapshot, self._page_of)
            return
        width = self.body_width
        rows = view.select(self.snapshot, self._sort, width, reverse=self._reverse)
        grid = view.grid(self.snapshot, self._sort, width, reverse=self._reverse)
        self.put(rows, grid, heading=view.heading(self.snapshot, width, self._traced(self.snapshot)))

    def _draw_page(self, snapshot: Snapshot, process: Process) -> None:
        newest = find(snapshot, process.key)
        self._ended = newest is None
        self._page_of = process = newest or process
        page = leak_page.Page(
            process,
            self.desk.where(process.key),
            self.desk.leaks(process.key),
            self.plan,
            self._refused(),
            self._ended,
        )
        self._lines = leak_page.lines(page, snapshot, self.size.width)
        self.redraw()

    def window(self, width: int, height: int) -> Sequence[Line]:
        """The table, or the lines of the page from the scroll position on."""
        if self._page_of is None:
            return super().window(width, height)
        self._line = max(0, min(self._line, len(self._lines) - height))
        return self._lines[self._line : self._line + height]

    def mark(self, y: int) -> Style | None:
        """The cursor of the table; a page has none."""
        return super().mark(y) if self._page_of is None else None

    # -- keys ---------------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Enter: the page of the process under the cursor."""
        if self._page_of is None and (row := self.cursor_row) is not None:
            self.open_page(row)

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        """A second click on a row: its page."""
        event.stop()
        self.action_open()

    def open_page(self, process: Process) -> None:
        """Show one process, and begin to watch where it grows."""
        self._page_of, self._line = process, 0
        if self._live:
            self.desk.watch(process.key)
        self.post_message(AskChanged())
        self.repaint()

    def action_back(self) -> None:
        """Esc: the ranking again; a trace goes on."""
        if self._page_of is not None:
            self._page_of = None
            self.desk.watch(None)
            self.post_message(AskChanged())
            self.repaint()

    def action_drilldown(self) -> None:
        """Everything else about the process."""
        row = self._page_of or self.cursor_row
        if row is not None:
            self.post_message(OpenProcess(row.key))

    def action_move(self, rows: int) -> None:
        """Cursor or page up and down."""
        if self._page_of is None:
            super().action_move(rows)
        else:
            self._scroll_page(self._line + rows)

    def action_page(self, pages: int) -> None:
        """By windows."""
        if self._page_of is None:
            super().action_page(pages)
        else:
            self._scroll_page(self._line + pages * max(1, self.size.height - 1))

    def action_ends(self, last: bool) -> None:
        """First or last."""
        if self._page_of is None:
            super().action_ends(last)
        else:
            self._scroll_page(len(self._lines) if last else 0)

    def action_window(self) -> None:
        """The next choice of how long."""
        seconds, watch = _next(_WINDOWS, (self.plan.seconds, self.plan.watch))
        self._choose(self.plan._replace(seconds=seconds, watch=watch))

    def action_age(self) -> None:
        """The next least age."""
        self._choose(self.plan._replace(min_age=_next(_AGES, self.plan.min_age)))

    def action_size(self) -> None:
        """The next least size."""
        self._choose(self.plan._replace(min_size=_next(_SIZES, self.plan.min_size)))

    def action_limit(self) -> None:
        """The next limit."""
        self._choose(self.plan._replace(limit=_next(_LIMITS, self.plan.limit)))

    def action_trace(self, two_phase: bool) -> None:
        """Stop the trace of this process if one is under way; else ask, then trace."""
        process = self._page_of or self.cursor_row
        if process is None:
            return
        if self.desk.traced == process.key:
            self.desk.stop()
            return
        if refused := self._refused():
            self.app.notify(refused, severity="warning", markup=False)
            return
        plan = self.plan._replace(two_phase=two_phase)
        if self._page_of is None:
            self.open_page(process)

        def answered(yes: bool | None) -> None:
            if yes:
                outcome = self._controls.trace(process, lambda: self.desk.trace(process.key, plan))
                if outcome.kind is not Kind.OK:
                    self.app.notify(outcome.text, severity="error", markup=False)
                self.draw()

        self.app.push_screen(
            Confirm(f"Trace the allocations of {process.pid} {process.comm}?", _effect(plan)), answered
        )

    def on_unmount(self) -> None:
        """End what is under way."""
        self.desk.close()

    # -- inside -------------------------------------------------------------------------------------------------

    def _choose(self, plan: Plan) -> None:
        self.plan = plan
        self.draw()

    def _scroll_page(self, line: int) -> None:
        self._line = line
        self.redraw()

    def _refused(self) -> str:
        if not self._live:
            return _FOREIGN
        return self._controls.refusal.text if self._controls.refusal is not None else ""

    def _traced(self, snapshot: Snapshot) -> str:
        key = self.desk.traced
        process = find(snapshot, key) if isinstance(key, ProcKey) else None
        return f"{process.pid} {shown_text(process.comm)}" if process is not None else ""


def _effect(plan: Plan) -> list[str]:
    watch = "looks into its heap" if plan.two_phase else "watches what is given back"
    functions = "malloc and its kin" if plan.two_phase else "malloc, free and their kin"
    return [
        f"puts probes on {functions} in this process, all its threads",
        overhead_words(plan.limit),
        f"traces for {plan.seconds:.0f} s, {watch} for {plan.watch:.0f} s more, then takes all probes away",
    ]


def _next(choices: Sequence[Any], current: Any) -> Any:
    return choices[(choices.index(current) + 1) % len(choices)] if current in choices else choices[0]
