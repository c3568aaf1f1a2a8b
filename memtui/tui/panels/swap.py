"""The Swap & Faults tab."""

from typing import ClassVar

from textual.binding import BindingType

from memtui.control.controls import Controls
from memtui.control.machine import clear_plan
from memtui.control.outcome import Outcome
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.sampling.groups import tight
from memtui.sampling.request import Need
from memtui.tui.keys import SWAP, Key, bindings
from memtui.tui.messages import OpenProcess
from memtui.tui.panels.settings import SettingPage
from memtui.tui.screens.clearing import ClearingScreen
from memtui.tui.screens.confirm import Confirm
from memtui.view import format as fmt
from memtui.view.page import Row
from memtui.view.settings import SETTING
from memtui.view.swap import SwapView
from memtui.view.swapped import CLEAR, PID, SORTS


def _tight() -> tuple[str, ...]:
    return tight(ProcSource())


class SwapPanel(SettingPage):
    """Paging, faults and reclaim over time; swap devices, whose pages are in them, and clearing them."""

    TITLE = "Swap & Faults"
    KEYS: ClassVar[tuple[Key, ...]] = SWAP
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SWAP)]

    def __init__(self, controls: Controls, before: dict[str, int]) -> None:
        super().__init__(controls, before, id="swap")
        self._view = SwapView()
        self._sort = SORTS[0]

    @property
    def needs(self) -> Need:
        """Swap of every process, its share where there is any, and what is behind the devices."""
        return Need.STATUS | Need.SMAPS | Need.SWAP

    def rows(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        """Charts above, devices, settings and processes below."""
        return self._view.rows(snapshot, width, height, self._sort, self.before)

    def action_sort(self) -> None:
        """By the swap that processes have, or by their share of it."""
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self.repaint()

    def action_open(self) -> None:
        """Enter: a process, a setting, or clearing swap."""
        if self.cursor.startswith(PID) and self._snapshot is not None:
            process = self._snapshot.processes.get(int(self.cursor.removeprefix(PID)))
            if process is not None:
                self.post_message(OpenProcess(process.key))
        elif self.cursor.startswith(SETTING):
            self.set_setting()
        elif self.cursor == CLEAR:
            self.action_clear()

    def action_clear(self) -> None:
        """Switch swap off and on again, after a question."""
        snapshot = self._snapshot
        if snapshot is None or isinstance(snapshot.system.swaps, Unavailable):
            return
        plan = clear_plan(self.controls, snapshot.system.swaps, snapshot.memory.lines, fmt.size, _tight)
        clearing = plan.clearing
        if clearing is None:
            self.notify(plan.refused, severity="warning")
            return

        def ended(outcome: Outcome | None) -> None:
            if outcome is not None:
                self.tell(outcome)

        def answered(yes: bool | None) -> None:
            if yes:
                self.app.push_screen(ClearingScreen(self.controls, clearing), ended)

        self.app.push_screen(Confirm(plan.title, plan.effect), answered)
