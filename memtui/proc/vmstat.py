"""/proc/vmstat: the virtual memory counters, system-wide.

    nr_free_pages 5606182
    pgmajfault 3811
    pgscan_kswapd 0

Kernel: mm/vmstat.c, vmstat_show(). `nr_*` are levels in pages; the events after them only grow and restart at
boot. `pswpin`, `pswpout` and `pgscan_*` count pages, `pgpgin` and `pgpgout` KiB.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from memtui.proc.numbers import natural

_ZONES: Final = ("dma", "dma32", "normal", "high", "movable", "device")


@dataclass(frozen=True, slots=True)
class Vmstat:
    """Every counter by the kernel's own name, in the kernel's unit (mostly pages or events)."""

    values: Mapping[str, int]

    def get(self, name: str) -> int | None:
        """The value of a counter, or None if this kernel doesn't have it."""
        return self.values.get(name)

    def total(self, *names: str) -> int | None:
        """The sum of those of the named counters that this kernel has, or None if it has none of them."""
        present = [value for name in names if (value := self.values.get(name)) is not None]
        return sum(present) if present else None

    def by_zone(self, name: str) -> int | None:
        """A counter that some kernels keep whole and others split by zone; None if this one does neither.

        Up to 4.7 `pgscan_kswapd`, `pgscan_direct`, `pgsteal_kswapd`, `pgsteal_direct` and `pgrefill` were printed
        as `pgscan_kswapd_dma32`, `pgscan_kswapd_normal` and so on; from 4.8 `allocstall` is. `pgalloc` always was
        (FOR_ALL_ZONES in include/linux/vm_event_item.h).
        """
        whole = self.values.get(name)
        return self.total(*(f"{name}_{zone}" for zone in _ZONES)) if whole is None else whole


def parse(data: bytes) -> Vmstat:
    """The record of a vmstat file; a line that is not `name number` is skipped."""
    values: dict[str, int] = {}
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        name, _, number = line.partition(" ")
        value = natural(number)
        if value is not None and name:
            values[name] = value
    return Vmstat(values)
