"""The small files behind the account: slabinfo, SysV segments, mounts, nodes, huge pages, zram, ZFS."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import hugepages, kstat, mounts, node, slabinfo, sysv, zram

SLABINFO = b"""slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> : slabdata <x>
dentry            142884 143115    192   21    1 : tunables    0    0    0 : slabdata   6815   6816      0
bad name here     1 2 3 : tunables 0 0 0 : slabdata 1 1 0
torn              1 2 3 4 5 : tunables 0 0 0
"""
HEAD = "key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime"
ROW = "0 32768 1600 524288 1203 1450 2 1000 1000 1000 1000 1700000000 1700000001 1700000002"
SHM = f"{HEAD} rss swap\n{ROW} 16384 4096\n1 broken line\n".encode()


def test_slabinfo() -> None:
    assert slabinfo.parse(SLABINFO) == (slabinfo.Slab("dentry", 142884, 143115, 192, 21, 1, 6815, 6816),)


def test_segments_by_the_heading() -> None:
    assert sysv.parse(SHM) == (sysv.Segment(32768, 524288, 1203, 2, 1000, 16384, 4096),)
    assert sysv.parse(f"{HEAD}\n{ROW}\n".encode())[0][-2:] == (None, None)  # before 2.6.35


def test_mounts_with_odd_names() -> None:
    data = b"tmpfs /dev/shm tmpfs rw 0 0\nnone /a\\040b\\134 ext4 rw 0 0\nx /\xff tmpfs rw\nshort line\n\n"
    assert mounts.parse(data) == (
        ("tmpfs", "/dev/shm", "tmpfs"), ("none", "/a b\\", "ext4"), ("x", "/\udcff", "tmpfs")
    )  # fmt: skip


def test_a_node() -> None:
    found = node.parse_meminfo(b"Node 0 MemTotal:       515104 kB\nNode 0 HugePages_Total:     2\nother\n")
    assert dict(found.values) == {"MemTotal": 515104 * 1024, "HugePages_Total": 2}
    assert node.parse_distances(b"10 20\n") == (10, 20)
    assert node.parse_distances(b"10 x\n") == ()
    assert node.parse_cpus(b"0-3,8\n") == "0-3,8"
    assert node.parse_cpus(b"\x1b[31m\n") == ""
    assert node.parse_numastat(b"numa_hit 7\nnuma_miss x\n") == {"numa_hit": 7}


@pytest.mark.parametrize(
    ("name", "size"),
    [("hugepages-2048kB", 2 << 20), ("hugepages-1048576kB", 1 << 30), ("hugepages-xkB", None), ("x", None)],
)
def test_the_size_of_huge_pages_is_in_the_name_of_their_folder(name: str, size: int | None) -> None:
    assert hugepages.size_of(name) == size


def test_a_setting_in_brackets() -> None:
    assert hugepages.parse_choice(b"always [madvise] never\n") == "madvise"
    assert hugepages.parse_choice(b"lzo [lzo-rle] lz4\n") == "lzo-rle"
    assert hugepages.parse_choice(b"\xff\n") == ""


def test_zram() -> None:
    data = b"40108032  1992982  3792896        0  3792897       17        0        0        0\n"
    device = zram.parse("zram0", 64 << 20, "lz4", data)
    assert device is not None
    assert (device.original, device.compressed, device.used, device.limit) == (40108032, 1992982, 3792896, 0)
    assert (device.used_max, device.same_pages) == (3792897, 17)
    assert zram.parse("zram0", 0, "", b"1 2 3") is None
    assert zram.parse("zram0", 0, "", b"1 2 3 4 5 -6") is None


def test_arcstats() -> None:
    data = b"13 1 0x01 147 39984 1 2\nname type data\nsize       4    1073741824\nc_min 4 x\nn 7 s\n"
    assert kstat.parse(data) == {"size": 1 << 30}


@pytest.mark.parametrize(
    "parse",
    [slabinfo.parse, sysv.parse, mounts.parse, node.parse_meminfo, node.parse_distances, node.parse_cpus,
     node.parse_numastat, hugepages.parse_choice, hugepages.parse_count, kstat.parse],
)  # fmt: skip
@given(data=st.binary(max_size=400))
def test_any_bytes_are_taken(parse: Callable[[bytes], Any], data: bytes) -> None:
    parse(data)
