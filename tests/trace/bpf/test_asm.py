"""The assembler against encodings worked out by hand from include/uapi/linux/bpf.h."""

import struct
from typing import NamedTuple

import pytest

from memtui.trace.bpf.asm import Assembler
from memtui.trace.bpf.insn import (
    FP,
    R0,
    R1,
    R2,
    R3,
    R6,
    R7,
    R9,
    Alu,
    Condition,
    Helper,
    Mem,
    Size,
    eq,
    ge,
    gt,
    has_bits,
    le,
    lt,
    ne,
    sgt,
    sle,
)  # fmt: skip


class Slot(NamedTuple):
    code: int
    dst: int
    src: int
    offset: int
    immediate: int


class Fd(NamedTuple):
    fd: int


def slots(asm: Assembler) -> list[Slot]:
    """What was assembled, without the `return 0` that every program ends in."""
    found = []
    for code, registers, offset, immediate in struct.iter_unpack("<BBhi", asm.code()):
        found.append(Slot(code, registers & 0xF, registers >> 4, offset, immediate))
    assert found[-2:] == [Slot(0xB7, 0, 0, 0, 0), Slot(0x95, 0, 0, 0, 0)]
    return found[:-2]


@pytest.mark.parametrize(
    ("method", "code"),
    [("mov", 0xB7), ("add", 0x07), ("sub", 0x17), ("mul", 0x27), ("mod", 0x97), ("mask", 0x57), ("lsh", 0x67),
     ("rsh", 0x77)],
)  # fmt: skip
def test_arithmetic_takes_a_number_or_a_register(method: str, code: int) -> None:
    asm = Assembler()
    getattr(asm, method)(R6, -5)
    getattr(asm, method)(R6, R9)
    assert slots(asm) == [Slot(code, 6, 0, 0, -5), Slot(code | 8, 6, 9, 0, 0)]


def test_every_operation_has_the_kernels_number() -> None:
    asm = Assembler()
    for op in Alu:
        asm.alu(op, R1, 1)
    codes = {op.name: slot.code for op, slot in zip(Alu, slots(asm), strict=True)}
    assert codes == {
        "ADD": 0x07, "SUB": 0x17, "MUL": 0x27, "DIV": 0x37, "OR": 0x47, "AND": 0x57, "LSH": 0x67, "RSH": 0x77,
        "MOD": 0x97, "XOR": 0xA7, "MOV": 0xB7, "ARSH": 0xC7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("size", "load", "store", "number"),
    [(Size.U8, 0x71, 0x73, 0x72), (Size.U16, 0x69, 0x6B, 0x6A), (Size.U32, 0x61, 0x63, 0x62),
     (Size.U64, 0x79, 0x7B, 0x7A)],
)  # fmt: skip
def test_memory_is_read_and_written_in_every_width(size: Size, load: int, store: int, number: int) -> None:
    asm = Assembler()
    asm.load(size, R2, R7 + 24)
    asm.store(size, FP - 16, R3)
    asm.store(size, FP - 16, 9)
    assert slots(asm) == [Slot(load, 2, 7, 24, 0), Slot(store, 10, 3, -16, 0), Slot(number, 10, 0, -16, 9)]


def test_a_constant_of_64_bits_takes_two_slots() -> None:
    asm = Assembler()
    asm.constant(R1, 0x1234_5678_9ABC_DEF0)
    low, high = slots(asm)
    assert (low.code, low.dst, low.immediate & 0xFFFF_FFFF) == (0x18, 1, 0x9ABC_DEF0)
    assert high == Slot(0, 0, 0, 0, 0x1234_5678)


def test_a_map_is_named_by_its_descriptor() -> None:
    asm = Assembler()
    asm.map_lookup(Fd(7), FP - 4)
    assert slots(asm) == [
        Slot(0x18, 1, 1, 0, 7), Slot(0, 0, 0, 0, 0), Slot(0xBF, 2, 10, 0, 0), Slot(0x07, 2, 0, 0, -4),
        Slot(0x85, 0, 0, 0, 1),
    ]  # fmt: skip


def test_an_atomic_addition() -> None:
    asm = Assembler()
    asm.atomic_add(R7 + 8, R1)
    assert slots(asm) == [Slot(0xDB, 7, 1, 8, 0)]


def test_an_address_without_offset_needs_no_addition() -> None:
    asm = Assembler()
    asm.address(R1, Mem(R7, 0))
    assert slots(asm) == [Slot(0xBF, 1, 7, 0, 0)]


def test_memory_is_cleared_word_by_word() -> None:
    asm = Assembler()
    asm.zero(FP - 24, 24)
    assert [(slot.offset, slot.immediate) for slot in slots(asm)] == [(-24, 0), (-16, 0), (-8, 0)]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (eq(R1, 1), 0x55), (ne(R1, 1), 0x15), (gt(R1, 1), 0xB5), (ge(R1, 1), 0xA5), (lt(R1, 1), 0x35),
        (le(R1, 1), 0x25),         (sgt(R1, 1), 0xD5), (sle(R1, 1), 0x65),
    ],
)  # fmt: skip
def test_a_block_is_jumped_over_when_its_condition_fails(condition: Condition, code: int) -> None:
    asm = Assembler()
    with asm.when(condition):
        asm.mov(R2, 1)
        asm.mov(R3, 1)
    jump, *_ = slots(asm)
    assert jump == Slot(code, 1, 0, 2, 1)


def test_a_condition_on_bits_can_only_leave() -> None:
    asm = Assembler()
    with asm.block() as block:
        block.leave_when(has_bits(R1, 4))
        asm.mov(R2, 1)
    assert slots(asm)[0] == Slot(0x45, 1, 0, 1, 4)
    with pytest.raises(ValueError, match="no opposite"):
        has_bits(R1, 4).opposite()


def test_two_registers_compare() -> None:
    asm = Assembler()
    asm.return_when(eq(R1, R2))
    assert slots(asm) == [Slot(0x1D, 1, 2, 0, 0)]


def test_blocks_nest_and_every_leap_lands_behind_its_own() -> None:
    asm = Assembler()
    with asm.block() as outer:
        outer.leave_when(eq(R1, 0))  # 0
        with asm.block() as inner:
            inner.leave_when(eq(R1, 1))  # 1
            outer.leave()  # 2
            asm.mov(R2, 1)  # 3
        asm.mov(R2, 2)  # 4
    asm.return_when(eq(R2, 2))  # 5
    asm.call(Helper.KTIME_GET_NS)  # 6
    assert [slot.offset for slot in slots(asm)] == [4, 2, 2, 0, 0, 1, 0]


@pytest.mark.parametrize("number", [1 << 31, -(1 << 31) - 1])
def test_a_number_too_large_is_refused_rather_than_cut(number: int) -> None:
    asm = Assembler()
    asm.mov(R0, number)
    with pytest.raises(ValueError, match="constant"):
        asm.code()


def test_an_offset_too_large_is_refused_rather_than_cut() -> None:
    asm = Assembler()
    asm.load(Size.U8, R0, R1 + 40000)
    with pytest.raises(ValueError, match="16 bits"):
        asm.code()
