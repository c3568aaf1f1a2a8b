"""What all programs that count have in common: the thread they run in, the process it belongs to, their sizes.

In the pseudo-code of the programs (`reads`, `faults`, `changes`) `thread` is the slot of the running thread
(`records.THREAD`), `process` the counters of its process (`records.COUNTS`). R6 holds the arguments, R7 the thread,
R8 the process, R9 the pages to be counted.
"""

from typing import Final

from memtui.trace.bpf.asm import Assembler
from memtui.trace.bpf.insn import (
    FP,
    R0,
    R1,
    R2,
    R6,
    R7,
    R8,
    R9,
    Helper,
    Mem,
    Reg,
    Size,
    eq,
    ge,
    ne,
    sle,
)  # fmt: skip
from memtui.trace.bpf.maps import Map
from memtui.trace.pagecache.kernel import Shape
from memtui.trace.pagecache.records import (
    COMM,
    COMM_LENGTH,
    COUNTS,
    EVERYONE_ELSE,
    THREAD,
    THREAD_SLOTS,
    UID,
)  # fmt: skip

U32, U64 = Size.U32, Size.U64
_PID_TGID: Final = FP - 8
_SLOT: Final = FP - 12
_TGID: Final = FP - 16
_NEW: Final = FP - (16 + COUNTS.size)
_ONLY_NEW: Final = 1  # BPF_NOEXIST
_EVERYONE: Final = EVERYONE_ELSE - (1 << 32)  # as a signed immediate


def argument(number: int) -> Mem:
    """An argument of the tracepoint or function; behind the last one stands the result of a function."""
    return Mem(R6, 8 * number)


class Counter(Assembler):
    """An assembler that knows the maps, the thread and the process."""

    def __init__(self, threads: Map, processes: Map, shape: Shape) -> None:
        super().__init__()
        self._threads, self.processes, self.shape = threads, processes, shape
        self.mov(R6, R1)

    def find_thread(self) -> None:
        """R7 = the thread's slot, cleared if another thread had it."""
        self.call(Helper.GET_CURRENT_PID_TGID)
        self.store(U64, _PID_TGID, R0)
        self.mask(R0, THREAD_SLOTS - 1)
        self.store(U32, _SLOT, R0)
        self.map_lookup(self._threads, _SLOT)
        self.return_when(eq(R0, 0))
        self.mov(R7, R0)
        self.load(U64, R1, self.of("owner"))
        self.load(U64, R2, _PID_TGID)
        with self.when(ne(R1, R2)):
            self.zero(R7 + 0, THREAD.size)
            self.store(U64, self.of("owner"), R2)

    def of(self, name: str) -> Mem:
        """A word of the thread's slot."""
        return R7 + THREAD.offset(name)

    def count(self, name: str) -> None:
        """`process.name += r9`, if that is more than 0."""
        self.return_when(sle(R9, 0))
        self._find_process()
        self.add_to(name)

    def add_to(self, name: str) -> None:
        """`process.name += r9` of the process that was found."""
        self.atomic_add(R8 + COUNTS.offset(name), R9)

    def find_known_process(self) -> None:
        """R8 = the process's counters; ends the program if it has none."""
        self.call(Helper.GET_CURRENT_PID_TGID)
        self.rsh(R0, 32)
        self.store(U32, _TGID, R0)
        self.map_lookup(self.processes, _TGID)
        self.return_when(eq(R0, 0))
        self.mov(R8, R0)

    def _find_process(self) -> None:
        """R8 = the process's counters, new ones at its first event; those of everyone else where there is no room."""
        self.load(U64, R1, _PID_TGID)
        self.rsh(R1, 32)
        self.store(U32, _TGID, R1)
        self.map_lookup(self.processes, _TGID)
        with self.when(eq(R0, 0)):
            self.zero(_NEW, COUNTS.size)
            self.call(Helper.GET_CURRENT_UID_GID)
            self.store(U32, _behind(_NEW, UID), R0)
            self.address(R1, _behind(_NEW, COMM))
            self.mov(R2, COMM_LENGTH)
            self.call(Helper.GET_CURRENT_COMM)
            self.map_update(self.processes, _TGID, _NEW, _ONLY_NEW)
            self.map_lookup(self.processes, _TGID)
        with self.when(eq(R0, 0)):
            self.store(U32, _TGID, _EVERYONE)
            self.map_lookup(self.processes, _TGID)
            self.return_when(eq(R0, 0))
        self.mov(R8, R0)

    def last_page(self, last: Reg, mapping: Reg, scratch: Reg) -> None:
        """`last = min(last, last page of the file)`; a mapping without a size leaves it as it is."""
        with self.block() as block:
            self.load(U64, scratch, mapping + self.shape.host)
            block.leave_when(eq(scratch, 0))
            self.load(U64, scratch, scratch + self.shape.i_size)
            block.leave_when(eq(scratch, 0))
            self.sub(scratch, 1)
            self.rsh(scratch, self.shape.page_shift)
            block.leave_when(ge(scratch, last))
            self.mov(last, scratch)

    def pages_of(self, folio: Reg, scratch: Reg) -> None:
        """R9 = the pages of a folio: `1 << order` for a large one."""
        self.mov(R9, 1)
        if self.shape.order is None:
            return
        with self.block() as block:
            self.load(U64, scratch, folio + self.shape.flags)
            self.rsh(scratch, self.shape.head_bit)
            self.mask(scratch, 1)
            block.leave_when(eq(scratch, 0))
            self.load(self.shape.order.size, scratch, folio + self.shape.order.offset)
            self.mask(scratch, self.shape.order.mask)
            self.lsh(R9, scratch)

    def added_to_be_read(self) -> None:
        """What the thread added until now was for reading: no dirtying turns it into room for a write."""
        self.store(U64, self.of("add_mapping"), 0)


def _behind(place: Mem, offset: int) -> Mem:
    return Mem(place.base, place.offset + offset)
