"""The programs that run at the functions' begin and end.

A call is followed from begin to end by its thread and stack pointer, so that a realloc which calls malloc counts
once. Where memory is given back the address is forgotten *before* the function runs: after it another thread may
already have the same address.
"""

from memtui.trace.alloc.frame import ADDRESS, SLOT, THREAD, U64, Tables, block, call, count, forget, tally, thread
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
    ORDERS_FOLLOW,
    PT_RAX,
    PT_RSP,
    TALLY,
    WORD,
)
from memtui.trace.alloc.paths import path
from memtui.trace.bpf.asm import Assembler
from memtui.trace.bpf.insn import R0, R1, R2, R3, R6, R7, R8, R9, Helper, eq, ge, lt, ne, sle

_ANONYMOUS, _STACK = 0x20, 0x20000  # of mmap flags


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
        asm.load(U64, R1, R6 + ARGUMENTS[function.flags])
        asm.mask(R1, _ANONYMOUS | _STACK)
        asm.return_when(ne(R1, _ANONYMOUS))
    asm.zero(call(0), CALL_BYTES)
    thread(asm)
    asm.load(U64, R8, R6 + PT_RSP)
    asm.map_lookup(tables.calls, THREAD)
    with asm.when(ne(R0, 0)):  # a call within a call: deeper in the stack, or jumped to
        asm.load(U64, R1, R0 + CALL_RSP)
        with asm.when(ge(R1, R8)):
            count(asm, tables, "nested")
            asm.mov(R0, 0)
            asm.return_when(eq(R0, 0))  # always
    asm.store(U64, call(CALL_RSP), R8)
    asm.store(U64, call(CALL_SIZE), R7)
    if function.gives is Gives.OUT:
        asm.load(U64, R1, R6 + ARGUMENTS[0])
        asm.store(U64, call(CALL_OUT), R1)
    if function.old is not None:
        _put_aside(asm, function, tables)
    if smallest and function.old is None:
        asm.return_when(lt(R7, smallest))
    asm.store(U64, SLOT, 0)
    asm.map_lookup(tables.orders, SLOT)
    asm.return_when(eq(R0, 0))
    asm.mov(R9, R0)
    asm.load(U64, R1, R9 + ORDERS_FOLLOW)
    with asm.when(eq(R1, 0)):
        asm.load(U64, R1, call(CALL_OLD))
        asm.return_when(eq(R1, 0))
    count(asm, tables, "calls")
    path(asm, tables)
    asm.map_update(tables.calls, THREAD, call(0))
    with asm.when(ne(R0, 0)):
        count(asm, tables, "lost_calls")
    return asm.code()


def end(function: Function, tables: Tables) -> bytes:
    """The program at the end of a function that gives memory."""
    asm = Assembler()
    asm.mov(R6, R1)
    thread(asm)
    asm.map_lookup(tables.calls, THREAD)
    asm.return_when(eq(R0, 0))
    asm.mov(R8, R0)
    asm.load(U64, R1, R6 + PT_RSP)  # the return address is off the stack
    asm.sub(R1, WORD)
    asm.load(U64, R2, R8 + CALL_RSP)
    asm.return_when(ne(R1, R2))  # the end of a call within the call
    _result(asm, function)
    with asm.when(eq(R7, 0)):
        _refused(asm, function, tables)
    with asm.when(ne(R7, 0)):
        _taken(asm, tables)
    asm.map_delete(tables.calls, THREAD)
    return asm.code()


def give_back(function: Function, tables: Tables) -> bytes:
    """The program at the begin of a function that only takes."""
    asm = Assembler()
    assert function.old is not None
    asm.load(U64, R7, R1 + ARGUMENTS[function.old])
    asm.return_when(eq(R7, 0))
    count(asm, tables, "frees")
    asm.store(U64, ADDRESS, R7)
    forget(asm, tables, "given_back", R7)
    return asm.code()


# -- the begin ----------------------------------------------------------------------------------------------------


def _size(asm: Assembler, function: Function) -> None:
    assert function.size is not None
    asm.load(U64, R7, R6 + ARGUMENTS[function.size])
    if function.times is not None:
        asm.load(U64, R1, R6 + ARGUMENTS[function.times])
        asm.mul(R7, R1)


def _put_aside(asm: Assembler, function: Function, tables: Tables) -> None:
    """Take the old block of a realloc out of the table, and keep it in the call in case it fails."""
    assert function.old is not None
    asm.load(U64, R9, R6 + ARGUMENTS[function.old])
    with asm.when(ne(R9, 0)):
        asm.store(U64, ADDRESS, R9)
        asm.map_lookup(tables.blocks, ADDRESS)
        with asm.when(ne(R0, 0)):
            for offset in range(0, BLOCK.size, WORD):
                asm.load(U64, R1, R0 + offset)
                asm.store(U64, call(CALL_OLD_BLOCK + offset), R1)
            asm.store(U64, call(CALL_OLD), R9)
            forget(asm, tables, "given_back", R7)


# -- the end ------------------------------------------------------------------------------------------------------


def _result(asm: Assembler, function: Function) -> None:
    """The address of the new memory in R7, 0 for none. R8 points to the call."""
    asm.load(U64, R7, R6 + PT_RAX)
    if function.gives is Gives.MAPPED:
        with asm.when(eq(R7, -1)):
            asm.mov(R7, 0)
    elif function.gives is Gives.OUT:
        with asm.block() as known:
            with asm.when(ne(R7, 0)):
                asm.mov(R7, 0)
                known.leave()
            asm.store(U64, ADDRESS, 0)
            asm.address(R1, ADDRESS)
            asm.mov(R2, WORD)
            asm.load(U64, R3, R8 + CALL_OUT)
            asm.call(Helper.PROBE_READ_USER)
            asm.load(U64, R7, ADDRESS)


def _refused(asm: Assembler, function: Function, tables: Tables) -> None:
    """No memory: a realloc has left its old block alone, unless it was asked for nothing."""
    count(asm, tables, "refused")
    if function.old is None:
        return
    with asm.block() as kept:
        asm.load(U64, R1, R8 + CALL_OLD)
        kept.leave_when(eq(R1, 0))
        asm.load(U64, R2, R8 + CALL_SIZE)
        kept.leave_when(eq(R2, 0))
        asm.store(U64, ADDRESS, R1)
        for offset in range(0, BLOCK.size, WORD):
            asm.load(U64, R1, R8 + (CALL_OLD_BLOCK + offset))
            asm.store(U64, block(offset), R1)
        _record(asm, tables)


def _taken(asm: Assembler, tables: Tables) -> None:
    asm.store(U64, ADDRESS, R7)
    forget(asm, tables, "reused", R9)
    asm.load(U64, R1, R8 + CALL_SIZE)
    asm.store(U64, block(0), R1)
    asm.load(U64, R1, R8 + CALL_PATH)
    asm.store(U64, block(WORD), R1)
    asm.call(Helper.KTIME_GET_NS)
    asm.store(U64, block(2 * WORD), R0)
    asm.load(U64, R1, THREAD)
    asm.store(U64, block(3 * WORD), R1)
    count(asm, tables, "taken")
    _record(asm, tables)


def _record(asm: Assembler, tables: Tables) -> None:
    """Put the block in the frame under its address, and add it to the tally of its path."""
    asm.map_update(tables.blocks, ADDRESS, block(0))
    with asm.block() as known:
        with asm.when(ne(R0, 0)):
            count(asm, tables, "lost_blocks")
            known.leave()
        asm.map_lookup(tables.tallies, block(WORD))
        with asm.when(eq(R0, 0)):
            asm.zero(tally(), TALLY.size)
            asm.map_update(tables.tallies, block(WORD), tally(), 1)  # unless another CPU was first
            asm.map_lookup(tables.tallies, block(WORD))
            with asm.when(eq(R0, 0)):
                count(asm, tables, "lost_paths")
                known.leave()
        asm.load(U64, R1, block(0))
        asm.atomic_add(R0 + 0, R1)
        asm.atomic_add(R0 + 3 * WORD, R1)
        asm.mov(R1, 1)
        asm.atomic_add(R0 + WORD, R1)
        asm.atomic_add(R0 + 2 * WORD, R1)
