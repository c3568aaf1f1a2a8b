"""Stacks of x86-64 programs from registers and a copy of the top of the stack, without frame pointers.

Each frame's caller is found by call frame information. Where there is none (code made at run time), the frame
pointer is followed as far as it makes sense; a stack says how it ended.
"""

import struct
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from memtui.trace.cfi import Row, Rule
from memtui.trace.code import Code
from memtui.trace.expression import evaluate
from memtui.trace.leb import MASK, BadDwarf

RBX, RBP, RSP, R12, R13, R14, R15 = 3, 6, 7, 12, 13, 14, 15
KEPT: Final = (RBX, RBP, R12, R13, R14, R15)
DEEPEST: Final = 128


class End(StrEnum):
    """Why a stack goes no further."""

    WHOLE = "whole"
    CUT = "beyond the copied part of the stack"
    UNKNOWN = "code without unwind information"
    DEEP = "too deep"


class Stack(NamedTuple):
    """Addresses of instructions, innermost first; all but the first are where a call returns to.

    `guessed` is the number of frames from which on frame pointers were followed (None: none were).
    """

    frames: tuple[int, ...]
    end: End
    guessed: int | None = None


class _Beyond(Exception):
    """Memory that was not copied."""


class Memory:
    """The copied slice of the stack, from its pointer upwards."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._start = data, start

    def __call__(self, address: int) -> int:
        """The eight bytes at an address, as a number."""
        place = address - self._start
        if not 0 <= place <= len(self._data) - 8:
            raise _Beyond
        (word,) = struct.unpack_from("<Q", self._data, place)
        return int(word)


def unwind(code: Code, at: int, registers: Mapping[int, int], copied: bytes) -> Stack:
    """The stack of an instruction, `copied` being memory from its stack pointer on."""
    memory = Memory(copied, registers[RSP])
    known = dict(registers)
    frames, guessed = [at], None
    inside = True  # the innermost instruction is where it is; of callers, the call is the one before
    while len(frames) < DEEPEST:
        place = code.locate(frames[-1])
        row = None
        if place.module is not None:
            row = place.module.row(place.address if inside else place.address - 1)
        try:
            if row is None:
                if guessed is None:
                    guessed = len(frames)
                caller = _by_frame_pointer(code, known, memory, inside=inside)
            else:
                caller = _by_row(row, known, memory, frames[-1])
        except _Beyond:
            return Stack(tuple(frames), End.CUT, guessed)
        except BadDwarf:
            caller = None
        if caller is None:
            return Stack(tuple(frames), End.UNKNOWN, guessed if guessed != len(frames) else None)
        if caller == 0:
            return Stack(tuple(frames), End.WHOLE, guessed)
        inside = row is not None and row.signal
        frames.append(caller)
    return Stack(tuple(frames), End.DEEP, guessed)


def _by_row(row: Row, known: dict[int, int], memory: Memory, at: int) -> int | None:
    """The caller by its row, with `known` turned into the caller's registers; 0 at the outermost frame."""
    if row.expression:
        frame = evaluate(row.expression, {**known, row.return_register: at}, memory)
    elif row.register in known:
        frame = known[row.register] + row.offset & MASK
    else:
        return None
    if frame <= known[RSP] and not row.signal:  # a caller's frame lies above; anything else would not end
        return None
    before = dict(known)
    for register in KEPT:
        if (rule := row.rules.get(register)) is not None:
            value = _value(rule, frame, before, memory)
            if value is None:
                known.pop(register, None)
            else:
                known[register] = value
    known[RSP] = frame
    rule = row.rules.get(RSP)
    if rule is not None and (value := _value(rule, frame, before, memory)) is not None:
        known[RSP] = value
    back = row.rules.get(row.return_register)
    if back is None:
        return None
    return 0 if back.kind == "undefined" else _value(back, frame, before, memory)


def _value(rule: Rule, frame: int, registers: Mapping[int, int], memory: Memory) -> int | None:
    match rule.kind:
        case "at":
            return memory(frame + rule.number & MASK)
        case "is":
            return frame + rule.number & MASK
        case "expression":
            return memory(evaluate(rule.code, registers, memory, frame))
        case "value expression":
            return evaluate(rule.code, registers, memory, frame)
        case "register":
            return registers.get(rule.number)
        case _:
            return None


def _by_frame_pointer(code: Code, known: dict[int, int], memory: Memory, *, inside: bool) -> int | None:
    """The caller by rbp; at a function's first instruction the return address is on top of the stack."""
    if inside and code.executable(top := memory(known[RSP])):
        known[RSP] += 8
        return top
    base, stack = known.get(RBP, 0), known[RSP]
    if not stack <= base < stack + (1 << 20) or base % 8:
        return None
    caller = memory(base + 8)
    if not code.executable(caller):
        return None
    known[RBP], known[RSP] = memory(base), base + 16
    for register in KEPT:
        if register != RBP:
            known.pop(register, None)
    return caller
