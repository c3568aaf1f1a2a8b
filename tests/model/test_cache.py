"""The formula of the page-cache estimate, by process and for the system."""

import pytest

from memtui.model import cache
from memtui.model.cache import CacheRates
from memtui.model.process import Machine, Process
from memtui.model.processes import Processes
from memtui.model.sample import Facts, IoSample, ProcessSample, Sample, System
from memtui.proc.meminfo import Meminfo
from memtui.proc.pid_files import PidIo
from memtui.proc.pid_stat import PidStat
from memtui.proc.unavailable import ABSENT, Unavailable, Why

PAGE = 4096
THEN = PidIo(1_000_000, 0, 0, 0, 500_000, 200_000, 0)
SYSTEM = System(Meminfo({}), ABSENT, ABSENT, ABSENT, {}, ABSENT, ABSENT, ABSENT, {})


def process(io: IoSample | Unavailable) -> Process:
    stat = PidStat(42, "app", "S", 1, 0, 0, 0, 0, 0, 0, 1, 100, PAGE, 1)
    sample = Sample(10.0, 0.0, SYSTEM, {42: ProcessSample(stat, Facts("u", "app", None), io=io)})
    return Processes().advance(sample, Machine(PAGE, 100, 1 << 30, 0.0), None)[42]


def grown(pages: tuple[int, int, int], seconds: float = 2.0, then: PidIo | None = THEN) -> Process:
    read, missed, dirtied = (count * PAGE for count in pages)
    now = THEN._replace(
        rchar=THEN.rchar + read, read_bytes=THEN.read_bytes + missed, write_bytes=THEN.write_bytes + dirtied
    )
    return process(IoSample(now, 10.0, then, 10.0 - seconds))


@pytest.mark.parametrize(
    ("pages", "hits", "misses", "dirties", "percent"),
    [
        ((100, 20, 6), 40.0, 10.0, 3.0, 80.0),
        ((100, 0, 0), 50.0, 0.0, 0.0, 100.0),
        ((20, 100, 0), 0.0, 50.0, 0.0, 0.0),  # readahead and mmap: more from storage than was asked for
        ((0, 0, 8), 0.0, 0.0, 4.0, None),
        ((0, 0, 0), 0.0, 0.0, 0.0, None),
    ],
)
def test_hits_are_reads_less_what_came_from_storage_in_pages_a_second(
    pages: tuple[int, int, int], hits: float, misses: float, dirties: float, percent: float | None
) -> None:
    (row,) = cache.rows([grown(pages)], PAGE)
    assert (row.hits, row.misses, row.dirties, row.read_hit_pct) == (hits, misses, dirties, percent)
    assert row.process.pid == 42


def test_the_page_is_the_machines_own() -> None:
    (row,) = cache.rows([grown((160, 32, 16))], 16 * 1024)
    assert (row.hits, row.misses, row.dirties) == (16.0, 4.0, 2.0)


def test_without_two_readings_there_is_no_row() -> None:
    assert cache.rows([grown((100, 0, 0), then=None), process(ABSENT), grown((100, 0, 0), seconds=0.0)], PAGE) == ()


@pytest.mark.parametrize("pages", [(-1, 0, 0), (5, -1, 0), (5, 0, -1)])
def test_counters_that_went_backwards_give_no_row(pages: tuple[int, int, int]) -> None:
    assert cache.rows([grown(pages)], PAGE) == ()


def test_the_system_s_misses_and_dirties_are_the_kernels_own() -> None:
    rows = cache.rows([grown((100, 20, 6)), grown((100, 0, 0))], PAGE)  # 100 accesses a second
    assert cache.system(rows, {"pgpgin": 40.0, "nr_dirtied": 7.0}, PAGE) == CacheRates(100.0, 10.0, 90.0, 7.0, 90.0)


def test_more_misses_than_accesses_are_no_hits_and_not_negative_ones() -> None:
    rows = cache.rows([grown((100, 20, 6))], PAGE)
    assert cache.system(rows, {"pgpgin": 800.0}, PAGE) == CacheRates(200.0, 200.0, 0.0, None, 0.0)


def test_without_the_kernels_counter_the_processes_misses_stand_in() -> None:
    rows = cache.rows([grown((100, 20, 6))], PAGE)
    assert cache.system(rows, {}, PAGE) == CacheRates(50.0, 10.0, 40.0, None, 80.0)


def test_without_processes_only_the_kernels_counters_are_known() -> None:
    assert cache.system((), {"pgpgin": 40.0, "nr_dirtied": 7.0}, PAGE) == CacheRates(None, 10.0, None, 7.0, None)
    assert cache.system((), {}, PAGE) == CacheRates(None, None, None, None, None)


def test_nothing_accessed_is_no_ratio() -> None:
    rows = cache.rows([grown((0, 0, 0))], PAGE)
    assert cache.system(rows, {"pgpgin": 0.0}, PAGE) == CacheRates(0.0, 0.0, 0.0, None, None)


def test_where_many_processes_refuse_their_counters_there_is_no_total_but_the_reason() -> None:
    denied = Unavailable(Why.DENIED, "needs root")
    rates = cache.system((), {"pgpgin": 40.0, "nr_dirtied": 3.0}, 4096, denied)
    assert (rates.total, rates.hits, rates.hit_ratio, rates.refused) == (None, None, None, denied)
    assert (rates.misses, rates.dirties) == (10.0, 3.0)
