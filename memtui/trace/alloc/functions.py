"""The functions that give and take memory: their arguments, and where they are in a process.

Every file with code in it that has a `malloc` of its own counts as an allocator: libc, or jemalloc, tcmalloc and the
like that were linked or preloaded. C++'s operators are probed only where an allocator brings its own; elsewhere they
call malloc. `mmap` and its kin are those of libc, `brk` its sbrk.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Final, NamedTuple

from memtui.trace.code import Code, Mapping, Module
from memtui.trace.elf import BadElf, Symbol


class Gives(Enum):
    """How a function says where the memory is, and that there is none."""

    RESULT = auto()  # its result; 0 is a failure
    MAPPED = auto()  # its result; -1 is a failure
    OUT = auto()  # through its first argument; a result other than 0 is a failure
    NOTHING = auto()  # it only takes


class Function(NamedTuple):
    """Which argument (counted from 0) holds what. `size` and `times` multiply; `old` is given back."""

    gives: Gives
    size: int | None = None
    times: int | None = None
    old: int | None = None
    flags: int | None = None  # of mmap: only anonymous mappings count, and no stacks of threads (8 MiB untouched)


_NEW: Final = Function(Gives.RESULT, size=0)
_DELETE: Final = Function(Gives.NOTHING, old=0)
HEAP: Final = {
    "malloc": Function(Gives.RESULT, size=0),
    "calloc": Function(Gives.RESULT, size=0, times=1),
    "realloc": Function(Gives.RESULT, size=1, old=0),
    "reallocarray": Function(Gives.RESULT, size=1, times=2, old=0),
    "memalign": Function(Gives.RESULT, size=1),
    "aligned_alloc": Function(Gives.RESULT, size=1),
    "posix_memalign": Function(Gives.OUT, size=2),
    "valloc": Function(Gives.RESULT, size=0),
    "pvalloc": Function(Gives.RESULT, size=0),
    "free": _DELETE,
    "cfree": _DELETE,
    "mallocx": Function(Gives.RESULT, size=0),
    "rallocx": Function(Gives.RESULT, size=1, old=0),
    "dallocx": _DELETE,
    "sdallocx": _DELETE,
    **dict.fromkeys(
        (
            "_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_t",
            "_ZnamSt11align_val_t",
        ),
        _NEW,
    ),
    **dict.fromkeys(
        (
            "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm", "_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t",
            "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t",
        ),
        _DELETE,
    ),
}  # fmt: skip
PAGES: Final = {
    "mmap": Function(Gives.MAPPED, size=1, flags=3),
    "mmap64": Function(Gives.MAPPED, size=1, flags=3),
    "mremap": Function(Gives.MAPPED, size=2, old=0),
    "munmap": _DELETE,
    "sbrk": Function(Gives.MAPPED, size=0),
}
NAMES: Final = frozenset((*HEAP, *PAGES))
_REAL: Final = ("malloc", "free")  # without both of its own a file is no allocator


class Probe(NamedTuple):
    """A function of an allocator in a file of the process: where it begins, and its first bytes of code."""

    name: str
    function: Function
    module: Module
    mapping: Mapping
    offset: int
    code: bytes

    @property
    def key(self) -> tuple[int, int, int]:
        """The place, whatever it is called."""
        return (*self.module.elf.identity, self.offset)


def find(code: Code) -> list[Probe]:
    """All functions to probe, each place once; none where no file has an allocator with a name."""
    found: dict[tuple[int, int, int], Probe] = {}
    seen: set[tuple[int, int]] = set()
    for mapping in code.mappings:
        module = code.module(mapping)
        if module is None or module.elf.identity in seen:
            continue
        seen.add(module.elf.identity)
        for probe in _of_module(module, mapping):
            found.setdefault(probe.key, probe)
    return list(found.values())


def is_glibc(code: Code) -> bool:
    """Whether the heap is glibc's, whose chunks can be walked: its libc is mapped and nothing else brings a malloc.

    Of a static and stripped program nothing can be told; its heap is taken to be glibc's, which a walk finds out.
    """
    paths = {mapping.path for mapping in code.mappings if mapping.path.startswith("/")}
    owners = {probe.module.name for probe in find(code) if probe.name == "malloc"}
    names = {path.rpartition("/")[2] for path in paths}
    if not owners:
        return not any(name.startswith(("ld-musl", "libc.musl")) for name in names)
    if len(owners) > 1:
        return False
    (owner,) = owners
    return owner.startswith(("libc.so", "libc-")) or len(paths) == 1


def _of_module(module: Module, mapping: Mapping) -> Iterable[Probe]:
    for elf in dict.fromkeys((module.elf, module.debug)):
        try:
            symbols = elf.find(NAMES)
        except BadElf:
            continue
        if not all(name in symbols for name in _REAL):
            continue
        probes = [_probe(symbol, {**HEAP, **PAGES}[name], module, mapping) for name, symbol in symbols.items()]
        return [probe for probe in probes if probe is not None]
    return []


def _probe(symbol: Symbol, function: Function, module: Module, mapping: Mapping) -> Probe | None:
    offset = module.elf.offset_of(symbol.address)
    if offset is None:
        return None
    try:
        code = module.elf.read(offset, min(max(symbol.size, 16), 64))
    except BadElf:
        return None
    if function.gives is Gives.NOTHING:
        offset += first_push(code)
    return Probe(symbol.name, function, module, mapping, offset, code)


def first_push(code: bytes) -> int:
    """How far behind the start a probe costs least, all arguments being still where they were.

    The kernel emulates a push under a probe (1 µs); most other instructions it must step through (12 µs on a virtual
    machine). `free` begins with `test rdi,rdi; je …` before its first push: a null pointer then goes unseen, which
    gives nothing back anyway. Only for probes that don't need the return address on top of the stack.
    """
    place = 0
    for _ in range(4):
        if code[place : place + 4] == b"\xf3\x0f\x1e\xfa":  # endbr64
            place += 4
        elif code[place : place + 3] == b"\x48\x85\xff":  # test rdi, rdi
            place += 3
        elif code[place : place + 2] == b"\x0f\x84":  # je, far
            place += 6
        elif code[place : place + 1] == b"\x74":  # je, near
            place += 2
        else:
            break
    pushes = code[place : place + 1] in PUSHES or (
        code[place : place + 1] == b"\x41" and code[place + 1 : place + 2] in PUSHES
    )
    return place if pushes else 0


PUSHES: Final = frozenset(bytes([opcode]) for opcode in range(0x50, 0x58))
