"""A machine that runs the programs without a kernel: registers, a stack, memory of the kernel, two maps.

It knows what the page-cache programs use and raises for everything else, and for every address that nobody gave it,
as the verifier would.
"""

import struct
from collections.abc import Callable, Mapping

from memtui.trace.bpf.insn import Helper

_U64 = (1 << 64) - 1
_STACK, _CONTEXT, _ELEMENTS = 1 << 40, 2 << 40, 3 << 40


class Element:
    """A value of a map, at an address of its own."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)


class FakeMap:
    """A map by descriptor; `fixed` elements are there from the start, as in an array."""

    def __init__(self, fd: int, value_size: int, *, array: bool = False, capacity: int = 1 << 30) -> None:
        self.fd, self.value_size, self.array, self.capacity = fd, value_size, array, capacity
        self.elements: dict[int, Element] = {}

    def find(self, key: int) -> Element | None:
        if self.array and key not in self.elements:
            self.elements[key] = Element(self.value_size)
        return self.elements.get(key)


class Machine:
    """Runs programs for the thread `pid_tgid`; `memory` is 64-bit words of the kernel by their address."""

    def __init__(self, *maps: FakeMap) -> None:
        self.maps = {map_.fd: map_ for map_ in maps}
        self.pid_tgid = 10 << 32 | 10
        self.memory: dict[int, int] = {}
        self.comm = b"reader"
        self._elements: list[Element] = []

    def run(self, code: bytes, *arguments: int) -> int:
        """The result of a program with these arguments."""
        slots = list(struct.iter_unpack("<BBhi", code))
        self._stack = bytearray(512)
        self._context = struct.pack(f"<{len(arguments)}Q", *(argument & _U64 for argument in arguments))
        r = [0] * 11
        r[1], r[10] = _CONTEXT, _STACK + 512
        at = 0
        while True:
            op, registers, offset, immediate = slots[at]
            dst, src = registers & 15, registers >> 4
            at += 1
            kind = op & 7
            if op == 0x95:
                return r[0]
            if op == 0x18:
                r[dst] = immediate if src else immediate & 0xFFFF_FFFF | (slots[at][3] & 0xFFFF_FFFF) << 32
                at += 1
            elif op == 0x85:
                r[0] = self._call(Helper(immediate), r) & _U64
                r[1:6] = [0xDEAD] * 5
            elif kind == 7:
                r[dst] = self._alu(op & 0xF0, r[dst], r[src] if op & 8 else immediate) & _U64
            elif kind == 5:
                if self._holds(op & 0xF0, r[dst], r[src] if op & 8 else immediate):
                    at += offset
            elif kind == 1:
                r[dst] = self._read(r[src] + offset, _bytes(op))
            elif op == 0xDB:
                self._write(r[dst] + offset, 8, self._read(r[dst] + offset, 8) + r[src])
            else:
                self._write(r[dst] + offset, _bytes(op), r[src] if kind == 3 else immediate)

    def _alu(self, op: int, left: int, right: int) -> int:
        operations: Mapping[int, Callable[[int, int], int]] = {
            0x00: lambda a, b: a + b, 0x10: lambda a, b: a - b, 0x50: lambda a, b: a & b, 0x60: lambda a, b: a << b,
            0x70: lambda a, b: (a & _U64) >> b, 0xB0: lambda a, b: b,
        }  # fmt: skip
        return operations[op](left, right)

    def _holds(self, op: int, left: int, right: int) -> bool:
        right &= _U64
        signed = left - (1 << 64) if left >> 63 else left, right - (1 << 64) if right >> 63 else right
        return {
            0x00: True, 0x10: left == right, 0x50: left != right, 0x20: left > right, 0x30: left >= right,
            0xA0: left < right, 0xB0: left <= right, 0x60: signed[0] > signed[1], 0xD0: signed[0] <= signed[1],
        }[op]  # fmt: skip

    def _call(self, helper: Helper, r: list[int]) -> int:
        if helper is Helper.GET_CURRENT_PID_TGID:
            return self.pid_tgid
        if helper is Helper.GET_CURRENT_UID_GID:
            return 7 << 32 | 1000
        if helper is Helper.GET_CURRENT_COMM:
            for place, byte in enumerate(self.comm.ljust(r[2], b"\0")):
                self._write(r[1] + place, 1, byte)
            return 0
        map_ = self.maps[r[1]]
        key = self._read(r[2], 4)
        if helper is Helper.MAP_LOOKUP_ELEM:
            element = map_.find(key)
            return self._address(element) if element else 0
        assert helper is Helper.MAP_UPDATE_ELEM
        if len(map_.elements) >= map_.capacity:
            return -7
        map_.elements[key] = Element(map_.value_size)
        for place in range(map_.value_size):
            map_.elements[key].data[place] = self._read(r[3] + place, 1)
        return 0

    def _address(self, element: Element) -> int:
        if element not in self._elements:
            self._elements.append(element)
        return _ELEMENTS + (self._elements.index(element) << 16)

    def _place(self, address: int) -> tuple[bytearray, int] | None:
        if _STACK <= address < _STACK + 512:
            return self._stack, address - _STACK
        if address >= _ELEMENTS:
            return self._elements[(address - _ELEMENTS) >> 16].data, address & 0xFFFF
        return None

    def _read(self, address: int, size: int) -> int:
        if (place := self._place(address)) is not None:
            return int.from_bytes(place[0][place[1] : place[1] + size], "little")
        if _CONTEXT <= address < _CONTEXT + 4096:
            assert address - _CONTEXT + size <= len(self._context), "no such argument"
            return int.from_bytes(self._context[address - _CONTEXT : address - _CONTEXT + size], "little")
        return self.memory[address] & (1 << 8 * size) - 1

    def _write(self, address: int, size: int, value: int) -> None:
        place = self._place(address)
        assert place is not None, f"write to {address:#x}"
        place[0][place[1] : place[1] + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def _bytes(op: int) -> int:
    return {0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8}[op & 0x18]
