"""Rates of /proc/vmstat: events only, never negative, and one name on every kernel."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.rates import counts_events, rates, whole
from memtui.proc import vmstat
from memtui.proc.vmstat import Vmstat

DATA = Path(__file__).parents[1] / "proc" / "data"
KERNELS = sorted(path.name for path in DATA.iterdir())
TABLES = st.dictionaries(
    st.sampled_from(["pgfault", "pswpin", "nr_free_pages", "nr_dirtied", "x"]), st.integers(0, 2**64)
)


def test_a_rate_is_the_difference_by_seconds() -> None:
    assert rates({"pgfault": 130, "nr_dirtied": 7}, {"pgfault": 100, "nr_dirtied": 7}, 2.0) == {
        "pgfault": 15.0,
        "nr_dirtied": 0.0,
    }


def test_a_counter_that_went_backwards_or_is_new_has_no_rate() -> None:
    assert rates({"pgfault": 99, "pswpin": 5, "new": 3}, {"pgfault": 100, "pswpin": 5, "old": 1}, 1.0) == {
        "pswpin": 0.0
    }


@pytest.mark.parametrize("interval", [None, 0.0, -1.0])
def test_without_an_interval_there_are_no_rates(interval: float | None) -> None:
    assert rates({"pgfault": 2}, {"pgfault": 1}, interval) == {}


@pytest.mark.parametrize(
    "name", ["nr_free_pages", "nr_zspages", "nr_dirty_threshold", "nr_shmem", "workingset_nodes"]
)
def test_a_level_has_no_rate(name: str) -> None:
    assert not counts_events(name)
    assert rates({name: 9}, {name: 1}, 1.0) == {}


@pytest.mark.parametrize(
    "name", ["pgfault", "nr_dirtied", "nr_written", "allocstall_normal", "workingset_refault_anon"]
)
def test_an_event_has_a_rate_also_when_its_name_begins_like_a_level(name: str) -> None:
    assert rates({name: 9}, {name: 1}, 4.0) == {name: 2.0}


@given(TABLES, TABLES, st.floats(0.01, 1e6))
def test_no_rate_is_ever_negative(now: dict[str, int], then: dict[str, int], interval: float) -> None:
    assert all(rate >= 0 for rate in rates(now, then, interval).values())


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_main_counters_have_one_name_on_every_recorded_kernel(kernel: str) -> None:
    table = vmstat.parse((DATA / kernel / "vmstat").read_bytes())
    counters = whole(table)
    for name in (
        "pgscan_kswapd",
        "pgscan_direct",
        "pgsteal_kswapd",
        "pgsteal_direct",
        "allocstall",
        "pgfault",
        "pswpin",
    ):
        assert name in counters, name
    assert counters.keys() >= table.values.keys()


def test_counters_split_by_zone_are_summed_and_the_throttle_is_not_among_them() -> None:
    table = Vmstat(
        {"pgscan_direct_dma": 1, "pgscan_direct_normal": 20, "pgscan_direct_throttle": 400, "allocstall": 8}
    )
    assert whole(table)["pgscan_direct"] == 21
    assert whole(table)["allocstall"] == 8
    assert "pgsteal_direct" not in whole(table)


@pytest.mark.parametrize(
    ("values", "refault"),
    [
        ({"workingset_refault": 5}, 5),
        ({"workingset_refault_anon": 5, "workingset_refault_file": 7}, 12),
        ({"pgfault": 1}, None),
    ],
)
def test_refaults_are_one_number_on_every_kernel(values: dict[str, int], refault: int | None) -> None:
    assert whole(Vmstat(values)).get("workingset_refault") == refault
