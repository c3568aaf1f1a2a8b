"""/proc/slabinfo: the kernel's object caches. Readable by root alone (mode 0400).

    # name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables ... : slabdata ...
    dentry             142884 143115    192   21    1 : tunables    0    0    0 : slabdata   6815   6815      0

Kernel: mm/slab_common.c, cache_show(). Caches of one kind of object may be merged into one (slab_nomerge), and
objects larger than two pages come from the page allocator and are in no cache.
"""

from typing import NamedTuple

from memtui.proc.numbers import natural


class Slab(NamedTuple):
    """A cache: objects in use and all, bytes of one, objects and pages of a slab, slabs in use and all."""

    name: str
    active: int
    objects: int
    object_size: int
    per_slab: int
    pages_per_slab: int
    active_slabs: int
    slabs: int


def parse(data: bytes) -> tuple[Slab, ...]:
    """The caches in the kernel's order; a line that is none, such as the two headings, is skipped."""
    return tuple(slab for line in data.decode("utf-8", "backslashreplace").split("\n") if (slab := _slab(line)))


def _slab(line: str) -> Slab | None:
    counts, _, rest = line.partition(" : tunables ")
    _, _, slabs = rest.partition(" : slabdata ")
    name, *words = counts.split() or [""]
    numbers = [value for word in (*words, *slabs.split()) if (value := natural(word)) is not None]
    if len(words) != 5 or len(numbers) != 8:
        return None
    return Slab(name, *numbers[:7])
