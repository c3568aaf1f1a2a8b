"""How paths are told apart: a hash of the return addresses near the top of the stack; of new ones the stack is kept.

Words that lie in code are return addresses, or what earlier calls have left behind. The latter make one path into
several at worst, which become one again when their stacks are unwound.
"""

from typing import Final

from memtui.trace.alloc.frame import SLOT, U64, Tables, call, count
from memtui.trace.alloc.layout import CALL_PATH, CLUSTERS, HASHED, PATH_LENGTH, PATH_SLICE, PT_RSP, SAVED, SLICE, WORD
from memtui.trace.bpf.asm import Assembler
from memtui.trace.bpf.insn import R0, R1, R2, R3, R4, R6, R7, R8, R9, Helper, eq, le, lt, ne

_MULTIPLIER: Final = 0x9E3779B97F4A7C15  # odd, bits evenly spread: 2^64 / golden ratio
_SMALLEST_SLICE: Final = 256
_READS: Final = (HASHED // 64, HASHED // 16, HASHED // 4)  # what is read at least where HASHED bytes are not there


def path(asm: Assembler, tables: Tables) -> None:
    """Hash the way that led here into the call; on a way that is new, keep registers and stack. R9: the orders."""
    asm.store(U64, SLOT, 0)
    asm.map_lookup(tables.scratch, SLOT)
    asm.return_when(eq(R0, 0))
    asm.mov(R8, R0)
    hashed = HASHED
    with asm.block() as read:
        while hashed >= WORD:  # near the bottom of the stack there may be less
            asm.mov(R7, hashed)
            _copy_stack(asm, hashed)
            read.leave_when(eq(R0, 0))
            hashed //= 4
        asm.mov(R7, 0)
        asm.store(U64, R8 + PATH_SLICE, 0)
    asm.load(U64, R1, R6 + PT_RSP)
    asm.mask(R1, 0xFFF)  # how deep, but the same for the stacks of all threads
    asm.load(U64, R2, R8 + PATH_SLICE)
    asm.add(R1, R2)
    asm.constant(R3, _MULTIPLIER)
    asm.mul(R1, R3)
    with asm.block() as hashing:
        for place in range(WORD, HASHED, WORD):
            if place in _READS:
                hashing.leave_when(le(R7, place))
            _hash_word(asm, place)
    asm.store(U64, call(CALL_PATH), R1)
    asm.map_lookup(tables.paths, call(CALL_PATH))
    with asm.when(eq(R0, 0)):
        _keep_stack(asm, tables)


def _hash_word(asm: Assembler, place: int) -> None:
    """Add a word to the hash in R1 if it lies in code; R3 is the multiplier, R9 points to the clusters."""
    with asm.block() as word:
        asm.load(U64, R2, R8 + (PATH_SLICE + place))
        asm.load(U64, R0, R9 + 0)
        word.leave_when(lt(R2, R0))  # small numbers, by far the most
        with asm.block() as found:
            for cluster in range(CLUSTERS):
                asm.load(U64, R4, R9 + 2 * WORD * cluster)
                word.leave_when(lt(R2, R4))
                asm.mov(R0, R2)
                asm.sub(R0, R4)
                asm.load(U64, R4, R9 + (2 * cluster + 1) * WORD)
                found.leave_when(lt(R0, R4))
            word.leave()
        asm.add(R1, R2)
        asm.mul(R1, R3)


def _keep_stack(asm: Assembler, tables: Tables) -> None:
    for place, register in enumerate(SAVED):
        asm.load(U64, R1, R6 + register)
        asm.store(U64, R8 + place * WORD, R1)
    size = SLICE
    with asm.block() as copied:
        while size >= _SMALLEST_SLICE:
            asm.mov(R7, size)
            _copy_stack(asm, size)
            copied.leave_when(eq(R0, 0))
            size //= 2
        asm.mov(R7, 0)
    asm.store(U64, R8 + PATH_LENGTH, R7)
    asm.map_address(R1, tables.paths)
    asm.address(R2, call(CALL_PATH))
    asm.mov(R3, R8)
    asm.mov(R4, 0)
    asm.call(Helper.MAP_UPDATE_ELEM)
    with asm.when(ne(R0, 0)):
        count(asm, tables, "lost_paths")


def _copy_stack(asm: Assembler, size: int) -> None:
    """Copy the top of the stack into the scratch path; R0 is 0 if it could be read."""
    asm.mov(R1, R8)
    asm.add(R1, PATH_SLICE)
    asm.mov(R2, size)
    asm.load(U64, R3, R6 + PT_RSP)
    asm.call(Helper.PROBE_READ_USER)
