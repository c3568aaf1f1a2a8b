"""The address space of a process by what its parts are: program, libraries, heap, stacks, shared memory, and so on.

The kernel names a file, `[heap]`, `[stack]` and what programs named with prctl(PR_SET_VMA); the rest is told apart by
rules of this module, each said where it stands. They decide under which name a mapping is counted, never its sizes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from memtui.model.sample import ProcKey
from memtui.proc.mappings import Mapping


class Kind(StrEnum):
    """What a mapping is; the words are those of the screen and of JSON."""

    PROGRAM = "program"
    LIBRARY = "library"
    FILE = "file"
    HEAP = "heap"
    ARENA = "malloc arena"
    ANONYMOUS = "anonymous"
    NAMED = "named"
    SHM = "shm"
    STACK = "stack"
    HUGETLB = "hugetlb"
    RESERVED = "reserved"
    DEVICE = "device"
    KERNEL = "kernel"


class Hints(NamedTuple):
    """What else is known of the process: its program's path, devices (`00:1a`) of mounted tmpfs, and the stack
    pointers of its threads (None: not known of all)."""

    exe: str | None = None
    tmpfs: frozenset[str] = frozenset()
    stacks: Collection[int] | None = None


Key = tuple[Kind, str]
"""The identity of a group: its kind and its name."""

MAIN_STACK: Final = "main stack"
THREAD_STACKS: Final = "thread stacks"
SHARED_ANONYMOUS: Final = "shared anonymous"
_DELETED: Final = " (deleted)"
_ARENA: Final = 64 << 20  # HEAP_MAX_SIZE of glibc's malloc on 64-bit machines: arenas begin at multiples of it
_GUARD: Final = 1 << 20  # bytes; what is larger and without access is a reservation, not a guard
_STACK: Final = 16 << 10  # PTHREAD_STACK_MIN


@dataclass(frozen=True, slots=True)
class Group:
    """Mappings of one kind and name, and the sums of their sizes in bytes; None: not in this kernel."""

    kind: Kind
    name: str
    mappings: tuple[Mapping, ...]
    size: int
    rss: int
    pss: int
    uss: int
    shared_clean: int
    shared_dirty: int
    private_clean: int
    private_dirty: int
    referenced: int
    anonymous: int
    swap: int
    swap_pss: int | None
    anon_huge: int | None
    locked: int | None
    hugetlb: int | None

    @property
    def key(self) -> Key:
        """Its identity in the address space."""
        return self.kind, self.name


class AddressSpace(NamedTuple):
    """One reading of smaps: `at` monotonic seconds when it ended, `seconds` it took, the kind and name of each
    mapping in order, the groups, and the sums of all. `startcode` tells a later exec; `exe` is the program's path."""

    key: ProcKey
    at: float
    seconds: float
    startcode: int
    exe: str | None
    mappings: tuple[Mapping, ...]
    keys: tuple[Key, ...]
    groups: tuple[Group, ...]
    total: Group


def address_space(
    key: ProcKey, at: float, seconds: float, startcode: int, mappings: Sequence[Mapping], hints: Hints
) -> AddressSpace:
    """The mappings told apart and added up."""
    keys = classify(mappings, hints)
    return AddressSpace(
        key, at, seconds, startcode, hints.exe, tuple(mappings), keys, grouped(mappings, keys), gather(None, mappings)
    )


def gather(key: Key | None, mappings: Sequence[Mapping]) -> Group:
    """A group of these mappings; without a key, the sums of all."""
    columns = dict(zip(Mapping._fields, zip(*mappings, strict=True), strict=True)) if mappings else {}

    def total(name: str) -> int:
        return sum(columns.get(name, ()))

    def optional(name: str) -> int | None:
        found = [size for size in columns.get(name, ()) if size is not None]
        return sum(found) if found else None

    hugetlb = optional("shared_hugetlb"), optional("private_hugetlb")
    return Group(
        *(key or (Kind.ANONYMOUS, "all")),
        tuple(mappings),
        size=total("size"),
        rss=total("rss"),
        pss=total("pss"),
        uss=total("private_clean") + total("private_dirty"),
        shared_clean=total("shared_clean"),
        shared_dirty=total("shared_dirty"),
        private_clean=total("private_clean"),
        private_dirty=total("private_dirty"),
        referenced=total("referenced"),
        anonymous=total("anonymous"),
        swap=total("swap"),
        swap_pss=optional("swap_pss"),
        anon_huge=optional("anon_huge"),
        locked=optional("locked"),
        hugetlb=None if None in hugetlb else sum(size or 0 for size in hugetlb),
    )


def grouped(mappings: Sequence[Mapping], keys: Sequence[Key]) -> tuple[Group, ...]:
    """The mappings added up by their keys; kinds in their order, within them largest PSS first."""
    members: dict[Key, list[Mapping]] = {}
    for mapping, key in zip(mappings, keys, strict=True):
        members.setdefault(key, []).append(mapping)
    order = list(Kind)
    groups = [gather(key, found) for key, found in members.items()]
    return tuple(sorted(groups, key=lambda group: (order.index(group.kind), -group.pss, -group.size, group.name)))


def by_kind(groups: Iterable[Group]) -> tuple[Group, ...]:
    """The groups added up by kind alone; the name is the group's where a kind has only one."""
    members: dict[Kind, list[Group]] = {}
    for group in groups:
        members.setdefault(group.kind, []).append(group)
    return tuple(
        gather((kind, found[0].name if len(found) == 1 else ""), [one for group in found for one in group.mappings])
        for kind, found in members.items()
    )


def classify(mappings: Sequence[Mapping], hints: Hints) -> tuple[Key, ...]:
    """The kind and name of each mapping; they must come in the order of their addresses."""
    code = {one.path for one in mappings if one.perms[2] == "x" and one.path[:1] == "/"}
    stacks = sorted(hints.stacks) if hints.stacks is not None else None
    keys: list[Key] = []
    for index, one in enumerate(mappings):
        before = mappings[index - 1] if index else None
        after = mappings[index + 1] if index + 1 < len(mappings) else None
        if one.path:
            keys.append(_named(one, hints, code))
        elif before is not None and keys[-1][0] is Kind.PROGRAM and _is_bss(one, before):
            keys.append(keys[-1])
        else:
            keys.append(_unnamed(one, before, after, stacks))
    for index, one in enumerate(mappings):  # guards and unused ends belong to what they guard or end
        if keys[index][0] is not Kind.RESERVED:
            continue
        below, above = keys[index - 1 : index] if index else [], keys[index + 1 : index + 2]
        if above == [(Kind.STACK, THREAD_STACKS)] and _guards(one, mappings[index + 1]):
            keys[index] = above[0]
        elif below and below[0][0] is Kind.ARENA and one.end % _ARENA == 0:
            keys[index] = below[0]
    return tuple(keys)


def _is_bss(one: Mapping, before: Mapping) -> bool:
    """The zeroed data of the program: right above its writable data. Of libraries it can't be told: other anonymous
    memory may lie there and melt into one mapping with it."""
    return one.start == before.end and before.perms[1] == "w" and one.perms[:2] == "rw" and one.perms[3] == "p"


def _named(one: Mapping, hints: Hints, code: Collection[str]) -> Key:
    path = one.path
    if path[0] == "[":
        return _bracketed(path)
    plain = path.removesuffix(_DELETED)
    if "ht" in one.vm_flags or plain == "/anon_hugepage":
        return Kind.HUGETLB, plain
    if plain == "/dev/zero" and one.perms[3] == "s":
        return Kind.SHM, SHARED_ANONYMOUS
    if plain.startswith(("/SYSV", "/memfd:", "/dev/shm/")):
        return Kind.SHM, plain.removeprefix("/") if plain[1] in "Sm" else path
    if hints.exe is not None and path == hints.exe:
        return Kind.PROGRAM, path
    if path[0] != "/" or plain.startswith("/dev/") or "io" in one.vm_flags or "pf" in one.vm_flags:
        return Kind.DEVICE, path
    if path in code or ".so" in path.rpartition("/")[2]:
        return Kind.LIBRARY, path
    return (Kind.SHM if one.device in hints.tmpfs else Kind.FILE), path


def _bracketed(path: str) -> Key:
    name = path.strip("[]")
    if name == "heap":
        return Kind.HEAP, "heap"
    if name == "stack":
        return Kind.STACK, MAIN_STACK
    if name.startswith(("stack:", "anon: glibc: pthread stack", "anon:stack_and_tls")):
        return Kind.STACK, THREAD_STACKS
    if name.startswith("anon: glibc: malloc"):
        return Kind.ARENA, "malloc arenas"
    if name.startswith("anon_shmem:"):
        return Kind.SHM, path
    return (Kind.NAMED if name.startswith("anon:") else Kind.KERNEL), path


def _unnamed(one: Mapping, before: Mapping | None, after: Mapping | None, stacks: Sequence[int] | None) -> Key:
    if "ht" in one.vm_flags:
        return Kind.HUGETLB, "anonymous hugetlb"
    if one.perms[:3] == "---" and not one.rss and not one.swap:
        return Kind.RESERVED, "no access"
    if one.perms[:3] == "rw-" and one.perms[3] == "p":
        if one.start % _ARENA == 0 and _unused_rest(one, after):
            return Kind.ARENA, "malloc arenas"
        told = stacks is None or any(one.start <= pointer < one.end for pointer in stacks)
        if before is not None and _guards(before, one) and told:
            return Kind.STACK, THREAD_STACKS
    return Kind.ANONYMOUS, "anonymous"


def _unused_rest(one: Mapping, after: Mapping | None) -> bool:
    """Whether this is an arena of glibc's malloc: what it has not used yet follows, up to the arena's end.

    One that is used up looks like any other anonymous memory, and counts as that.
    """
    return after is not None and after.start == one.end and after.end == one.start + _ARENA and _no_access(after)


def _guards(guard: Mapping, one: Mapping) -> bool:
    """Whether a stack grows down towards this guard: a small mapping without access, right below it."""
    return _no_access(guard) and guard.end == one.start and guard.size <= _GUARD and one.size >= _STACK


def _no_access(one: Mapping) -> bool:
    return one.perms == "---p" and not one.path
