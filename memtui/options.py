"""What the command line asks of the monitor."""

from dataclasses import dataclass
from typing import Final

TABS: Final = ("processes", "memory", "swap", "cache", "leaks", "cgroups", "findings")
"""The tabs of the screen by their names in `--tab`, in the order of the digits that open them, 1 first."""


@dataclass(frozen=True, slots=True)
class Options:
    """The monitor's options, checked; None leaves the choice to the user's settings.

    `delay` is seconds between samples; `sort` a key of `model.fields.PROCESS`.

    `tab` is one of `TABS`. `pids` shows only these processes; empty shows all. `proc` and `sys` are the roots that
    are read, those of the running kernel or of a captured tree.
    """

    delay: float | None = None
    tab: str | None = None
    sort: str | None = None
    filter: str = ""
    pids: frozenset[int] = frozenset()
    read_only: bool = False
    proc: str = "/proc"
    sys: str = "/sys"
