"""/proc/PID/status: the resident split, swap and page tables of one process, readable without privilege.

    VmRSS:      1616 kB
    RssAnon:     112 kB

proc_pid_status(5); the kernel writes the sizes in fs/proc/task_mmu.c, task_mem(). RssAnon, RssFile and RssShmem
are there since Linux 4.5, VmSwap since 2.6.34. A kernel thread and a zombie have none of the sizes.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple


class Residence(NamedTuple):
    """What is kept of every process: a part of `PidStatus`, with the same names and units."""

    uid: int | None
    vm_lck: int | None
    vm_rss: int | None
    rss_anon: int | None
    rss_file: int | None
    rss_shmem: int | None
    vm_pte: int | None
    vm_swap: int | None

    @property
    def shr(self) -> int | None:
        """Resident file and shmem pages in bytes, what top calls SHR; None before Linux 4.5."""
        if self.rss_file is None or self.rss_shmem is None:
            return None
        return self.rss_file + self.rss_shmem


class PidStatus(NamedTuple):
    """Sizes in bytes, None where this kernel or process has none; `uid` is the effective user."""

    uid: int | None
    threads: int | None
    vm_peak: int | None
    vm_size: int | None
    vm_lck: int | None
    vm_pin: int | None
    vm_hwm: int | None
    vm_rss: int | None
    rss_anon: int | None
    rss_file: int | None
    rss_shmem: int | None
    vm_data: int | None
    vm_stk: int | None
    vm_exe: int | None
    vm_lib: int | None
    vm_pte: int | None
    vm_swap: int | None
    hugetlb: int | None


_WIDEST: Final = 20  # digits of a 64-bit number
_SIZES: Final = (
    b"VmPeak: VmSize: VmLck: VmPin: VmHWM: VmRSS: RssAnon: RssFile: RssShmem: "
    b"VmData: VmStk: VmExe: VmLib: VmPTE: VmSwap: HugetlbPages:"
).split()
_KEPT: Final = b"VmLck: VmRSS: RssAnon: RssFile: RssShmem: VmPTE: VmSwap:".split()


def parse(data: bytes) -> PidStatus:
    """The record of a status file; fields that are not in it are None."""
    return PidStatus(_number(data, b"\nUid:", 1), _number(data, b"\nThreads:", 0), *_sizes(data, _SIZES))


def parse_residence(data: bytes) -> Residence:
    """What is kept of a status file; fields that are not in it are None."""
    return Residence(_number(data, b"\nUid:", 1), *_sizes(data, _KEPT))


def _sizes(data: bytes, keys: Sequence[bytes]) -> Iterator[int | None]:
    start = data.find(b"\nVmPeak:")
    words = data[start : data.find(b"\nThreads:", start)].split() if start >= 0 else []
    sizes = dict(zip(words[0::3], words[1::3], strict=False))  # the block is `name value kB`, line after line
    return (_natural(sizes[key], 10) if key in sizes else None for key in keys)


def _number(data: bytes, key: bytes, index: int) -> int | None:
    start = data.find(key)
    if start < 0:
        return None
    words = data[start + len(key) : data.find(b"\n", start + 1)].split()
    return _natural(words[index]) if len(words) > index else None


def _natural(word: bytes, shift: int = 0) -> int | None:
    return int(word) << shift if word.isdigit() and len(word) <= _WIDEST else None
