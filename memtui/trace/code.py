"""The code of a process: which file an instruction of it comes from, and where in that file."""

import os
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from memtui.trace.cfi import CallFrames, Row
from memtui.trace.elf import BadElf, Elf, Symbol

_DEBUG: str = "/usr/lib/debug/.build-id"


class Mapping(NamedTuple):
    """A line of /proc/PID/maps: addresses, permissions, and the file with the place in it that is mapped."""

    start: int
    end: int
    permissions: str
    offset: int
    device: str
    inode: int
    path: str

    @property
    def executable(self) -> bool:
        """Whether code runs there."""
        return "x" in self.permissions


class Place(NamedTuple):
    """Where an instruction is: its module (None: no file, or one that can't be read), its address in there."""

    module: "Module | None"
    address: int
    path: str


class Module:
    """A file with code, by which instructions get their names and their callers."""

    def __init__(self, elf: Elf, path: str, extra: Elf | None = None) -> None:
        self.elf, self.path, self._extra = elf, path, extra
        self._rows: dict[int, Row | None] = {}

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return os.path.basename(self.path)

    @property
    def named(self) -> bool:
        """Whether all functions have names: not stripped, or its debug file is installed."""
        return self.elf.has_symtab or (self._extra is not None and self._extra.has_symtab)

    @property
    def debug(self) -> Elf:
        """The file that has what debuggers want to know: the module itself or its debug file."""
        return self._extra or self.elf

    @cached_property
    def _frames(self) -> CallFrames:
        return CallFrames(self.elf)

    def row(self, address: int) -> Row | None:
        """How to unwind from an address of this module."""
        if address not in self._rows:
            self._rows[address] = self._frames.row(address)
        return self._rows[address]

    def function_at(self, address: int) -> Symbol | None:
        """The function at an address of this module; None for a file whose symbols can't be read."""
        for elf in (self._extra, self.elf):
            if elf is not None:
                try:
                    if (symbol := elf.function_at(address)) is not None:
                        return symbol
                except BadElf:
                    continue
        return None

    def close(self) -> None:
        """Give the descriptors back."""
        self.elf.close()
        if self._extra is not None:
            self._extra.close()


def parse_maps(data: bytes) -> list[Mapping]:
    """The lines of /proc/PID/maps; what is no such line is left out."""
    found = []
    for row in data.split(b"\n"):
        words = row.split(None, 5)
        if len(words) < 5:
            continue
        try:
            start, _, end = words[0].partition(b"-")
            path = words[5] if len(words) > 5 else b""
            found.append(
                Mapping(
                    int(start, 16), int(end, 16), words[1].decode("ascii"), int(words[2], 16),
                    words[3].decode("ascii"), int(words[4]), path.decode("utf-8", "surrogateescape"),
                )
            )  # fmt: skip
        except ValueError:
            continue
    return found


class Code:
    """What a process executes, as its mappings were at the last `refresh`. Modules stay open until `close`.

    `mappings` are those with code, `everything` all.
    `proc` is the /proc root of the running kernel. Raises OSError if the mappings can't be read.
    """

    def __init__(self, pid: int, proc: str = "/proc") -> None:
        self.pid = pid
        self._folder = f"{proc}/{pid}"
        self._modules: dict[tuple[str, int, str], Module | None] = {}
        self.everything: list[Mapping] = []
        self.mappings: list[Mapping] = []
        self._starts: list[int] = []
        self.refresh()

    def refresh(self) -> bool:
        """Read the mappings anew: whether there is other code, as the program has loaded or unloaded a library."""
        with open(f"{self._folder}/maps", "rb") as file:
            self.everything = parse_maps(file.read())
        before, self.mappings = self.mappings, [one for one in self.everything if one.executable]
        self._starts = [one.start for one in self.mappings]
        return self.mappings != before

    def locate(self, address: int) -> Place:
        """Where an instruction is."""
        index = bisect_right(self._starts, address) - 1
        if index < 0 or address >= self.mappings[index].end:
            return Place(None, address, "")
        mapping = self.mappings[index]
        module = self.module(mapping)
        if module is None:
            return Place(None, address, mapping.path)
        inside = module.elf.address_of(address - mapping.start + mapping.offset)
        return Place(module, inside, module.path) if inside is not None else Place(None, address, mapping.path)

    def executable(self, address: int) -> bool:
        """Whether code may run at an address."""
        index = bisect_right(self._starts, address) - 1
        return index >= 0 and address < self.mappings[index].end

    def module(self, mapping: Mapping) -> Module | None:
        """The file of a mapping, opened once; None where there is none, or it can't be read."""
        key = (mapping.device, mapping.inode, mapping.path)
        if key not in self._modules:
            self._modules[key] = self._open(mapping) if mapping.inode else None
        return self._modules[key]

    def path_of(self, mapping: Mapping) -> str:
        """A path by which the very file of a mapping can be opened here, in another mount namespace or deleted too.

        Following /proc/PID/map_files takes CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE; else the path is looked up in the
        root of the process.
        """
        exact = f"{self._folder}/map_files/{mapping.start:x}-{mapping.end:x}"
        return exact if os.access(exact, os.R_OK) else f"{self._folder}/root{mapping.path}"

    def close(self) -> None:
        """Give all files back."""
        for module in self._modules.values():
            if module is not None:
                module.close()
        self._modules.clear()

    def _open(self, mapping: Mapping) -> Module | None:
        path = mapping.path.removesuffix(" (deleted)")
        try:
            elf = Elf.open(self.path_of(mapping))
        except (OSError, BadElf):
            return None
        if elf.identity[1] != mapping.inode:  # another file by the same name; device numbers differ on btrfs
            elf.close()
            return None
        return Module(elf, path, None if elf.has_symtab else _debug_file(elf, f"{self._folder}/root"))


def _debug_file(elf: Elf, root: str) -> Elf | None:
    """The separate debug file of a build, where the distribution's debug package is installed."""
    try:
        build = elf.build_id
        if len(build) < 4:
            return None
        for prefix in (root, ""):
            path = f"{prefix}{_DEBUG}/{build[:2]}/{build[2:]}.debug"
            if os.path.isfile(path):
                return Elf.open(path)
    except (OSError, BadElf):
        pass
    return None
