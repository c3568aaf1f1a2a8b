"""/proc/PID/smaps: every mapping of a process's address space, one after another.

    7f1c5a000000-7f1c5a021000 rw-p 00000000 00:00 0                          [anon:arena]
    Size:                132 kB
    …
    VmFlags: rd wr mr mw me nr sd

proc_pid_smaps(5), Documentation/filesystems/proc.rst; the kernel writes it in fs/proc/task_mmu.c, show_smap() and
show_smap_vma_flags(). Reading needs the right to ptrace the process. The kernel hands the file out page by page and
lets go of the address space in between, so a process that maps and unmaps meanwhile may appear in two states.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_HEADER: Final = re.compile(
    rb"^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) ([0-9a-f]{1,16}) "
    rb"([0-9a-f]{2,8}:[0-9a-f]{2,8}) (\d{1,20}) *([^\n]*)\n",
    re.MULTILINE,
)
_WIDEST: Final = 20  # digits of a 64-bit number

FLAGS: Final[dict[str, str]] = {
    "rd": "readable", "wr": "writable", "ex": "executable", "sh": "shared", "mr": "may read", "mw": "may write",
    "me": "may execute", "ms": "may share", "mp": "MPX table", "gd": "grows down", "pf": "pure page frames",
    "dw": "disabled write", "lo": "locked", "io": "device I/O", "sr": "sequential reads advised",
    "rr": "random reads advised", "dc": "not copied by fork", "de": "can't be enlarged", "ac": "accounted",
    "nr": "no swap reserved", "ht": "hugetlb pages", "sf": "synchronous faults", "ar": "architecture's own",
    "wf": "wiped by fork", "dd": "not in core dumps", "sd": "soft-dirty", "mm": "mixed frames",
    "hg": "huge pages advised", "nh": "no huge pages", "mg": "mergeable (KSM)", "bt": "guarded branches",
    "mt": "memory tags", "um": "userfaultfd: missing", "uw": "userfaultfd: write", "ui": "userfaultfd: minor",
    "ss": "shadow stack", "sl": "sealed", "lf": "locked on fault", "dp": "droppable", "gu": "guard regions",
}  # fmt: skip
"""The words of VmFlags, Documentation/filesystems/proc.rst."""


class Mapping(NamedTuple):
    """One mapping: addresses and sizes in bytes, None where this kernel has no such line; flags as in VmFlags.

    `path` is the kernel's text: a file's path (a newline in it is written \\012), a name in brackets, or empty. Huge
    pages of hugetlbfs are in none of rss and pss.
    """

    start: int
    end: int
    perms: str
    offset: int
    device: str
    inode: int
    path: str
    size: int
    kernel_page_size: int | None
    mmu_page_size: int | None
    rss: int
    pss: int
    pss_dirty: int | None
    shared_clean: int
    shared_dirty: int
    private_clean: int
    private_dirty: int
    referenced: int
    anonymous: int
    ksm: int | None
    lazy_free: int | None
    anon_huge: int | None
    shmem_huge: int | None
    file_huge: int | None
    shared_hugetlb: int | None
    private_hugetlb: int | None
    swap: int
    swap_pss: int | None
    locked: int | None
    thp_eligible: int | None
    protection_key: int | None
    vm_flags: tuple[str, ...]

    @property
    def uss(self) -> int:
        """What only this process maps here, in bytes: Private_Clean + Private_Dirty."""
        return self.private_clean + self.private_dirty


_KEYS: Final = tuple(
    name + b":"
    for name in (
        b"Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Shared_Clean Shared_Dirty Private_Clean Private_Dirty "
        b"Referenced Anonymous KSM LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped Shared_Hugetlb "
        b"Private_Hugetlb Swap SwapPss Locked THPeligible ProtectionKey"
    ).split()
)
"""The lines in the order of the record; all but the last two are in kB."""

_SIZES: Final = len(_KEYS) - 2
_REQUIRED: Final = frozenset(
    name + b":"
    for name in (
        b"Size Rss Pss Shared_Clean Shared_Dirty Private_Clean Private_Dirty Referenced Anonymous Swap"
    ).split()
)


class Parser:
    """Takes a smaps file piece by piece, as read() gives it, and gives its mappings as soon as they are whole.

    Python code runs between any two mappings, so other threads get their turn however long the file is.
    """

    def __init__(self) -> None:
        self._left = b""
        self._texts: dict[bytes, str] = {}
        self._flags: dict[bytes, tuple[str, ...]] = {}
        self._layout: tuple[tuple[bytes, ...], tuple[int | None, ...]] | None = None

    def feed(self, data: bytes) -> Iterator[Mapping]:
        """The mappings that these bytes complete."""
        data = self._left + data
        found = header = _HEADER.search(data)
        while found is not None and header is not None:
            found = _HEADER.search(data, header.end())
            if found is None:
                break
            if (mapping := self._mapping(header, data[header.end() : found.start()])) is not None:
                yield mapping
            header = found
        self._left = data[header.start() :] if header is not None else data[data.rfind(b"\n") + 1 :]

    def end(self) -> Iterator[Mapping]:
        """The last mapping, once the file has ended."""
        data, self._left = self._left, b""
        header = _HEADER.search(data)
        if header is not None and (mapping := self._mapping(header, data[header.end() :])) is not None:
            yield mapping

    def _mapping(self, header: re.Match[bytes], body: bytes) -> Mapping | None:
        """The record; None for one that lacks a line that every kernel has."""
        start, end, perms, offset, device, inode, path = header.groups()
        flags_at = body.find(b"VmFlags:")
        words = (body if flags_at < 0 else body[:flags_at]).split()
        values = self._values(words)
        if values is None:
            return None
        flags = body[flags_at + len(b"VmFlags:") :].strip() if flags_at >= 0 else b""
        return Mapping._make(
            (
                int(start, 16), int(end, 16), self._text(perms), int(offset, 16), self._text(device), int(inode),
                self._text(path), *values, self._words(flags),
            )
        )  # fmt: skip

    def _values(self, words: list[bytes]) -> list[int | None] | None:
        """The numbers in the order of the record. All mappings of one kernel have the same lines, so their places
        are looked up once; a mapping with others gets a look of its own."""
        if self._layout is None or not _same_layout(words, self._layout[0]):
            self._layout = _layout(words)
        places = self._layout[1]
        out: list[int | None] = []
        for index, place in enumerate(places):
            if place is None:
                if _KEYS[index] in _REQUIRED:
                    return None
                out.append(None)
                continue
            word = words[place]
            if not word.isdigit() or len(word) > _WIDEST:
                return None
            out.append(int(word) << 10 if index < _SIZES else int(word))
        return out

    def _text(self, raw: bytes) -> str:
        """The text, one object for all mappings that have the same."""
        text = self._texts.get(raw)
        if text is None:
            text = self._texts[raw] = raw.decode("utf-8", "backslashreplace")
        return text

    def _words(self, raw: bytes) -> tuple[str, ...]:
        words = self._flags.get(raw)
        if words is None:
            words = self._flags[raw] = tuple(raw.decode("ascii", "backslashreplace").split())
        return words


def parse(data: bytes) -> list[Mapping]:
    """All mappings of a whole smaps file; what can't be read is left out."""
    parser = Parser()
    return [*parser.feed(data), *parser.end()]


def parse_files(data: bytes) -> dict[str, int]:
    """The inodes of all mapped files by their paths, of a maps or smaps file."""
    found: dict[str, int] = {}
    for header in _HEADER.finditer(data):
        path = header[7]
        if path[:1] == b"/" and header[6] != b"0":
            found[path.decode("utf-8", "backslashreplace")] = int(header[6])
    return found


def _layout(words: list[bytes]) -> tuple[tuple[bytes, ...], tuple[int | None, ...]]:
    """Where each name stands among the words, and the place of the value of each line of the record."""
    names = tuple(word if word[-1:] == b":" else b"" for word in words)
    places = {name: place + 1 for place, name in reversed(list(enumerate(names))) if name and place + 1 < len(words)}
    return names, tuple(places.get(key) for key in _KEYS)


def _same_layout(words: list[bytes], names: tuple[bytes, ...]) -> bool:
    return len(words) == len(names) and all(word == name for word, name in zip(words, names, strict=True) if name)
