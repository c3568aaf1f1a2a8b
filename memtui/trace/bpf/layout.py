"""The bytes of a map's value, shared by the program that writes them and the Python that reads them."""

import struct
from typing import Final

_WORD: Final = 8


class Layout:
    """Named 64-bit counters, and behind them `tail` bytes such as a name.

    >>> layout = Layout("read", "add", tail=16)
    >>> layout.offset("add"), layout.size
    (8, 32)
    """

    def __init__(self, *names: str, tail: int = 0) -> None:
        self.names = names
        self.tail = _WORD * len(names)
        self.size = self.tail + -(-tail // _WORD) * _WORD
        self._words = struct.Struct(f"={len(names)}Q")

    def offset(self, name: str) -> int:
        """Where a counter lies, in bytes."""
        return _WORD * self.names.index(name)

    def counters(self, value: bytes) -> tuple[int, ...]:
        """The counters of a value, in the order of their names."""
        words: tuple[int, ...] = self._words.unpack_from(value)
        return words
