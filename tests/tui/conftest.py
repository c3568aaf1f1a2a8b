"""What the tests of the screen share: a user at a keyboard, in front of the app over a recorded machine."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from rich.cells import cell_len
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.screen import UPDATE_PERIOD

from memtui.model.findings.finding import Findings
from memtui.model.process import Process
from memtui.model.sample import Cost
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.loop import Loop
from memtui.sampling.recorded import Recorded
from memtui.sampling.request import Request
from memtui.tui.app import MemtuiApp, OwnUse
from memtui.tui.messages import Sampled
from memtui.tui.panels.base import Panel
from memtui.tui.panels.processes import ProcessPanel
from memtui.tui.panels.table import TablePanel
from memtui.tui.screens.main import MainScreen
from memtui.tui.sections.base import Reader
from memtui.tui.widgets.table import HOLD
from memtui.tui.wire import screen_text
from memtui.view.header import Identity
from memtui.view.processes import TableSpec

TREES = Path(__file__).parent.parent / "trees"
GOLDEN = Path(__file__).parent / "golden"
SIZES = ((60, 15), (80, 24), (120, 40), (200, 50))
CALM_FINDINGS = Findings(checked=40)
CALM = 8  # rounds of all message queues in which nothing was sent to the terminal, after which nothing will
_SEQUENCES = re.compile(r"(\x1b\[(\d+);(\d+)H)|(\x1b\[[?<>=\d;]*[A-Za-z]|\x1b\][^\x07]*\x07)|([^\x1b]+)")
T = TypeVar("T")


class Measured(OwnUse):
    """What memtui takes, the same on every machine."""

    def measure(self) -> tuple[float | None, int | None]:
        return 1.5, 40 << 20


class Steady:
    """A recorded machine whose samples always take 12 ms, with nothing wrong unless a test says what.

    `findings` None are those of the rules: a screen that is compared as a whole is not to change with them.
    """

    def __init__(self, tree: Path, findings: Findings | None = CALM_FINDINGS) -> None:
        self.findings = findings
        self.source = ProcSource(str(tree / "proc"), str(tree / "sys"))
        self._recorded = Recorded(self.source)

    def step(self, request: Request) -> Snapshot:
        snapshot = replace(self._recorded.step(request), cost=Cost(0.012, 0.01, 300, 20))
        return (
            snapshot
            if self.findings is None
            else replace(snapshot, findings=replace(self.findings, since=snapshot.at - 90))
        )

    def close(self) -> None:
        self._recorded.close()


class ByHand(Loop):
    """A loop that makes a step at the start and whenever one is wanted at once, and none by the clock."""

    asked: Sequence[Request] = ()
    steps = 0
    alter: Callable[[Snapshot], Snapshot] = staticmethod(lambda snapshot: snapshot)
    _publish: Callable[[Snapshot], None] | None = None

    def ask(self, request: Request, *, now: bool = False) -> None:
        self.asked = (*self.asked, request)
        super().ask(request)
        if now:
            self._give()

    def run(self, publish: Callable[[Snapshot], None], failed: Callable[[Exception], None]) -> None:
        self._publish = publish
        self._give()

    @property
    def ended(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped

    def _give(self) -> None:
        if self._publish is not None:
            self._publish(self.alter(self._stream.step(self.request)))
            self.steps += 1


class Wire(HeadlessDriver):
    """Keeps what a terminal would be sent, and draws it as a terminal would, without colours."""

    is_headless = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sent = ""
        self._cells: dict[tuple[int, int], str] = {}
        self._x = self._y = 0

    def write(self, data: str) -> None:
        self.sent += data
        for place, row, column, _, text in _SEQUENCES.findall(data):
            if place:
                self._y, self._x = int(row) - 1, int(column) - 1
            for character in text:
                self._put(character)

    def _put(self, character: str) -> None:
        if character == "\n":
            self._x, self._y = 0, self._y + 1
            return
        for x in range(self._x, self._x + cell_len(character)):
            self._cells[self._y, x] = ""
        self._cells[self._y, self._x] = character
        self._x += cell_len(character)

    def drawn(self, size: Size) -> str:
        """What the terminal shows."""
        rows = ("".join(self._cells.get((y, x), " ") for x in range(size.width)) for y in range(size.height))
        return "\n".join(row.rstrip() for row in rows)


class User:
    """Presses keys and looks at the screen; everything that a key sets off has happened when `press` returns."""

    def __init__(self, app: MemtuiApp, loop: ByHand, size: tuple[int, int]) -> None:
        self.app, self.loop = app, loop
        app.driver_class = Wire
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._pilot = self._do(
            self._open.enter_async_context(app.run_test(headless=False, size=size, notifications=True))
        )
        self._pilot_is_there = True
        self.wait()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def wait(self) -> None:
        """Let everything that is under way happen: messages that lead to messages, and what is drawn after them."""
        self._do(self._settle())

    async def _settle(self) -> None:
        while not self.loop.steps:  # made by a thread, which is to have the interpreter to itself
            await asyncio.sleep(0.005)
        while self.app._resize_timer is not None or self._reads:
            await asyncio.sleep(0.002)
        await self._calm_down()
        if len(self.app.screen_stack) > 1:  # the screens behind handle their messages, and draw, by their own timers
            await asyncio.sleep(2 * UPDATE_PERIOD)
            await self._calm_down()

    async def _calm_down(self) -> None:
        calm = 0
        while calm < CALM:
            sent = len(self.wire.sent)
            await self._pilot._wait_for_screen()
            self.app.screen._on_timer_update()
            calm = calm + 1 if len(self.wire.sent) == sent else 0

    @property
    def _reads(self) -> bool:
        """Whether a section of the drilldown, or the files, wait for what their thread reads."""
        walks = any(getattr(screen, "busy", False) for screen in self.app.screen_stack)
        return walks or any(reader.busy for reader in self.readers)

    @property
    def readers(self) -> list[Reader]:
        """What reads for the sections of the drilldown."""
        sections = [one for screen in self.app.screen_stack for one in getattr(screen, "sections", ())]
        return [one.reader for one in sections if hasattr(one, "reader")]

    def press(self, *keys: str) -> str:
        """Press keys by Textual's names; the screen then."""
        self._do(self._pilot.press(*keys))
        self.wait()
        return self.text

    def type(self, text: str) -> str:
        """Press the keys of a text; the screen then."""
        return self.press(*text)

    def click(self, x: int, y: int, times: int = 1) -> str:
        """Click on a cell of the screen; the screen then."""
        widget, region = self.app.get_widget_at(x, y)
        self._do(self._pilot.click(widget, offset=(x - region.x, y - region.y), times=times))
        self.wait()
        return self.text

    def press_last(self, key: str) -> None:
        """Press a key that ends the program, and wait until it has ended."""
        self._do(self._pilot.press(key))
        self.end()

    def wheel(self, x: int, y: int, *, up: bool = False) -> str:
        """Turn the mouse wheel over a cell; the screen then."""
        widget, region = self.app.get_widget_at(x, y)
        turned = MouseScrollUp if up else MouseScrollDown
        self._do(self._pilot._post_mouse_events([turned], widget=widget, offset=(x - region.x, y - region.y)))
        self.wait()
        return self.text

    def resize(self, width: int, height: int) -> str:
        """Give the terminal another size; the screen then."""
        self._do(self._pilot.resize_terminal(width, height))
        self.wait()
        return self.text

    def see(self, snapshot: Snapshot) -> str:
        """A sample arrives; the screen then."""
        self.app.post_message(Sampled(snapshot))
        self.wait()
        return self.text

    def see_from_now_on(self, alter: Callable[[Snapshot], Snapshot]) -> str:
        """Every sample from now on is altered so, the first of which arrives at once; the screen then."""
        self.loop.alter = alter
        self.loop.ask(self.loop.request, now=True)
        self.wait()
        return self.text

    def end(self) -> None:
        """Close the program, if that has not been done."""
        if self._pilot_is_there:
            self._pilot_is_there = False
            try:
                self._do(self._open.aclose())
            finally:
                self._runner.close()

    @property
    def wire(self) -> Wire:
        """The terminal."""
        assert isinstance(self.app._driver, Wire)
        return self.app._driver

    # -- what there is to see -----------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen, as the terminal shows it."""
        return self.wire.drawn(self.app.size)

    @property
    def drawn_anew(self) -> str:
        """The screen as it would be if all of it were sent again."""
        with self.app._context():
            return screen_text(self.app.screen)

    @property
    def rows(self) -> list[str]:
        """The lines of the screen."""
        return self.text.split("\n")

    @property
    def notes(self) -> list[str]:
        """The messages that popped up."""
        return [note.message for note in self.app._notifications]

    @property
    def main(self) -> MainScreen:
        """The screen with the tabs."""
        main = self.app.screen_stack[0]
        assert isinstance(main, MainScreen)
        return main

    @property
    def panel(self) -> Panel:
        """The open tab."""
        return self.main.panel

    @property
    def table(self) -> TablePanel[Any]:
        """The table of the open tab."""
        assert isinstance(self.panel, TablePanel)
        return self.panel

    @property
    def processes(self) -> list[Process]:
        """The rows of the Processes tab in their order."""
        assert isinstance(self.panel, ProcessPanel)
        return list(self.panel.rows)

    @property
    def cursor(self) -> Process:
        """The process under the cursor."""
        row = self.table.cursor_row
        assert isinstance(row, Process)
        return row

    @property
    def snapshot(self) -> Snapshot:
        """What the open tab shows."""
        snapshot = self.table.snapshot
        assert snapshot is not None
        return snapshot

    def let_go(self) -> None:
        """Enough time passes since the cursor moved for the order to be taken up again."""
        self.table._held_until -= HOLD


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same zone and colours wherever the tests run, and a pilot that looks ten times as often if all is done."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.002)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 0.0001)
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "COLUMNS", "LINES", "TEXTUAL_FPS", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def machine() -> Steady:
    """host-6.18, read once for all tests."""
    return Steady(TREES / "host-6.18")


@pytest.fixture
def open_app(machine: Steady) -> Iterator[Callable[..., User]]:
    """Open the app over host-6.18; closed at the end of the test."""
    users: list[User] = []

    def start(
        size: tuple[int, int] = (120, 40), spec: TableSpec | None = None, tab: str = "processes", **more: Any
    ) -> User:
        loop = ByHand(machine, Request())
        more.setdefault("source", machine.source)
        app = MemtuiApp(
            loop, Identity("host", "6.18.44", live=False), spec, tab, own=Measured(time.monotonic), **more
        )
        users.append(User(app, loop, size))
        return users[-1]

    yield start
    for user in users:
        user.end()


@pytest.fixture
def user(open_app: Callable[..., User]) -> User:
    """Someone in front of the Processes tab at 120x40."""
    return open_app()


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Each size of the terminal that matters."""
    width, height = request.param
    return width, height


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the file of that name; MEMTUI_UPDATE=1 writes the files anew, to be looked at."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("MEMTUI_UPDATE"):
            path.write_text(text + "\n", encoding="utf-8")
        assert text + "\n" == path.read_text(encoding="utf-8")

    return compare
