"""/proc/vmstat: exact values from recorded kernels, and counters that some kernels split by zone."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import vmstat
from memtui.proc.vmstat import Vmstat


@pytest.mark.parametrize(
    ("kernel", "lines", "expected"),
    [
        ("3.10", 96, {"nr_free_pages": 380860, "pswpout": 4096, "pgmajfault": 21874, "pgscan_kswapd": None}),
        ("5.10", 154, {"nr_free_pages": 165354, "pgfault": 6326, "pgmajfault": 104, "pgscan_kswapd": 0}),
        (
            "6.1",
            171,
            {"nr_free_pages": 159968, "pgfault": 6473, "pgmajfault": 105, "pgscan_khugepaged": None},
        ),
        ("6.12", 182, {"nr_free_pages": 158474, "pgfault": 6098, "pgscan_khugepaged": 0, "zswpin": None}),
        (
            "6.18",
            192,
            {
                "nr_free_pages": 2110619,
                "workingset_refault_file": 545611,
                "pgfault": 4610212,
                "pgmajfault": 1597,
            },
        ),
    ],
)
def test_every_counter_of_a_recorded_kernel_is_kept(
    recorded: Callable[[str], bytes], kernel: str, lines: int, expected: dict[str, int | None]
) -> None:
    stat = vmstat.parse(recorded(f"{kernel}/vmstat"))
    assert {name: stat.get(name) for name in expected} == expected
    assert len(stat.values) == lines


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (
            "3.10",
            {
                "pgscan_kswapd": 101877 + 160412,
                "pgscan_direct": 352 + 1391,  # pgscan_direct_throttle is another counter
                "pgsteal_direct": 310 + 1204,
                "pgalloc": 2 + 18230113 + 40129921,
                "allocstall": 37,
                "pgdemote_kswapd": None,
            },
        ),
        ("5.10", {"pgalloc": 32 + 26810, "pgscan_kswapd": 0, "allocstall": 0, "workingset_refault": None}),
        ("6.18", {"pgalloc": 6318601, "pgscan_kswapd": 0, "allocstall": 0, "no_such_counter": None}),
    ],
)
def test_by_zone_gives_one_number_on_kernels_that_split_and_on_those_that_do_not(
    recorded: Callable[[str], bytes], kernel: str, expected: dict[str, int | None]
) -> None:
    stat = vmstat.parse(recorded(f"{kernel}/vmstat"))
    assert {name: stat.by_zone(name) for name in expected} == expected


@pytest.mark.parametrize("zone", ["dma", "dma32", "normal", "high", "movable", "device"])
def test_by_zone_knows_every_zone_of_the_kernel(zone: str) -> None:
    assert vmstat.parse(f"pgskip_{zone} 5\n".encode()).by_zone("pgskip") == 5


def test_by_zone_prefers_the_whole_counter_even_at_zero() -> None:
    assert vmstat.parse(b"pgscan_direct 0\npgscan_direct_normal 7\n").by_zone("pgscan_direct") == 0


def test_total_sums_what_is_there_and_is_none_only_if_nothing_is() -> None:
    stat = vmstat.parse(b"workingset_refault_anon 3\nworkingset_refault_file 4\nzero 0\n")
    assert stat.total("workingset_refault_anon", "workingset_refault_file", "workingset_refault") == 7
    assert stat.total("zero", "absent") == 0
    assert stat.total("absent") is None
    assert stat.total() is None


@pytest.mark.parametrize(
    "line",
    [b"pgfault", b"pgfault ", b"pgfault x", b"pgfault -1", b"pgfault 1 2", b" 7", b"pgfault " + b"9" * 5000],
)
def test_a_line_that_is_not_understood_is_skipped_and_the_others_stay(line: bytes) -> None:
    assert vmstat.parse(b"pswpin 1\n" + line + b"\npswpout 2\n") == Vmstat({"pswpin": 1, "pswpout": 2})


def test_an_empty_file_gives_the_empty_record() -> None:
    assert vmstat.parse(b"") == Vmstat({})


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True), st.integers(0, 2**64 - 1)))
def test_lines_in_the_kernels_format_come_back_as_they_were(counters: dict[str, int]) -> None:
    text = "".join(f"{name} {value}\n" for name, value in counters.items())
    assert vmstat.parse(text.encode()).values == counters
