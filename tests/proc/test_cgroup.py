"""The memory controller's files of both versions; limits that are none; anything else in their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc.cgroup import FILES, NO_LIMIT, parse, parse_flat, parse_limit

V1 = {
    "memory.usage_in_bytes": b"67108864\n",
    "memory.limit_in_bytes": b"67108864\n",
    "memory.soft_limit_in_bytes": b"9223372036854771712\n",
    "memory.max_usage_in_bytes": b"67112960\n",
    "memory.failcnt": b"31\n",
    "memory.memsw.usage_in_bytes": b"100663296\n",
    "memory.memsw.limit_in_bytes": b"9223372036854771712\n",
    "memory.kmem.usage_in_bytes": b"1048576\n",
    "memory.kmem.tcp.usage_in_bytes": b"4096\n",
    "memory.oom_control": b"oom_kill_disable 0\nunder_oom 1\noom_kill 2\n",
    "memory.stat": b"cache 1\nrss 2\nhierarchical_memory_limit 67108864\ntotal_cache 8192\ntotal_rss 65011712\n"
    b"total_shmem 4096\ntotal_mapped_file 40\ntotal_swap 33554432\ntotal_workingset_refault_anon 7\n",
}
V2 = {
    "memory.current": b"12288000\n",
    "memory.peak": b"22288000\n",
    "memory.min": b"0\n",
    "memory.low": b"4096000\n",
    "memory.high": b"max\n",
    "memory.max": b"33554432\n",
    "memory.swap.current": b"8192\n",
    "memory.swap.max": b"max\n",
    "memory.events": b"low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n",
    "memory.events.local": b"low 0\nhigh 0\nmax 1\noom 0\noom_kill 0\n",
    "memory.pressure": b"some avg10=1.50 avg60=0.00 avg300=0.00 total=99\n",
    "memory.stat": b"anon 8192000\nfile 4000000\nkernel 96000\nsock 12\nshmem 40\npgscan 9\n",
}


def test_version_1_by_the_names_of_version_2() -> None:
    one = parse(1, V1)
    assert (one.usage, one.max, one.soft, one.peak) == (64 << 20, 64 << 20, NO_LIMIT, 67112960)
    assert (one.swap, one.memsw_max, one.kernel, one.sock) == (32 << 20, NO_LIMIT, 1 << 20, 4096)
    assert (one.stat["anon"], one.stat["file"], one.stat["shmem"], one.stat["file_mapped"]) == (
        65011712,
        8192,
        4096,
        40,
    )
    assert dict(one.events) == {"max": 31, "oom_kill": 2} and one.under_oom is True
    assert (one.high, one.low, one.pressure) == (None, None, None)
    assert one.stat["workingset_refault_anon"] == 7
    assert "hierarchical_memory_limit" not in one.stat


def test_version_1_without_swap_in_its_stat_has_it_from_the_two_usages() -> None:
    without = {**V1, "memory.stat": b"total_cache 8192\n"}
    assert parse(1, without).swap == (96 - 64) << 20
    assert parse(1, {**without, "memory.memsw.usage_in_bytes": b"1\n"}).swap == 0


def test_version_2() -> None:
    one = parse(2, V2)
    assert (one.usage, one.peak, one.min, one.low, one.high, one.max) == (
        12288000,
        22288000,
        0,
        4096000,
        NO_LIMIT,
        32 << 20,
    )
    assert (one.swap, one.swap_max, one.zswap, one.kernel, one.sock) == (8192, NO_LIMIT, None, 96000, 12)
    assert one.events["oom_kill"] == 5 and one.events_local["max"] == 1 and one.stat["pgscan"] == 9
    assert one.pressure is not None and one.pressure.some is not None and one.pressure.some.avg10 == 1.5


def test_kernel_memory_before_5_18_is_the_sum_of_its_parts() -> None:
    stat = b"kernel_stack 1\npagetables 2\npercpu 4\nslab 8\nsock 16\n"
    assert parse(2, {"memory.stat": stat}).kernel == 15
    assert parse(2, {"memory.stat": b"anon 1\n"}).kernel is None


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (b"max\n", NO_LIMIT),
        (b"9223372036854771712\n", NO_LIMIT),  # pages of 4 KiB
        (b"9223372036854710272\n", NO_LIMIT),  # of 64 KiB
        (b"9223372036854775807\n", NO_LIMIT),
        (b"18446744073709551615\n", NO_LIMIT),
        (b"1099511627776\n", 1 << 40),
        (b"0\n", 0),
        (b"-1\n", None),
        (b"", None),
        (b"\xff\n", None),
        (b"1_0\n", None),
    ],
)
def test_a_limit(data: bytes, limit: float | None) -> None:
    assert parse_limit(data) == limit


def test_nothing_is_missing_and_not_zero() -> None:
    for version in (1, 2):
        one = parse(version, {})
        assert (one.usage, one.max, one.swap, one.kernel, one.sock, one.under_oom) == (None,) * 6
        assert (dict(one.events), dict(one.stat)) == ({}, {})


def test_a_line_that_is_none_is_skipped() -> None:
    assert parse_flat(b"a 1\nb\n 2\nc x\nd 4 5\n\xff 6\n") == {"a": 1, "\\xff": 6}


@given(st.sampled_from([1, 2]), st.data())
def test_any_bytes_give_a_record(version: int, data: st.DataObject) -> None:
    names = st.sampled_from(FILES[version])
    parse(version, data.draw(st.dictionaries(names, st.binary(max_size=200))))
