"""/proc/PID/numa_maps: on which nodes the pages of a process are.

    7f1c5a000000 interleave:0-1 anon=512 dirty=512 N0=256 N1=256 kernelpagesize_kB=4

numa(7); Documentation/filesystems/proc.rst; fs/proc/task_mmu.c show_numa_map(). Reading walks all pages, as smaps
does, and needs the right to ptrace the process.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from memtui.proc.numbers import natural

_KIB: Final = 1024


class NumaMaps(NamedTuple):
    """Resident bytes by node: all, anonymous, of files; `policies` counts the mappings under each memory policy."""

    nodes: Mapping[int, int]
    anon: Mapping[int, int]
    file: Mapping[int, int]
    huge: Mapping[int, int]
    policies: Mapping[str, int]


def parse(data: bytes) -> NumaMaps:
    """The sums over a numa_maps file; a line that can't be read is left out.

    Pages of a file that were copied when written count as anonymous where all of the mapping's pages are; else with
    the file: the kernel doesn't say on which node which are.
    """
    kinds: dict[str, Counter[int]] = {name: Counter() for name in ("anon", "file", "huge")}
    policies: Counter[str] = Counter()
    for row in data.decode("utf-8", "backslashreplace").split("\n"):
        address, _, rest = row.partition(" ")
        words = rest.split(" ")
        if not address or not words[0]:
            continue
        policies[words[0].partition(":")[0]] += 1
        values = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        page = natural(values.get("kernelpagesize_kB", ""))
        if page is None:
            continue
        kind = "huge" if "huge" in words else "file" if "file" in values else "anon"
        for name, count in values.items():
            node, pages = natural(name[1:]), natural(count)
            if name[:1] == "N" and node is not None and pages is not None:
                kinds[kind][node] += pages * page * _KIB
    every: Counter[int] = Counter()
    for found in kinds.values():
        every.update(found)
    return NumaMaps(every, kinds["anon"], kinds["file"], kinds["huge"], policies)
