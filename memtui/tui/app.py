"""The Textual app: the sampler's thread feeds it snapshots, it hands them to the screen in front."""

import asyncio
import gc
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from textual.app import App
from textual.notifications import SeverityLevel
from textual.screen import Screen

from memtui.control.controls import Controls
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.loop import Loop
from memtui.sampling.request import Need, Part
from memtui.settings import Settings
from memtui.settings_file import CannotSave, save
from memtui.tui.messages import (
    Ask,
    AskDelay,
    OpenProcess,
    OpenSheet,
    Sampled,
    SampleFailed,
    SaveSettings,
    StepProcess,
)
from memtui.tui.own import OwnUse as OwnUse
from memtui.tui.panels.base import Panel, kept
from memtui.tui.screens.confirm import Confirm
from memtui.tui.screens.main import MainScreen
from memtui.tui.theme import THEME
from memtui.tui.widgets.too_small import HEIGHT, WIDTH
from memtui.tui.wire import go_on, terminal_lives, use_patient_writer
from memtui.view.header import Identity, Status
from memtui.view.processes import DEFAULT_COLUMNS, TableSpec
from memtui.view.text import sanitize

if TYPE_CHECKING:  # loaded when they are first opened
    from memtui.model.findings.watch import Preferences
    from memtui.tui.screens.drilldown import DrilldownScreen
    from memtui.tui.screens.sheet import SheetScreen

S = TypeVar("S", bound=Screen[Any])
MIN_DELAY: Final = 0.1
MAX_DELAY: Final = 3600.0


class MemtuiApp(App[int]):
    """memtui's screen over a sampling loop, which it starts and stops."""

    TITLE = "memtui"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (WIDTH, "-narrow"), (100, "-normal"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (HEIGHT, "-short"), (30, "-tall")]  # noqa: RUF012 - as Textual has it
    CSS = """
    Screen { background: ansi_default; layers: base above; overflow: hidden; }
    ModalScreen { background: transparent; }
    """

    def __init__(
        self,
        loop: Loop,
        identity: Identity,
        spec: TableSpec | None = None,
        tab: str = "processes",
        controls: Controls | None = None,
        config: str | None = None,
        problems: Sequence[str] = (),
        own: OwnUse | None = None,
        source: ProcSource | None = None,
        wanted: "Preferences | None" = None,
    ) -> None:
        super().__init__(ansi_color=True)  # from the start: NO_COLOR turns it into no colours, not into greys
        use_patient_writer()
        self.theme = THEME
        self._drilldown: DrilldownScreen | None = None  # the last one opened
        self._sheet: SheetScreen | None = None
        self._loop_of_samples = loop
        self._main = MainScreen(identity, spec or TableSpec(), tab, controls or Controls(read_only=True), wanted)
        self._config, self._problems = config, problems
        self._source = source
        self._snapshot: Snapshot | None = None
        self._paused = False
        self._own = own or OwnUse(time.monotonic)

    def get_default_screen(self) -> Screen[Any]:
        """The main screen is there from the first frame on."""
        return self._main

    def on_mount(self) -> None:
        """Start sampling; end cleanly when told to, and go on after a stop."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.exit, 0)
        asyncio.get_running_loop().add_signal_handler(signal.SIGCONT, go_on, self)
        self.run_worker(self._sample, thread=True, group="sampler", exclusive=True, exit_on_error=False)

    def on_ready(self) -> None:
        """Say what was wrong with the settings. Modules stay for good: the garbage collector need not walk them."""
        for problem in self._problems:
            self.notify(f"{self._config}: {problem}", severity="warning", markup=False)
        gc.enable()
        gc.collect()
        gc.freeze()

    def on_unmount(self) -> None:
        """Stop sampling: cuts the worker's wait short, so that the program ends at once."""
        self._loop_of_samples.stop()

    def _sample(self) -> None:
        def publish(snapshot: Snapshot) -> None:
            self.post_message(Sampled(snapshot))

        def failed(error: Exception) -> None:
            self.post_message(SampleFailed(error))

        self._loop_of_samples.run(publish, failed)

    # -- snapshots ----------------------------------------------------------------------------------------------

    def on_sampled(self, event: Sampled) -> None:
        """Draw the newest snapshot, unless paused; a terminal that went without a word ends the program."""
        if not terminal_lives(self):
            self.exit(1)
        if not self._paused:
            self._snapshot = event.snapshot
            self._draw()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Pop up a message, which may name files and what stands in them: no markup, nothing that steers."""
        del markup
        super().notify(sanitize(message), title=title, severity=severity, timeout=timeout, markup=False)

    def on_sample_failed(self, event: SampleFailed) -> None:
        """Say so, once however often it happens; the loop goes on."""
        self.clear_notifications()
        self.notify(f"sampling failed: {event.error!r}", severity="error", markup=False)

    def _draw(self) -> None:
        if self._snapshot is None:
            return
        if isinstance(question := self.screen, Confirm):
            question.show(self._snapshot)
        if (drilldown := self._opened(self._drilldown)) is not None:
            drilldown.show(self._snapshot)
        elif (sheet := self._opened(self._sheet)) is not None:
            sheet.show(self._snapshot)
        else:
            self._main.show(self._snapshot, self._status())
        self._ask()

    def _opened(self, screen: S | None) -> S | None:
        """A screen if it is open still, though a question or the help may stand before it."""
        return screen if screen in self.screen_stack else None

    def _status(self) -> Status:
        snapshot = self._snapshot
        cpu, rss = self._own.measure()
        return Status(
            interval=self._loop_of_samples.request.interval,
            paused=self._paused,
            own_cpu_pct=cpu,
            own_rss=rss,
            sample_ms=snapshot.cost.wall * 1000 if snapshot else None,
        )

    def on_ask(self, event: Ask) -> None:
        """The panel in front changed."""
        event.stop()
        self._ask()

    def _ask(self, *, now: bool = False) -> None:
        """Tell the sampler what is on the screen. Something new to read is read at once."""
        sheet = self._opened(self._sheet)
        panel, request = sheet.panel if sheet else self._main.panel, self._loop_of_samples.request
        needs, visible, focus, parts = panel.needs, panel.visible_pids, None, Part.NOTHING
        if (drilldown := self._opened(self._drilldown)) is not None:
            focus, parts = drilldown.key, drilldown.parts
            counting = needs & Need.PAGE_CACHE  # opened from the Cache tab: what it has counted isn't lost
            needs, visible = Need.STATUS | Need.SMAPS | Need.OOM | counting, (focus.pid,)
        needs |= kept(self._main.query(Panel)) | Need.FINDINGS
        wanted = replace(request, needs=needs, visible=visible, focus=focus, parts=parts, paths=panel.visible_paths)
        fresh = bool(wanted.needs & ~request.needs) or bool(wanted.parts & ~request.parts)
        fresh = fresh or (focus is not None and focus != request.focus)
        self._loop_of_samples.ask(wanted, now=now or (fresh and self._snapshot is not None))

    # -- the drilldown ------------------------------------------------------------------------------------------

    def on_open_process(self, event: OpenProcess) -> None:
        """Enter on a row."""
        nodes = len({zone.zone.node for zone in self._snapshot.zones}) if self._snapshot else 1
        from memtui.tui.screens.drilldown import DrilldownScreen

        screen = self._drilldown = DrilldownScreen(event.key, self._main.controls, self._source, nodes=nodes)
        if self._snapshot is not None:
            screen.show(self._snapshot)  # its first frame has what is known already
        self.push_screen(screen, lambda _: self._back())
        self._ask()
        self.call_after_refresh(self._draw)

    def on_open_sheet(self, event: OpenSheet) -> None:
        """Enter on a line behind which a panel lies."""
        event.stop()
        from memtui.tui.screens.sheet import SheetScreen

        screen = self._sheet = SheetScreen(event.name)
        self.push_screen(screen, lambda _: self._back())
        self.call_after_refresh(self._draw)

    def on_step_process(self, event: StepProcess) -> None:
        """Left or right in the drilldown."""
        event.stop()
        if (drilldown := self._opened(self._drilldown)) is None or self._snapshot is None:
            return
        alive = {one.key for one in self._snapshot.processes.values()}
        key = self._main.panel.neighbour(drilldown.key, event.step, alive)
        if key is None:
            self.notify("there is no other process there", timeout=2)
            return
        drilldown.begin(key)
        self._ask()
        self._draw()

    def _back(self) -> None:
        self._ask()
        self._draw()

    # -- actions ------------------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """The screen stands still or goes on."""
        self._paused = not self._paused
        self._main.show_status(self._status())
        if not self._paused:
            self._loop_of_samples.ask(self._loop_of_samples.request, now=True)

    def action_refresh(self) -> None:
        """Sample now and draw everything anew."""
        self.refresh(repaint=True, layout=True)
        self._loop_of_samples.ask(self._loop_of_samples.request, now=True)

    def on_ask_delay(self, event: AskDelay) -> None:
        """Another interval; what is no sensible number is refused with a word."""
        event.stop()
        try:
            seconds = float(event.text)
        except ValueError:
            seconds = 0.0
        if not MIN_DELAY <= seconds <= MAX_DELAY:
            self.notify(f"between {MIN_DELAY} and {MAX_DELAY:.0f} seconds", severity="warning", markup=False)
            return
        request = self._loop_of_samples.request
        self._loop_of_samples.ask(replace(request, interval=seconds))
        self._main.show_status(self._status())

    def on_save_settings(self, event: SaveSettings) -> None:
        """W: write the settings file."""
        event.stop()
        if self._config is None:
            return
        spec = event.spec
        columns = () if spec.columns == DEFAULT_COLUMNS else spec.columns
        settings = Settings(
            columns, spec.sort, spec.reverse, spec.tree, spec.group, spec.full_command, spec.kernel_threads,
            self._loop_of_samples.request.interval, event.tab,
        )  # fmt: skip
        try:
            save(settings, self._config)
        except CannotSave as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"saved to {self._config}", markup=False)

    async def action_quit(self) -> None:
        """Quit with status 0."""
        self.exit(0)
