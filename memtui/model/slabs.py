"""Kernel slab caches: their sizes, how full they are, and how they grow."""

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple

from memtui.proc.slabinfo import Slab
from memtui.proc.unavailable import Unavailable

WINDOW: Final = 60.0  # seconds over which growth looks back


class SlabRow(NamedTuple):
    """A cache as slabtop shows it; sizes in bytes. `growth` is over the last minute, None before a second reading.

    `size` is all of its slabs, full or not (slabtop: CACHE SIZE), `used_pct` the objects in use of those there are.
    """

    name: str
    objects: int
    active: int
    object_size: int
    size: int
    used_pct: float | None
    slabs: int
    per_slab: int
    growth: int | None

    @property
    def key(self) -> str:
        """The identity of the row."""
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Slabs:
    """All caches, or why they can't be had."""

    rows: tuple[SlabRow, ...]
    reason: Unavailable | None = None

    @property
    def size(self) -> int:
        """The bytes of all."""
        return sum(row.size for row in self.rows)


class SlabModel:
    """Remembers a minute of every cache's size while somebody looks."""

    def __init__(self) -> None:
        self._past: dict[str, deque[tuple[float, int]]] = {}

    def advance(self, slabs: tuple[Slab, ...] | Unavailable | None, at: float, page_size: int) -> Slabs | None:
        """The rows at the time `at`; None when they were not read."""
        if slabs is None:
            return None
        if isinstance(slabs, Unavailable):
            return Slabs((), slabs)
        return Slabs(tuple(self._row(slab, at, page_size) for slab in slabs))

    def _row(self, slab: Slab, at: float, page_size: int) -> SlabRow:
        size = slab.slabs * slab.pages_per_slab * page_size
        past = self._past.setdefault(slab.name, deque())
        if past and past[-1][0] <= at - WINDOW:
            past.clear()  # nobody looked for so long
        while len(past) > 1 and past[1][0] <= at - WINDOW:
            past.popleft()
        growth = size - past[0][1] if past else None
        past.append((at, size))
        used = 100 * slab.active / slab.objects if slab.objects else None
        return SlabRow(
            slab.name, slab.objects, slab.active, slab.object_size, size, used, slab.slabs, slab.per_slab, growth
        )
