"""/proc/PID/stat and statm: exact records, names that fight the format, and bytes that are no stat file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import pid_stat
from memtui.proc.pid_stat import PidStat, Statm

U64 = 2**64 - 1
SHELL = (
    b"42 (bash) S 7 42 42 34816 60 4194560 1203 90 3 4 12 5 6 7 20 -5 2 0 23101 3133440 410 18446744073709551615"
    b" 94340884434944 94340884454825 140724189521312 0 0 0 65536 3670020 1266777851 1 0 0 17 1 0 0 0 0 0"
    b" 94340884470832 94340884472448 94341397667840 140724189522658 140724189522678 140724189522678"
    b" 140724189523947 0\n"
)
RECORD = PidStat(42, "bash", "S", 7, 4194560, 1203, 3, 12, 5, -5, 2, 23101, 3133440, 410, 94340884434944)
KTHREADD = (
    b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 21 0 0 18446744073709551615 0 0 0 0 0 0 0"
    b" 2147483647 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)
# 3.10: 44 fields, the last of them the child's guest time
RHEL7 = (
    b"991 (sshd) S 1 991 991 0 -1 4202752 1521 30211 2 40 1 6 88 37 20 0 1 0 1022 84709376 1043"
    b" 18446744073709551615 139660338864128 139660339652884 140736128412176 140736128410736 139660307236595 0 0"
    b" 4096 81925 18446744071581211353 0 0 17 0 0 0 1 0 0\n"
)
ZOMBIE = (
    b"77 (sh) Z 42 77 42 0 -1 4227084 55 0 0 0 0 0 0 0 20 0 1 0 9000 0 0 18446744073709551615 0 0 0 0 0 0 0"
    b" 4096 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 256\n"
)


def test_every_field_of_a_process_comes_from_its_place() -> None:
    assert pid_stat.parse(SHELL) == RECORD
    assert not RECORD.kernel_thread


def test_a_kernel_thread_is_told_by_its_flag_and_has_no_sizes() -> None:
    thread = pid_stat.parse(KTHREADD)
    assert thread == PidStat(2, "kthreadd", "S", 0, 2129984, 0, 0, 0, 0, 0, 1, 21, 0, 0)
    assert thread.kernel_thread


def test_the_shorter_line_of_an_old_kernel_has_the_same_fields() -> None:
    assert pid_stat.parse(RHEL7) == PidStat(
        991, "sshd", "S", 1, 4202752, 1521, 2, 1, 6, 0, 1, 1022, 84709376, 1043, 139660338864128
    )


def test_a_zombie_has_its_state_and_no_memory() -> None:
    zombie = pid_stat.parse(ZOMBIE)
    assert zombie is not None
    assert (zombie.state, zombie.vsize, zombie.rss, zombie.minflt) == ("Z", 0, 0, 55)


@pytest.mark.parametrize(
    ("comm", "shown"),
    [
        (b"a) (b", "a) (b"),
        (b") S 1 1 1 0 -1", ") S 1 1 1 0 -1"),
        (b"((((", "(((("),
        (b"))))", "))))"),
        (b"", ""),
        (b"two\nlines", "two\nlines"),
        (b" sp  aces ", " sp  aces "),
        (b"\x1b[31mred", "\x1b[31mred"),
        (b"caf\xc3", "caf\\xc3"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("naïve→".encode(), "naïve→"),
        (b"[brackets]", "[brackets]"),
    ],
)
def test_a_name_may_hold_anything_and_moves_no_field(comm: bytes, shown: str) -> None:
    assert pid_stat.parse(SHELL.replace(b"(bash)", b"(" + comm + b")")) == RECORD._replace(comm=shown)


def test_64_bit_counters_come_whole() -> None:
    words = SHELL.split(b" ")
    for field in (10, 12, 14, 15, 22, 23, 24):  # numbered as in proc_pid_stat(5)
        words[field - 1] = b"%d" % U64
    assert pid_stat.parse(b" ".join(words)) == RECORD._replace(
        minflt=U64, majflt=U64, utime=U64, stime=U64, starttime=U64, vsize=U64, rss=U64
    )


@pytest.mark.parametrize("end", range(SHELL.index(b" 1844")))
def test_a_line_cut_before_the_end_of_rss_is_no_record(end: int) -> None:
    assert pid_stat.parse(SHELL[:end]) is None


def test_a_line_cut_after_rss_is_whole_as_far_as_it_is_read() -> None:
    for end in (b"1844", b"94340884434944", b"884434944", b" 94340884454825"):
        assert pid_stat.parse(SHELL[: SHELL.index(end)]) == RECORD._replace(startcode=0)


@pytest.mark.parametrize(
    "word", [b"", b"x", b"1.5", b"0x10", b"9" * 21, b"9" * 500, b"9" * 5000, "٣x".encode(), b"-"]
)
def test_a_line_with_a_word_that_is_no_kernel_number_is_no_record(word: bytes) -> None:
    assert pid_stat.parse(SHELL.replace(b" 3133440 ", b" " + word + b" ")) is None
    assert pid_stat.parse(word + SHELL[2:]) is None


@given(st.binary(max_size=300))
def test_any_bytes_give_a_record_or_none(data: bytes) -> None:
    pid_stat.parse(data)
    pid_stat.parse_statm(data)


@given(st.binary(max_size=15), st.integers(0, len(SHELL)), st.binary(max_size=4))
def test_damage_gives_a_record_in_bounds_or_none(comm: bytes, place: int, piece: bytes) -> None:
    data = SHELL.replace(b"bash", comm)
    record = pid_stat.parse(data[:place] + piece + data[place + len(piece) :])
    if record is not None:
        assert all(abs(value) < 10**21 for value in record if isinstance(value, int))
        record.comm.encode("utf-8")
        record.state.encode("utf-8")


def test_statm_is_its_first_three_numbers() -> None:
    assert pid_stat.parse_statm(b"765 429 410 5 0 90 0\n") == Statm(765, 429, 410)
    assert pid_stat.parse_statm(b"0 0 0 0 0 0 0\n") == Statm(0, 0, 0)


@pytest.mark.parametrize("data", [b"", b"765 429", b"765 429 4", b"a b c d", b"1 2 " + b"9" * 400 + b" 0"])
def test_a_cut_or_odd_statm_is_no_record(data: bytes) -> None:
    assert pid_stat.parse_statm(data) is None
