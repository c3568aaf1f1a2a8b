"""/proc/sysvipc/shm: the System V shared memory segments of this IPC namespace.

    key      shmid perms       size  cpid  lpid nattch   uid ...        rss       swap
    0     32768  1600      524288  1203  1450      2  1000 ...     524288          0

Kernel: ipc/shm.c, sysvipc_shm_proc_show(); columns are found by the heading. Sizes are bytes.
"""

from typing import NamedTuple

from memtui.proc.numbers import natural


class Segment(NamedTuple):
    """A segment: its size, what of it is in RAM and in swap (None before 2.6.35), and how many have it attached."""

    shmid: int
    size: int
    creator: int
    attached: int
    uid: int
    rss: int | None
    swap: int | None


def parse(data: bytes) -> tuple[Segment, ...]:
    """The segments in the kernel's order; a line without the numbers that it must have is skipped."""
    head, *lines = data.decode("utf-8", "backslashreplace").split("\n")
    names = head.split()
    found = []
    for line in lines:
        row = dict(zip(names, line.split(), strict=False))

        def number(name: str, row: dict[str, str] = row) -> int | None:
            return natural(row.get(name, ""))

        fixed = [number(name) for name in ("shmid", "size", "cpid", "nattch", "uid")]
        known = [value for value in fixed if value is not None]
        if len(known) == len(fixed):
            shmid, size, creator, attached, uid = known
            found.append(Segment(shmid, size, creator, attached, uid, number("rss"), number("swap")))
    return tuple(found)
