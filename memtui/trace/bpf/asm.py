"""An assembler whose control flow is Python's: blocks are `with` statements, no label is ever named.

asm = Assembler()
asm.call(Helper.GET_CURRENT_PID_TGID)          # r0 = tgid << 32 | tid
asm.rsh(R0, 32)
asm.store(U32, FP - 4, R0)
asm.map_lookup(counters, FP - 4)               # r0 = &counters[tgid], or 0
asm.return_when(eq(R0, 0))
asm.mov(R1, 1)
asm.atomic_add(R0 + 0, R1)
program = asm.code()                           # ends in `return 0`
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from memtui.trace.bpf.insn import FP, R0, R1, R2, R3, R4, Alu, Condition, Helper, Insn, Jump, Mem, Operand, Reg, Size

_LD, _LDX, _ST, _STX, _JMP, _ALU64 = 0x00, 0x01, 0x02, 0x03, 0x05, 0x07
_MEM, _ATOMIC = 0x60, 0xC0
_FROM_REGISTER: Final = 0x08
_PSEUDO_MAP_FD: Final = 1
_CALL, _EXIT = 0x80, 0x90
_CONSTANT: Final = _LD | Size.U64  # with mode IMM: two slots
_U64: Final = (1 << 64) - 1


class HasFd(Protocol):
    """Something that the kernel knows by a descriptor, such as a map."""

    @property
    def fd(self) -> int:
        """The descriptor."""


class Block:
    """A block that can be left early; its end is where the jumps land."""

    def __init__(self, asm: "Assembler") -> None:
        self._asm = asm
        self._leaps: list[int] = []

    def leave(self) -> None:
        """Go to the end of the block."""
        self._leaps.append(self._asm.jump(None))

    def leave_when(self, condition: Condition) -> None:
        """Go to the end of the block if the condition holds."""
        self._leaps.append(self._asm.jump(condition))

    def close(self) -> None:
        """Let every jump out of the block land here."""
        for at in self._leaps:
            self._asm.land(at)


class Assembler:
    """Instructions one after another. Every method appends; `code` gives the program."""

    def __init__(self) -> None:
        self._insns: list[Insn] = []
        self._body = Block(self)

    # -- arithmetic ---------------------------------------------------------------------------------------------

    def alu(self, op: Alu, dst: Reg, src: Operand) -> None:
        """`dst = dst op src` on 64 bits."""
        if isinstance(src, Reg):
            self._emit(Insn(_ALU64 | op | _FROM_REGISTER, dst.number, src.number))
        else:
            self._emit(Insn(_ALU64 | op, dst.number, immediate=src))

    def mov(self, dst: Reg, src: Operand) -> None:
        """`dst = src`; a number is extended by its sign."""
        self.alu(Alu.MOV, dst, src)

    def add(self, dst: Reg, src: Operand) -> None:
        """`dst += src`."""
        self.alu(Alu.ADD, dst, src)

    def sub(self, dst: Reg, src: Operand) -> None:
        """`dst -= src`."""
        self.alu(Alu.SUB, dst, src)

    def mul(self, dst: Reg, src: Operand) -> None:
        """`dst *= src`."""
        self.alu(Alu.MUL, dst, src)

    def mod(self, dst: Reg, src: Operand) -> None:
        """`dst %= src`, unsigned."""
        self.alu(Alu.MOD, dst, src)

    def mask(self, dst: Reg, src: Operand) -> None:
        """`dst &= src`."""
        self.alu(Alu.AND, dst, src)

    def lsh(self, dst: Reg, src: Operand) -> None:
        """`dst <<= src`."""
        self.alu(Alu.LSH, dst, src)

    def rsh(self, dst: Reg, src: Operand) -> None:
        """`dst >>= src`, unsigned."""
        self.alu(Alu.RSH, dst, src)

    def constant(self, dst: Reg, value: int) -> None:
        """`dst = value`, any 64 bits."""
        low, high = value & 0xFFFF_FFFF, (value & _U64) >> 32
        self._emit(Insn(_CONSTANT, dst.number, 0, 0, _signed(low)))
        self._emit(Insn(0, immediate=_signed(high)))

    # -- memory -------------------------------------------------------------------------------------------------

    def load(self, size: Size, dst: Reg, source: Mem) -> None:
        """`dst = *source`, filled up with zeros."""
        self._emit(Insn(_LDX | size | _MEM, dst.number, source.base.number, source.offset))

    def store(self, size: Size, target: Mem, value: Operand) -> None:
        """`*target = value`."""
        if isinstance(value, Reg):
            self._emit(Insn(_STX | size | _MEM, target.base.number, value.number, target.offset))
        else:
            self._emit(Insn(_ST | size | _MEM, target.base.number, 0, target.offset, value))

    def zero(self, target: Mem, length: int) -> None:
        """Clear `length` bytes, a multiple of eight."""
        for step in range(0, length, 8):
            self.store(Size.U64, Mem(target.base, target.offset + step), 0)

    def atomic_add(self, target: Mem, value: Reg) -> None:
        """`*target += value`, 64 bits, safe against other CPUs."""
        self._emit(Insn(_STX | Size.U64 | _ATOMIC, target.base.number, value.number, target.offset))

    def address(self, dst: Reg, target: Mem) -> None:
        """`dst = &*target`."""
        self.mov(dst, target.base)
        if target.offset:
            self.add(dst, target.offset)

    # -- calls --------------------------------------------------------------------------------------------------

    def call(self, helper: Helper) -> None:
        """`r0 = helper(r1, …, r5)`; R1–R5 are lost."""
        self._emit(Insn(_JMP | _CALL, immediate=helper))

    def map_address(self, dst: Reg, map_: HasFd) -> None:
        """`dst = map`."""
        self._emit(Insn(_CONSTANT, dst.number, _PSEUDO_MAP_FD, 0, map_.fd))
        self._emit(Insn(0))

    def map_lookup(self, map_: HasFd, key: Mem) -> None:
        """`r0 = &map[key]`, or 0 if there is no such element."""
        self.map_address(R1, map_)
        self.address(R2, key)
        self.call(Helper.MAP_LOOKUP_ELEM)

    def map_update(self, map_: HasFd, key: Mem, value: Mem, flags: int = 0) -> None:
        """`map[key] = value`; R0 is 0 or a negative errno."""
        self.map_address(R1, map_)
        self.address(R2, key)
        self.address(R3, value)
        self.mov(R4, flags)
        self.call(Helper.MAP_UPDATE_ELEM)

    def map_delete(self, map_: HasFd, key: Mem) -> None:
        """Drop `map[key]`; R0 is 0 or a negative errno."""
        self.map_address(R1, map_)
        self.address(R2, key)
        self.call(Helper.MAP_DELETE_ELEM)

    # -- control flow -------------------------------------------------------------------------------------------

    @contextmanager
    def when(self, condition: Condition) -> Iterator[None]:
        """Instructions that run only if the condition holds."""
        with self.block() as block:
            block.leave_when(condition.opposite())
            yield

    @contextmanager
    def block(self) -> Iterator[Block]:
        """Instructions that can be left early."""
        block = Block(self)
        yield block
        block.close()

    def return_when(self, condition: Condition) -> None:
        """End the program if the condition holds."""
        self._body.leave_when(condition)

    def code(self, result: int = 0) -> bytes:
        """The program with its end, `return result`. To be called once."""
        self._body.close()
        self.mov(R0, result)
        self._emit(Insn(_JMP | _EXIT))
        return b"".join(insn.encode() for insn in self._insns)

    # -- what blocks are made of --------------------------------------------------------------------------------

    def jump(self, condition: Condition | None) -> int:
        """A jump (None: always) that doesn't know its target yet; `land` takes what this returns."""
        at = len(self._insns)
        if condition is None:
            self._emit(Insn(_JMP | Jump.ALWAYS))
        elif isinstance(condition.right, Reg):
            code = _JMP | condition.op | _FROM_REGISTER
            self._emit(Insn(code, condition.left.number, condition.right.number))
        else:
            self._emit(Insn(_JMP | condition.op, condition.left.number, immediate=condition.right))
        return at

    def land(self, at: int) -> None:
        """Let the jump at `at` end before the next instruction."""
        self._insns[at] = self._insns[at]._replace(offset=len(self._insns) - at - 1)

    def _emit(self, insn: Insn) -> None:
        self._insns.append(insn)


def _signed(word: int) -> int:
    return word - (1 << 32) if word >= 1 << 31 else word


__all__ = ["FP", "Assembler", "Block", "HasFd"]
