"""The heap of glibc's malloc, read from outside through /proc/PID/mem: which chunks are in use.

A chunk begins with its size at eight bytes before the address that malloc gave; the lowest bit of the *next* one says
whether it is in use, bit 1 that it has a mapping of its own. Chunks that were freed a moment ago and wait in a cache
of their thread (tcache, fastbins) are still marked as in use. Layout: glibc malloc/malloc.c, "malloc_chunk details".
Reading needs the right to attach by ptrace.
"""

import os
import struct
from collections import Counter
from collections.abc import Iterable
from typing import Final

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.code import Mapping
from memtui.trace.refused import Refused

_WORD: Final = struct.Struct("<Q")
_PREVIOUS_IN_USE, _MAPPED, _FLAGS = 1, 2, 7
_ALIGN: Final = 16
_LEAST: Final = 32
_CHUNK: Final = 1 << 20  # bytes that are read at once
_SEARCHED: Final = 1 << 16  # bytes of a heap in which its first chunk is looked for
_CHAIN: Final = 32  # chunks in a row that are no accident
_MOST: Final = 1 << 22  # chunks of one walk
NEEDS_ATTACH: Final = (
    "needs the right to attach by ptrace: root, CAP_SYS_PTRACE, or an own process where Yama allows it"
)


class Heap:
    """The memory of a process, open for reading until closed. Raises `Refused`."""

    def __init__(self, pid: int, proc: str = "/proc") -> None:
        try:
            self._fd = os.open(f"{proc}/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            why = Why.GONE if isinstance(error, FileNotFoundError) else Why.DENIED
            raise Refused(Unavailable(why, "" if why is Why.GONE else NEEDS_ATTACH)) from None

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)

    def in_use(self, blocks: Iterable[tuple[int, int]]) -> set[int]:
        """The addresses of those (address, size asked for) that still are chunks of that size, and in use."""
        found = set()
        for address, size in blocks:
            head = self._word(address - 8)
            if head is None:
                continue
            held, asked = head & ~_FLAGS, max(_LEAST, size + 8 + _ALIGN - 1 & ~(_ALIGN - 1))
            if head & _MAPPED:
                if asked <= held:
                    found.add(address)
                continue
            following = self._word(address - 8 + held) if asked <= held < asked + _LEAST else None
            if following is not None and following & _PREVIOUS_IN_USE:
                found.add(address)
        return found

    def walk(self, mappings: Iterable[Mapping]) -> Counter[int]:
        """How many chunks of each size (bytes, header included) are in use in the main heap."""
        found: Counter[int] = Counter()
        for mapping in mappings:
            if mapping.path == "[heap]" and (first := self._first(mapping.start, mapping.end)) is not None:
                self._walk(first, mapping.end, found)
        return found

    def _first(self, start: int, end: int) -> int | None:
        """The first chunk: at the very beginning, or behind what a static program has put there before (its TLS)."""
        data = self._read(start, min(_SEARCHED, end - start))
        for offset in range(0, len(data) - 15, _ALIGN):
            place, chunks = offset, 0
            while chunks < _CHAIN and place + 16 <= len(data):
                size = _WORD.unpack_from(data, place + 8)[0] & ~_FLAGS
                if size < _LEAST or size % _ALIGN or size > end - start - place:
                    break
                place, chunks = place + size, chunks + 1
            if chunks == _CHAIN or (chunks and (start + place == end or (chunks > 2 and place + 16 > len(data)))):
                return start + offset
        return None

    def _walk(self, start: int, end: int, found: Counter[int]) -> None:
        place, base, buffer = start, start, b""
        before = 0
        for _ in range(_MOST):
            if place + 16 > end:
                return
            if place + 16 > base + len(buffer):
                base, buffer = place, self._read(place, min(_CHUNK, end - place))
                if len(buffer) < 16:
                    return
            (head,) = _WORD.unpack_from(buffer, place + 8 - base)
            size = head & ~_FLAGS
            if size < _ALIGN or size % _ALIGN or size > end - place:
                return  # no heap of glibc's, or one that is being changed
            if before and head & _PREVIOUS_IN_USE:
                found[before] += 1
            before = size
            place += size

    def _word(self, address: int) -> int | None:
        data = self._read(address, 8)
        return int(_WORD.unpack(data)[0]) if len(data) == 8 else None

    def _read(self, address: int, size: int) -> bytes:
        try:
            return os.pread(self._fd, size, address)
        except (OSError, OverflowError):
            return b""
