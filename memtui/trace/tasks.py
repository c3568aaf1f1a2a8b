"""Which processes did anything since the last look: one read for all of them, in place of one for each.

An iterator over all tasks gives each task's identity and a sum of what moves when the task runs or is acted upon:
nanoseconds of CPU time (sum_exec_runtime), its mm's counters of resident, swapped and mapped pages, its parent and
its priority. A task with the same sum has not run since, so nothing that /proc/PID/stat tells of it has changed by
its own act (a fault, an exec, an end all take time; so does being another with the same pid); what others do to it
(swapping out, renice, reparenting) moves one of the other parts. The kernel keeps up to some dozens of pages per CPU
back from an mm's counters, so a reclaim of less than that may be seen later.

    sum = hash of all parts           for task in every thread:
    write(tgid << 32 | tid, sum)          seq_write(16 bytes)

About 0.3 µs a task, where reading stat is 4 to 8. Linux ≥ 5.8 with BTF; CAP_BPF and CAP_PERFMON. Kernel:
kernel/bpf/task_iter.c, include/linux/sched.h, include/linux/mm_types.h.
"""

import struct
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.bpf import btf
from memtui.trace.bpf.asm import FP, Assembler
from memtui.trace.bpf.btf import Btf
from memtui.trace.bpf.insn import R1, R2, R3, R6, R7, R8, R9, Alu, Helper, Reg, Size, eq, ne
from memtui.trace.bpf.iterator import Iterator
from memtui.trace.refused import Refused

_MULTIPLIER: Final = 0x9E37_79B9_7F4A_7C15  # odd, with its bits well spread: each part moves the whole sum
_RECORD: Final = struct.Struct("=QQ")
_PAGE_COUNTERS: Final = 4  # MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES
_ROTATE: Final = 29


class Look(NamedTuple):
    """Process ids: all that there are, and those of which something moved, came or went since the look before."""

    pids: set[int]
    moved: set[int]


class TaskWatch:
    """The iterator and what it gave last. Raises `Refused` where the kernel or the user has no such thing."""

    def __init__(self, types: Btf | None = None) -> None:
        types = types or btf.read()
        function = types.function("bpf_iter_task")
        if function is None:
            raise Refused(Unavailable(Why.ABSENT, "BPF task iterator (Linux 5.8)"))
        self._iterator = Iterator(_program(types), function, "memtui_tasks")
        self._last: dict[int, int] = {}

    def look(self) -> Look:
        """Who is there now and who moved; at the first look everyone did. Raises OSError."""
        now: dict[int, int] = dict(_RECORD.iter_unpack(self._iterator.read()))
        last, self._last = self._last, now
        before = last.get
        moved = {task >> 32 for task, total in now.items() if before(task) != total}
        moved |= {task >> 32 for task in last.keys() - now.keys()}
        return Look({task >> 32 for task in now}, moved)

    def close(self) -> None:
        """Take the program out of the kernel."""
        self._iterator.close()


def _program(types: Btf) -> bytes:
    """The program of the iterator; R6 is its context, R7 the task, R8 what is read of, R9 the sum."""

    def offset(struct_name: str, path: str) -> int:
        found = types.offset(struct_name, path)
        if found is None:
            raise Refused(Unavailable(Why.ABSENT, f"{struct_name}.{path} in BTF"))
        return found

    asm = Assembler()

    def mix(base: Reg, at: int, size: Size = Size.U64) -> None:
        """sum = rotate(sum ^ part) * multiplier, so that no two changes cancel each other out."""
        asm.load(size, R1, base + at)
        asm.alu(Alu.XOR, R9, R1)
        asm.mov(R2, R9)
        asm.lsh(R2, _ROTATE)
        asm.rsh(R9, 64 - _ROTATE)
        asm.alu(Alu.OR, R9, R2)
        asm.constant(R2, _MULTIPLIER)
        asm.mul(R9, R2)

    asm.mov(R6, R1)
    asm.load(Size.U64, R7, R6 + offset("bpf_iter__task", "task"))
    asm.return_when(eq(R7, 0))  # the call after the last task
    asm.mov(R9, 0)
    mix(R7, offset("task_struct", "se.sum_exec_runtime"))
    mix(R7, offset("task_struct", "static_prio"), Size.U32)
    asm.load(Size.U64, R8, R7 + offset("task_struct", "real_parent"))
    mix(R8, offset("task_struct", "tgid"), Size.U32)
    asm.load(Size.U64, R8, R7 + offset("task_struct", "mm"))
    with asm.when(ne(R8, 0)):  # a kernel thread has none
        mix(R8, offset("mm_struct", "total_vm"))
        for at in _page_counters(types):
            mix(R8, at)
    asm.load(Size.U32, R1, R7 + offset("task_struct", "tgid"))
    asm.lsh(R1, 32)
    asm.load(Size.U32, R2, R7 + offset("task_struct", "pid"))
    asm.alu(Alu.OR, R1, R2)
    asm.store(Size.U64, FP - 16, R1)
    asm.store(Size.U64, FP - 8, R9)
    asm.load(Size.U64, R1, R6 + offset("bpf_iter__task", "meta"))
    asm.load(Size.U64, R1, R1 + offset("bpf_iter_meta", "seq"))
    asm.address(R2, FP - 16)
    asm.mov(R3, _RECORD.size)
    asm.call(Helper.SEQ_WRITE)
    return asm.code()


def _page_counters(types: Btf) -> list[int]:
    """Where an mm's counters of pages lie: since 6.2 an array of percpu_counter, before one of numbers."""
    per_cpu = types.offset("mm_rss_stat", "count")
    start = types.offset("mm_struct", "rss_stat")
    if start is None:
        raise Refused(Unavailable(Why.ABSENT, "mm_struct.rss_stat in BTF"))
    if per_cpu is not None:
        return [start + per_cpu + 8 * index for index in range(_PAGE_COUNTERS)]
    counter = types.find(btf.Tag.STRUCT, "percpu_counter")
    count = types.offset("percpu_counter", "count")
    if counter is None or count is None:
        raise Refused(Unavailable(Why.ABSENT, "percpu_counter in BTF"))
    return [start + count + types.size(counter) * index for index in range(_PAGE_COUNTERS)]
