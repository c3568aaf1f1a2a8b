"""The numbers of DWARF: LEB128, and pointers in the encodings of .eh_frame."""

import struct
from typing import Final

_LONGEST: Final = 10  # bytes of a 64-bit LEB128
_FORMATS: Final = {
    0x0: struct.Struct("<Q"), 0x2: struct.Struct("<H"), 0x3: struct.Struct("<I"), 0x4: struct.Struct("<Q"),
    0xA: struct.Struct("<h"), 0xB: struct.Struct("<i"), 0xC: struct.Struct("<q"),
}  # fmt: skip
_PC_RELATIVE, _DATA_RELATIVE, _INDIRECT, OMITTED = 0x10, 0x30, 0x80, 0xFF
MASK: Final = (1 << 64) - 1


class BadDwarf(Exception):
    """Unwind information that can't be read."""


def uleb(data: bytes, place: int) -> tuple[int, int]:
    """An unsigned number and the place behind it; raises `BadDwarf`."""
    value = 0
    for index in range(_LONGEST):
        if place + index >= len(data):
            break
        byte = data[place + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, place + index + 1
    raise BadDwarf("a number without an end")


def sleb(data: bytes, place: int) -> tuple[int, int]:
    """A signed number and the place behind it; raises `BadDwarf`."""
    value, end = uleb(data, place)
    bits = 7 * (end - place)
    return value - (1 << bits) if value >> (bits - 1) & 1 else value, end


def pointer(data: bytes, place: int, encoding: int, address: int, base: int = 0) -> tuple[int, int]:
    """A pointer in an encoding of .eh_frame, and the place behind it.

    `address` is that of the pointer itself, `base` what data-relative ones count from. Raises `BadDwarf`.
    """
    form = encoding & 0xF
    if form == 1:
        value, end = uleb(data, place)
    elif form == 9:
        value, end = sleb(data, place)
    elif form in _FORMATS and place + _FORMATS[form].size <= len(data):
        (value,) = _FORMATS[form].unpack_from(data, place)
        end = place + _FORMATS[form].size
    else:
        raise BadDwarf("a pointer that is cut off or of an unknown form")
    relative = encoding & 0x70
    if encoding & _INDIRECT or relative not in (0, _PC_RELATIVE, _DATA_RELATIVE):
        raise BadDwarf("a pointer relative to what we don't know")
    if relative == _PC_RELATIVE:
        value += address
    elif relative == _DATA_RELATIVE:
        value += base
    return value & MASK, end
