"""/proc/PID/status: exact sizes from several kernels' layouts, absent ones None, and damaged bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import pid_status
from memtui.proc.pid_status import PidStatus, Residence

KIB = 1024
U64 = 2**64 - 1
HEAD = "Name:\t{name}\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t42\nPid:\t42\nPPid:\t1\nTracerPid:\t0\n"
IDS = "Uid:\t1000\t1001\t1002\t1003\nGid:\t7\t7\t7\t7\nFDSize:\t64\nGroups:\t4 24 1000 \n"
TAIL = "Threads:\t3\nSigQ:\t0/96365\nCpus_allowed:\t3\nvoluntary_ctxt_switches:\t5\n"
V6_18 = HEAD + IDS + "NStgid:\t42\nNSpid:\t42\nKthread:\t0\n" + (
    "VmPeak:\t    3060 kB\nVmSize:\t    3056 kB\nVmLck:\t       4 kB\nVmPin:\t       8 kB\nVmHWM:\t    1760 kB\n"
    "VmRSS:\t    1756 kB\nRssAnon:\t     116 kB\nRssFile:\t    1600 kB\nRssShmem:\t  40 kB\nVmData:\t     360 kB\n"
    "VmStk:\t     132 kB\nVmExe:\t      20 kB\nVmLib:\t    1528 kB\nVmPTE:\t      44 kB\nVmSwap:\t      12 kB\n"
    "HugetlbPages:\t    2048 kB\nCoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\n"
) + TAIL  # fmt: skip
V3_10 = HEAD.replace("Umask:\t0022\n", "") + IDS + (
    "VmPeak:\t   82724 kB\nVmSize:\t   82724 kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\nVmHWM:\t    4172 kB\n"
    "VmRSS:\t    4168 kB\nVmData:\t     660 kB\nVmStk:\t     136 kB\nVmExe:\t     772 kB\nVmLib:\t    6072 kB\n"
    "VmPTE:\t     176 kB\nVmSwap:\t       0 kB\n"
) + TAIL  # fmt: skip
NO_SIZES = dict.fromkeys(PidStatus._fields[2:])


def parse(text: str, name: str = "app") -> PidStatus:
    return pid_status.parse(text.replace("{name}", name).encode())


def kept(text: str) -> Residence:
    return pid_status.parse_residence(text.replace("{name}", "app").encode())


def test_every_size_is_in_bytes_and_the_user_is_the_effective_one() -> None:
    status = parse(V6_18)
    kib = (3060, 3056, 4, 8, 1760, 1756, 116, 1600, 40, 360, 132, 20, 1528, 44, 12, 2048)
    assert status == PidStatus(1001, 3, *(size * KIB for size in kib))
    assert kept(V6_18).shr == 1640 * KIB


def test_a_kernel_before_4_5_has_no_split_of_rss_and_that_is_not_zero() -> None:
    status = parse(V3_10)
    assert (status.vm_rss, status.vm_swap, status.vm_pte) == (4168 * KIB, 0, 176 * KIB)
    assert (status.rss_anon, status.rss_file, status.rss_shmem, status.hugetlb) == (None,) * 4
    assert kept(V3_10).shr is None


@pytest.mark.parametrize("line", ["RssFile:\t    1600 kB\n", "RssShmem:\t  40 kB\n"])
def test_half_of_the_split_is_no_shr(line: str) -> None:
    assert line in V6_18
    assert kept(V6_18.replace(line, "")).shr is None


def test_a_kernel_without_swap_line_has_no_swap_size() -> None:
    assert parse(V6_18.replace("VmSwap:\t      12 kB\n", "")).vm_swap is None


def test_a_zombie_and_a_kernel_thread_have_a_user_and_no_sizes() -> None:
    status = parse(HEAD + IDS + TAIL)
    assert status == PidStatus(uid=1001, threads=3, **NO_SIZES)
    assert kept(HEAD + IDS + TAIL) == Residence(1001, *(None,) * 7)


@pytest.mark.parametrize("text", [V6_18, V3_10, HEAD + IDS + TAIL, ""])
def test_what_is_kept_is_what_the_whole_record_says(text: str) -> None:
    whole = parse(text)._asdict()
    assert kept(text)._asdict() == {name: whole[name] for name in Residence._fields}


@pytest.mark.parametrize(
    "name", ["VmRSS:", "a\\nVmPeak:\\t9 kB", "Uid:\t0", "\\nThreads:\\t99", "x y z", "Vm Peak: 1 kB"]
)
def test_a_name_changes_no_field(name: str) -> None:
    # the kernel escapes newline and backslash in this file's Name (fs/proc/array.c, proc_task_name())
    assert parse(V6_18, name) == parse(V6_18)


def test_one_size_that_is_no_number_is_missing_alone() -> None:
    status = parse(V6_18.replace("     116 kB", "     11x kB"))
    assert status == parse(V6_18)._replace(rss_anon=None)


@pytest.mark.parametrize("word", ["-1", "1_0", "٣", "9" * 21, "9" * 400, "9" * 5000, "0x10"])
def test_a_word_that_is_no_kernel_number_is_a_missing_value(word: str) -> None:
    assert parse(V6_18.replace("1756 kB", f"{word} kB")).vm_rss is None
    assert parse(V6_18.replace("Uid:\t1000\t1001", f"Uid:\t1000\t{word}")).uid is None
    assert parse(V6_18.replace("Threads:\t3", f"Threads:\t{word}")).threads is None


def test_the_largest_number_comes_whole() -> None:
    assert parse(V6_18.replace("1756 kB", f"{U64} kB")).vm_rss == U64 * KIB


def test_an_empty_file_is_all_missing() -> None:
    assert pid_status.parse(b"") == PidStatus(None, None, **NO_SIZES)


@given(st.integers(0, len(V6_18)), st.integers(0, 40), st.binary(max_size=30))
def test_a_cut_or_damaged_file_gives_a_record_in_bounds(place: int, length: int, piece: bytes) -> None:
    data = V6_18.encode()
    for damaged in (data[:place], data[:place] + piece + data[place + length :], piece):
        assert all(value is None or 0 <= value < 10**24 for value in pid_status.parse(damaged))
