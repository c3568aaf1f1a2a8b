"""BTF: a made-up one built word by word, hostile ones, and that of the running kernel."""

import os
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc.unavailable import Why
from memtui.trace.bpf import btf
from memtui.trace.bpf.btf import BadBtf, Btf, Member, Tag
from memtui.trace.refused import Refused


class Maker:
    """Writes types one after another; a type's number is its place, from 1 on."""

    def __init__(self) -> None:
        self.words: list[int] = []
        self.strings = b"\0"

    def name(self, text: str) -> int:
        if not text:
            return 0
        self.strings += text.encode() + b"\0"
        return len(self.strings) - len(text) - 1

    def type(
        self, tag: int, name: str = "", what: int = 0, body: Iterable[int] = (), members: int = 0, flag: int = 0
    ) -> None:
        self.words += [self.name(name), flag << 31 | tag << 24 | members, what, *body]

    def struct(self, name: str, *members: tuple[str, int, int], tag: Tag = Tag.STRUCT, flag: int = 0) -> None:
        body = [word for text, kind, bits in members for word in (self.name(text), kind, bits)]
        self.type(tag, name, 64, body, len(members), flag)

    @property
    def data(self) -> bytes:
        types = struct.pack(f"<{len(self.words)}I", *self.words)
        head = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(self.strings))
        return head + types + self.strings


@pytest.fixture
def kernel() -> Maker:
    maker = Maker()
    maker.type(Tag.INT, "long", 8, [64])  # 1
    maker.struct("", ("inner", 1, 64), ("order", 1, 128), tag=Tag.UNION)  # 2
    maker.type(Tag.CONST, "", 2)  # 3
    maker.struct("folio", ("flags", 1, 0), ("", 3, 128), ("index", 1, 512))  # 4
    maker.struct("holder", ("pad", 1, 0), ("folio", 4, 320))  # 5
    maker.struct("bits", ("few", 1, 3 << 24 | 64), flag=1)  # 6: a bit field's width is in the upper byte
    maker.type(Tag.ENUM, "flags", 4, [maker.name("PG_a"), 0, maker.name("PG_head"), 6], 2)  # 7
    maker.type(Tag.PROTOTYPE, "", 1, [maker.name("iocb"), 1, maker.name("iter"), 1], 2)  # 8
    maker.type(Tag.FUNCTION, "read", 8)  # 9
    maker.type(Tag.TYPEDEF, "btf_trace_event", 8)  # 10
    return maker


def test_members_are_found_through_anonymous_ones(kernel: Maker) -> None:
    types = Btf(kernel.data)
    assert types.member("folio", "flags") == Member(0, 1)
    assert types.member("folio", "order") == Member(32, 1)
    assert types.offset("holder", "folio.inner") == 40 + 16 + 8
    assert types.offset("bits", "few") == 8
    assert types.size(4) == 64


def test_what_is_not_there_is_none(kernel: Maker) -> None:
    types = Btf(kernel.data)
    assert types.offset("folio", "gone") is None
    assert types.offset("folio", "flags.gone") is None
    assert types.offset("gone", "flags") is None
    assert types.function("long") is None
    assert types.tracepoint("gone") is None
    assert types.enumerator("flags", "gone") is None
    assert types.parameters("gone") is None


def test_functions_tracepoints_and_enumerators_have_their_numbers(kernel: Maker) -> None:
    types = Btf(kernel.data)
    assert types.function("read") == 9
    assert types.tracepoint("event") == 10
    assert types.enumerator("flags", "PG_head") == 6
    assert types.parameters("read") == ["iocb", "iter"]
    assert len(types) == 11


def test_a_name_that_two_kinds_share_is_told_apart() -> None:
    maker = Maker()
    at = maker.name("both")
    maker.words += [at, Tag.FORWARD << 24, 0, at, Tag.STRUCT << 24, 0]
    assert Btf(maker.data).find(Tag.STRUCT, "both") == 2


def test_types_that_go_in_circles_end() -> None:
    maker = Maker()
    maker.type(Tag.TYPEDEF, "round", 1)
    maker.struct("self", ("", 2, 0))
    with pytest.raises(BadBtf, match="without end"):
        Btf(maker.data).resolve(1)
    with pytest.raises(BadBtf, match="without end"):
        Btf(maker.data).offset("self", "x")


@pytest.mark.parametrize("length", [0, 10, 24, 60])
def test_a_file_cut_off_is_refused(kernel: Maker, length: int) -> None:
    with pytest.raises(BadBtf):
        Btf(kernel.data[:length])


def test_an_unknown_kind_is_refused() -> None:
    maker = Maker()
    maker.type(31)
    with pytest.raises(BadBtf, match="unknown kind"):
        Btf(maker.data)


@given(st.binary(max_size=400), st.booleans())
def test_hostile_bytes_raise_badbtf_and_nothing_else(noise: bytes, with_header: bool) -> None:
    noise = noise[: len(noise) // 4 * 4]
    head = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(noise), 0, len(noise)) if with_header else b""
    try:
        types = Btf(head + noise)
        for number in range(len(types)):
            types.resolve(number)
        types.offset("a", "b")
        types.parameters("a")
        types.enumerator("a", "b")
    except BadBtf:
        pass


def test_a_kernel_without_btf_says_so() -> None:
    with pytest.raises(Refused) as caught:
        btf.read("/nonexistent/vmlinux")
    assert caught.value.reason.why is Why.ABSENT
    assert "CONFIG_DEBUG_INFO_BTF" in str(caught.value)


@pytest.mark.skipif(not os.path.exists(btf.VMLINUX), reason="this kernel has no BTF")
def test_the_running_kernels_own() -> None:
    types = btf.read()
    assert types.offset("address_space", "host") is not None
    assert types.offset("task_struct", "comm") is not None
    assert types.tracepoint("mm_filemap_add_to_page_cache") is not None
    assert types.size(types.find(Tag.INT, "char") or 0) == 1
