"""What the programs in the kernel and the Python beside them both write and read: keys and values of the maps."""

import struct
from typing import Final, NamedTuple

from memtui.trace.unwind import R12, R13, R14, R15, RBP, RBX, RSP

WORD: Final = 8
SLICE: Final = 8192  # bytes of the stack that are copied, once for each path
HASHED: Final = 512  # bytes of the stack in which return addresses are looked for, to tell paths apart
CLUSTERS: Final = 6  # of code in the address space, in which a word of the stack counts as a return address

# struct pt_regs of x86-64, by byte offset: what a program's context is.
PT_R15, PT_R14, PT_R13, PT_R12, PT_RBP, PT_RBX = 0, 8, 16, 24, 32, 40
PT_RAX, PT_RCX, PT_RDX, PT_RSI, PT_RDI, PT_RIP, PT_RSP = 80, 88, 96, 104, 112, 128, 152
ARGUMENTS: Final = (PT_RDI, PT_RSI, PT_RDX, PT_RCX)
SAVED: Final = (PT_RIP, PT_RSP, PT_RBP, PT_RBX, PT_R12, PT_R13, PT_R14, PT_R15)


class Block(NamedTuple):
    """The value of an address: bytes, the path that took them, when (monotonic ns), the thread."""

    size: int
    path: int
    at: int
    thread: int


class Tally(NamedTuple):
    """The value of a path: bytes and blocks outstanding, blocks ever taken, bytes ever taken."""

    size: int
    blocks: int
    taken: int
    taken_size: int


BLOCK: Final = struct.Struct("=QQQQ")
TALLY: Final = struct.Struct("=qqQQ")
KEY: Final = struct.Struct("=Q")

# An allocation under way, by thread: what was asked, the path, the stack pointer, where the result will be, and the
# block that realloc gives back, put aside until it is known whether there is a new one.
CALL_SIZE, CALL_PATH, CALL_RSP, CALL_OUT = 0, 8, 16, 24
CALL_OLD, CALL_OLD_BLOCK = 32, 40
CALL_BYTES: Final = CALL_OLD_BLOCK + BLOCK.size

# A path: registers, the length of the copied slice, the slice.
PATH_REGISTERS: Final = len(SAVED) * WORD
PATH_LENGTH: Final = PATH_REGISTERS
PATH_SLICE: Final = PATH_REGISTERS + 2 * WORD
PATH_BYTES: Final = PATH_SLICE + SLICE

# What the programs go by: (start, size) of each cluster of code, lowest first, size 0 where there is none; then
# whether new blocks are followed, or only those known already.
ORDERS: Final = struct.Struct(f"={2 * CLUSTERS + 1}Q")
ORDERS_FOLLOW: Final = 2 * CLUSTERS * WORD

COUNTERS: Final = (
    "calls", "taken", "refused", "frees", "given_back", "reused", "lost_blocks", "lost_paths", "lost_calls", "nested",
)  # fmt: skip
"""What the programs count, each in one slot of a per-CPU array.

calls: begun; taken: ended with memory; refused: ended without; frees: calls that give back; given_back: of blocks
that are known; reused: a block at an address whose earlier block was never seen freed; lost_…: no room in a map;
nested: calls within a call, which are not counted twice.
"""


class Path(NamedTuple):
    """The state of a thread at an allocating call."""

    at: int
    registers: dict[int, int]
    stack: bytes


def path_of(value: bytes) -> Path:
    """The path behind a value of the map of paths."""
    rip, rsp, rbp, rbx, r12, r13, r14, r15, length = struct.unpack_from("=9Q", value)
    registers = {RSP: rsp, RBP: rbp, RBX: rbx, R12: r12, R13: r13, R14: r14, R15: r15}
    return Path(rip, registers, value[PATH_SLICE : PATH_SLICE + min(length, SLICE)])
