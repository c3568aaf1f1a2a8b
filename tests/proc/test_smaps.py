"""/proc/PID/smaps_rollup and smaps: exact sums, old layouts, and file names that pretend to be lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import smaps
from memtui.proc.smaps import Rollup

KIB = 1024
U64 = 2**64 - 1
ROLLUP = b"""\
561cf95f5000-7ffe354d9000 ---p 00000000 00:00 0                          [rollup]
Rss:                1752 kB
Pss:                 422 kB
Pss_Dirty:           112 kB
Pss_Anon:            101 kB
Pss_File:            310 kB
Pss_Shmem:            11 kB
Shared_Clean:       1576 kB
Shared_Dirty:          8 kB
Private_Clean:        56 kB
Private_Dirty:       112 kB
Referenced:         1748 kB
Anonymous:           116 kB
KSM:                   4 kB
LazyFree:             16 kB
AnonHugePages:      2048 kB
ShmemPmdMapped:        0 kB
FilePmdMapped:         0 kB
Shared_Hugetlb:     4096 kB
Private_Hugetlb:    6144 kB
Swap:                 20 kB
SwapPss:              10 kB
Locked:               24 kB
"""
RECORD = Rollup(
    rss=1752 * KIB,
    pss=422 * KIB,
    uss=168 * KIB,
    pss_anon=101 * KIB,
    pss_file=310 * KIB,
    pss_shmem=11 * KIB,
    shared_clean=1576 * KIB,
    shared_dirty=8 * KIB,
    private_clean=56 * KIB,
    private_dirty=112 * KIB,
    referenced=1748 * KIB,
    anonymous=116 * KIB,
    lazy_free=16 * KIB,
    anon_huge=2048 * KIB,
    ksm=4 * KIB,
    private_hugetlb=6144 * KIB,
    shared_hugetlb=4096 * KIB,
    swap=20 * KIB,
    swap_pss=10 * KIB,
    locked=24 * KIB,
)
MAPPING = """\
{range} r-xp 00000000 fd:00 {inode}                    {path}
Size:                 56 kB
Rss:                  {rss} kB
Pss:                  {pss} kB
Shared_Clean:         24 kB
Shared_Dirty:          0 kB
Private_Clean:        12 kB
Private_Dirty:         4 kB
Referenced:           36 kB
Anonymous:             4 kB
AnonHugePages:         0 kB
Swap:                  8 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Locked:                0 kB
VmFlags: rd ex mr mw me dw sd
"""


def mapping(path: str, rss: int = 40, pss: int = 17) -> bytes:
    return MAPPING.format(range="00400000-0040e000", inode=1234, path=path, rss=rss, pss=pss).encode()


def test_every_line_of_a_rollup_comes_in_bytes_and_uss_is_what_is_private() -> None:
    assert smaps.parse(ROLLUP) == RECORD


def test_the_lines_that_a_kernel_does_not_have_are_missing_and_not_zero() -> None:
    old = b"\n".join(
        line
        for line in ROLLUP.split(b"\n")
        if not line.startswith((b"Pss_", b"KSM", b"LazyFree", b"SwapPss", b"Locked", b"Shared_Huge", b"Private_Huge"))
    )
    assert smaps.parse(old) == RECORD._replace(
        pss_anon=None,
        pss_file=None,
        pss_shmem=None,
        ksm=None,
        lazy_free=None,
        swap_pss=None,
        locked=None,
        shared_hugetlb=None,
        private_hugetlb=None,
    )


@pytest.mark.parametrize(
    "line", ["Rss", "Pss", "Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty", "Anonymous", "Swap"]
)
def test_without_a_line_that_every_kernel_has_there_is_no_record(line: str) -> None:
    assert smaps.parse(ROLLUP.replace(f"\n{line}:".encode(), b"\nX:")) is None


def test_mappings_of_a_kernel_without_rollup_are_summed_up() -> None:
    data = mapping("/usr/sbin/sshd") + mapping("[heap]", 100, 90) + mapping("", 8, 1)
    rollup = smaps.parse(data)
    assert rollup is not None
    assert (rollup.rss, rollup.pss, rollup.uss) == (148 * KIB, 108 * KIB, 48 * KIB)
    assert (rollup.shared_clean, rollup.anonymous, rollup.swap, rollup.anon_huge) == (72 * KIB, 12 * KIB, 24 * KIB, 0)
    assert (rollup.pss_anon, rollup.swap_pss, rollup.ksm) == (None, None, None)


@pytest.mark.parametrize(
    "path",
    [
        "/tmp/[rollup]",
        "[rollup]x",
        "/tmp/a\rPss: 99999 kB\rb",
        "/tmp/a\x0bPss: 99999 kB\x0b",
        "/tmp/\x85Pss: 99999 kB\x85",
        "/tmp/a\\012Pss: 99999 kB",  # how the kernel writes a newline in a name
        "Pss: 99999 kB",
        "/tmp/name (deleted)",
        "/tmp/\u202eevil",
    ],
)
def test_a_file_name_that_looks_like_lines_adds_nothing(path: str) -> None:
    assert smaps.parse(mapping(path) * 2) == smaps.parse(mapping("/usr/bin/app") * 2)


@pytest.mark.parametrize("data", [b"", b"\n", ROLLUP.split(b"\n")[0], b"garbage\n"])
def test_no_mapping_is_no_record(data: bytes) -> None:
    # a kernel thread's smaps is empty
    assert smaps.parse(data) is None


@pytest.mark.parametrize("word", [b"-1", b"1_0", b"x", "٣".encode(), b"9" * 21, b"9" * 400, b"9" * 5000])
def test_a_word_that_is_no_kernel_number_is_a_missing_line(word: bytes) -> None:
    assert smaps.parse(ROLLUP.replace(b" 422 kB", b" " + word + b" kB")) is None
    assert smaps.parse(ROLLUP.replace(b"  11 kB", b"  " + word + b" kB")) == RECORD._replace(pss_shmem=None)
    assert smaps.parse(mapping("/x").replace(b" 17 kB", b" " + word + b" kB")) is None


def test_the_largest_number_comes_whole() -> None:
    rollup = smaps.parse(ROLLUP.replace(b" 422 kB", b" %d kB" % U64))
    assert rollup == RECORD._replace(pss=U64 * KIB)


@given(st.sampled_from([ROLLUP, mapping("/a") + mapping("/b")]), st.integers(0, 1300), st.binary(max_size=40))
def test_a_cut_or_damaged_file_gives_a_record_in_bounds_or_none(whole: bytes, place: int, piece: bytes) -> None:
    for damaged in (whole[:place], whole[:place] + piece + whole[place + len(piece) :], piece):
        rollup = smaps.parse(damaged)
        assert rollup is None or all(value is None or 0 <= value < 10**26 for value in rollup)
