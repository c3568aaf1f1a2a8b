"""Call frame information: how to find the caller's registers from a place in the code, by .eh_frame.

Compilers write it for every function, frame pointer or not, and strip leaves it. The table of the linker
(.eh_frame_hdr) is searched where it is; without it (static programs) .eh_frame is walked once. Format: LSB,
"Exception Frames"; DWARF 5 section 6.4.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from memtui.trace.elf import BadElf, Elf
from memtui.trace.leb import MASK, OMITTED, BadDwarf, pointer, sleb, uleb

_LARGEST: Final = 1 << 16  # bytes of one entry
_DEEPEST: Final = 64  # of remembered states
_TABLE: Final = 0x3B  # sorted pairs of 32-bit offsets from the table: what all linkers write
_PAIR: Final = struct.Struct("<ii")


class Rule(NamedTuple):
    """Where a register of the caller is: `kind` at an offset from the CFA, the CFA plus it, or by an expression."""

    kind: str  # "at", "is", "expression", "value expression", "register", "undefined"
    number: int = 0
    code: bytes = b""


class Row(NamedTuple):
    """How to get from a place to its caller: the CFA is a register plus an offset, or an expression."""

    register: int
    offset: int
    expression: bytes
    rules: dict[int, Rule]
    return_register: int
    signal: bool


class _Common(NamedTuple):
    """A CIE: what several functions have in common."""

    code_align: int
    data_align: int
    return_register: int
    encoding: int
    augmented: bool
    signal: bool
    program: bytes


class _Function(NamedTuple):
    """An FDE: the instructions for the code from `start` to `end`."""

    start: int
    end: int
    common: _Common
    program: bytes


class CallFrames:
    """The unwind tables of one file."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._cie = lru_cache(maxsize=256)(self._read_common)
        self._starts: list[int] = []
        self._offsets: list[int] = []
        try:
            if not self._search_table():
                self._walk()
        except (BadElf, BadDwarf):
            pass  # what was found until then is used

    def row(self, address: int) -> Row | None:
        """How to unwind from an address (before relocation); None where nothing is known of it."""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        try:
            function = self._function(self._offsets[index])
            if function is None or not function.start <= address < function.end:
                return None
            return _run(function, address)
        except (BadElf, BadDwarf):
            return None

    # -- finding ------------------------------------------------------------------------------------------------

    def _search_table(self) -> bool:
        header = self._elf.eh_frame_hdr
        if header is None:
            return False
        data, base = self._elf.read(header.offset, header.size), header.address
        if len(data) < 8 or data[0] != 1 or data[3] != _TABLE or data[2] == OMITTED:
            return False
        _, place = pointer(data, 4, data[1], base + 4, base)
        count, place = pointer(data, place, data[2], base + place, base)
        pairs = data[place : place + count * _PAIR.size]
        for start, entry in _PAIR.iter_unpack(pairs[: len(pairs) // _PAIR.size * _PAIR.size]):
            offset = self._elf.offset_of(base + entry & MASK)
            if offset is not None:
                self._starts.append(base + start)
                self._offsets.append(offset)
        return bool(self._starts)

    def _walk(self) -> bool:
        section = self._elf.sections.get(".eh_frame")
        if section is None:
            return False
        found = sorted(
            (function.start, place)
            for place in _entries(self._elf.section_data(".eh_frame"), section.offset)
            if (function := self._function(place)) is not None
        )
        self._starts, self._offsets = [start for start, _ in found], [place for _, place in found]
        return bool(found)

    # -- reading ------------------------------------------------------------------------------------------------

    def _entry(self, offset: int) -> tuple[int, bytes]:
        """The id field of an entry of .eh_frame and what follows it."""
        (length,) = struct.unpack("<I", self._elf.read(offset, 4))
        if not 4 < length < _LARGEST:  # 0xffffffff would be a 64-bit length, for entries of over 4 GiB
            raise BadDwarf("an entry of a size that can't be")
        data = self._elf.read(offset + 4, length)
        return int.from_bytes(data[:4], "little"), data[4:]

    def _function(self, offset: int) -> _Function | None:
        back, data = self._entry(offset)
        if not back:
            return None  # a CIE
        common = self._cie(offset + 4 - back)
        address = self._elf.address_of(offset + 8)
        if address is None:
            return None
        start, place = pointer(data, 0, common.encoding, address)
        size, place = pointer(data, place, common.encoding & 0xF, 0)
        if common.augmented:
            skip, place = uleb(data, place)
            place += skip
        return _Function(start, start + size, common, data[place:])

    def _read_common(self, offset: int) -> _Common:
        back, data = self._entry(offset)
        if back or not data or data[0] not in (1, 3, 4):
            raise BadDwarf("no CIE where one should be")
        end = data.find(b"\0", 1)
        letters = data[1:end]
        if end < 0 or (letters and letters[:1] != b"z"):
            raise BadDwarf("an augmentation that we don't know")
        place = end + 1 + (2 if data[0] == 4 else 0)
        code_align, place = uleb(data, place)
        data_align, place = sleb(data, place)
        return_register, place = uleb(data, place)
        encoding, signal = 0, False
        if letters:
            size, place = uleb(data, place)
            after = place + size
            for letter in letters[1:]:
                if letter in b"RL":
                    encoding = data[place] if letter == ord("R") and place < len(data) else encoding
                    place += 1
                elif letter == ord("P"):
                    _, place = pointer(data, place + 1, data[place] & 0xF, 0)
                elif letter == ord("S"):
                    signal = True
            place = after
        return _Common(code_align, data_align, return_register, encoding, bool(letters), signal, data[place:])


def _entries(data: bytes, offset: int) -> Iterator[int]:
    """The places in the file of all entries of a .eh_frame."""
    place = 0
    while place + 4 <= len(data):
        length = int.from_bytes(data[place : place + 4], "little")
        if not length or length >= _LARGEST:
            return
        yield offset + place
        place += 4 + length


class _State:
    """The row that instructions build up."""

    def __init__(self) -> None:
        self.register, self.offset, self.expression = -1, 0, b""
        self.rules: dict[int, Rule] = {}

    def copy(self) -> "_State":
        other = _State()
        other.register, other.offset, other.expression = self.register, self.offset, self.expression
        other.rules = dict(self.rules)
        return other


def _run(function: _Function, address: int) -> Row | None:
    """The row in force at an address: a CIE's instructions, then the function's up to there."""
    common, state = function.common, _State()
    _execute(common.program, state, common, {}, 0, MASK)
    _execute(function.program, state, common, dict(state.rules), function.start, address)
    if state.register < 0 and not state.expression:
        return None
    return Row(state.register, state.offset, state.expression, state.rules, common.return_register, common.signal)


def _execute(
    code: bytes, state: _State, common: _Common, initial: dict[int, Rule], location: int, address: int
) -> None:
    """Run instructions until the location goes beyond `address`; raises `BadDwarf`."""
    place, stack = 0, list[_State]()

    def unsigned() -> int:
        nonlocal place
        value, place = uleb(code, place)
        return value

    def signed() -> int:
        nonlocal place
        value, place = sleb(code, place)
        return value

    def block() -> bytes:
        nonlocal place
        size = unsigned()
        place += size
        return code[place - size : place]

    def fixed(size: int) -> int:
        nonlocal place
        place += size
        return int.from_bytes(code[place - size : place], "little")

    def restore(register: int) -> None:
        if register in initial:
            state.rules[register] = initial[register]
        else:
            state.rules.pop(register, None)

    def take(other: _State) -> None:
        state.register, state.offset, state.expression = other.register, other.offset, other.expression
        state.rules = other.rules

    while place < len(code):
        operation = code[place]
        place += 1
        high, low = operation & 0xC0, operation & 0x3F
        if high == 0x40 or (not high and 2 <= low <= 4):  # advance
            location += (low if high else fixed(1 << low - 2)) * common.code_align
            if location > address:
                return
        elif high == 0x80:
            state.rules[low] = Rule("at", unsigned() * common.data_align)
        elif high == 0xC0:
            restore(low)
        elif low in (0x00, 0x2D):  # nothing; a register window of other machines
            pass
        elif low == 0x05 or low == 0x11:
            register = unsigned()
            state.rules[register] = Rule("at", (unsigned() if low == 0x05 else signed()) * common.data_align)
        elif low == 0x06:
            restore(unsigned())
        elif low == 0x07:
            state.rules[unsigned()] = Rule("undefined")
        elif low == 0x08:
            state.rules.pop(unsigned(), None)
        elif low == 0x09:
            register = unsigned()
            state.rules[register] = Rule("register", unsigned())
        elif low == 0x0A:
            if len(stack) >= _DEEPEST:
                raise BadDwarf("states without end")
            stack.append(state.copy())
        elif low == 0x0B:
            if not stack:
                raise BadDwarf("no state to go back to")
            take(stack.pop())
        elif low in (0x0C, 0x12):
            state.register, state.expression = unsigned(), b""
            state.offset = unsigned() if low == 0x0C else signed() * common.data_align
        elif low == 0x0D:
            state.register, state.expression = unsigned(), b""
        elif low in (0x0E, 0x13):
            state.offset = unsigned() if low == 0x0E else signed() * common.data_align
        elif low == 0x0F:
            state.register, state.expression = -1, block()
        elif low in (0x10, 0x16):
            register = unsigned()
            state.rules[register] = Rule("expression" if low == 0x10 else "value expression", 0, block())
        elif low in (0x14, 0x15):
            register = unsigned()
            state.rules[register] = Rule("is", (unsigned() if low == 0x14 else signed()) * common.data_align)
        elif low == 0x2E:  # size of arguments: of no use to us
            unsigned()
        else:
            raise BadDwarf("an instruction that we don't know")
