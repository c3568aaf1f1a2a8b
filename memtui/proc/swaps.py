r"""/proc/swaps: the swap areas in use.

    Filename                Type        Size    Used    Priority
    /var/sw\040ap           file        16380   0       -2

Kernel: mm/swapfile.c, swap_show(); sizes in KiB. Blank, tab, newline and backslash in a name are printed in octal
(seq_file_path()), and the name of a removed file ends in ` (deleted)` (d_path()).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from memtui.proc.numbers import integer, natural

_ROOM: Final = 0.9
_OCTAL: Final = re.compile(rb"\\([0-3][0-7]{2})")


@dataclass(frozen=True, slots=True)
class Swap:
    """A swap area: `size` and `used` in bytes, `kind` is `partition` or `file`, the highest `priority` fills first.

    `name` is a path chosen by people, unescaped; bytes in it that are not UTF-8 read like `\\xff`.
    """

    name: str
    kind: str
    size: int
    used: int
    priority: int


class Fit(NamedTuple):
    """What switching all swap off takes, in bytes: what has to come back into RAM, and what is available there."""

    needed: int
    available: int

    @property
    def fits(self) -> bool:
        """Whether there is room for it with a tenth to spare: swapoff(2) goes on until the OOM killer acts."""
        return self.needed <= self.available * _ROOM


def fit(lines: Mapping[str, int]) -> Fit:
    """By the lines of /proc/meminfo: pages of which RAM has a copy already (SwapCached) need no room."""
    used = lines.get("SwapTotal", 0) - lines.get("SwapFree", 0)
    return Fit(max(0, used - lines.get("SwapCached", 0)), lines.get("MemAvailable", lines.get("MemFree", 0)))


def parse(data: bytes) -> tuple[Swap, ...]:
    """The swap areas in the kernel's order; a line that is none (such as the heading) is skipped."""
    return tuple(swap for line in data.split(b"\n") if (swap := _swap(line)))


def _swap(line: bytes) -> Swap | None:
    """The swap area of a line, or None if the line isn't five words with numbers in their places."""
    words = line.split()
    if len(words) != 5:
        return None
    name = _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), words[0]).decode("utf-8", "backslashreplace")
    kind, *numbers = (word.decode("utf-8", "backslashreplace") for word in words[1:])
    size, used, priority = natural(numbers[0]), natural(numbers[1]), integer(numbers[2])
    if size is None or used is None or priority is None:
        return None
    return Swap(name, kind, size * 1024, used * 1024, priority)
