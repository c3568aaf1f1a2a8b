"""The tabs in their order. The code of one is loaded when it is first opened, which most never are."""

from collections.abc import Callable
from typing import NamedTuple

from memtui.control.controls import Controls
from memtui.tui.panels.base import Panel
from memtui.tui.panels.processes import ProcessPanel
from memtui.view.processes import TableSpec


class Tab(NamedTuple):
    """The title of a tab and what makes its panel."""

    title: str
    make: Callable[[], Panel]


def tabs(spec: TableSpec, controls: Controls, *, live: bool) -> dict[str, Tab]:
    """The tabs by their names."""
    before: dict[str, int] = {}  # settings of the kernel as they were, for the panels that can change them

    def memory() -> Panel:
        from memtui.tui.panels.memory import MemoryPanel

        return MemoryPanel(controls, before)

    def swap() -> Panel:
        from memtui.tui.panels.swap import SwapPanel

        return SwapPanel(controls, before)

    def cache() -> Panel:
        from memtui.tui.panels.cache import CachePanel

        return CachePanel(controls)

    def leaks() -> Panel:
        from memtui.tui.panels.leaks import LeaksPanel

        return LeaksPanel(controls, live=live)

    def cgroups() -> Panel:
        from memtui.tui.panels.cgroups import CgroupPanel

        return CgroupPanel()

    return {
        "processes": Tab(ProcessPanel.TITLE, lambda: ProcessPanel(spec)),
        "memory": Tab("Memory", memory),
        "swap": Tab("Swap & Faults", swap),
        "cache": Tab("Cache", cache),
        "leaks": Tab("Leaks", leaks),
        "cgroups": Tab("Cgroups", cgroups),
    }
