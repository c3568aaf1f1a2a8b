"""/proc/meminfo: what RAM and swap are used for, system-wide.

    MemTotal:       24684092 kB
    Active(anon):       1520 kB
    HugePages_Total:       0

Kernel: fs/proc/meminfo.c, meminfo_proc_show(); the huge page lines come from mm/hugetlb.c, the DirectMap lines
from the architecture. Meanings: Documentation/filesystems/proc.rst. The kernel's "kB" is 1024 bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from memtui.proc.numbers import natural


@dataclass(frozen=True, slots=True)
class Meminfo:
    """Every line of meminfo by the kernel's own name, those that this code has never heard of included.

    `values` are bytes, except for the names in `counts`: lines without a unit, which count huge pages.
    """

    values: Mapping[str, int]
    counts: frozenset[str] = frozenset()

    def get(self, name: str) -> int | None:
        """The value of a line, or None if this kernel doesn't print it."""
        return self.values.get(name)


def parse(data: bytes) -> Meminfo:
    """The record of a meminfo file; a line that is not `name: number [kB]` is skipped."""
    values: dict[str, int] = {}
    counts: set[str] = set()
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        name, _, rest = line.partition(":")
        number, _, unit = rest.strip().partition(" ")
        value = natural(number)
        if value is None or not name:
            continue
        if unit == "kB":
            values[name] = value * 1024
        elif not unit:
            values[name] = value
            counts.add(name)
    return Meminfo(values, frozenset(counts))
