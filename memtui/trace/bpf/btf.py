"""BTF, the kernel's own description of its types: where a member lies, which number a function has.

    header | types: {name, info: kind and count, size or type} and what the kind adds | strings

Kernel: include/uapi/linux/btf.h. Meanings: Documentation/bpf/btf.rst. A kernel has some 100,000 types. They are
walked once, keeping only where each begins; the rest is read when it is asked for.
"""

import struct
from array import array
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.refused import Refused, refused

VMLINUX = "/sys/kernel/btf/vmlinux"
_HEADER: Final = struct.Struct("<HBBIIIII")
_MAGIC: Final = 0xEB9F
_DEEPEST: Final = 32  # modifiers and anonymous members inside one another; more is no kernel's BTF


class Tag(IntEnum):
    """Kinds of types."""

    INT = 1
    POINTER = 2
    ARRAY = 3
    STRUCT = 4
    UNION = 5
    ENUM = 6
    FORWARD = 7
    TYPEDEF = 8
    VOLATILE = 9
    CONST = 10
    RESTRICT = 11
    FUNCTION = 12
    PROTOTYPE = 13
    VARIABLE = 14
    SECTION = 15
    FLOAT = 16
    DECLARATION_TAG = 17
    TYPE_TAG = 18
    ENUM64 = 19


_TAGS: Final = frozenset(Tag)
_FIXED_WORDS: Final = {Tag.INT: 1, Tag.ARRAY: 3, Tag.VARIABLE: 1, Tag.DECLARATION_TAG: 1}
_WORDS_EACH: Final = {
    Tag.STRUCT: 3, Tag.UNION: 3, Tag.ENUM: 2, Tag.PROTOTYPE: 2, Tag.SECTION: 3, Tag.ENUM64: 3,
}  # fmt: skip
_TRANSPARENT: Final = frozenset((Tag.TYPEDEF, Tag.VOLATILE, Tag.CONST, Tag.RESTRICT, Tag.TYPE_TAG))


class BadBtf(Exception):
    """The bytes are no BTF, or contradict themselves."""


class Type(NamedTuple):
    """The three words that every type begins with, and where what follows them begins (index of a word)."""

    tag: int
    name: int
    members: int
    flag: bool
    size_or_type: int
    body: int


class Member(NamedTuple):
    """A member of a struct or union, found through anonymous ones: its offset in bytes and its type's number."""

    offset: int
    type_id: int


class Btf:
    """The types in `data`; raises `BadBtf`. Types are known by number, 0 is void."""

    def __init__(self, data: bytes) -> None:
        self._words, self._strings = _sections(data)
        self._starts, self._by_name = _walk(self._words)

    def __len__(self) -> int:
        return len(self._starts)

    def find(self, tag: Tag, name: str) -> int | None:
        """The number of the first type of this kind and name, or None."""
        wanted = b"\0" + name.encode() + b"\0"
        at = self._strings.find(wanted)
        while at >= 0:
            found = self._by_name.get((at + 1) << 5 | tag)
            if found is not None:
                return found
            at = self._strings.find(wanted, at + 1)
        return None

    def function(self, name: str) -> int | None:
        """The number of a function, to attach to."""
        return self.find(Tag.FUNCTION, name)

    def tracepoint(self, name: str) -> int | None:
        """The number of a tracepoint's type, to attach to."""
        return self.find(Tag.TYPEDEF, f"btf_trace_{name}")

    def parameters(self, function: str) -> list[str] | None:
        """The names of a function's parameters, or None if there is no such function."""
        number = self.function(function)
        if number is None:
            return None
        prototype = self.type(self.type(number).size_or_type)
        if prototype.tag != Tag.PROTOTYPE:
            raise BadBtf(f"function {function} has no prototype")
        at = range(prototype.body, prototype.body + 2 * prototype.members, 2)
        return [self._name(self._word(place)) for place in at]

    def has_result(self, function: str) -> bool:
        """Whether a function of this name is there and returns something."""
        number = self.function(function)
        return number is not None and self.type(self.type(number).size_or_type).size_or_type != 0

    def enumerator(self, enum: str, name: str) -> int | None:
        """The value of a name in an enum, or None."""
        number = self.find(Tag.ENUM, enum)
        if number is None:
            return None
        found = self.type(number)
        for place in range(found.body, found.body + 2 * found.members, 2):
            if self._name(self._word(place)) == name:
                return self._word(place + 1)
        return None

    def offset(self, struct_name: str, path: str) -> int | None:
        """Where member `path` (`a` or `a.b`) lies in a struct, in bytes; None if there is none such."""
        member = self.member(struct_name, path)
        return None if member is None else member.offset

    def member(self, struct_name: str, path: str) -> Member | None:
        """A member by its path, anonymous structs and unions on the way being looked through."""
        type_id, offset = self.find(Tag.STRUCT, struct_name), 0
        for name in path.split("."):
            found = None if type_id is None else self._member(type_id, name, 0)
            if found is None:
                return None
            offset, type_id = offset + found.offset, self.resolve(found.type_id)
        return None if type_id is None else Member(offset, type_id)

    def size(self, type_id: int) -> int:
        """The size of a struct, union, int or enum in bytes."""
        return self.type(self.resolve(type_id)).size_or_type

    def resolve(self, type_id: int) -> int:
        """The type behind typedefs, const and the like."""
        for _ in range(_DEEPEST):
            found = self.type(type_id)
            if found.tag not in _TRANSPARENT:
                return type_id
            type_id = found.size_or_type
        raise BadBtf("typedefs without end")

    def type(self, type_id: int) -> Type:
        """A type by its number."""
        if not 0 <= type_id < len(self._starts):
            raise BadBtf(f"no type {type_id}")
        if type_id == 0:
            return Type(0, 0, 0, False, 0, 0)
        at = self._starts[type_id]
        name, info, size_or_type = self._words[at : at + 3]
        return Type(info >> 24 & 0x1F, name, info & 0xFFFF, bool(info >> 31), size_or_type, at + 3)

    def _member(self, type_id: int, wanted: str, depth: int) -> Member | None:
        if depth > _DEEPEST:
            raise BadBtf("structs without end")
        for name, inner, offset in self._members(type_id):
            if name == wanted:
                return Member(offset, inner)
            if not name:
                resolved = self.resolve(inner)
                found = self._member(resolved, wanted, depth + 1)
                if found is not None:
                    return Member(offset + found.offset, found.type_id)
        return None

    def _members(self, type_id: int) -> Iterator[tuple[str, int, int]]:
        found = self.type(type_id)
        if found.tag not in (Tag.STRUCT, Tag.UNION):
            return
        for place in range(found.body, found.body + 3 * found.members, 3):
            bits = self._word(place + 2)
            yield self._name(self._word(place)), self._word(place + 1), (bits & 0xFFFFFF if found.flag else bits) // 8

    def _word(self, at: int) -> int:
        return self._words[at]

    def _name(self, at: int) -> str:
        end = self._strings.find(b"\0", at)
        return self._strings[at : max(at, end)].decode("utf-8", "backslashreplace")


def read(path: str | None = None) -> Btf:
    """The BTF of the running kernel; raises `Refused` where it has none."""
    path = path or VMLINUX
    try:
        with open(path, "rb") as file:
            return Btf(file.read())
    except OSError as error:
        raise refused(error, "BTF (CONFIG_DEBUG_INFO_BTF)") from error
    except BadBtf as error:
        raise Refused(Unavailable(Why.FAILED, f"{path}: {error}")) from error


def _sections(data: bytes) -> tuple[memoryview, bytes]:
    """The words of the types and the strings."""
    if len(data) < _HEADER.size:
        raise BadBtf("shorter than its header")
    magic, _, _, header, types, types_size, strings, strings_size = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise BadBtf("not BTF of a little-endian machine")
    ends = header + types + types_size, header + strings + strings_size
    if types_size % 4 or max(ends) > len(data):
        raise BadBtf("sections reach beyond its end")
    words = memoryview(data[header + types : ends[0]]).cast("I")
    return words, data[header + strings : ends[1]]


def _walk(words: memoryview) -> tuple["array[int]", dict[int, int]]:
    """Where each type begins, and the first type of each name and kind (name << 5 | kind)."""
    fixed = [_FIXED_WORDS.get(Tag(tag), 0) if tag in _TAGS else None for tag in range(32)]
    each = [_WORDS_EACH.get(Tag(tag), 0) if tag in _TAGS else 0 for tag in range(32)]
    starts, names = array("I", (0,)), dict[int, int]()
    at, end, number = 0, len(words), 0
    while at < end:
        if at + 3 > end:
            raise BadBtf("a type is cut off")
        info = words[at + 1]
        tag = info >> 24 & 0x1F
        more = fixed[tag]
        if more is None:
            raise BadBtf(f"unknown kind of type {tag}")
        number += 1
        starts.append(at)
        if name := words[at]:
            names.setdefault(name << 5 | tag, number)
        at += 3 + more + each[tag] * (info & 0xFFFF)
    if at != end:
        raise BadBtf("a type is cut off")
    return starts, names
