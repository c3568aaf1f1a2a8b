"""/proc/spl/kstat/zfs/arcstats: the cache of ZFS, which no line of /proc/meminfo names.

    13 1 0x01 147 39984 8063263612 14063219612
    name                            type data
    size                            4    1073741824

OpenZFS: module/zfs/arc.c. Type 3 and 4 are unsigned 64-bit numbers.
"""

from collections.abc import Mapping

from memtui.proc.numbers import natural


def parse(data: bytes) -> Mapping[str, int]:
    """The numbers by their names; `size`, `c_min` and `c_max` are bytes."""
    values: dict[str, int] = {}
    for line in data.decode("utf-8", "backslashreplace").split("\n"):
        words = line.split()
        if len(words) == 3 and words[1] in ("3", "4") and (value := natural(words[2])) is not None:
            values[words[0]] = value
    return values
