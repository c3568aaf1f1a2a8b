"""The BPF instruction set: registers, operands, conditions, and the eight bytes of an instruction.

    opcode:8  dst:4 src:4  offset:16  immediate:32        (a 64-bit constant takes a second slot for its upper half)

Encoded for little-endian machines, which are all that `syscall` knows the numbers of.

Kernel: include/uapi/linux/bpf.h, include/uapi/linux/bpf_common.h. Meanings: Documentation/bpf/standardization/.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

_SLOT: Final = struct.Struct("<BBhi")
_IMMEDIATE_BITS: Final = 32
_OFFSET_BITS: Final = 16


class Size(IntEnum):
    """Width of a memory access, as encoded; `U64.bytes` is 8."""

    U32 = 0x00
    U16 = 0x08
    U8 = 0x10
    U64 = 0x18

    @property
    def bytes(self) -> int:
        """The number of bytes."""
        return {Size.U8: 1, Size.U16: 2, Size.U32: 4, Size.U64: 8}[self]

    @classmethod
    def of(cls, size: int) -> "Size":
        """The width of so many bytes; raises KeyError where there is none."""
        return {1: cls.U8, 2: cls.U16, 4: cls.U32, 8: cls.U64}[size]


class Alu(IntEnum):
    """Arithmetic on 64 bits: `dst = dst op src`."""

    ADD = 0x00
    SUB = 0x10
    MUL = 0x20
    DIV = 0x30
    OR = 0x40
    AND = 0x50
    LSH = 0x60
    RSH = 0x70
    MOD = 0x90
    XOR = 0xA0
    MOV = 0xB0
    ARSH = 0xC0


class Jump(IntEnum):
    """Conditions on 64 bits; S… compare as signed, the others as unsigned."""

    ALWAYS = 0x00
    EQ = 0x10
    GT = 0x20
    GE = 0x30
    SET = 0x40  # dst & src
    NE = 0x50
    SGT = 0x60
    SGE = 0x70
    LT = 0xA0
    LE = 0xB0
    SLT = 0xC0
    SLE = 0xD0


_OPPOSITE: Final = {
    Jump.EQ: Jump.NE, Jump.NE: Jump.EQ,
    Jump.GT: Jump.LE, Jump.LE: Jump.GT, Jump.GE: Jump.LT, Jump.LT: Jump.GE,
    Jump.SGT: Jump.SLE, Jump.SLE: Jump.SGT, Jump.SGE: Jump.SLT, Jump.SLT: Jump.SGE,
}  # fmt: skip


class Helper(IntEnum):
    """Functions of the kernel that a program may call, by number."""

    MAP_LOOKUP_ELEM = 1
    MAP_UPDATE_ELEM = 2
    MAP_DELETE_ELEM = 3
    KTIME_GET_NS = 5
    GET_PRANDOM_U32 = 7
    GET_SMP_PROCESSOR_ID = 8
    GET_CURRENT_PID_TGID = 14
    GET_CURRENT_UID_GID = 15
    GET_CURRENT_COMM = 16
    PERF_EVENT_OUTPUT = 25
    GET_STACKID = 27
    GET_CURRENT_TASK = 35
    PROBE_READ_USER = 112
    PROBE_READ_KERNEL = 113
    SEQ_WRITE = 127
    RINGBUF_OUTPUT = 130


@dataclass(frozen=True, slots=True)
class Reg:
    """A register. `reg + 8` is the memory eight bytes behind where it points."""

    number: int

    def __add__(self, offset: int) -> "Mem":
        return Mem(self, offset)

    def __sub__(self, offset: int) -> "Mem":
        return Mem(self, -offset)


class Mem(NamedTuple):
    """The memory `offset` bytes from where a register points."""

    base: Reg
    offset: int


R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 = map(Reg, range(11))
FP: Final = R10
"""The frame pointer: 512 bytes of stack lie below it. R0 is a result, R1–R5 arguments that a call destroys."""

Operand = Reg | int


class Condition(NamedTuple):
    """A comparison that decides a jump."""

    op: Jump
    left: Reg
    right: Operand

    def opposite(self) -> "Condition":
        """The comparison that holds when this one doesn't; raises ValueError for `has_bits`, which has none."""
        if self.op not in _OPPOSITE:
            raise ValueError(f"{self.op.name} has no opposite instruction")
        return self._replace(op=_OPPOSITE[self.op])


def eq(left: Reg, right: Operand) -> Condition:
    """`left == right`."""
    return Condition(Jump.EQ, left, right)


def ne(left: Reg, right: Operand) -> Condition:
    """`left != right`."""
    return Condition(Jump.NE, left, right)


def gt(left: Reg, right: Operand) -> Condition:
    """`left > right`, unsigned."""
    return Condition(Jump.GT, left, right)


def ge(left: Reg, right: Operand) -> Condition:
    """`left >= right`, unsigned."""
    return Condition(Jump.GE, left, right)


def lt(left: Reg, right: Operand) -> Condition:
    """`left < right`, unsigned."""
    return Condition(Jump.LT, left, right)


def le(left: Reg, right: Operand) -> Condition:
    """`left <= right`, unsigned."""
    return Condition(Jump.LE, left, right)


def sgt(left: Reg, right: Operand) -> Condition:
    """`left > right`, signed."""
    return Condition(Jump.SGT, left, right)


def sle(left: Reg, right: Operand) -> Condition:
    """`left <= right`, signed."""
    return Condition(Jump.SLE, left, right)


def has_bits(left: Reg, mask: Operand) -> Condition:
    """`left & mask` is not 0."""
    return Condition(Jump.SET, left, mask)


class Insn(NamedTuple):
    """One slot, not encoded yet. `offset` counts bytes in memory accesses, slots in jumps."""

    code: int
    dst: int = 0
    src: int = 0
    offset: int = 0
    immediate: int = 0

    def encode(self) -> bytes:
        """The eight bytes; raises ValueError for a number that has no room."""
        if not _fits(self.immediate, _IMMEDIATE_BITS):
            raise ValueError(f"{self.immediate} does not fit an immediate; load it with `constant`")
        if not _fits(self.offset, _OFFSET_BITS):
            raise ValueError(f"offset {self.offset} does not fit 16 bits")
        return _SLOT.pack(self.code, self.src << 4 | self.dst, self.offset, self.immediate)


def _fits(number: int, bits: int) -> bool:
    """Whether a signed number has room in so many bits."""
    return -(1 << bits - 1) <= number < 1 << bits - 1
