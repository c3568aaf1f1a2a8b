"""The page cache from counted pages, and the formula of the estimate, by process and for the system."""

import pytest

from memtui.model.cache import CacheModel, Flow, PageCache, flow
from memtui.model.pagecache import PROC, CountedProcess, Instrument, PageCacheSample, Pages, Quality
from memtui.model.process import Machine, Process
from memtui.model.processes import Processes
from memtui.model.sample import Facts, IoSample, ProcessSample, ProcKey, Sample, System
from memtui.proc.meminfo import Meminfo
from memtui.proc.pid_files import PidIo
from memtui.proc.pid_stat import PidStat
from memtui.proc.unavailable import ABSENT, Unavailable, Why

PAGE = 4096
THEN = PidIo(1_000_000, 0, 0, 0, 500_000, 200_000, 0)
SYSTEM = System(Meminfo({}), ABSENT, ABSENT, ABSENT, {}, ABSENT, ABSENT, ABSENT, {})
EXACT = Instrument("BPF", Quality.EXACT)
PERF = Instrument("perf", Quality.PARTIAL)


def process(io: IoSample | Unavailable) -> dict[int, Process]:
    stat = PidStat(42, "app", "S", 1, 0, 0, 0, 0, 0, 0, 1, 100, PAGE, 1)
    sample = Sample(10.0, 0.0, SYSTEM, {42: ProcessSample(stat, Facts("u", "app -x", None), io=io)})
    return dict(Processes().advance(sample, Machine(PAGE, 100, 1 << 30, 0.0), None))


def grown(pages: tuple[int, int, int], seconds: float = 2.0, then: PidIo | None = THEN) -> dict[int, Process]:
    read, missed, dirtied = (count * PAGE for count in pages)
    now = THEN._replace(
        rchar=THEN.rchar + read, read_bytes=THEN.read_bytes + missed, write_bytes=THEN.write_bytes + dirtied
    )
    return process(IoSample(now, 10.0, then, 10.0 - seconds))


def estimated(
    processes: dict[int, Process], rates: dict[str, float] | None = None, page: int = PAGE, interval: float = 2.0
) -> PageCache:
    return CacheModel(page).advance(None, processes, rates or {}, interval)


# -- counted ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (Pages(read=100, added=30), Flow(100, 30, 70, 0, 70.0, None)),
        (Pages(mapped=10, added=40), Flow(40, 40, 0, 0, 0.0, None)),  # readahead without accesses yet
        (Pages(added=50, write_added=50, dirtied=50), Flow(0, 0, 0, 50, None, 0.0)),
        (Pages(dirtied=40), Flow(0, 0, 0, 40, None, 100.0)),
        (Pages(read=60, added=70, write_added=10, dirtied=40), Flow(60, 60, 0, 40, 0.0, 75.0)),
        (Pages(), Flow(0, 0, 0, 0, None, None)),
        (Pages(added=3, write_added=5, dirtied=4), Flow(0, 0, 0, 4, None, 0.0)),  # read while it was counted
    ],
)
def test_what_was_counted_means(pages: Pages, expected: Flow) -> None:
    assert flow(pages) == expected


def sample(
    at: float,
    *processes: tuple[int, int | None, Pages],
    since: float = 1.0,
    ended: tuple[CountedProcess, ...] = (),
) -> PageCacheSample:
    counted = tuple(CountedProcess(pid, start, 7, "user", "comm", pages) for pid, start, pages in processes)
    return PageCacheSample(EXACT, at, since, counted, ended)


def test_each_interval_is_what_came_on_top_and_the_sum_is_everything() -> None:
    model = CacheModel(PAGE)
    first = model.advance(sample(3.0, (42, 1, Pages(read=10))), {}, {}, None)
    assert (first.now.total, first.seconds, first.age) == (10, 2.0, 2.0)
    second = model.advance(sample(4.0, (42, 1, Pages(read=30, added=5)), (43, 9, Pages(read=1))), {}, {}, 1.0)
    assert second.now == Flow(21, 5, 16, 0, 100 * 16 / 21, None)
    assert second.ever.total == 31
    assert {row.key: row.now.total for row in second.rows} == {ProcKey(42, 1): 20, ProcKey(43, 9): 1}
    assert second.rate(second.now.total) == 21.0


def test_a_process_that_ended_counts_in_its_last_interval_by_the_name_it_had() -> None:
    model = CacheModel(PAGE)
    model.advance(sample(3.0, (42, 1, Pages(read=10))), {}, {}, None)
    cache = model.advance(sample(4.0, (42, None, Pages(read=15))), {}, {}, 1.0)
    (row,) = cache.rows
    assert (row.ended, row.command, row.now.total, row.ever.total) == (True, "comm", 5, 15)


def test_what_ended_processes_have_done_stays_in_the_sum() -> None:
    model = CacheModel(PAGE)
    model.advance(sample(3.0, (42, None, Pages(read=10))), {}, {}, None)
    over = sample(4.0, ended=(CountedProcess(42, None, 7, "user", "comm", Pages(read=10)),))
    cache = model.advance(over, {}, {}, 1.0)
    assert (cache.now.total, cache.ever.total) == (0, 10)
    assert cache.rows[0].now.idle and not cache.rows[0].ever.idle


def test_an_instrument_attached_anew_begins_at_nothing() -> None:
    model = CacheModel(PAGE)
    model.advance(sample(3.0, (42, 1, Pages(read=10))), {}, {}, None)
    cache = model.advance(sample(9.0, (42, 1, Pages(read=4)), since=8.0), {}, {}, 6.0)
    assert (cache.now.total, cache.ever.total, cache.seconds) == (4, 4, 1.0)


def test_a_process_that_lives_has_its_whole_command() -> None:
    cache = CacheModel(PAGE).advance(sample(3.0, (42, 100, Pages(read=1))), grown((0, 0, 0)), {}, None)
    assert cache.rows[0].command == "app -x"


# -- estimated --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pages", "hits", "misses", "dirties", "percent"),
    [
        ((100, 20, 6), 80, 20, 6, 80.0),
        ((100, 0, 0), 100, 0, 0, 100.0),
        ((20, 100, 0), 0, 100, 0, 0.0),  # readahead and mmap: more from storage than was asked for
        ((0, 0, 8), 0, 0, 8, None),
        ((0, 0, 0), 0, 0, 0, None),
    ],
)
def test_hits_are_reads_less_what_came_from_storage(
    pages: tuple[int, int, int], hits: int, misses: int, dirties: int, percent: float | None
) -> None:
    (row,) = estimated(grown(pages)).rows
    now = row.now
    assert (now.hits, now.misses, now.dirties, now.read_hit_pct) == (hits, misses, dirties, percent)
    assert row.key == ProcKey(42, 100)
    assert now.write_hit_pct is None


def test_the_page_is_the_machines_own() -> None:
    (row,) = estimated(grown((160, 32, 16)), page=16 * 1024).rows
    assert (row.now.hits, row.now.misses, row.now.dirties) == (32, 8, 4)


def test_without_two_readings_there_is_no_row() -> None:
    for processes in (grown((100, 0, 0), then=None), process(ABSENT), grown((100, 0, 0), seconds=0.0)):
        assert estimated(processes).rows == ()


@pytest.mark.parametrize("pages", [(-1, 0, 0), (5, -1, 0), (5, 0, -1)])
def test_counters_that_went_backwards_give_no_row(pages: tuple[int, int, int]) -> None:
    assert estimated(grown(pages)).rows == ()


def test_the_systems_misses_and_dirties_are_the_kernels_own() -> None:
    cache = estimated(grown((100, 20, 6)), {"pgpgin": 40.0, "nr_dirtied": 7.0})  # KiB and pages a second
    assert cache.now == Flow(100, 20, 80, 14, 80.0)
    assert cache.instrument == PROC


def test_more_misses_than_accesses_are_no_hits_and_not_negative_ones() -> None:
    assert estimated(grown((100, 20, 6)), {"pgpgin": 800.0}).now == Flow(400, 400, 0, None, 0.0)


def test_without_the_kernels_counter_the_processes_misses_stand_in() -> None:
    assert estimated(grown((100, 20, 6))).now == Flow(100, 20, 80, None, 80.0)


def test_a_reading_over_another_time_is_scaled_to_the_interval() -> None:
    assert estimated(grown((100, 0, 0), seconds=4.0)).now.total == 50


def test_without_processes_only_the_kernels_counters_are_known() -> None:
    assert estimated({}, {"pgpgin": 40.0, "nr_dirtied": 7.0}).now == Flow(None, 20, None, 14, None)
    assert estimated({}).now == Flow()


def test_where_many_processes_refuse_their_counters_there_is_no_total_but_the_reason() -> None:
    denied = Unavailable(Why.DENIED, "needs root")
    cache = CacheModel(PAGE).advance(None, grown((100, 0, 0)), {"pgpgin": 40.0, "nr_dirtied": 3.0}, 2.0, denied)
    assert (cache.now.total, cache.now.hits, cache.now.read_hit_pct) == (None, None, None)
    assert cache.refused == denied
    assert (cache.now.misses, cache.now.dirties) == (20, 6)


@pytest.mark.parametrize(
    ("added", "paged_in", "dirtied", "misses"),
    [
        (100, 100, 0, 100),
        (100, 200, 0, 100),  # a loop device: read twice, added once
        (100, 300, 100, 100),  # direct reads beside writes
        (100, 0, 100, 0),  # all of it for writes
        (100, 10, 30, 70),  # in flight: added, not read yet
        (0, 50, 80, 0),
    ],
)
def test_what_was_added_bounds_the_misses(added: int, paged_in: int, dirtied: int, misses: int) -> None:
    model = CacheModel(PAGE)
    model.advance(PageCacheSample(PERF, 1.0, 0.5, added=1000), {}, {}, None)
    rates = {"pgpgin": paged_in * 4.0, "nr_dirtied": float(dirtied)}
    cache = model.advance(PageCacheSample(PERF, 2.0, 0.5, added=1000 + added), grown((100, 0, 0)), rates, 1.0)
    assert cache.now.misses == misses
    assert cache.instrument is PERF


def test_who_does_nothing_keeps_its_row() -> None:
    model = CacheModel(PAGE)
    ended = CountedProcess(7, None, 0, "root", "dd", Pages(read=1))
    rows = [
        {row.pid: row for row in model.advance(sample(at, (42, 1, pages), ended=(ended,)), {}, {}, 1.0).rows}
        for at, pages in ((2.0, Pages(read=5)), (3.0, Pages(read=5)), (4.0, Pages(read=5)), (5.0, Pages(read=6)))
    ]
    assert [one[42].now.total for one in rows] == [5, 0, 0, 1]
    assert rows[1][42] is rows[2][42]
    assert rows[0][7] is rows[3][7]


def test_the_sum_of_nobody_is_nothing() -> None:
    assert CacheModel(PAGE).advance(sample(2.0), {}, {}, None).ever == Flow(0, 0, 0, 0, None, None)
