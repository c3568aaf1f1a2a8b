"""The small files of a process: exact records, hostile command lines and cgroup names, and damaged bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import pid_files
from memtui.proc.pid_files import Cgroup, Limit, PidIo

U64 = 2**64 - 1
IO = (
    b"rchar: 689991\nwchar: 1195\nsyscr: 455\nsyscw: 19\nread_bytes: 57344\nwrite_bytes: 4096\n"
    b"cancelled_write_bytes: 12\n"
)
LIMITS = b"""\
Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max stack size            8388608              unlimited            bytes     
Max open files            1024                 524288               files     
Max nice priority         0                    0                    
Max realtime priority     0                    40                   
Max realtime timeout      unlimited            unlimited            us        
"""  # noqa: W291  # the kernel pads the last column
LIMITS_RECORD = {
    "Max cpu time": Limit(None, None, "seconds"),
    "Max stack size": Limit(8388608, None, "bytes"),
    "Max open files": Limit(1024, 524288, "files"),
    "Max nice priority": Limit(0, 0, ""),
    "Max realtime priority": Limit(0, 40, ""),
    "Max realtime timeout": Limit(None, None, "us"),
}


def test_io_has_every_counter_in_its_place() -> None:
    assert pid_files.parse_io(IO) == PidIo(689991, 1195, 455, 19, 57344, 4096, 12)


def test_io_counters_come_whole_up_to_64_bits() -> None:
    record = pid_files.parse_io(IO.replace(b"689991", b"%d" % U64))
    assert record == PidIo(U64, 1195, 455, 19, 57344, 4096, 12)


@pytest.mark.parametrize(
    "damaged", [b"", IO[:60], IO.replace(b"syscw", b"x"), IO.replace(b"19\n", b"9" * 400 + b"\n")]
)
def test_io_without_a_counter_is_no_record(damaged: bytes) -> None:
    assert pid_files.parse_io(damaged) is None


@pytest.mark.parametrize(("data", "value"), [(b"0\n", 0), (b"-1000\n", -1000), (b"1337\n", 1337), (b"666", 666)])
def test_a_file_of_one_number_is_that_number(data: bytes, value: int) -> None:
    assert pid_files.parse_int(data) == value


@pytest.mark.parametrize("data", [b"", b"\n", b"x\n", b"1 2\n", b"1.5\n", b"9" * 400, b"9" * 5000, "٣".encode()])
def test_a_file_of_anything_else_is_no_number(data: bytes) -> None:
    assert pid_files.parse_int(data) is None


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (b"python3\0-m\0http.server\0", "python3 -m http.server"),
        (b"postgres: checkpointer \0\0\0\0\0", "postgres: checkpointer "),
        (b"sh\0-c\0\0echo\0", "sh -c  echo"),
        (b"", ""),
        (b"\0\0\0", ""),
        (b"caf\xe9\0\xff", "caf\\xe9 \\xff"),
        ("naïve\0→".encode(), "naïve →"),
        (b"two\nlines\0\x1b[31m", "two\nlines \x1b[31m"),
    ],
)
def test_arguments_are_joined_by_spaces(data: bytes, command: str) -> None:
    assert pid_files.parse_cmdline(data) == command


@pytest.mark.parametrize(
    ("data", "unified", "memory_v1", "path"),
    [
        (b"0::/user.slice/app.scope\n", "/user.slice/app.scope", None, "/user.slice/app.scope"),
        (
            b"9:memory:/docker/abc\n8:cpu,cpuacct:/x\n1:name=systemd:/sys\n0::/init.scope\n",
            "/init.scope",
            "/docker/abc",
            "/docker/abc",
        ),
        (b"4:cpuset,memory,pids:/both\n", None, "/both", "/both"),
        (b"1:name=memory:/no\n", None, None, None),
        (b"0::/\n", "/", None, "/"),
        (b"0::/with:colons::in it\n", "/with:colons::in it", None, "/with:colons::in it"),
        (b"0::/gone (deleted)\n", "/gone (deleted)", None, "/gone (deleted)"),
        (b"0::/caf\xff\n", "/caf\\xff", None, "/caf\\xff"),
        (b"", None, None, None),
        (b"0\n::\n:::\nmemory\n", None, None, None),
    ],
)
def test_a_process_stands_in_its_memory_hierarchy(
    data: bytes, unified: str | None, memory_v1: str | None, path: str | None
) -> None:
    cgroup = pid_files.parse_cgroup(data)
    assert cgroup == Cgroup(unified, memory_v1)
    assert cgroup.path == path


@pytest.mark.parametrize("gap", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_a_cgroup_name_that_looks_like_two_lines_is_one(gap: str) -> None:
    # a cgroup's name may hold anything but a newline (kernel/cgroup/cgroup.c, cgroup_mkdir())
    name = f"/mine{gap}4:memory:/victim"
    assert pid_files.parse_cgroup(f"0::{name}\n".encode()) == Cgroup(name, None)


def test_limits_come_by_name_with_unlimited_as_none() -> None:
    assert pid_files.parse_limits(LIMITS) == LIMITS_RECORD


@pytest.mark.parametrize(
    "line",
    [
        b"Max new thing             x                    1                    bytes     ",
        b"Max new thing             1",
        b"Max new thing",
        b"Max                       1                    1                    bytes     ",
        b"Max new thing             " + b"9" * 21 + b"  1                    bytes     ",
        b"Max new thing             " + b"9" * 5000 + b"  1                    bytes     ",
        b"Max new thing             -1                   1                    bytes     ",
        b"Max " + b" " * 50_000,
    ],
)
def test_a_limit_that_cannot_be_read_is_left_out_and_the_others_stay(line: bytes) -> None:
    first, rest = LIMITS.split(b"\n", 1)
    assert pid_files.parse_limits(first + b"\n" + line + b"\n" + rest) == LIMITS_RECORD


@given(st.binary(max_size=200), st.integers(0, 500))
def test_any_bytes_and_any_cut_give_a_record(data: bytes, end: int) -> None:
    for piece in (data, IO[:end], LIMITS[:end], IO[:end] + data, LIMITS[:end] + data):
        io = pid_files.parse_io(piece)
        assert io is None or all(value < 10**21 for value in io)
        number = pid_files.parse_int(piece)
        assert number is None or abs(number) < 10**22
        pid_files.parse_cmdline(piece).encode("utf-8")
        cgroup = pid_files.parse_cgroup(piece)
        ((cgroup.unified or "") + (cgroup.memory_v1 or "")).encode("utf-8")
        limits = pid_files.parse_limits(piece)
        assert all((limit.soft or 0) < 10**20 and (limit.hard or 0) < 10**20 for limit in limits.values())
