"""DWARF expressions, as far as unwind tables use them: of the PLT, of signal frames, of hand-written assembly."""

from collections.abc import Callable, Mapping
from typing import Final

from memtui.trace.leb import MASK, BadDwarf, sleb, uleb

_MOST_STEPS: Final = 256
_BINARY: Final[dict[int, Callable[[int, int], int]]] = {
    0x1A: lambda a, b: a & b,
    0x1C: lambda a, b: a - b,
    0x1E: lambda a, b: a * b,
    0x21: lambda a, b: a | b,
    0x22: lambda a, b: a + b,
    0x24: lambda a, b: a << min(b, 64),
    0x25: lambda a, b: a >> min(b, 64),
    0x27: lambda a, b: a ^ b,
    0x29: lambda a, b: int(_signed(a) == _signed(b)),
    0x2A: lambda a, b: int(_signed(a) >= _signed(b)),
    0x2B: lambda a, b: int(_signed(a) > _signed(b)),
    0x2C: lambda a, b: int(_signed(a) <= _signed(b)),
    0x2D: lambda a, b: int(_signed(a) < _signed(b)),
    0x2E: lambda a, b: int(_signed(a) != _signed(b)),
}
_FIXED: Final = {0x08: 1, 0x09: 1, 0x0A: 2, 0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8, 0x0F: 8}  # constants; odd: signed


def evaluate(
    code: bytes, registers: Mapping[int, int], word_at: Callable[[int], int], first: int | None = None
) -> int:
    """The value of an expression; `first` lies on its stack at the start, `word_at` reads eight bytes of memory.

    Raises `BadDwarf` for what it can't do, and what `word_at` raises.
    """
    stack = [] if first is None else [first]
    place = 0
    for _ in range(_MOST_STEPS):
        if place >= len(code):
            break
        operation, place = code[place], place + 1
        if 0x30 <= operation <= 0x4F:  # lit0 to lit31
            stack.append(operation - 0x30)
        elif 0x70 <= operation <= 0x8F:  # breg0 to breg31
            offset, place = sleb(code, place)
            if (register := registers.get(operation - 0x70)) is None:
                raise BadDwarf("a register that is not known")
            stack.append(register + offset & MASK)
        elif operation in _FIXED:
            size = _FIXED[operation]
            stack.append(int.from_bytes(code[place : place + size], "little", signed=bool(operation & 1)) & MASK)
            place += size
        elif operation in (0x10, 0x11):
            value, place = (uleb if operation == 0x10 else sleb)(code, place)
            stack.append(value & MASK)
        else:
            place = _operate(operation, code, place, stack, word_at)
    if not stack:
        raise BadDwarf("an expression without a value")
    return stack[-1]


def _operate(operation: int, code: bytes, place: int, stack: list[int], word_at: Callable[[int], int]) -> int:
    try:
        if operation in _BINARY:
            right, left = stack.pop(), stack.pop()
            stack.append(_BINARY[operation](left, right) & MASK)
        elif operation == 0x06:
            stack.append(word_at(stack.pop()))
        elif operation == 0x12:
            stack.append(stack[-1])
        elif operation == 0x13:
            stack.pop()
        elif operation == 0x16:
            stack[-1], stack[-2] = stack[-2], stack[-1]
        elif operation == 0x1F:
            stack.append(-stack.pop() & MASK)
        elif operation == 0x20:
            stack.append(~stack.pop() & MASK)
        elif operation == 0x23:
            value, place = uleb(code, place)
            stack.append(stack.pop() + value & MASK)
        elif operation != 0x96:  # no operation
            raise BadDwarf("an operation that we don't know")
    except IndexError:
        raise BadDwarf("a stack that is too short") from None
    return place


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
