"""Where in a process memory grows: its mappings by what they are, each with its trend; and what will stop it when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memtui.model.growth import Growth
from memtui.model.sample import ProcKey


class Part(NamedTuple):
    """A kind of mapping, or the page tables: bytes of its own and in swap now, the change since the first reading."""

    name: str
    size: int
    change: int
    growth: Growth


class Ceiling(NamedTuple):
    """A limit of what may grow: its name, its bytes, and what of it is used already."""

    name: str
    limit: int
    used: int

    def lasts(self, rate: float) -> float | None:
        """Seconds until it is reached at a rate in bytes per second; None if it will not be."""
        return None if rate <= 0 else max(0, self.limit - self.used) / rate


@dataclass(frozen=True, slots=True)
class Where:
    """A process as it was read some times: `readings` so far, `at` monotonic seconds of the last, `cost` its seconds
    of reading, `every` the seconds between two. `failure` says why there is nothing more (empty: there is)."""

    key: ProcKey
    began: float
    at: float
    readings: int = 0
    cost: float = 0.0
    every: float = 0.0
    parts: Sequence[Part] = ()
    ceilings: Sequence[Ceiling] = ()
    failure: str = ""
