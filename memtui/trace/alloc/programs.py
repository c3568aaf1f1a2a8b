"""The programs that run at the functions' begin and end.

A call is followed from begin to end by its thread and stack pointer, so that a realloc which calls malloc counts
once. Where memory is given back the address is forgotten *before* the function runs: after it another thread may
already have the same address.

A path is told from others by a hash of the words near the top of the stack that lie in code: return addresses, and
what earlier calls have left behind. The latter make one path into several at worst, which become one again when
their stacks are unwound.
"""

from dataclasses import dataclass
from typing import Final

from memtui.trace.alloc.functions import Function, Gives
from memtui.trace.alloc.layout import (
    ARGUMENTS,
    BLOCK,
    CALL_BYTES,
    CALL_OLD,
    CALL_OLD_BLOCK,
    CALL_OUT,
    CALL_PATH,
    CALL_RSP,
    CALL_SIZE,
    CLUSTERS,
    COUNTERS,
    HASHED,
    ORDERS_FOLLOW,
    PATH_LENGTH,
    PATH_SLICE,
    PT_RAX,
    PT_RSP,
    SAVED,
    SLICE,
    TALLY,
    WORD,
)
from memtui.trace.bpf.asm import Assembler, HasFd
from memtui.trace.bpf.insn import (
    FP,
    R0,
    R1,
    R2,
    R3,
    R4,
    R6,
    R7,
    R8,
    R9,
    Helper,
    Mem,
    Reg,
    Size,
    eq,
    gt,
    le,
    lt,
    ne,
    sle,
)

_U64: Final = Size.U64
_MULTIPLIER: Final = 0x9E3779B97F4A7C15  # odd, bits evenly spread: 2^64 / golden ratio
_ANONYMOUS: Final = 0x20
_SMALLEST_SLICE: Final = 256
_READS: Final = (HASHED // 64, HASHED // 16, HASHED // 4)  # what is read at least where HASHED bytes are not there

# The frame: 512 bytes below FP.
_SLOT, _THREAD, _ADDRESS, _PATH = FP - 8, FP - 16, FP - 24, FP - 32
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


def begin(function: Function, tables: Tables, smallest: int = 0) -> bytes:
    """The program at the begin of a function that gives memory; the context is in R6, the size in R7.

    `smallest` is the least size in bytes that counts. Where the orders say that no new blocks are followed, those
    that realloc moves still are.
    """
    asm = Assembler()
    asm.mov(R6, R1)
    _size(asm, function)
    if function.gives is Gives.MAPPED:
        asm.return_when(sle(R7, 0))  # sbrk that only asks, or gives back
    if function.flags is not None:
        asm.load(_U64, R1, R6 + ARGUMENTS[function.flags])
        asm.mask(R1, _ANONYMOUS)
        asm.return_when(eq(R1, 0))
    asm.zero(_call(0), CALL_BYTES)
    _thread(asm)
    asm.load(_U64, R8, R6 + PT_RSP)
    asm.map_lookup(tables.calls, _THREAD)
    with asm.when(ne(R0, 0)):  # a call within a call: deeper in the stack
        asm.load(_U64, R1, R0 + CALL_RSP)
        with asm.when(gt(R1, R8)):
            _count(asm, tables, "nested")
            asm.mov(R0, 0)
            asm.return_when(eq(R0, 0))  # always
    asm.store(_U64, _call(CALL_RSP), R8)
    asm.store(_U64, _call(CALL_SIZE), R7)
    if function.gives is Gives.OUT:
        asm.load(_U64, R1, R6 + ARGUMENTS[0])
        asm.store(_U64, _call(CALL_OUT), R1)
    if function.old is not None:
        _put_aside(asm, function, tables)
    if smallest and function.old is None:
        asm.return_when(lt(R7, smallest))
    asm.store(_U64, _SLOT, 0)
    asm.map_lookup(tables.orders, _SLOT)
    asm.return_when(eq(R0, 0))
    asm.mov(R9, R0)
    asm.load(_U64, R1, R9 + ORDERS_FOLLOW)
    with asm.when(eq(R1, 0)):
        asm.load(_U64, R1, _call(CALL_OLD))
        asm.return_when(eq(R1, 0))
    _count(asm, tables, "calls")
    _path(asm, tables)
    asm.map_update(tables.calls, _THREAD, _call(0))
    with asm.when(ne(R0, 0)):
        _count(asm, tables, "lost_calls")
    return asm.code()


def end(function: Function, tables: Tables) -> bytes:
    """The program at the end of a function that gives memory."""
    asm = Assembler()
    asm.mov(R6, R1)
    _thread(asm)
    asm.map_lookup(tables.calls, _THREAD)
    asm.return_when(eq(R0, 0))
    asm.mov(R8, R0)
    asm.load(_U64, R1, R6 + PT_RSP)  # the return address is off the stack
    asm.sub(R1, WORD)
    asm.load(_U64, R2, R8 + CALL_RSP)
    asm.return_when(ne(R1, R2))  # the end of a call within the call
    _result(asm, function)
    with asm.when(eq(R7, 0)):
        _refused(asm, function, tables)
    with asm.when(ne(R7, 0)):
        _taken(asm, tables)
    asm.map_delete(tables.calls, _THREAD)
    return asm.code()


def give_back(function: Function, tables: Tables) -> bytes:
    """The program at the begin of a function that only takes."""
    asm = Assembler()
    assert function.old is not None
    asm.load(_U64, R7, R1 + ARGUMENTS[function.old])
    asm.return_when(eq(R7, 0))
    _count(asm, tables, "frees")
    asm.store(_U64, _ADDRESS, R7)
    _forget(asm, tables, "given_back", R7)
    return asm.code()


# -- the begin ----------------------------------------------------------------------------------------------------


def _size(asm: Assembler, function: Function) -> None:
    assert function.size is not None
    asm.load(_U64, R7, R6 + ARGUMENTS[function.size])
    if function.times is not None:
        asm.load(_U64, R1, R6 + ARGUMENTS[function.times])
        asm.mul(R7, R1)


def _put_aside(asm: Assembler, function: Function, tables: Tables) -> None:
    """Take the old block of a realloc out of the table, and keep it in the call in case it fails."""
    assert function.old is not None
    asm.load(_U64, R9, R6 + ARGUMENTS[function.old])
    with asm.when(ne(R9, 0)):
        asm.store(_U64, _ADDRESS, R9)
        asm.map_lookup(tables.blocks, _ADDRESS)
        with asm.when(ne(R0, 0)):
            for offset in range(0, BLOCK.size, WORD):
                asm.load(_U64, R1, R0 + offset)
                asm.store(_U64, _call(CALL_OLD_BLOCK + offset), R1)
            asm.store(_U64, _call(CALL_OLD), R9)
            _forget(asm, tables, "given_back", R7)


def _path(asm: Assembler, tables: Tables) -> None:
    """Hash the way that led here into the call; on a way that is new, keep registers and stack. R9: the orders."""
    asm.store(_U64, _SLOT, 0)
    asm.map_lookup(tables.scratch, _SLOT)
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
        asm.store(_U64, R8 + PATH_SLICE, 0)
    asm.load(_U64, R1, R6 + PT_RSP)
    asm.mask(R1, 0xFFF)  # how deep, but the same for the stacks of all threads
    asm.load(_U64, R2, R8 + PATH_SLICE)
    asm.add(R1, R2)
    asm.constant(R3, _MULTIPLIER)
    asm.mul(R1, R3)
    with asm.block() as hashing:
        for place in range(WORD, HASHED, WORD):
            if place in _READS:
                hashing.leave_when(le(R7, place))
            _hash_word(asm, place)
    asm.store(_U64, _call(CALL_PATH), R1)
    asm.map_lookup(tables.paths, _call(CALL_PATH))
    with asm.when(eq(R0, 0)):
        _keep_stack(asm, tables)


def _hash_word(asm: Assembler, place: int) -> None:
    """Add a word to the hash in R1 if it lies in code; R3 is the multiplier, R9 points to the clusters."""
    with asm.block() as word:
        asm.load(_U64, R2, R8 + (PATH_SLICE + place))
        asm.load(_U64, R0, R9 + 0)
        word.leave_when(lt(R2, R0))  # small numbers, by far the most
        with asm.block() as found:
            for cluster in range(CLUSTERS):
                asm.load(_U64, R4, R9 + 2 * WORD * cluster)
                word.leave_when(lt(R2, R4))
                asm.mov(R0, R2)
                asm.sub(R0, R4)
                asm.load(_U64, R4, R9 + (2 * cluster + 1) * WORD)
                found.leave_when(lt(R0, R4))
            word.leave()
        asm.add(R1, R2)
        asm.mul(R1, R3)


def _keep_stack(asm: Assembler, tables: Tables) -> None:
    for place, register in enumerate(SAVED):
        asm.load(_U64, R1, R6 + register)
        asm.store(_U64, R8 + place * WORD, R1)
    size = SLICE
    with asm.block() as copied:
        while size >= _SMALLEST_SLICE:
            asm.mov(R7, size)
            _copy_stack(asm, size)
            copied.leave_when(eq(R0, 0))
            size //= 2
        asm.mov(R7, 0)
    asm.store(_U64, R8 + PATH_LENGTH, R7)
    asm.map_address(R1, tables.paths)
    asm.address(R2, _call(CALL_PATH))
    asm.mov(R3, R8)
    asm.mov(R4, 0)
    asm.call(Helper.MAP_UPDATE_ELEM)
    with asm.when(ne(R0, 0)):
        _count(asm, tables, "lost_paths")


def _copy_stack(asm: Assembler, size: int) -> None:
    """Copy the top of the stack into the scratch path; R0 is 0 if it could be read."""
    asm.mov(R1, R8)
    asm.add(R1, PATH_SLICE)
    asm.mov(R2, size)
    asm.load(_U64, R3, R6 + PT_RSP)
    asm.call(Helper.PROBE_READ_USER)


# -- the end ------------------------------------------------------------------------------------------------------


def _result(asm: Assembler, function: Function) -> None:
    """The address of the new memory in R7, 0 for none. R8 points to the call."""
    asm.load(_U64, R7, R6 + PT_RAX)
    if function.gives is Gives.MAPPED:
        with asm.when(eq(R7, -1)):
            asm.mov(R7, 0)
    elif function.gives is Gives.OUT:
        with asm.block() as known:
            with asm.when(ne(R7, 0)):
                asm.mov(R7, 0)
                known.leave()
            asm.store(_U64, _ADDRESS, 0)
            asm.address(R1, _ADDRESS)
            asm.mov(R2, WORD)
            asm.load(_U64, R3, R8 + CALL_OUT)
            asm.call(Helper.PROBE_READ_USER)
            asm.load(_U64, R7, _ADDRESS)


def _refused(asm: Assembler, function: Function, tables: Tables) -> None:
    """No memory: a realloc has left its old block alone, unless it was asked for nothing."""
    _count(asm, tables, "refused")
    if function.old is None:
        return
    with asm.block() as kept:
        asm.load(_U64, R1, R8 + CALL_OLD)
        kept.leave_when(eq(R1, 0))
        asm.load(_U64, R2, R8 + CALL_SIZE)
        kept.leave_when(eq(R2, 0))
        asm.store(_U64, _ADDRESS, R1)
        for offset in range(0, BLOCK.size, WORD):
            asm.load(_U64, R1, R8 + (CALL_OLD_BLOCK + offset))
            asm.store(_U64, _block(offset), R1)
        _record(asm, tables)


def _taken(asm: Assembler, tables: Tables) -> None:
    asm.store(_U64, _ADDRESS, R7)
    _forget(asm, tables, "reused", R9)
    asm.load(_U64, R1, R8 + CALL_SIZE)
    asm.store(_U64, _block(0), R1)
    asm.load(_U64, R1, R8 + CALL_PATH)
    asm.store(_U64, _block(WORD), R1)
    asm.call(Helper.KTIME_GET_NS)
    asm.store(_U64, _block(2 * WORD), R0)
    asm.load(_U64, R1, _THREAD)
    asm.store(_U64, _block(3 * WORD), R1)
    _count(asm, tables, "taken")
    _record(asm, tables)


def _record(asm: Assembler, tables: Tables) -> None:
    """Put the block in the frame under its address, and add it to the tally of its path."""
    asm.map_update(tables.blocks, _ADDRESS, _block(0))
    with asm.block() as known:
        with asm.when(ne(R0, 0)):
            _count(asm, tables, "lost_blocks")
            known.leave()
        asm.map_lookup(tables.tallies, _block(WORD))
        with asm.when(eq(R0, 0)):
            asm.zero(FP - _TALLY, TALLY.size)
            asm.map_update(tables.tallies, _block(WORD), FP - _TALLY, 1)  # unless another CPU was first
            asm.map_lookup(tables.tallies, _block(WORD))
            with asm.when(eq(R0, 0)):
                _count(asm, tables, "lost_paths")
                known.leave()
        asm.load(_U64, R1, _block(0))
        asm.atomic_add(R0 + 0, R1)
        asm.atomic_add(R0 + 3 * WORD, R1)
        asm.mov(R1, 1)
        asm.atomic_add(R0 + WORD, R1)
        asm.atomic_add(R0 + 2 * WORD, R1)


# -- what they share ----------------------------------------------------------------------------------------------


def _forget(asm: Assembler, tables: Tables, counter: str, size: Reg) -> None:
    """Drop the block at the address in the frame, if it is known, from its table and from its path's tally.

    `size` is a register that may be lost.
    """
    asm.map_lookup(tables.blocks, _ADDRESS)
    with asm.when(ne(R0, 0)):
        asm.load(_U64, size, R0 + 0)
        asm.load(_U64, R1, R0 + WORD)
        asm.store(_U64, _PATH, R1)
        asm.map_delete(tables.blocks, _ADDRESS)
        with asm.when(eq(R0, 0)):  # else another thread was first
            asm.map_lookup(tables.tallies, _PATH)
            with asm.when(ne(R0, 0)):
                _subtract(asm, size)
            _count(asm, tables, counter)


def _subtract(asm: Assembler, size: Reg) -> None:
    asm.mov(R1, 0)
    asm.sub(R1, size)
    asm.atomic_add(R0 + 0, R1)
    asm.mov(R1, -1)
    asm.atomic_add(R0 + WORD, R1)


def _thread(asm: Assembler) -> None:
    asm.call(Helper.GET_CURRENT_PID_TGID)
    asm.store(_U64, _THREAD, R0)


def _count(asm: Assembler, tables: Tables, name: str) -> None:
    """Add 1 to a counter of this CPU; R0 to R5 are lost."""
    asm.store(Size.U32, _SLOT, COUNTERS.index(name))
    asm.map_lookup(tables.counters, _SLOT)
    with asm.when(ne(R0, 0)):
        asm.load(_U64, R1, R0 + 0)
        asm.add(R1, 1)
        asm.store(_U64, R0 + 0, R1)


def _call(offset: int) -> Mem:
    return FP - (_CALL - offset)


def _block(offset: int) -> Mem:
    return FP - (_BLOCK - offset)
