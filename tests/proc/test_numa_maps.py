"""/proc/PID/numa_maps summed by node; the two scales of the OOM killer's correction."""

from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import numa_maps
from memtui.proc.oom_adj import from_old_scale, old_scale

KIB = 1024
DATA = b"""\
00400000 default file=/usr/bin/app mapped=2 N0=2 kernelpagesize_kB=4
7f0000000000 interleave:0-1 anon=512 dirty=512 active=0 N0=256 N1=256 kernelpagesize_kB=4
7f0010000000 bind:1 file=/mnt/huge\\040x huge anon=2 dirty=2 N1=2 kernelpagesize_kB=2048
7ffe00000000 default stack anon=3 dirty=3 N0=3 kernelpagesize_kB=4
7ffe00010000 default
"""


def test_pages_are_summed_by_node_and_kind() -> None:
    found = numa_maps.parse(DATA)
    assert found.nodes == {0: 261 * 4 * KIB, 1: 256 * 4 * KIB + 4096 * KIB}
    assert found.anon == {0: 259 * 4 * KIB, 1: 256 * 4 * KIB}
    assert found.file == {0: 8 * KIB}
    assert found.huge == {1: 4096 * KIB}
    assert found.policies == {"default": 3, "interleave": 1, "bind": 1}


@given(st.binary(max_size=300))
def test_hostile_bytes_never_raise(data: bytes) -> None:
    found = numa_maps.parse(data)
    assert all(size >= 0 for size in found.nodes.values())
    numa_maps.parse(b"7f00 default N0=" + data + b" kernelpagesize_kB=4\n")


def test_the_scales_are_converted_as_the_kernel_does() -> None:
    assert [from_old_scale(old) for old in (-17, -16, -1, 0, 1, 14, 15)] == [-1000, -941, -58, 0, 58, 823, 1000]
    assert [old_scale(adj) for adj in (-1000, -941, -58, 0, 58, 59, 999, 1000)] == [-17, -15, 0, 0, 0, 1, 16, 15]
