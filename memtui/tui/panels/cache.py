"""The Cache tab."""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.notifications import SeverityLevel

from memtui.control.caches import LEVELS, drop_plan
from memtui.control.controls import Controls
from memtui.control.outcome import Kind, in_short
from memtui.model.cache import CacheRow
from memtui.model.pagecache import Quality
from memtui.model.sample import ProcKey
from memtui.sampling.request import Need
from memtui.tui.keys import CACHE, Key, bindings
from memtui.tui.panels.base import AskChanged
from memtui.tui.panels.table import TablePanel
from memtui.tui.screens.confirm import Confirm
from memtui.tui.screens.files import FilesScreen, Of
from memtui.tui.screens.menu import Choice, Menu
from memtui.view import cache as view
from memtui.view import format as fmt
from memtui.view.grid import Column


class CachePanel(TablePanel[CacheRow]):
    """The page cache of the system and of each process. While it is open, or pinned, an instrument is attached."""

    TITLE = "Cache"
    KEYS: ClassVar[tuple[Key, ...]] = CACHE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CACHE)]

    def __init__(self, controls: Controls) -> None:
        super().__init__(id="cache")
        self._controls = controls
        self._spec = view.CacheSpec()
        self._view = view.CacheView()

    @staticmethod
    def identity(row: Any) -> Hashable:
        """Pid and start time; an ended process is its pid."""
        cache_row: CacheRow = row
        return cache_row.key

    @property
    def needs(self) -> Need:
        """An instrument, and /proc/PID/io while there is none that is exact."""
        exact = self.snapshot is not None and self.snapshot.cache.instrument.quality is Quality.EXACT
        return Need.PAGE_CACHE | Need.STATUS | (Need.NOTHING if exact else Need.IO)

    @property
    def kept_needs(self) -> Need:
        """What goes on while another tab is open."""
        return Need.PAGE_CACHE if self._spec.pinned else Need.NOTHING

    @property
    def visible_pids(self) -> tuple[int, ...]:
        """The rows on the screen."""
        return tuple(row.key.pid for row in self.visible_rows if isinstance(row.key, ProcKey))

    @property
    def sort(self) -> tuple[str, bool]:
        """Sorted column and direction."""
        return self._spec.sort, self._spec.reverse

    def columns(self) -> Sequence[Column[CacheRow]]:
        """All columns."""
        return view.columns(cumulative=self._spec.cumulative)

    def set_sort(self, key: str, *, reverse: bool = False) -> None:
        """Sort by a column."""
        self._spec = self._spec._replace(sort=key, reverse=reverse)
        self.post_message(AskChanged())

    def draw(self) -> None:
        """Sort and show the last snapshot."""
        if self.snapshot is not None:
            rows = view.select(self.snapshot.cache, self._spec)
            heading = self._view.heading(self.snapshot, self._spec, self.body_width, self.size.height)
            self.put(rows, view.grid(self._spec, self.body_width), heading=heading)

    def action_open(self) -> None:
        """Drilldown into the process under the cursor, unless it has ended."""
        row = self.cursor_row
        if row is not None and isinstance(row.key, ProcKey):
            self.post_message(self.Chosen(row.key))

    def action_cumulative(self) -> None:
        """Over the last interval, or since the counting began."""
        self._spec = self._spec._replace(cumulative=not self._spec.cumulative)
        self.release_order()
        self.draw()

    def action_files(self) -> None:
        """The files of the process under the cursor."""
        row = self.cursor_row
        if row is not None and isinstance(row.key, ProcKey):
            self.app.push_screen(FilesScreen(self._controls, Of(row.pid, row.command)))

    def action_path(self) -> None:
        """Files below a path."""
        self.app.push_screen(FilesScreen(self._controls, Of()))

    def action_drop(self) -> None:
        """Drop caches: choose which, then the question."""
        if self._controls.refusal is not None:
            self.notify(self._controls.refusal.text, severity="warning")
            return
        choices = [Choice(str(level), f"{level}  {what}") for level, what in LEVELS]
        self.app.push_screen(Menu("Drop caches", choices, "1"), self._drop)

    def _drop(self, level: str | None) -> None:
        if level is None or self.snapshot is None:
            return
        memory = self.snapshot.memory
        dirty, shmem = memory.get("Dirty") or 0, memory.get("Shmem") or 0
        clean = max(0, (memory.cached or 0) + (memory.buffers or 0) - shmem - dirty)
        plan = drop_plan(self._controls, int(level), clean, memory.get("SReclaimable"), dirty, fmt.size)

        def dropped() -> None:
            outcome = in_short(plan.run())
            severity: SeverityLevel = "information" if outcome.kind is Kind.OK else "error"
            self.app.call_from_thread(self.app.notify, outcome.text, severity=severity)

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(dropped, thread=True, exit_on_error=False)

        self.app.push_screen(Confirm(plan.title, plan.effect), answered)

    def action_pin(self) -> None:
        """Keep the instrument attached while other tabs are open."""
        self._spec = self._spec._replace(pinned=not self._spec.pinned)
        self.draw()
        self.post_message(AskChanged())
