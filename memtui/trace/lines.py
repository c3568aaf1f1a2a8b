"""Source lines by DWARF, with pyelftools: line programs of single compile units, decoded when one is asked for.

A unit of libpython (110 of them, 14 MB of .debug_info, 3 MB of line programs) takes 60 ms to 1.6 s, one of a small
program 90 ms with all that is read once: so callers ask only for what they show, and give it a time.
"""

import io
from bisect import bisect_right
from typing import IO, Any, Final, cast

from memtui.trace.elf import Elf

_MOST: Final = 1 << 26  # bytes of .debug_info that are searched unit by unit where there is no .debug_aranges


class _File(io.RawIOBase):
    """An `Elf` as the seekable stream that pyelftools reads."""

    def __init__(self, elf: Elf) -> None:
        super().__init__()
        self._elf, self._place = elf, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        left = max(0, self._elf.size - self._place)
        size = left if size is None or size < 0 else min(size, left)
        data = self._elf.read(self._place, size)
        self._place += size
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        self._place = offset + (0, self._place, self._elf.size)[whence]
        return self._place

    def tell(self) -> int:
        """The place."""
        return self._place

    def seekable(self) -> bool:
        """It is."""
        return True

    def readable(self) -> bool:
        """It is."""
        return True


class Lines:
    """The source lines of one file. Whatever is wrong with its DWARF, the answer is that there is no line."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._dwarf: Any = None
        self._ranges: Any = None
        self._units: dict[int, tuple[list[int], list[str]]] = {}
        self._broken = ".debug_line" not in elf.sections and ".zdebug_line" not in elf.sections

    def at(self, address: int) -> str:
        """`file:line` of an address (before relocation); empty where it isn't known."""
        if self._broken:
            return ""
        try:
            unit = self._unit_at(address)
            if unit is None:
                return ""
            starts, texts = self._table(unit)
        except Exception:  # a library over bytes that anyone may have written: it may raise anything
            self._broken = True
            return ""
        index = bisect_right(starts, address) - 1
        return texts[index] if index >= 0 else ""

    def _unit_at(self, address: int) -> Any:
        if self._dwarf is None:
            from elftools.elf.elffile import ELFFile

            self._dwarf = ELFFile(cast("IO[bytes]", _File(self._elf))).get_dwarf_info(follow_links=False)
            self._ranges = self._dwarf.get_aranges()
        if self._ranges is not None:
            offset = self._ranges.cu_offset_at_addr(address)
            return None if offset is None else self._dwarf.get_CU_at(offset)
        section = self._elf.sections.get(".debug_info")
        if section is None or section.size > _MOST:
            return None
        for unit in self._dwarf.iter_CUs():
            starts, _ = self._table(unit)
            if starts and starts[0] <= address <= starts[-1]:
                return unit
        return None

    def _table(self, unit: Any) -> tuple[list[int], list[str]]:
        if unit.cu_offset in self._units:
            return self._units[unit.cu_offset]
        found: dict[int, str] = {}
        program = self._dwarf.line_program_for_CU(unit)
        for entry in program.get_entries() if program is not None else ():
            state = entry.state
            if state is not None:
                found[state.address] = "" if state.end_sequence else f"{_name(program, state.file)}:{state.line}"
        starts = sorted(found)
        table = self._units[unit.cu_offset] = starts, [found[start] for start in starts]
        return table


def _name(program: Any, number: int) -> str:
    files = program["file_entry"]
    index = number if program.header.version >= 5 else number - 1
    return files[index].name.decode("utf-8", "surrogateescape") if 0 <= index < len(files) else "?"
