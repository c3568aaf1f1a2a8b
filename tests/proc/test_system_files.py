"""The short system-wide files: swaps, pressure, loadavg, uptime, stat and sys/vm."""

from collections.abc import Callable

import pytest

from memtui.proc import cpustat, loadavg, pressure, swaps, sysctl, uptime
from memtui.proc.cpustat import Cpustat
from memtui.proc.loadavg import Loadavg
from memtui.proc.pressure import Pressure, Stall
from memtui.proc.swaps import Swap
from memtui.proc.uptime import Uptime

Recorded = Callable[[str], bytes]
HEADING = b"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


@pytest.mark.parametrize("kernel", ["5.10", "6.1", "6.12"])
def test_a_swap_file_with_a_blank_in_its_name(recorded: Recorded, kernel: str) -> None:
    assert swaps.parse(recorded(f"{kernel}/swaps")) == (Swap("/var/sw ap", "file", 16380 * 1024, 0, -2),)


def test_no_swap_is_an_empty_table(recorded: Recorded) -> None:
    assert swaps.parse(recorded("6.18/swaps")) == ()


def test_swap_areas_keep_their_order_and_their_names_are_unescaped() -> None:
    table = HEADING + (
        b"/dev/dm-1                               partition\t2097148\t16384\t-2\n"
        rb"/gone\040file\040(deleted)               file" + b"\t\t1024\t\t0\t\t5\n"
        rb"/tab\011nl\012bs\134040\777" + b"\xff\xc3\xa9 file 8 4 32767\n"
    )
    assert swaps.parse(table) == (
        Swap("/dev/dm-1", "partition", 2097148 * 1024, 16384 * 1024, -2),
        Swap("/gone file (deleted)", "file", 1024 * 1024, 0, 5),
        Swap("/tab\tnl\nbs\\040\\777\\xffé", "file", 8192, 4096, 32767),
    )


@pytest.mark.parametrize(
    "line", [b"/a file 1 2", b"/a file 1 2 3 4", b"/a file -1 2 3", b"/a file 1 x 3", b"/a file 1 2 --3"]
)
def test_a_swap_line_that_is_not_understood_is_skipped(line: bytes) -> None:
    assert swaps.parse(HEADING + line + b"\n/b file 1 0 0\n") == (Swap("/b", "file", 1024, 0, 0),)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("5.10/pressure/cpu", Pressure(Stall(4.08, 0.96, 0.2, 740845), None)),
        ("5.10/pressure/io", Pressure(Stall(0.36, 0.06, 0.01, 61592), Stall(0.18, 0.03, 0.0, 50482))),
        ("6.1/pressure/cpu", Pressure(Stall(5.32, 1.26, 0.27, 1102775), Stall(0.0, 0.0, 0.0, 0))),
        ("6.12/pressure/io", Pressure(Stall(0.36, 0.06, 0.01, 76332), Stall(0.36, 0.06, 0.01, 66103))),
        ("6.18/pressure/io", Pressure(Stall(0.0, 0.09, 0.33, 7627848), Stall(0.0, 0.08, 0.18, 5738935))),
        ("6.18/pressure/memory", Pressure(Stall(0.0, 0.0, 0.0, 0), Stall(0.0, 0.0, 0.0, 0))),
    ],
)
def test_pressure_of_recorded_kernels(recorded: Recorded, path: str, expected: Pressure) -> None:
    assert pressure.parse(recorded(path)) == expected


def test_interrupt_pressure_has_only_the_full_line() -> None:
    full = Stall(1.5, 0.25, 100.0, 2**63)
    assert pressure.parse(b"full avg10=1.50 avg60=0.25 avg300=100.00 total=9223372036854775808\n") == Pressure(
        None, full
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"some",
        b"some avg10=1.00 avg60=1.00 avg300=1.00",
        b"some avg10=nan avg60=1.00 avg300=1.00 total=1",
        b"some avg10=1.00 avg60=1 avg300=1.00 total=1",
        b"some avg10=1.00 avg60=1.00 avg300=.5 total=1",
        b"some avg10=1e3 avg60=1.00 avg300=1.00 total=1",
        b"some avg10=1.00 avg60=1.00 avg300=1.00 total=-1",
        b"most avg10=1.00 avg60=1.00 avg300=1.00 total=1",
    ],
)
def test_a_pressure_line_with_a_part_that_is_not_understood_is_skipped_whole(line: bytes) -> None:
    good = b"full avg10=1.00 avg60=2.00 avg300=3.00 total=4\n"
    assert pressure.parse(line + b"\n" + good) == Pressure(None, Stall(1.0, 2.0, 3.0, 4))


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("5.10", Loadavg(0.08, 0.02, 0.01, 2, 59, 134)),
        ("6.1", Loadavg(0.08, 0.02, 0.01, 1, 67, 143)),
        ("6.12", Loadavg(0.08, 0.02, 0.01, 1, 76, 191)),
        ("6.18", Loadavg(0.0, 0.12, 0.11, 1, 82, 17518)),
    ],
)
def test_loadavg_of_recorded_kernels(recorded: Recorded, kernel: str, expected: Loadavg) -> None:
    assert loadavg.parse(recorded(f"{kernel}/loadavg")) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1.25 0.4",
        b"1.25 0.46 0.19 1/84",
        b"1.25 0.46 0.19 1/84 9 9",
        b"1.25 0.46 0.19 184 9",
        b"inf 0.46 0.19 1/84 9",
    ],
)
def test_a_loadavg_that_is_not_whole_is_empty(data: bytes) -> None:
    assert loadavg.parse(data) == Loadavg()


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [("5.10", Uptime(6.79, 4.38)), ("6.12", Uptime(8.16, 4.62)), ("6.18", Uptime(953.66, 1691.11))],
)
def test_uptime_of_recorded_kernels(recorded: Recorded, kernel: str, expected: Uptime) -> None:
    assert uptime.parse(recorded(f"{kernel}/uptime")) == expected


@pytest.mark.parametrize("data", [b"", b"6.79", b"6.79 x", b"6.79 1.00 2.00", b"6.79 1_0.00"])
def test_an_uptime_that_is_not_whole_is_empty(data: bytes) -> None:
    assert uptime.parse(data) == Uptime()


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("5.10", Cpustat(178, 0, 518, 441, 6, 0, 10, 0, 2796, 1795358416, 137, 2, 0, cpus=2)),
        ("6.1", Cpustat(178, 0, 638, 488, 3, 0, 11, 0, 2938, 1795358415, 146, 1, 0, cpus=2)),
        ("6.12", Cpustat(197, 0, 657, 467, 10, 0, 15, 0, 3513, 1795358403, 194, 1, 0, cpus=2)),
        ("6.18", Cpustat(14020, 0, 6019, 169111, 761, 0, 135, 29, 999054, 1795357842, 17521, 1, 0, cpus=2)),
    ],
)
def test_cpu_times_and_counts_of_recorded_kernels(recorded: Recorded, kernel: str, expected: Cpustat) -> None:
    assert cpustat.parse(recorded(f"{kernel}/stat")) == expected


def test_cpu_times_that_are_not_there_or_not_understood_are_none_and_not_zero() -> None:
    assert cpustat.parse(b"cpu  1 2 x 4\nctxt y\ncpux 1\nprocesses 5\n") == Cpustat(
        user=1, nice=2, idle=4, processes=5
    )
    assert cpustat.parse(b"") == Cpustat()


def test_settings_are_one_number_or_several() -> None:
    assert sysctl.parse(b"60\n") == (60,)
    assert sysctl.parse(b"256\t256\t32\t0\t0\n") == (256, 256, 32, 0, 0)
    assert sysctl.parse(b"-1\n") == (-1,)


@pytest.mark.parametrize("data", [b"", b"\n", b"on\n", b"1 two\n", b"1.5\n", b"0x10\n", b"-\n", b"\xff"])
def test_a_setting_that_is_not_all_numbers_is_none(data: bytes) -> None:
    assert sysctl.parse(data) is None


def test_setting_names_are_unique_file_names() -> None:
    assert len(set(sysctl.VM)) == len(sysctl.VM)
    assert not [name for name in sysctl.VM if "/" in name or "." in name]
