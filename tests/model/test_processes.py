"""Rows from samples: rates, identity, PSS and USS carried on between reads, and only what changed made anew."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.process import KERNEL_THREAD, Machine, Process
from memtui.model.processes import Processes
from memtui.model.sample import Facts, IoSample, ProcessSample, ProcKey, Sample, SmapsSample, System
from memtui.proc.meminfo import Meminfo
from memtui.proc.pid_files import Cgroup, PidIo
from memtui.proc.pid_stat import PF_KTHREAD, PidStat
from memtui.proc.pid_status import Residence
from memtui.proc.smaps import Rollup
from memtui.proc.unavailable import ABSENT, GONE, PENDING, Unavailable, Why

PAGE, HZ, MIB = 4096, 100, 1 << 20
MACHINE = Machine(PAGE, HZ, 1000 * MIB, boot_time=1_700_000_000.0)
SYSTEM = System(Meminfo({}), ABSENT, ABSENT, ABSENT, {}, ABSENT, ABSENT, ABSENT, {})
STAT = PidStat(42, "app", "S", 7, 0, 1000, 50, 200, 100, -5, 3, 500, 900 * MIB, 25600)
STATUS = Residence(1000, 5 * MIB, 100 * MIB, 60 * MIB, 30 * MIB, 10 * MIB, 2 * MIB, 8 * MIB)
ROLLUP = Rollup(
    rss=100 * MIB, pss=72 * MIB, uss=61 * MIB, pss_anon=59 * MIB, pss_file=3 * MIB, pss_shmem=10 * MIB,
    shared_clean=0, shared_dirty=0, private_clean=MIB, private_dirty=60 * MIB, referenced=0, anonymous=60 * MIB,
    lazy_free=0, anon_huge=4 * MIB, ksm=0, private_hugetlb=0, shared_hugetlb=0, swap=8 * MIB, swap_pss=7 * MIB,
    locked=0,
)  # fmt: skip
FACTS = Facts("ann", "/usr/bin/app -x", Cgroup("/app.slice", None))
READ = SmapsSample(ROLLUP, at=9.0, rss_then=25600, status_then=STATUS)
WHOLE = ProcessSample(STAT, FACTS, STATUS, READ, 700, 100, PENDING)


class Clock:
    """Samples one after another through one `Processes`; uptime runs with the clock."""

    def __init__(self) -> None:
        self.processes = Processes()
        self.at = 1000.0

    def next(
        self, *samples: ProcessSample, touched: set[int] | None = None, after: float = 2.0, uptime: float | None = 1e6
    ) -> Mapping[int, Process]:
        self.at += after
        sample = Sample(
            self.at,
            0.0,
            SYSTEM,
            {one.stat.pid: one for one in samples},
            None if touched is None else frozenset(touched),
        )
        return self.processes.advance(sample, MACHINE, uptime)


def row_of(sample: ProcessSample) -> Process:
    return Clock().next(sample)[sample.stat.pid]


def stat(sample: ProcessSample = WHOLE, **changes: int) -> ProcessSample:
    return sample._replace(stat=PidStat(**{**sample.stat._asdict(), **changes}))


# -- one row --------------------------------------------------------------------------------------------------------


def test_a_row_has_every_value_in_bytes_seconds_and_percent() -> None:
    assert row_of(WHOLE) == Process(
        pid=42,
        start_time=500,
        ppid=7,
        user="ann",
        uid=1000,
        state="S",
        nice=-5,
        threads=3,
        kernel_thread=False,
        comm="app",
        command="/usr/bin/app -x",
        cgroup="/app.slice",
        container="app.slice",
        started=1_700_000_005.0,
        virt=900 * MIB,
        res=100 * MIB,
        shr=40 * MIB,
        anon=60 * MIB,
        file=30 * MIB,
        shmem=10 * MIB,
        pss=72 * MIB,
        uss=61 * MIB,
        swap=8 * MIB,
        swap_pss=7 * MIB,
        pss_anon=59 * MIB,
        pte=2 * MIB,
        locked=5 * MIB,
        thp=4 * MIB,
        mem_pct=10.0,
        minflt=1000,
        majflt=50,
        minflt_rate=None,
        majflt_rate=None,
        oom_score=700,
        oom_score_adj=100,
        cpu_pct=None,
        cpu_time=3.0,
        read_rate=None,
        write_rate=None,
        res_delta=None,
        growth=None,
        io=None,
        pss_at=9.0,
        pss_why=None,
    )
    assert row_of(WHOLE).key == ProcKey(42, 500)


def test_what_was_not_read_yet_is_missing_and_says_so() -> None:
    row = row_of(ProcessSample(STAT))
    assert (row.res, row.virt) == (100 * MIB, 900 * MIB)  # stat has them
    missing = (row.uid, row.shr, row.anon, row.pss, row.uss, row.swap, row.pte, row.oom_score, row.pss_at, row.cgroup)
    assert missing == (None,) * 10
    assert (row.user, row.command, row.pss_why) == ("", "app", PENDING)


def test_a_refused_rollup_is_missing_with_its_reason() -> None:
    denied = Unavailable(Why.DENIED, "needs root or CAP_SYS_PTRACE")
    row = row_of(WHOLE._replace(smaps=denied))
    assert (row.pss, row.uss, row.swap_pss, row.thp, row.pss_at, row.pss_why) == (None,) * 5 + (denied,)


def test_a_kernel_thread_has_no_memory_of_its_own_and_says_so() -> None:
    thread = ProcessSample(
        STAT._replace(flags=PF_KTHREAD, rss=0, vsize=0, comm="kswapd0"),
        Facts("root", "", None),
        Residence(0, *(None,) * 7),
    )
    row = row_of(thread)
    assert (row.kernel_thread, row.command, row.res, row.shr, row.swap) == (True, "[kswapd0]", 0, 0, 0)
    assert (row.pss, row.uss, row.pss_why) == (None, None, KERNEL_THREAD)


def test_a_zombie_has_its_name_in_brackets_and_no_memory() -> None:
    zombie = WHOLE._replace(
        stat=STAT._replace(state="Z", rss=0, vsize=0),
        facts=Facts("ann", "", None),
        status=Residence(1000, *(None,) * 7),
    )
    row = row_of(zombie)
    assert (row.command, row.res, row.pss, row.uss, row.swap) == ("[app]", 0, 0, 0, None)


def test_a_kernel_without_the_split_has_no_shr() -> None:
    row = row_of(WHOLE._replace(status=STATUS._replace(rss_anon=None, rss_file=None, rss_shmem=None)))
    assert (row.res, row.shr, row.anon) == (100 * MIB, None, None)


# -- rates ----------------------------------------------------------------------------------------------------------


def test_rates_are_events_and_cpu_time_over_the_interval() -> None:
    clock = Clock()
    clock.next(WHOLE)
    row = clock.next(stat(minflt=1030, majflt=51, utime=260, stime=140))[42]
    assert (row.minflt_rate, row.majflt_rate, row.cpu_pct) == (15.0, 0.5, 50.0)


@pytest.mark.parametrize("name", ["minflt", "majflt", "utime"])
def test_a_counter_that_went_backwards_gives_no_rate(name: str) -> None:
    clock = Clock()
    clock.next(WHOLE)
    row = clock.next(stat(WHOLE, **{name: 1}))[42]
    rates = {"minflt": row.minflt_rate, "majflt": row.majflt_rate, "utime": row.cpu_pct}
    assert rates == {**dict.fromkeys(rates, 0.0), name: None}


@pytest.mark.parametrize("name", ["minflt", "majflt", "utime"])
def test_a_rate_that_could_not_be_had_once_comes_back_though_nothing_is_read(name: str) -> None:
    clock = Clock()
    clock.next(WHOLE)
    back = stat(WHOLE, **{name: 1})
    for rates in ({0.0, None}, {0.0}):
        row = clock.next(back, touched={42} if None in rates else set())[42]
        assert {row.minflt_rate, row.majflt_rate, row.cpu_pct} == rates


def test_two_samples_at_one_time_have_no_rates_and_the_next_has() -> None:
    clock = Clock()
    clock.next(WHOLE)
    assert clock.next(stat(minflt=1030), after=0.0)[42].minflt_rate is None
    assert clock.next(stat(minflt=1030), touched=set())[42].minflt_rate == 0.0


def test_rates_fall_to_zero_when_a_process_stops_though_nothing_is_read() -> None:
    clock = Clock()
    clock.next(WHOLE)
    busy = stat(minflt=1030, utime=260)
    assert clock.next(busy, touched={42})[42].minflt_rate == 15.0
    row = clock.next(busy, touched=set())[42]
    assert (row.minflt_rate, row.cpu_pct) == (0.0, 0.0)


def test_storage_rates_are_over_the_time_between_their_own_readings() -> None:
    then = PidIo(0, 0, 0, 0, 1000, 2000, 0)
    io = IoSample(then._replace(read_bytes=9000, write_bytes=2400), 30.0, then, 26.0)
    row = row_of(WHOLE._replace(io=io))
    assert (row.read_rate, row.write_rate, row.io) == (2000.0, 100.0, io)
    assert row_of(WHOLE._replace(io=io._replace(then=None))).read_rate is None
    assert row_of(WHOLE._replace(io=GONE)).read_rate is None
    assert row_of(WHOLE._replace(io=io._replace(at=26.0))).read_rate is None
    assert row_of(WHOLE._replace(io=IoSample(then, 30.0, io.io, 26.0))).read_rate is None


def test_a_process_younger_than_the_interval_counts_from_zero() -> None:
    clock = Clock()
    clock.next(WHOLE)
    born = stat(pid=43, starttime=100_050, minflt=60, majflt=4, utime=30, stime=20)
    row = clock.next(WHOLE, born, uptime=1001.0)[43]  # half a second old
    assert (row.minflt_rate, row.majflt_rate, row.cpu_pct) == (30.0, 2.0, 25.0)
    assert clock.next(WHOLE, born, touched=set())[43].minflt_rate == 0.0


@pytest.mark.parametrize("uptime", [1003.0, None])
def test_a_process_seen_late_has_no_rates_at_first(uptime: float | None) -> None:
    clock = Clock()
    clock.next(WHOLE)
    old = stat(pid=43, starttime=100_050)
    assert clock.next(WHOLE, old, uptime=uptime)[43].minflt_rate is None


def test_the_first_sample_has_no_rates_however_young_the_process() -> None:
    assert Clock().next(stat(starttime=100_000), uptime=1000.5)[42].minflt_rate is None


def test_a_reused_pid_is_another_process() -> None:
    clock = Clock()
    clock.next(WHOLE)
    clock.next(stat(minflt=1100))
    assert len(clock.processes.trail(ProcKey(42, 500))) == 1
    small = STATUS._replace(vm_rss=10 * PAGE)
    other = ProcessSample(STAT._replace(starttime=100_100, comm="new", minflt=1200, rss=10), status=small)
    row = clock.next(other, uptime=1e6)[42]
    assert (row.command, row.minflt_rate, row.pss, row.res) == ("new", None, None, 10 * PAGE)
    assert clock.processes.trail(ProcKey(42, 500)) == []
    assert [point[1] for point in clock.processes.trail(ProcKey(42, 100_100))] == [10.0 * PAGE]


# -- PSS and USS between reads --------------------------------------------------------------------------------------


def carried(anon: int = 0, file: int = 0, shmem: int = 0, sample: ProcessSample = WHOLE) -> tuple[int | None, ...]:
    status = STATUS._replace(
        rss_anon=60 * MIB + anon, rss_file=30 * MIB + file, rss_shmem=10 * MIB + shmem, vm_rss=None
    )
    row = row_of(sample._replace(status=status))
    assert row.pss_at == 9.0
    return row.pss, row.uss


@pytest.mark.parametrize(
    ("anon", "file", "shmem", "pss", "uss"),
    [
        (0, 0, 0, 72, 61),
        (5, 0, 0, 77, 66),  # private: in full
        (-5, 0, 0, 67, 56),
        (0, 10, 0, 73, 61),  # a tenth of its file pages was its own
        (0, -10, 0, 71, 61),
        (0, 0, 4, 76, 61),  # all of its shmem was its own
        (5, 10, 4, 82, 66),
        (-60, 0, 0, 12, 1),
    ],
)
def test_anonymous_growth_counts_in_full_and_file_and_shmem_by_their_share(
    anon: int, file: int, shmem: int, pss: int, uss: int
) -> None:
    assert carried(anon * MIB, file * MIB, shmem * MIB) == (pss * MIB, uss * MIB)


def test_growth_of_a_kind_that_there_was_none_of_counts_in_full() -> None:
    then = STATUS._replace(rss_shmem=0, rss_file=0)
    sample = WHOLE._replace(
        smaps=READ._replace(status_then=then, rollup=ROLLUP._replace(pss_shmem=0, pss_file=0)),
        status=then._replace(rss_shmem=3 * MIB, rss_file=2 * MIB),
    )
    assert row_of(sample).pss == 77 * MIB


def test_without_the_split_the_change_of_rss_stands_in() -> None:
    old = ROLLUP._replace(pss_anon=None, pss_file=None, pss_shmem=None)
    grown = STAT._replace(rss=25600 + 256)
    for sample in (
        WHOLE._replace(stat=grown, smaps=READ._replace(rollup=old)),
        WHOLE._replace(stat=grown, smaps=READ._replace(status_then=None)),
        WHOLE._replace(stat=grown, status=None),
        WHOLE._replace(stat=grown, status=STATUS._replace(rss_anon=None)),
    ):
        row = row_of(sample)
        assert (row.pss, row.uss) == (73 * MIB, 62 * MIB)


SIZES = st.integers(0, 2**40)


@given(st.tuples(SIZES, SIZES, SIZES), st.tuples(SIZES, SIZES, SIZES), SIZES, SIZES)
def test_carried_values_are_never_below_zero_nor_uss_above_pss(
    then: tuple[int, int, int], now: tuple[int, int, int], pss: int, uss: int
) -> None:
    before, after = (
        STATUS._replace(rss_anon=anon, rss_file=file, rss_shmem=shmem) for anon, file, shmem in (then, now)
    )
    rollup = ROLLUP._replace(pss=max(pss, uss), uss=uss, pss_file=then[1] // 2, pss_shmem=then[2] // 3)
    row = row_of(WHOLE._replace(status=after, smaps=SmapsSample(rollup, 9.0, 0, before)))
    assert row.pss is not None and row.uss is not None
    assert 0 <= row.uss <= row.pss


# -- what is made anew ----------------------------------------------------------------------------------------------


def test_rows_of_processes_that_were_not_touched_are_the_same_objects() -> None:
    clock = Clock()
    idle, busy = WHOLE, stat(pid=43)
    clock.next(idle, busy)
    first = clock.next(idle, busy, touched=set())
    moved = stat(busy, minflt=1001)
    second = clock.next(idle, moved, touched={43})
    assert second[42] is first[42]
    assert second[43] is not first[43]
    third = clock.next(idle, moved, touched=set())  # its rate fell to 0
    assert third[42] is first[42] and third[43] is not second[43]
    fourth = clock.next(idle, moved, touched=set())
    assert fourth[42] is first[42] and fourth[43] is third[43]


def test_a_mapping_once_given_never_changes() -> None:
    clock = Clock()
    first = clock.next(WHOLE, stat(pid=43))
    copy = dict(first)
    clock.next(stat(minflt=5000))
    assert first == copy


def test_without_word_of_what_was_touched_every_row_is_made_anew() -> None:
    clock = Clock()
    clock.next(WHOLE)
    clock.next(WHOLE, touched=set())
    assert clock.next(stat(nice=7))[42].nice == 7


def test_a_process_that_ended_is_forgotten_with_its_trail_and_the_others_stay() -> None:
    clock = Clock()
    other = stat(pid=43)
    clock.next(WHOLE, other)
    assert clock.next(other, touched=set()).keys() == {43}
    assert clock.processes.trail(WHOLE.key) == []
    assert clock.processes.trail(other.key) == [(1002.0, 100.0 * MIB, 72.0 * MIB, 61.0 * MIB, 8.0 * MIB)]
    assert clock.next(touched=set()) == {}
    assert clock.processes._trails == {} == clock.processes._since and clock.processes._moving == set()


def test_a_trail_follows_what_the_rows_showed() -> None:
    clock = Clock()
    clock.next(WHOLE)
    clock.next(WHOLE._replace(status=STATUS._replace(rss_anon=61 * MIB, vm_rss=101 * MIB, vm_swap=None)))
    assert clock.processes.trail(WHOLE.key) == [
        (1002.0, 100.0 * MIB, 72.0 * MIB, 61.0 * MIB, 8.0 * MIB),
        (1004.0, 101.0 * MIB, 73.0 * MIB, 62.0 * MIB, None),
    ]
    assert clock.processes.trail(ProcKey(42, 501)) == []


def test_the_trail_of_one_that_does_nothing_is_a_point_where_its_pss_was_first_known() -> None:
    clock = Clock()
    clock.next(WHOLE._replace(smaps=PENDING))
    for _ in range(3):
        clock.next(WHOLE)
    assert clock.processes.trail(WHOLE.key) == [(1004.0, 100.0 * MIB, 72.0 * MIB, 61.0 * MIB, 8.0 * MIB)]
    assert clock.processes._trails == {}


def test_kernel_threads_have_no_trail() -> None:
    clock = Clock()
    clock.next(stat(flags=PF_KTHREAD))
    assert clock.processes.trail(WHOLE.key) == []


KINDS = st.sampled_from([
    WHOLE, ProcessSample(STAT), WHOLE._replace(smaps=GONE), stat(flags=PF_KTHREAD), stat(starttime=900),
    stat(minflt=7), WHOLE._replace(smaps=Unavailable(Why.DENIED, "needs root")),
])  # fmt: skip


@given(st.lists(st.tuples(st.dictionaries(st.integers(1, 6), KINDS), st.booleans()), max_size=12))
def test_any_coming_and_going_gives_the_rows_that_a_fresh_start_would_give(
    steps: list[tuple[dict[int, ProcessSample], bool]],
) -> None:
    clock, before = Clock(), dict[int, ProcessSample]()
    for processes, say in steps:
        samples = {pid: stat(sample, pid=pid) for pid, sample in processes.items()}
        samples = {pid: before[pid] if before.get(pid) == sample else sample for pid, sample in samples.items()}
        touched = {pid for pid, sample in samples.items() if before.get(pid) is not sample}
        rows = clock.next(*samples.values(), touched=touched if say else None)
        assert rows.keys() == samples.keys()
        fresh = Clock().next(*samples.values())
        for pid, row in rows.items():
            rates = {"minflt_rate": row.minflt_rate, "majflt_rate": row.majflt_rate, "cpu_pct": row.cpu_pct}
            bare = row._replace(minflt_rate=None, majflt_rate=None, cpu_pct=None, res_delta=None, growth=None)
            assert bare == fresh[pid]
            assert all(rate is None or rate >= 0 for rate in rates.values())
        assert clock.processes._trails.keys() <= clock.processes._since.keys() <= rows.keys()
        coverage = clock.processes.coverage
        assert coverage.kernel_threads == sum(row.kernel_thread for row in rows.values())
        assert coverage.known == sum(row.pss is not None and not row.kernel_thread for row in rows.values())
        before = samples


def test_growth_is_the_change_of_res_over_the_last_minute_and_delta_over_the_last_sample() -> None:
    clock, sample, row = Clock(), WHOLE, None
    for second in range(100):
        sample = with_res(sample, (100 + second) * MIB)
        row = clock.next(sample, after=1.0)[42]
    assert row is not None
    assert (row.res_delta, row.growth) == (MIB, 60 * MIB)


def test_growth_ends_a_minute_after_the_last_change_though_nothing_is_read() -> None:
    clock = Clock()
    clock.next(WHOLE)
    grown = with_res(WHOLE, 130 * MIB)
    rows = clock.next(grown)
    assert rows[42].growth == 30 * MIB
    for _ in range(70):
        rows = clock.next(grown, touched=set(), after=1.0)
    assert (rows[42].res_delta, rows[42].growth) == (0, 0)


def with_res(sample: ProcessSample, res: int) -> ProcessSample:
    assert sample.status is not None
    return sample._replace(status=sample.status._replace(vm_rss=res))


@given(
    st.lists(st.tuples(st.integers(1, 25), st.one_of(st.none(), st.integers(100, 130))), min_size=1, max_size=60),
)
def test_growth_is_right_at_every_sample_whenever_sizes_changed(steps: list[tuple[int, int | None]]) -> None:
    """`steps` are seconds until the next sample and the size in MiB that is new in it, None: nothing was read."""
    clock, now = Clock(), resized(100)
    clock.next(now, touched={42})
    past = [(clock.at, 100 * MIB)]
    for seconds, mib in steps:
        now = now if mib is None else resized(mib)
        row = clock.next(now, touched=set() if mib is None else {42}, after=float(seconds))[42]
        then = [size for at, size in past if at <= clock.at - 60.0]
        assert row.growth == row.res - (then[-1] if then else past[0][1])
        past.append((clock.at, row.res))


def resized(mib: int) -> ProcessSample:
    """The usual process with so much anonymous memory."""
    status = STATUS._replace(vm_rss=mib * MIB, rss_anon=(mib - 40) * MIB)
    return WHOLE._replace(status=status, stat=STAT._replace(rss=mib * MIB // PAGE))


def test_a_row_that_grew_is_not_made_anew_while_its_growth_stays_the_same() -> None:
    clock = Clock()
    clock.next(resized(100), touched={42})
    clock.next(grown := resized(120), touched={42})
    clock.next(grown, touched=set())
    settled = clock.next(grown, touched=set())[42]
    for _ in range(20):
        assert clock.next(grown, touched=set())[42] is settled and settled.growth == 20 * MIB
    for _ in range(10):
        last = clock.next(grown, touched=set())[42]
    assert last.growth == 0
