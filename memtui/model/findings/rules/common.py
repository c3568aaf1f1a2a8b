"""What several rules say alike: who holds the most, in words, and the steps that lead to people's usual places."""

from collections.abc import Callable, Iterable
from heapq import nlargest
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.finding import Evidence, Place, Step
from memtui.model.findings.words import Amount, Name, Words
from memtui.model.process import Process

TOP: Final = 3


def largest(rows: Iterable[Process], by: Callable[[Process], float | None], count: int = TOP) -> list[Process]:
    """The processes with most of something, none of it left out."""
    return [row for row in nlargest(count, rows, key=lambda row: by(row) or 0) if by(row)]


def own_size(row: Process) -> int:
    """What a process holds: PSS, or RES while PSS is not known."""
    return row.res if row.pss is None else row.pss


def who(row: Process) -> Words:
    """A process in a sentence: its name and pid."""
    return Name(row.comm), f" ({row.pid})"


def held_by(rows: Iterable[Process], field: str, by: Callable[[Process], float | None], unit: Unit) -> list[Evidence]:
    """A line of evidence for each of some processes."""
    return [Evidence(field, by(row), unit=unit, note=f"{row.comm} ({row.pid})") for row in rows]


def sized(row: Process, by: Callable[[Process], float | None], unit: Unit = Unit.BYTES) -> Words:
    """A process with what it has: `python3 (123) 1.2G`."""
    return *who(row), " ", Amount(by(row), unit)


def drilldown(row: Process) -> Step:
    """Open the drilldown of a process."""
    return Step(("drilldown of ", *who(row)), f"memtui maps {row.pid}", Place("processes", process=row.key))
