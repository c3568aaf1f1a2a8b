"""The tabs in their order. The code of one is loaded when it is first opened, which most never are."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from memtui.control.controls import Controls
from memtui.tui.panels.base import Panel
from memtui.tui.panels.processes import ProcessPanel
from memtui.view.processes import TableSpec

if TYPE_CHECKING:
    from memtui.model.findings.watch import Preferences


class Tab(NamedTuple):
    """The title of a tab, what makes its panel, and the title where there is little room (empty: the same)."""

    title: str
    make: Callable[[], Panel]
    short: str = ""


def tabs(spec: TableSpec, controls: Controls, *, live: bool, wanted: "Preferences | None" = None) -> dict[str, Tab]:
    """The tabs by their names; `wanted` is what the user wants of the rules."""
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

    def findings() -> Panel:
        from memtui.tui.panels.findings import FindingsPanel

        return FindingsPanel(wanted)

    return {
        "processes": Tab(ProcessPanel.TITLE, lambda: ProcessPanel(spec), "Procs"),
        "memory": Tab("Memory", memory, "Mem"),
        "swap": Tab("Swap & Faults", swap, "Swap"),
        "cache": Tab("Cache", cache),
        "leaks": Tab("Leaks", leaks),
        "cgroups": Tab("Cgroups", cgroups),
        "findings": Tab("Findings", findings),
    }
