"""/proc/buddyinfo: the free blocks of each zone by order, an order n being 2**n pages in one piece.

    Node 0, zone    DMA32      1      2      4      2      5      4      3      3      4      2    752

Kernel: mm/vmstat.c, frag_show_print(). Zones without memory are not in it. The number of orders is the kernel's
(11 almost everywhere, more where huge pages are larger).
"""

from collections.abc import Mapping

from memtui.proc.numbers import natural


def parse(data: bytes) -> Mapping[tuple[int, str], tuple[int, ...]]:
    """Numbers of free blocks, order 0 first, by (node, zone name); a line that is none of this is skipped."""
    blocks: dict[tuple[int, str], tuple[int, ...]] = {}
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        header, _, rest = line.partition(", zone ")
        label, _, number = header.partition(" ")
        name, *words = rest.split() or [""]
        node = natural(number)
        counts = [natural(word) for word in words]
        known = tuple(count for count in counts if count is not None)
        if label == "Node" and node is not None and name and known and len(known) == len(counts):
            blocks[node, name] = known
    return blocks
