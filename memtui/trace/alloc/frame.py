"""What the programs have in common: the maps, the layout of their 512 bytes of stack, counting and forgetting."""

from dataclasses import dataclass
from typing import Final

from memtui.trace.alloc.layout import BLOCK, CALL_BYTES, COUNTERS, TALLY, WORD
from memtui.trace.bpf.asm import Assembler, HasFd
from memtui.trace.bpf.insn import FP, R0, R1, Helper, Mem, Reg, Size, eq, ne

U64: Final = Size.U64

# Below the frame pointer: an index or counter, the thread, an address, a path, then a call, a block, a tally.
SLOT, THREAD, ADDRESS, PATH = FP - 8, FP - 16, FP - 24, FP - 32
_CALL: Final = 32 + CALL_BYTES
_BLOCK: Final = _CALL + BLOCK.size
_TALLY: Final = _BLOCK + TALLY.size


@dataclass(frozen=True, slots=True)
class Tables:
    """The maps that the programs share."""

    calls: HasFd
    blocks: HasFd
    paths: HasFd
    tallies: HasFd
    counters: HasFd
    orders: HasFd
    scratch: HasFd


def forget(asm: Assembler, tables: Tables, counter: str, size: Reg) -> None:
    """Drop the block at the address in the frame, if it is known, from its table and from its path's tally.

    `size` is a register that may be lost.
    """
    asm.map_lookup(tables.blocks, ADDRESS)
    with asm.when(ne(R0, 0)):
        asm.load(U64, size, R0 + 0)
        asm.load(U64, R1, R0 + WORD)
        asm.store(U64, PATH, R1)
        asm.map_delete(tables.blocks, ADDRESS)
        with asm.when(eq(R0, 0)):  # else another thread was first
            asm.map_lookup(tables.tallies, PATH)
            with asm.when(ne(R0, 0)):
                _subtract(asm, size)
            count(asm, tables, counter)


def _subtract(asm: Assembler, size: Reg) -> None:
    asm.mov(R1, 0)
    asm.sub(R1, size)
    asm.atomic_add(R0 + 0, R1)
    asm.mov(R1, -1)
    asm.atomic_add(R0 + WORD, R1)


def thread(asm: Assembler) -> None:
    """Write the thread into the frame."""
    asm.call(Helper.GET_CURRENT_PID_TGID)
    asm.store(U64, THREAD, R0)


def count(asm: Assembler, tables: Tables, name: str) -> None:
    """Add 1 to a counter of this CPU; R0 to R5 are lost."""
    asm.store(Size.U32, SLOT, COUNTERS.index(name))
    asm.map_lookup(tables.counters, SLOT)
    with asm.when(ne(R0, 0)):
        asm.load(U64, R1, R0 + 0)
        asm.add(R1, 1)
        asm.store(U64, R0 + 0, R1)


def call(offset: int) -> Mem:
    """A field of the call in the frame."""
    return FP - (_CALL - offset)


def block(offset: int) -> Mem:
    """A field of the block in the frame."""
    return FP - (_BLOCK - offset)


def tally() -> Mem:
    """The tally in the frame."""
    return FP - _TALLY
