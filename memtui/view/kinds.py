"""Which tone each kind of memory has, and the account of RAM drawn in as many parts as there are tones."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from memtui.model.fields import ACCOUNT
from memtui.model.memory import Kind, Memory, Part
from memtui.view.lines import Tone

_TONES: Final = {
    Kind.ANON: Tone.ANON,
    Kind.FILE_MAPPED: Tone.FILE,
    Kind.SHMEM: Tone.SHMEM,
    Kind.FILE: Tone.FILE,
    Kind.SWAP_CACHE: Tone.SWAP,
    Kind.BUFFERS: Tone.BUFFERS,
    Kind.SLAB_RECLAIMABLE: Tone.SLAB,
    Kind.SLAB_UNRECLAIMABLE: Tone.SLAB,
    Kind.KERNEL_RECLAIMABLE: Tone.SLAB,
    Kind.PAGE_TABLES: Tone.PAGETABLES,
    Kind.KERNEL_STACKS: Tone.KERNEL,
    Kind.VMALLOC: Tone.KERNEL,
    Kind.PERCPU: Tone.KERNEL,
    Kind.MEMMAP: Tone.KERNEL,
    Kind.COMPRESSED: Tone.SWAP,
    Kind.GPU: Tone.KERNEL,
    Kind.BOUNCE: Tone.KERNEL,
    Kind.CORRUPTED: Tone.KERNEL,
    Kind.ARC: Tone.CACHE,
    Kind.CPU_LISTS: Tone.FREE,
    Kind.OTHER: Tone.KERNEL,
    Kind.HUGETLB: Tone.HUGE,
    Kind.FREE: Tone.FREE,
}


class Group(NamedTuple):
    """All parts of one tone, which a bar draws as one piece: its name and its bytes."""

    name: str
    tone: Tone
    size: int


def tone_of(kind: Kind) -> Tone:
    """The tone of a kind of memory, the same wherever it is shown."""
    return _TONES[kind]


def groups(account: Iterable[Part]) -> list[Group]:
    """The account by tone, in its own order; a group of several kinds goes by the name of its tone."""
    found: dict[Tone, Group] = {}
    for kind, size in account:
        tone = _TONES[kind]
        if tone in found:
            found[tone] = Group(tone.value, tone, found[tone].size + size)
        else:
            found[tone] = Group(ACCOUNT[kind].title, tone, size)
    return list(found.values())


def size_of(part: Part, memory: Memory) -> int | None:
    """The bytes of a part; None for per-CPU memory where the kernel has no line for it."""
    return None if part.kind is Kind.PERCPU and memory.get("Percpu") is None else part.size
