"""Delay accounting over netlink: every version of the struct, refusals, and answers that are none."""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import taskstats
from memtui.proc.taskstats import Delay, Delays, Refused

PLACES = {"cpu": 16, "blkio": 32, "swapin": 48, "freepages": 312, "thrashing": 328, "compact": 352, "wpcopy": 400}
PLACES_15 = {"cpu": 16, "blkio": 48, "swapin": 80, "freepages": 360, "thrashing": 392, "compact": 432, "wpcopy": 496}


def stats(version: int, size: int) -> bytes:
    """A struct taskstats in which every delay has its own numbers."""
    data = bytearray(size)
    struct.pack_into("=H", data, 0, version)
    for number, place in enumerate((PLACES_15 if version == 15 else PLACES).values(), start=1):
        if place + 16 <= size:
            struct.pack_into("=QQ", data, place, number, number * 1000)
    return bytes(data)


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def answer(body: bytes, kind: int = 31) -> bytes:
    return struct.pack("=IHHII", 20 + len(body), kind, 0, 7, 0) + struct.pack("=BBH", 2, 1, 0) + body


def aggregate(version: int, size: int) -> bytes:
    inner = attribute(2, struct.pack("=I", 42)) + attribute(3, stats(version, size))
    return answer(attribute(5 | 0x8000, inner))  # the kernel marks nested attributes


@pytest.mark.parametrize(("version", "size"), [(16, 560), (15, 560), (14, 432), (13, 416)])
def test_every_delay_is_found_where_its_version_has_it(version: int, size: int) -> None:
    assert taskstats.parse(aggregate(version, size)) == Delays(
        *(Delay(number, number * 1000) for number in range(1, 8))
    )


@pytest.mark.parametrize(("version", "size", "known"), [(12, 400, 6), (10, 352, 5), (8, 328, 4), (3, 256, 3)])
def test_what_an_older_kernel_does_not_count_is_missing_and_not_zero(version: int, size: int, known: int) -> None:
    found = taskstats.parse(aggregate(version, size))
    assert found is not None
    assert [delay is not None for delay in found] == [True] * known + [False] * (7 - known)


def test_the_kernels_refusal_is_raised_with_its_errno() -> None:
    refusal = struct.pack("=IHHIIi", 36, 2, 0, 7, 0, -errno.EPERM) + bytes(16)
    for parse in (taskstats.parse, taskstats.parse_family):
        with pytest.raises(Refused) as caught:
            parse(refusal)
        assert caught.value.errno == errno.EPERM


def test_the_family_is_asked_for_by_name_and_answered_by_number() -> None:
    question = taskstats.family_question(3)
    assert struct.unpack_from("=IHHII", question) == (len(question), 16, 1, 3, 0)
    assert b"TASKSTATS\0" in question
    assert taskstats.parse_family(answer(attribute(2, b"TASKSTATS\0") + attribute(1, struct.pack("=H", 31)))) == 31
    assert taskstats.parse_family(answer(b"")) is None


def test_a_process_is_asked_for_by_its_thread_group() -> None:
    question = taskstats.question(31, 4242, 9)
    assert struct.unpack_from("=IHHII", question) == (len(question), 31, 1, 9, 0)
    assert question.endswith(struct.pack("=HHI", 8, 2, 4242))


@given(st.binary(max_size=200))
def test_hostile_bytes_give_nothing(data: bytes) -> None:
    for parse in (taskstats.parse, taskstats.parse_family):
        for text in (data, answer(data), answer(attribute(5, data)), answer(attribute(5, attribute(3, data)))):
            try:
                parse(text)
            except Refused as error:
                assert isinstance(error.errno, int)
