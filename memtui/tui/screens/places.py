"""Where findings and events lead: a place of the screen, from a tab down to one process or cgroup."""

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from memtui.model.findings.finding import Place
from memtui.model.snapshot import Snapshot, find
from memtui.options import TABS
from memtui.tui.messages import OpenProcess, OpenSheet
from memtui.tui.panels.asks import AskProcesses
from memtui.tui.panels.base import Panel
from memtui.tui.panels.processes import ProcessPanel
from memtui.tui.panels.table import TablePanel
from memtui.view.findings import SORTS


def follow(place: Place, snapshot: Snapshot, screen: Screen[None], go: Callable[[str], Panel]) -> None:
    """Show a place; `go` opens a tab of the screen and gives its panel.

    A drilldown opens over the tab that is open: Esc leads back to the finding.
    """
    if place.process is not None and find(snapshot, place.process) is None:
        screen.notify(f"process {place.process.pid} has ended", severity="warning")
    elif place.process is not None and place.tab == "processes":
        screen.post_message(OpenProcess(place.process))
    elif place.tab not in TABS:
        screen.post_message(OpenSheet(place.tab))
    else:
        _show(place, snapshot, go(place.tab))


def _show(place: Place, snapshot: Snapshot, panel: Panel) -> None:
    """What of a tab is to be seen; code of tabs that are not open is not loaded for it."""
    if isinstance(panel, ProcessPanel):
        if changes := _of_table(place, panel):
            panel.change(**changes)
    elif isinstance(panel, TablePanel) and place.sort in SORTS.get(place.tab, ()):
        panel.set_sort(place.sort)
        panel.draw()
    if place.tab == "cgroups" and place.path:
        from memtui.tui.panels.cgroups import CgroupPanel

        assert isinstance(panel, CgroupPanel)
        panel.show_group(place.path)
    elif place.tab == "leaks":
        from memtui.tui.panels.leaks import LeaksPanel

        assert isinstance(panel, LeaksPanel)
        process = find(snapshot, place.process) if place.process is not None else None
        if process is not None:
            panel.open_page(process)
        else:
            panel.action_back()


def _of_table(place: Place, panel: ProcessPanel) -> dict[str, Any]:
    """What the process table is to show: the place's order, and nothing filtered out but what it says."""
    words = place.filter
    if place.path and not words:
        from memtui.tui.panels.cgroups import processes_of

        words = processes_of(place.path)
    changes: dict[str, Any] = {}
    if words:
        changes |= AskProcesses(words).changes(panel.spec)
    if place.sort:
        changes |= {**AskProcesses("", place.sort).changes(panel.spec), "filter": words, "user": ""}
    return changes
