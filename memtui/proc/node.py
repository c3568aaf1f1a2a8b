"""/sys/devices/system/node/nodeN/{meminfo,numastat,distance,cpulist}: a NUMA node.

    Node 0 MemTotal:       515104 kB
    numa_hit 143061
    10 20

Kernel: drivers/base/node.c; numastat counts pages (Documentation/admin-guide/numastat.rst), distances are those of
the ACPI SLIT, 10 being a node's distance to itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from memtui.proc import meminfo
from memtui.proc.cgroup import parse_flat
from memtui.proc.meminfo import Meminfo
from memtui.proc.numbers import natural


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """A node: its own meminfo (bytes), numastat (pages), distances by the order of nodes, and its CPUs as a list."""

    id: int
    meminfo: Meminfo
    numastat: Mapping[str, int]
    distances: tuple[int, ...]
    cpus: str


def parse_meminfo(data: bytes) -> Meminfo:
    """The record of a node's meminfo, which has `Node N ` before every name."""
    lines = []
    for line in data.split(b"\n"):
        words = line.split(b" ", 2)
        if words[0] == b"Node" and len(words) == 3:
            lines.append(words[2])
    return meminfo.parse(b"\n".join(lines))


def parse_numastat(data: bytes) -> Mapping[str, int]:
    """Pages by the kernel's names: numa_hit, numa_miss, numa_foreign, interleave_hit, local_node, other_node."""
    return parse_flat(data)


def parse_distances(data: bytes) -> tuple[int, ...]:
    """The distances, or none if anything else is in the file."""
    words = data.decode("utf-8", "backslashreplace").split()
    found = [value for word in words if (value := natural(word)) is not None]
    return tuple(found) if len(found) == len(words) else ()


def parse_cpus(data: bytes) -> str:
    """The list of CPUs as the kernel writes it, such as `0-3,8`; empty if it is none."""
    text = data.decode("utf-8", "backslashreplace").strip()
    return text if all(character in "0123456789,-" for character in text) else ""
