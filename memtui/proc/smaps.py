"""/proc/PID/smaps_rollup: the proportional and private parts of a process's resident memory.

    5641a292b000-7ffebdca2000 ---p 00000000 00:00 0                          [rollup]
    Rss:                1696 kB
    Pss:                 455 kB

proc_pid_smaps(5), Documentation/filesystems/proc.rst; the kernel writes it in fs/proc/task_mmu.c,
__show_smap(). smaps_rollup is there since Linux 4.14, Pss_Anon, Pss_File and Pss_Shmem since 5.3; before 4.14 the
same sums are made from smaps. Reading needs the right to ptrace the process. A kernel thread's smaps is empty, its
smaps_rollup gives ESRCH, as a zombie's does.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

_HEADER_WORDS: Final = 6
_WIDEST: Final = 20  # digits of a 64-bit number


class Rollup(NamedTuple):
    """Sums over all mappings of a process, in bytes; None where this kernel has no such line.

    USS is Private_Clean + Private_Dirty. Huge pages of hugetlbfs are in none of rss, pss and uss: they are
    `private_hugetlb` and `shared_hugetlb`.
    """

    rss: int
    pss: int
    uss: int
    pss_anon: int | None
    pss_file: int | None
    pss_shmem: int | None
    shared_clean: int
    shared_dirty: int
    private_clean: int
    private_dirty: int
    referenced: int
    anonymous: int
    lazy_free: int | None
    anon_huge: int | None
    ksm: int | None
    private_hugetlb: int | None
    shared_hugetlb: int | None
    swap: int
    swap_pss: int | None
    locked: int | None


def parse(data: bytes) -> Rollup | None:
    """The record of a smaps_rollup file, or of a whole smaps file summed up; None if it holds no mapping."""
    words = data.split()
    if b"[rollup]" in words[:_HEADER_WORDS]:
        pairs = zip(words[_HEADER_WORDS::3], words[_HEADER_WORDS + 1 :: 3], strict=False)
        return _record({name: int(value) for name, value in pairs if _natural(value)})
    return _record(_sum(data))


def _natural(word: bytes) -> bool:
    return word.isdigit() and len(word) <= _WIDEST


def _sum(data: bytes) -> Mapping[bytes, int]:
    sums: dict[bytes, int] = {}
    for row in data.split(b"\n"):  # not splitlines: the kernel escapes no carriage return in a file's name
        words = row.split()
        if len(words) == 3 and words[2] == b"kB" and _natural(words[1]):
            sums[words[0]] = sums.get(words[0], 0) + int(words[1])
    return sums


def _record(kib: Mapping[bytes, int]) -> Rollup | None:
    def optional(key: bytes) -> int | None:
        value = kib.get(key)
        return None if value is None else value * 1024

    def required(key: bytes) -> int:
        return kib[key] * 1024

    try:
        clean, dirty = required(b"Private_Clean:"), required(b"Private_Dirty:")
        return Rollup(
            required(b"Rss:"),
            required(b"Pss:"),
            clean + dirty,
            optional(b"Pss_Anon:"),
            optional(b"Pss_File:"),
            optional(b"Pss_Shmem:"),
            required(b"Shared_Clean:"),
            required(b"Shared_Dirty:"),
            clean,
            dirty,
            required(b"Referenced:"),
            required(b"Anonymous:"),
            optional(b"LazyFree:"),
            optional(b"AnonHugePages:"),
            optional(b"KSM:"),
            optional(b"Private_Hugetlb:"),
            optional(b"Shared_Hugetlb:"),
            required(b"Swap:"),
            optional(b"SwapPss:"),
            optional(b"Locked:"),
        )
    except KeyError:
        return None
