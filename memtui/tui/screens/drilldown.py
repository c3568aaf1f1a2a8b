"""Everything about one process, section by section. It stays, marked *ended*, when the process does."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.screen import Screen

from memtui.control.controls import Controls
from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot, find
from memtui.proc.source import ProcSource
from memtui.sampling.request import Part
from memtui.tui.keys import DRILLDOWN, bindings
from memtui.tui.messages import Ask, StepProcess
from memtui.tui.screens import actions
from memtui.tui.screens.files import FilesScreen, Of
from memtui.tui.screens.help import HelpScreen
from memtui.tui.sections.base import Section, State
from memtui.tui.sections.history import History
from memtui.tui.sections.pages import Activity, Body, Files, Limits, Numa, Oom, Overview
from memtui.tui.sections.space import Space
from memtui.tui.widgets.bars import KeyBar, TabBar, TabName
from memtui.tui.widgets.lines import TextLines
from memtui.tui.widgets.too_small import TooSmall
from memtui.tui.wire import use_cell_updates
from memtui.view.detail import banner
from memtui.view.text import sanitize


class DrilldownScreen(Screen[None]):
    """A banner, the names of the sections, the open section, keys."""

    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DRILLDOWN)]
    DEFAULT_CSS = """
    DrilldownScreen { layout: vertical; }
    #banner { height: 1; }
    DrilldownScreen.-narrow Overview > HistoryPlot { display: none; }
    """

    def __init__(self, key: ProcKey, controls: Controls, source: ProcSource | None, *, nodes: int = 1) -> None:
        super().__init__()
        use_cell_updates(self)
        self.key = key
        self._controls = controls
        space, self._history = Space(source), History()
        self.sections: list[Section] = [
            Overview(), space, self._history, Activity(), Files(source, lambda: space.space), Limits(), Oom(),
        ]  # fmt: skip
        if nodes > 1:
            self.sections.append(Numa(source))
        self._open = 0
        self._state: State | None = None
        self._program: tuple[int, str] | None = None
        self._was = ""
        self._banner = TextLines(id="banner")
        self._tabs = TabBar([TabName(section.TITLE) for section in self.sections])
        self._keys = KeyBar(())

    def compose(self) -> ComposeResult:
        """Banner, tabs, the first section, keys."""
        yield self._banner
        yield self._tabs
        with Body():
            yield self.section
        yield self._keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Show the first section."""
        for section in self.sections:
            section.begin(self.key)
        self._front()

    @property
    def section(self) -> Section:
        """The open section."""
        return self.sections[self._open]

    @property
    def parts(self) -> Part:
        """What is to be read of the process for the open section."""
        return self.section.PARTS

    @property
    def process(self) -> Process | None:
        """The last row of the process."""
        return self._state.process if self._state else None

    # -- what is shown ------------------------------------------------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        """Draw the process of a snapshot, or its last state once it has ended."""
        process = find(snapshot, self.key)
        if process is not None and (snapshot.detail is None or snapshot.detail.key == self.key):
            self._watch_program(snapshot, process)
            self._state = State(snapshot, process, ended=False)
            self._history.keep(self._state)
        elif process is None and self._state is not None:
            self._state = self._state._replace(ended=True)
        if self._state is not None:
            self._draw_banner(snapshot)
            self.section.show(self._state)

    def begin(self, key: ProcKey) -> None:
        """Show another process in the section that is open."""
        self.key = key
        self._state = self._program = None
        self._was = ""
        for section in self.sections:
            section.begin(key)

    def _watch_program(self, snapshot: Snapshot, process: Process) -> None:
        """An exec leaves pid and start time as they are, and gives the process another address space."""
        detail = snapshot.detail
        if detail is None or not detail.startcode:
            return
        program = detail.startcode, process.comm
        if self._program is not None and self._program[0] != program[0]:
            self._was = self._program[1]
        self._program = program

    def _draw_banner(self, snapshot: Snapshot) -> None:
        state = self._state
        if state is None or not self.size.width:
            return
        ended = note = ""
        if state.ended:
            other = snapshot.processes.get(self.key.pid)
            ended = "ended" if other is None else f"ended, its pid is {sanitize(other.comm)} now"
        elif self._was:
            note = f"runs another program, was {sanitize(self._was)}"
        self._banner.set_lines([banner(state.process, self.size.width, ended=ended, note=note)])

    def on_resize(self) -> None:
        """Fit the banner into another size."""
        if self._state is not None:
            self._draw_banner(self._state.snapshot)

    # -- sections -----------------------------------------------------------------------------------------------

    async def on_key(self, event: Key) -> None:
        """Digits open sections."""
        if event.character and event.character.isdecimal():
            event.stop()
            await self.open_section(int(event.character) - 1)

    async def action_next_section(self, step: int) -> None:
        """The section to the right or left, round the corner too."""
        await self.open_section((self._open + step) % len(self.sections))

    async def on_tab_bar_picked(self, event: TabBar.Picked) -> None:
        """A click on a name."""
        event.stop()
        await self.open_section(event.index)

    async def open_section(self, index: int) -> None:
        """Open a section by its number."""
        if not 0 <= index < len(self.sections) or index == self._open:
            return
        self.section.leave()
        self.section.display = False
        self._open = index
        if self.section.is_attached:
            self.section.display = True
        else:
            await self.query_one(Body).mount(self.section)
        self._front()

    def _front(self) -> None:
        self._tabs.open(self._open)
        self._keys.show([*self.section.KEYS, *DRILLDOWN])
        if self._state is not None:
            self.section.show(self._state)
        self.section.front.focus()
        self.post_message(Ask())

    # -- keys ---------------------------------------------------------------------------------------------------

    def action_step(self, step: int) -> None:
        """The next process, or the one before."""
        self.post_message(StepProcess(step))

    def action_help(self) -> None:
        """Keys and glossary."""
        self.app.push_screen(HelpScreen(f"Drilldown: {self.section.TITLE}", (*self.section.KEYS, *DRILLDOWN)))

    def action_close(self) -> None:
        """Back to the table."""
        for section in self.sections:
            section.leave()
        self.dismiss()

    def action_cached_files(self) -> None:
        """Its files in the page cache."""
        if self._state is not None:
            self.app.push_screen(FilesScreen(self._controls, Of(self.key.pid, self._state.process.comm)))

    # -- actions ------------------------------------------------------------------------------------------------

    def action_kill(self) -> None:
        """Send a signal."""
        self.action_act("signal")

    def action_nice(self, step: int) -> None:
        """Change the nice value by a step."""
        self.action_act("nice - 1" if step < 0 else "nice + 1")

    def action_oom_adj(self) -> None:
        """Set oom_score_adj."""
        self.action_act("oom_score_adj")

    def action_act(self, what: str = "") -> None:
        """Do something to the process; without `what`, choose."""
        if (targets := self._targets()) and self._state is not None:
            free = self._state.snapshot.system.meminfo.get("SwapFree")
            actions.act(self.app, self._controls, targets, _nothing, what, free)

    def _targets(self) -> Sequence[Process]:
        state = self._state
        if state is None or state.ended:
            self.notify(f"{self.key.pid} has ended", severity="warning")
            return ()
        return (state.process,)


def _nothing() -> None:
    """After an action nothing more is to be done here: the next sample shows it."""
