"""/proc/pressure/{memory,io,cpu,irq}: pressure stall information (PSI), 4.20 and later; cgroups have the same.

    some avg10=4.97 avg60=2.48 avg300=1.06 total=7247274
    full avg10=2.11 avg60=0.68 avg300=0.55 total=5374830

Kernel: kernel/sched/psi.c, psi_show(). Meanings: Documentation/accounting/psi.rst. `cpu` has no `full` line before
5.13, `irq` has only that one.
"""

from dataclasses import dataclass

from memtui.proc.numbers import fraction, natural


@dataclass(frozen=True, slots=True)
class Stall:
    """Time lost to waiting: percent of the last 10, 60 and 300 seconds, and microseconds since boot."""

    avg10: float
    avg60: float
    avg300: float
    total: int


@dataclass(frozen=True, slots=True)
class Pressure:
    """`some`: at least one task waited; `full`: all runnable tasks did. None where the kernel prints no such line."""

    some: Stall | None = None
    full: Stall | None = None


def parse(data: bytes) -> Pressure:
    """The record of a pressure file; a line with a part missing or unreadable is skipped whole."""
    stalls: dict[str, Stall] = {}
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        kind, *pairs = line.split(" ")
        stall = _stall(dict(pair.split("=", 1) for pair in pairs if "=" in pair))
        if stall:
            stalls[kind] = stall
    return Pressure(stalls.get("some"), stalls.get("full"))


def _stall(parts: dict[str, str]) -> Stall | None:
    """The stall of a line's key=value parts, or None if one is missing."""
    avg10, avg60, avg300 = (fraction(parts.get(key, "")) for key in ("avg10", "avg60", "avg300"))
    total = natural(parts.get("total", ""))
    if avg10 is None or avg60 is None or avg300 is None or total is None:
        return None
    return Stall(avg10, avg60, avg300, total)
