"""The sections that are pages of lines."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from memtui.model.mappings import AddressSpace
from memtui.model.sample import ProcKey
from memtui.proc.source import ProcSource
from memtui.sampling.numa import read_numa
from memtui.sampling.open_files import read_open_files
from memtui.sampling.request import Part
from memtui.tui.sections.base import PageSection, ReadSection, Section, State
from memtui.tui.widgets.history import HistoryPlot
from memtui.view.activity import activity_lines
from memtui.view.detail import detail_lines
from memtui.view.files import file_lines
from memtui.view.limits import limit_lines
from memtui.view.lines import Line
from memtui.view.numa import numa_lines
from memtui.view.oom import oom_lines


class OverviewLines(PageSection):
    """Who the process is, what its memory is made of, what it does, what bounds it."""

    def lines(self, state: State, width: int) -> Sequence[Line]:
        """The overview."""
        return [line[1:] if line else line for line in detail_lines(state.snapshot, state.process, width + 1)]


class Overview(Section, can_focus=False):
    """The overview, and where there is room the history of its sizes on the right."""

    TITLE: ClassVar[str] = "Overview"
    KEYS = OverviewLines.KEYS
    DEFAULT_CSS = """
    Overview { layout: horizontal; height: 1fr; }
    Overview > OverviewLines { width: 3fr; }
    Overview > HistoryPlot { width: 2fr; margin: 0 0 0 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.page = OverviewLines()
        self.plot = HistoryPlot()

    def compose(self) -> ComposeResult:
        """Lines and plot."""
        yield self.page
        yield self.plot

    @property
    def front(self) -> Widget:
        """The lines."""
        return self.page

    def begin(self, key: ProcKey) -> None:
        """Another process."""
        self.page.begin(key)

    def show(self, state: State) -> None:
        """Draw both."""
        self.page.show(state)
        if not state.ended:
            self.plot.put(state.snapshot.trail, state.snapshot.at)


class Activity(PageSection):
    """Faults, I/O and delays."""

    TITLE = "Faults"
    PARTS = Part.DELAYS

    def lines(self, state: State, width: int) -> Sequence[Line]:
        """Rates, totals, waits."""
        return activity_lines(state.process, state.detail, width)


class Limits(PageSection):
    """Resource limits and cgroups up to the root."""

    TITLE = "Limits"
    PARTS = Part.CGROUPS

    def lines(self, state: State, width: int) -> Sequence[Line]:
        """Limits beside their use."""
        return limit_lines(state.snapshot, state.detail, width)


class Oom(PageSection):
    """The OOM killer's view of the process."""

    TITLE = "OOM"
    PARTS = Part.CGROUPS

    def lines(self, state: State, width: int) -> Sequence[Line]:
        """Score, formula, line-up."""
        return oom_lines(state.snapshot, state.process, state.detail, width)


class Files(ReadSection):
    """Open and mapped files."""

    TITLE = "Files"
    WHAT = "files"

    def __init__(self, source: ProcSource | None, space: Callable[[], AddressSpace | None]) -> None:
        super().__init__(source)
        self._space = space

    def read(self, source: ProcSource, key: ProcKey, cancelled: Callable[[], bool]) -> Any:
        """Look at them."""
        return read_open_files(source, key, cancelled)

    def drawn(self, result: Any, state: State, width: int) -> list[Line]:
        """The table."""
        del state
        return file_lines(result, self._space(), width)


class Numa(ReadSection):
    """Pages by node."""

    TITLE = "NUMA"
    WHAT = "numa_maps"

    def read(self, source: ProcSource, key: ProcKey, cancelled: Callable[[], bool]) -> Any:
        """Read numa_maps."""
        del cancelled
        return read_numa(source, key)

    def drawn(self, result: Any, state: State, width: int) -> list[Line]:
        """A line for each node."""
        nodes = len({zone.zone.node for zone in state.snapshot.zones})
        return numa_lines(result.maps, nodes, width)


class Body(Container):
    """What holds the sections; one of them is to be seen."""

    DEFAULT_CSS = "Body { height: 1fr; }"
