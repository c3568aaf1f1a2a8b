"""Unwind programs and expressions, instruction by instruction; and the pieces that they are written in."""

import random
from contextlib import suppress

import pytest

from memtui.trace.expression import evaluate
from memtui.trace.frames import demangle
from memtui.trace.leb import BadDwarf, pointer, sleb, uleb


def no_memory(address: int) -> int:
    raise AssertionError(f"memory at {address:#x} is not to be read")


@pytest.mark.parametrize(
    ("data", "value"), [(b"\x02", 2), (b"\x7f", 127), (b"\x80\x01", 128), (b"\xe5\x8e\x26", 624485)]
)
def test_unsigned_numbers(data: bytes, value: int) -> None:
    assert uleb(data, 0) == (value, len(data))


@pytest.mark.parametrize(("data", "value"), [(b"\x02", 2), (b"\x7e", -2), (b"\xff\x00", 127), (b"\x81\x7f", -127)])
def test_signed_numbers(data: bytes, value: int) -> None:
    assert sleb(data, 0) == (value, len(data))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 20])
def test_a_number_without_an_end_is_refused(data: bytes) -> None:
    with pytest.raises(BadDwarf):
        uleb(data, 0)


def test_pointers_count_from_what_their_encoding_says() -> None:
    assert pointer(b"\xfc\xff\xff\xff", 0, 0x1B, 0x1000) == (0xFFC, 4)
    assert pointer(b"\x04\x00\x00\x00", 0, 0x3B, 0x1000, 0x2000) == (0x2004, 4)
    assert pointer(bytes(8), 0, 0x00, 0x1000) == (0, 8)
    for encoding in (0x9B, 0x4B, 0x0F, 0x20):
        with pytest.raises(BadDwarf):
            pointer(bytes(16), 0, encoding, 0)


@pytest.mark.parametrize(("at", "value"), [(0x1000, 108), (0x100A, 108), (0x100B, 116), (0x100F, 116)])
def test_the_frame_of_the_plt_depends_on_where_in_an_entry_one_is(at: int, value: int) -> None:
    """rsp + 8 + ((rip & 15) >= 11) << 3, as linkers write it."""
    code = bytes([0x77, 8, 0x80, 0, 0x3F, 0x1A, 0x3B, 0x2A, 0x33, 0x24, 0x22])
    assert evaluate(code, {7: 100, 16: at}, no_memory) == value


def test_an_expression_may_read_memory_and_what_lies_on_its_stack() -> None:
    assert evaluate(bytes([0x06, 0x23, 5]), {}, {40: 7}.__getitem__, first=40) == 12


@pytest.mark.parametrize("code", [b"", b"\x22", b"\x06", b"\xff", b"\x70\x00", b"\x16", b"\x10\x80"])
def test_an_expression_that_makes_no_sense_is_refused(code: bytes) -> None:
    with pytest.raises(BadDwarf):
        evaluate(code, {}, no_memory)


def test_no_bytes_at_all_make_an_expression_raise_anything_else() -> None:
    dice = random.Random(1)
    for _ in range(3000):
        code = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 30)))
        with suppress(BadDwarf):
            assert 0 <= evaluate(code, dict.fromkeys(range(17), 4096), lambda address: address, 64) < 1 << 64


def test_names_are_demangled_and_lose_their_version() -> None:
    assert demangle("malloc@@GLIBC_2.2.5") == "malloc"
    assert demangle("leak_inner") == "leak_inner"
    assert demangle("_Z" + "1" * 5000) == "_Z" + "1" * 5000
    assert demangle("_ZNSt6vectorIiSaIiEE9push_backERKi") in (
        "std::vector<int, std::allocator<int> >::push_back(int const&)", "_ZNSt6vectorIiSaIiEE9push_backERKi",
    )  # fmt: skip
