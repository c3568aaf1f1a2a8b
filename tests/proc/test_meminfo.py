"""/proc/meminfo: exact values from recorded kernels, and the rules for lines that are not understood."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import meminfo
from memtui.proc.meminfo import Meminfo

KIB = 1024
HUGE_COUNTS = {"HugePages_Total", "HugePages_Free", "HugePages_Rsvd", "HugePages_Surp"}
U64 = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("kernel", "lines", "expected"),
    [
        (
            "3.10",
            44,
            {
                "MemTotal": 8010588 * KIB,
                "MemAvailable": 5120044 * KIB,
                "Active(anon)": 1401220 * KIB,
                "VmallocChunk": 34359310332 * KIB,
                "HugePages_Total": 8,
                "HugePages_Rsvd": 1,
                "Hugepagesize": 2048 * KIB,
                "KReclaimable": None,
                "Percpu": None,
            },
        ),
        (
            "5.10",
            50,
            {
                "MemTotal": 745516 * KIB,
                "MemFree": 661388 * KIB,
                "Active(anon)": 8 * KIB,
                "SwapTotal": 16380 * KIB,
                "HugePages_Total": 0,
                "Zswap": None,
            },
        ),
        ("6.1", 51, {"MemTotal": 739672 * KIB, "MemFree": 639932 * KIB, "Active(anon)": 12 * KIB}),
        ("6.12", 53, {"MemTotal": 734388 * KIB, "MemFree": 633896 * KIB, "SecPageTables": 0, "Balloon": None}),
        (
            "6.18",
            54,
            {
                "MemTotal": 24684092 * KIB,
                "MemFree": 24383392 * KIB,
                "VmallocTotal": 34359738367 * KIB,
                "DirectMap1G": 25165824 * KIB,
                "Balloon": 0,
                "NoSuchLine": None,
            },
        ),
    ],
)
def test_every_line_of_a_recorded_kernel_is_kept_in_bytes_or_counts(
    recorded: Callable[[str], bytes], kernel: str, lines: int, expected: dict[str, int | None]
) -> None:
    info = meminfo.parse(recorded(f"{kernel}/meminfo"))
    assert {name: info.get(name) for name in expected} == expected
    assert len(info.values) == lines
    assert info.counts == HUGE_COUNTS


def test_a_line_unknown_today_is_kept_with_its_unit() -> None:
    info = meminfo.parse(b"NewThing:   7 kB\nNew(count):  3\n")
    assert info == Meminfo({"NewThing": 7168, "New(count)": 3}, frozenset({"New(count)"}))


@pytest.mark.parametrize(
    "line",
    [
        b"MemFree",
        b"MemFree:",
        b"MemFree: kB",
        b"MemFree: -1 kB",
        b"MemFree: 1_0 kB",
        b"MemFree: 7 k",
        b"MemFree: 7 MB",
        b"MemFree: 7 kB 8",
        b"MemFree: 0x10 kB",
        b"MemFree: " + b"9" * 5000,
        "MemFree: ٣ kB".encode(),
        b": 7 kB",
    ],
)
def test_a_line_that_is_not_understood_is_skipped_and_the_others_stay(line: bytes) -> None:
    info = meminfo.parse(b"MemTotal: 1 kB\n" + line + b"\nSwapTotal: 2 kB\n")
    assert info == Meminfo({"MemTotal": 1024, "SwapTotal": 2048})


def test_an_empty_file_gives_the_empty_record() -> None:
    assert meminfo.parse(b"") == Meminfo({})


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_()]{0,20}", fullmatch=True)


@given(st.dictionaries(NAMES, st.tuples(U64, st.booleans())))
def test_lines_in_the_kernels_format_come_back_as_they_were(lines: dict[str, tuple[int, bool]]) -> None:
    text = "".join(f"{name + ':':<16}{value:>8}{' kB' * sized}\n" for name, (value, sized) in lines.items())
    info = meminfo.parse(text.encode())
    assert info.values == {name: value * (KIB if sized else 1) for name, (value, sized) in lines.items()}
    assert info.counts == {name for name, (_, sized) in lines.items() if not sized}
