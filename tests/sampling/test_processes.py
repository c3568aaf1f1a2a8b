"""`ProcessReader` on a made tree that changes under its feet: what is read when, and that nothing is mixed up."""

import errno
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memtui.model.sample import IoSample, ProcessSample, ProcKey, SmapsSample
from memtui.proc.pid_files import Cgroup
from memtui.proc.pid_stat import PF_KTHREAD
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, PENDING, Unavailable, Unreadable, Why
from memtui.sampling import stats
from memtui.sampling.processes import _SMALL, ProcessReader
from memtui.sampling.request import Need, Request
from memtui.sampling.schedule import Policy

PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20
ALL = Request(needs=Need.STATUS | Need.SMAPS | Need.OOM, complete=True)
TICKING = Request()
KINDS = ("Pss_Anon", "Pss_File", "Pss_Shmem", "Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty")


class Tree:
    """A /proc of regular files, rewritten in place: a kept descriptor sees each change."""

    def __init__(self, path: Path) -> None:
        self.proc = path / "proc"
        self.proc.mkdir()
        (self.proc / "meminfo").write_text("MemTotal: 1 kB\n")

    def put(self, pid: int, **values: Any) -> None:
        """A process, new or as it is now; sizes in pages, text as the kernel would have it."""
        v: dict[str, Any] = {
            "comm": "app",
            "state": "S",
            "ppid": 1,
            "flags": 0,
            "minflt": 10,
            "start": 100,
            "rss": 2560,
            "uid": 0,
        } | values
        folder = self.proc / str(pid)
        folder.mkdir(exist_ok=True)
        rest = f"0 20 0 1 0 {v['start']} 9000000 {v['rss']} 184 0 0\n"
        stat = f"{pid} ({v['comm']}) {v['state']} {v['ppid']} 1 1 0 -1 {v['flags']} {v['minflt']} 0 0 0 0 0 0 {rest}"
        kib = v["rss"] * PAGE // 1024
        sizes = f"VmPeak:\t{kib} kB\nVmRSS:\t{kib} kB\nRssAnon:\t{kib} kB\nRssFile:\t0 kB\nRssShmem:\t0 kB\n"
        rollup = f"0-1 ---p 00000000 00:00 0 [rollup]\nRss: {kib} kB\nPss: {kib} kB\n"
        rollup += "".join(f"{name}: {kib if name in ('Pss_Anon', 'Private_Dirty') else 0} kB\n" for name in KINDS)
        files = {
            "stat": stat,
            "status": f"Name:\tx\nUid:\t{v['uid']}\t{v['uid']}\t0\t0\n{sizes if v['rss'] else ''}Threads:\t1\n",
            "cmdline": v.get("cmdline", f"/bin/{v['comm']}\0"),
            "cgroup": f"0::{v.get('cgroup', '/a')}\n",
            "oom_score": f"{v.get('oom', 666)}\n",
            "oom_score_adj": "0\n",
            "smaps_rollup": f"{rollup}Referenced: 0 kB\nAnonymous: {kib} kB\nSwap: 0 kB\n",
            "io": f"rchar: {v.get('rchar', 0)}\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\n"
            "cancelled_write_bytes: 0\n",
        }
        for name, text in files.items():
            with open(folder / name, "w", encoding="utf-8") as file:
                file.write(text)

    def end(self, pid: int) -> None:
        shutil.rmtree(self.proc / str(pid))

    def source(self) -> ProcSource:
        return ProcSource(str(self.proc), str(self.proc))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


class Ticker:
    """A reader with a clock that goes a second a tick; the last samples are kept."""

    def __init__(self, source: ProcSource, executor: Executor | None = None) -> None:
        self.reader = ProcessReader(source, executor=executor)
        self.now = 100.0
        self.touched: frozenset[int] = frozenset()

    def tick(self, request: Request = ALL, after: float = 1.0) -> dict[int, ProcessSample]:
        self.now += after
        samples, self.touched = self.reader.tick(self.now, request)
        return dict(samples)


def smaps_of(sample: ProcessSample) -> SmapsSample:
    assert isinstance(sample.smaps, SmapsSample)
    return sample.smaps


def command_of(sample: ProcessSample) -> str:
    assert sample.facts is not None
    return sample.facts.command


@pytest.fixture
def without_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "_descriptor_limit", lambda: 0)


# -- what is read ---------------------------------------------------------------------------------------------------


def test_one_complete_tick_has_every_part_of_every_process(tree: Tree) -> None:
    for pid in (10, 11, 12):
        tree.put(pid, comm=f"c{pid}", rss=pid * 256, cgroup=f"/g{pid}")
    ticker = Ticker(tree.source())
    samples = ticker.tick()
    assert samples.keys() == ticker.touched == {10, 11, 12}
    for pid, sample in samples.items():
        assert (sample.stat.pid, sample.stat.comm, command_of(sample)) == (pid, f"c{pid}", f"/bin/c{pid}")
        assert sample.facts is not None and sample.facts.cgroup == Cgroup(f"/g{pid}", None)
        assert sample.status is not None and sample.status.vm_rss == pid * MIB * PAGE // 4096
        assert smaps_of(sample).rollup.pss == pid * MIB * PAGE // 4096
        assert smaps_of(sample).at == ticker.now
        assert (sample.oom_score, sample.oom_score_adj, sample.io) == (666, 0, PENDING)
    assert ticker.reader.rollups == 3


def test_what_nobody_needs_is_not_read(tree: Tree) -> None:
    tree.put(10)
    ticker = Ticker(tree.source())
    sample = ticker.tick(Request(needs=Need.NOTHING))[10]
    assert (sample.smaps, sample.io, sample.oom_score) == (PENDING, PENDING, None)
    assert ticker.reader.rollups == 0
    assert ticker.tick(Request(needs=Need.SMAPS))[10].smaps != PENDING
    assert ticker.reader.rollups == 1
    assert ticker.tick(Request(needs=Need.STATUS | Need.OOM))[10].oom_score == 666
    assert ticker.reader.rollups == 0


def test_samples_of_processes_that_did_nothing_are_the_same_objects(tree: Tree) -> None:
    tree.put(10)
    tree.put(11)
    ticker = Ticker(tree.source())
    first = ticker.tick(TICKING)
    tree.put(11, minflt=11)
    second = ticker.tick(TICKING)
    assert ticker.touched == {11}
    assert second[10] is first[10] and second[11] is not first[11]
    assert second[11].stat.minflt == 11


def test_the_mapping_given_is_never_changed_later(tree: Tree) -> None:
    tree.put(10)
    ticker = Ticker(tree.source())
    kept = ticker.reader.tick(100.0, ALL)[0]
    copy = dict(kept)
    tree.end(10)
    tree.put(11)
    assert ticker.tick().keys() == {11}
    assert kept == copy and copy.keys() == {10}


def test_kernel_threads_have_no_rollup_and_no_command(tree: Tree) -> None:
    tree.put(2, comm="kthreadd", flags=PF_KTHREAD, rss=0)
    sample = Ticker(tree.source()).tick(Request(needs=~Need.NOTHING, complete=True))[2]
    assert (sample.smaps, sample.io, command_of(sample)) == (PENDING, PENDING, "")


def test_the_visible_come_first_and_may_be_named_twice_or_be_gone(tree: Tree) -> None:
    for pid in range(10, 60):
        tree.put(pid)
    ticker = Ticker(tree.source())
    samples = ticker.tick(Request(visible=(59, 7, 59, 10, 10)))
    assert all(smaps_of(samples[pid]).at == ticker.now for pid in (59, 10))


def test_a_change_of_memory_brings_a_new_status_and_then_a_new_rollup(tree: Tree) -> None:
    tree.put(10, rss=256)
    ticker = Ticker(tree.source())
    ticker.tick()
    tree.put(10, rss=512, minflt=266)
    sample = ticker.tick(TICKING)[10]
    assert sample.status is not None and sample.status.vm_rss == 512 * PAGE
    assert smaps_of(sample).rollup.pss == 256 * PAGE  # read a second ago
    sample = [ticker.tick(TICKING)[10] for _ in range(4)][-1]
    assert smaps_of(sample).rollup.pss == 512 * PAGE


def test_the_kept_sum_of_pss_anon_is_that_of_the_samples(tree: Tree) -> None:
    for pid in (10, 11, 12):
        tree.put(pid, rss=pid)
    ticker = Ticker(tree.source())
    ticker.tick()
    assert ticker.reader.pss_anon == 33 * PAGE
    tree.end(11)
    tree.put(12, rss=2, minflt=20)
    ticker.tick()
    assert ticker.reader.pss_anon == 12 * PAGE


# -- programs, users and families that change -----------------------------------------------------------------------


def test_a_new_program_has_its_new_command_at_once(tree: Tree) -> None:
    tree.put(10, comm="sh")
    ticker = Ticker(tree.source())
    ticker.tick()
    tree.put(10, comm="app", minflt=30)
    assert command_of(ticker.tick(TICKING)[10]) == "/bin/app"


def test_a_new_command_line_under_the_old_name_comes_with_the_next_rollup(tree: Tree) -> None:
    tree.put(10, comm="postgres", cmdline="postgres -D /data\0")
    ticker = Ticker(tree.source())
    ticker.tick()
    tree.put(10, comm="postgres", cmdline="postgres: checkpointer\0\0", cgroup="/b", minflt=30)
    samples = [ticker.tick(TICKING)[10] for _ in range(5)]
    assert command_of(samples[-1]) == "postgres: checkpointer"
    assert samples[-1].facts is not None and samples[-1].facts.cgroup == Cgroup("/b", None)


def test_a_change_of_user_comes_with_the_next_rollup(tree: Tree) -> None:
    tree.put(10, uid=0)
    ticker = Ticker(tree.source())
    first = ticker.tick()[10]
    assert first.facts is not None and first.facts.user == "root"
    tree.put(10, uid=3_999_999_999, minflt=30)
    facts = [ticker.tick(TICKING)[10].facts for _ in range(3)][-1]
    assert facts is not None and facts.user == "3999999999"


def test_a_zombie_loses_its_command_at_once(tree: Tree) -> None:
    tree.put(10)
    ticker = Ticker(tree.source())
    ticker.tick()
    tree.put(10, state="Z", rss=0, cmdline="")
    sample = ticker.tick(Request(needs=Need.STATUS))[10]
    assert (sample.stat.state, command_of(sample)) == ("Z", "")
    assert sample.status is not None and sample.status.vm_rss is None


@pytest.mark.parametrize("survivor", ["child", "sibling", "parent"])
def test_relatives_of_a_process_that_went_are_read_at_once(tree: Tree, survivor: str) -> None:
    tree.put(50, ppid=9)
    for pid in range(500, 600):
        tree.put(pid, ppid=9)
    relative = {"child": (60, 50), "sibling": (60, 9), "parent": (9, 3)}[survivor]
    tree.put(relative[0], ppid=relative[1])
    ticker = Ticker(tree.source())
    ticker.tick()
    tree.end(50)
    if survivor == "child":
        tree.put(60, ppid=1)  # an orphan: its PSS has grown, and nothing of its own shows that
    sample = ticker.tick(Request(visible=(1,)))[relative[0]]
    assert smaps_of(sample).at == ticker.now


# -- ends and beginnings --------------------------------------------------------------------------------------------


def test_a_process_that_ends_is_gone_and_one_that_comes_is_there(tree: Tree) -> None:
    tree.put(10)
    tree.put(11)
    ticker = Ticker(tree.source())
    ticker.tick()
    tree.end(10)
    tree.put(12)
    assert ticker.tick().keys() == {11, 12}


@pytest.mark.parametrize("damage", [b"", b"10 (app) S 1 2", b"\xff" * 2000, b"10 (app) S " + b"9" * 400])
def test_a_stat_file_that_is_none_hides_its_process_until_it_is_one(tree: Tree, damage: bytes) -> None:
    tree.put(10)
    tree.put(11)
    ticker = Ticker(tree.source())
    ticker.tick()
    (tree.proc / "10" / "stat").write_bytes(damage)
    assert ticker.tick().keys() == {11}
    tree.put(10, minflt=77)
    assert ticker.tick()[10].stat.minflt == 77
    (tree.proc / "13").touch()  # a number that is no folder
    (tree.proc / "14").mkdir()
    (tree.proc / "15" / "stat").mkdir(parents=True)
    assert ticker.tick().keys() == {10, 11}


def test_one_that_has_just_begun_waits_a_tick_unless_it_is_large_or_visible(tree: Tree) -> None:
    tree.put(10)
    ticker = Ticker(tree.source())
    ticker.tick(TICKING)
    tree.put(11, rss=100)
    tree.put(12, rss=100)
    tree.put(13, rss=_SMALL)
    samples = ticker.tick(replace(TICKING, visible=(12,)))
    assert (samples[11].status, samples[11].facts, samples[11].smaps) == (None, None, PENDING)
    assert all(samples[pid].facts and smaps_of(samples[pid]) for pid in (12, 13))
    samples = ticker.tick(TICKING)
    assert samples[11].status is not None and command_of(samples[11]) and smaps_of(samples[11])


def test_a_process_of_which_only_stat_is_left_says_what_is_missing(tree: Tree) -> None:
    tree.put(10)
    for name in ("status", "cmdline", "cgroup", "oom_score", "oom_score_adj", "smaps_rollup", "io"):
        (tree.proc / "10" / name).unlink()
    sample = Ticker(tree.source()).tick(Request(needs=~Need.NOTHING, complete=True))[10]
    assert (sample.status, sample.oom_score, sample.smaps, sample.io) == (None, None, GONE, GONE)
    assert command_of(sample) == ""


def test_a_reused_pid_without_kept_descriptors_is_another_process(tree: Tree, without_descriptors: None) -> None:
    tree.put(10, comm="old", start=100, rss=1000, uid=0)
    ticker = Ticker(tree.source())
    before = ticker.tick()[10]
    tree.put(10, comm="new", start=900, rss=5, uid=7)
    seen = [ticker.tick(Request(needs=Need.NOTHING)).get(10) for _ in range(2)]
    after = seen[-1]
    assert before.stat.comm == "old" and after is not None
    assert (after.stat.comm, command_of(after), after.smaps, after.oom_score) == ("new", "/bin/new", PENDING, None)
    assert all(sample is None or sample.stat.starttime == 900 for sample in seen)
    assert ticker.reader.pss_anon == 0


def test_without_kept_descriptors_all_is_the_same(tree: Tree, without_descriptors: None) -> None:
    tree.put(10)
    ticker = Ticker(tree.source())
    before = len(os.listdir("/proc/self/fd"))
    assert ticker.tick().keys() == {10}
    assert len(os.listdir("/proc/self/fd")) == before
    tree.put(10, minflt=12)
    assert ticker.tick(TICKING)[10].stat.minflt == 12
    tree.end(10)
    assert ticker.tick() == {}


class Failing(ProcSource):
    """A source on which a call may be made to fail."""

    __slots__ = ("fail",)
    fail: Callable[[str], None]

    def open(self, path: str) -> int:
        self.fail(path)
        return super().open(path)

    def read(self, path: str) -> bytes:
        self.fail(path)
        return super().read(path)


def failing(tree: Tree, fail: Callable[[str], None]) -> Failing:
    source = Failing(str(tree.proc), str(tree.proc))
    source.fail = fail
    return source


def test_out_of_descriptors_is_no_reason_to_lose_a_process(tree: Tree) -> None:
    for pid in (10, 11, 12):
        tree.put(pid)
    opened: list[str] = []

    def fail(path: str) -> None:
        opened.append(path)
        if path == "11/stat" and opened.count(path) == 1:
            raise OSError(errno.EMFILE, "too many open files")

    ticker = Ticker(failing(tree, fail))
    assert ticker.tick().keys() == {10, 11, 12}
    ticker.reader.close()


def test_what_a_broken_tick_had_read_is_told_by_the_next(tree: Tree) -> None:
    tree.put(10)
    broken: list[str] = []

    def fail(path: str) -> None:
        if path in broken:
            raise RuntimeError(path)

    ticker = Ticker(failing(tree, fail))
    ticker.tick()
    tree.put(10, minflt=99)
    tree.put(11)
    broken.append("11/cmdline")
    with pytest.raises(RuntimeError):
        ticker.tick(TICKING)
    broken.clear()
    assert ticker.tick(TICKING)[10].stat.minflt == 99
    assert ticker.touched >= {10, 11}


def test_a_proc_that_cannot_be_listed_is_unreadable_and_the_next_tick_goes_on(tree: Tree) -> None:
    tree.put(10)
    ticker = Ticker(tree.source())
    ticker.tick()
    tree.proc.rename(tree.proc.parent / "away")
    with pytest.raises(Unreadable):
        ticker.tick()
    (tree.proc.parent / "away").rename(tree.proc)
    assert ticker.tick().keys() == {10}


def test_close_gives_every_descriptor_back(tree: Tree) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for pid in range(10, 40):
        tree.put(pid)
    ticker = Ticker(tree.source())
    ticker.tick()
    assert len(os.listdir("/proc/self/fd")) == before + 30
    for pid in range(10, 20):
        tree.end(pid)
    ticker.tick()
    assert len(os.listdir("/proc/self/fd")) == before + 20
    ticker.reader.close()
    assert len(os.listdir("/proc/self/fd")) == before


# -- storage counters -----------------------------------------------------------------------------------------------

WITH_IO = Request(needs=Need.IO)


def io_of(sample: ProcessSample) -> IoSample:
    assert isinstance(sample.io, IoSample)
    return sample.io


def test_storage_counters_come_with_the_reading_before_them(tree: Tree) -> None:
    tree.put(10, rchar=100)
    ticker = Ticker(tree.source())
    first = io_of(ticker.tick(WITH_IO)[10])
    assert (first.io.rchar, first.at, first.then) == (100, 101.0, None)
    tree.put(10, rchar=300)
    second = io_of(ticker.tick(WITH_IO)[10])
    assert second.then == first.io and (second.io.rchar, second.at, second.then_at) == (300, 102.0, 101.0)
    ticker.tick(WITH_IO)  # the first reading that shows no change
    ticker.tick(WITH_IO)
    assert 10 not in ticker.touched
    tree.put(10, rchar=301)
    fifth = io_of(ticker.tick(WITH_IO)[10])
    assert fifth.then is not None and (fifth.then.rchar, fifth.then_at, fifth.at) == (300, 104.0, 105.0)


def test_storage_counters_are_forgotten_when_nobody_needs_them(tree: Tree) -> None:
    tree.put(10, rchar=100)
    ticker = Ticker(tree.source())
    ticker.tick(WITH_IO)
    assert ticker.tick(Request(needs=Need.NOTHING))[10].io == PENDING
    assert ticker.touched == {10}
    assert io_of(ticker.tick(WITH_IO)[10]).then is None


def test_storage_counters_of_a_process_in_focus_are_read_alone_and_forgotten_after_it(tree: Tree) -> None:
    tree.put(10)
    tree.put(11)
    ticker = Ticker(tree.source())
    ticker.tick(WITH_IO)
    focused = Request(needs=Need.NOTHING, focus=ProcKey(10, 100))
    samples = ticker.tick(focused)
    assert io_of(samples[10]).then is not None and samples[11].io == PENDING
    assert ticker.tick(Request(needs=Need.NOTHING))[10].io == PENDING


def test_a_reading_too_long_ago_makes_no_rate(tree: Tree) -> None:
    tree.put(10, rchar=100)
    ticker = Ticker(tree.source())
    ticker.tick(WITH_IO)
    assert io_of(ticker.tick(WITH_IO, after=60.0)[10]).then is None


def test_refused_storage_counters_are_asked_for_once(tree: Tree) -> None:
    tree.put(10)
    asked: list[str] = []

    def fail(path: str) -> None:
        if path == "10/io":
            asked.append(path)
            raise Unreadable(Unavailable(Why.DENIED, "needs root"))

    ticker = Ticker(failing(tree, fail))
    samples = [ticker.tick(WITH_IO)[10] for _ in range(3)]
    assert len(asked) == 1
    assert samples[-1].io == Unavailable(Why.DENIED, "needs root")


# -- reads beside the tick ------------------------------------------------------------------------------------------

GIANT = 10_000_000  # pages: half a second, as predicted


class Later(Executor):
    """Runs what it was given when told to."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.submitted = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, lambda: fn(*args, **kwargs)))
        self.submitted += 1
        return future

    def run(self) -> None:
        for future, job in self.jobs:
            future.set_result(job())
        self.jobs.clear()


def test_a_giant_is_read_beside_the_ticks_once_and_has_the_age_of_its_reading(tree: Tree) -> None:
    tree.put(10, rss=GIANT)
    tree.put(11)
    later = Later()
    ticker = Ticker(tree.source(), later)
    for _ in range(5):
        samples = ticker.tick(TICKING)
        assert samples[10].smaps == PENDING
        assert isinstance(samples[11].smaps, SmapsSample)
    assert later.submitted == 1
    later.run()
    sample = ticker.tick(TICKING)[10]
    assert 10 in ticker.touched
    assert smaps_of(sample).rollup.pss == GIANT * PAGE and smaps_of(sample).at == 101.0
    assert ticker.reader.pss_anon == (GIANT + 2560) * PAGE


def test_a_machine_that_is_busy_with_others_makes_no_process_dear(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.put(10, rss=100)
    read = ProcSource.read_record

    def preempted(source: ProcSource, path: str) -> bytes:
        time.sleep(0.02)
        return read(source, path)

    monkeypatch.setattr(ProcSource, "read_record", preempted)
    ticker = Ticker(tree.source())
    ticker.tick()
    cost = ticker.reader._rollups._targets[10].cost
    assert cost is not None and cost < Policy().dear


def test_one_dear_read_is_begun_in_a_tick_and_a_giant_stops_no_other(tree: Tree) -> None:
    tree.put(10, rss=GIANT)
    tree.put(11, rss=200_000)  # ten milliseconds: dear, but not worth a thread
    later = Later()
    ticker = Ticker(tree.source(), later)
    ticker.tick(TICKING)
    assert (later.submitted, ticker.reader.rollups) == (1, 0)
    assert isinstance(ticker.tick(TICKING)[11].smaps, SmapsSample)
    assert (later.submitted, ticker.reader.rollups) == (1, 1)


def test_two_giants_are_read_one_after_the_other(tree: Tree) -> None:
    tree.put(10, rss=GIANT)
    tree.put(11, rss=GIANT)
    later = Later()
    ticker = Ticker(tree.source(), later)
    for submitted in (1, 2, 2):
        samples = ticker.tick(TICKING)
        assert later.submitted == submitted
        later.run()
    assert all(isinstance(samples[pid].smaps, SmapsSample) for pid in (10, 11))


def test_a_giant_that_ended_while_it_was_read_leaves_nothing(tree: Tree) -> None:
    tree.put(10, rss=GIANT)
    later = Later()
    ticker = Ticker(tree.source(), later)
    ticker.tick(TICKING)
    tree.end(10)
    ticker.tick(TICKING)
    later.run()
    assert ticker.tick(TICKING) == {} and ticker.reader.pss_anon == 0


@pytest.mark.parametrize("kept", [True, False])
def test_a_giants_rollup_is_never_given_to_the_next_process_of_its_pid(
    tree: Tree, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kept:
        monkeypatch.setattr(stats, "_descriptor_limit", lambda: 0)
    tree.put(10, rss=GIANT, start=100)
    later = Later()
    ticker = Ticker(tree.source(), later)
    ticker.tick(TICKING)
    if kept:
        tree.end(10)
        ticker.tick(TICKING)
    later.run()
    tree.put(10, rss=3, start=900)
    for _ in range(3):
        sample = ticker.tick(TICKING).get(10)
        assert sample is None or sample.smaps == PENDING or smaps_of(sample).rollup.pss == 3 * PAGE
    assert sample is not None and ticker.reader.pss_anon == 3 * PAGE


# -- old kernels ----------------------------------------------------------------------------------------------------


def test_without_rollup_files_the_sums_come_from_smaps(tree: Tree) -> None:
    for pid in (10, 11, 2):
        tree.put(pid)
        data = (tree.proc / f"{pid}" / "smaps_rollup").read_text().replace("[rollup]", "/bin/app")
        (tree.proc / f"{pid}" / "smaps_rollup").unlink()
        if pid != 2:  # a kernel thread of a recorded tree may have neither
            (tree.proc / f"{pid}" / "smaps").write_text(data + data)
    samples = Ticker(tree.source()).tick()
    assert smaps_of(samples[10]).rollup.pss == smaps_of(samples[11]).rollup.pss == 2 * 2560 * PAGE
    assert samples[2].smaps == GONE


# -- anything at all ------------------------------------------------------------------------------------------------

LIFE = st.dictionaries(
    st.integers(10, 14),
    st.fixed_dictionaries({
        "start": st.sampled_from([100, 200]),
        "rss": st.sampled_from([0, 5, 700, GIANT]),
        "minflt": st.integers(0, 3),
        "state": st.sampled_from("SRZ"),
        "ppid": st.sampled_from([1, 10, 11]),
        "flags": st.sampled_from([0, 0, PF_KTHREAD]),
    }),
    max_size=5,
)  # fmt: skip


def anon_of(sample: ProcessSample) -> int:
    """Pss_Anon as read, and what RssAnon has grown by since."""
    if not isinstance(sample.smaps, SmapsSample):
        return 0
    now, then = (status.rss_anon if status else None for status in (sample.status, sample.smaps.status_then))
    return (sample.smaps.rollup.pss_anon or 0) + (0 if now is None or then is None else now - then)


@pytest.mark.parametrize("kept", [True, False])
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(LIFE, st.booleans()), max_size=8))
def test_any_life_of_processes_keeps_descriptors_sum_and_identity(
    tmp_path_factory: pytest.TempPathFactory, kept: bool, steps: list[tuple[dict[int, dict[str, Any]], bool]]
) -> None:
    tree, later, alive = Tree(tmp_path_factory.mktemp("life")), Later(), set[int]()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.MonkeyPatch.context() as patch:
        if not kept:
            patch.setattr(stats, "_descriptor_limit", lambda: 0)
        ticker = Ticker(tree.source(), later)
    for life, run in steps:
        for pid in alive - life.keys():
            tree.end(pid)
        for pid, values in life.items():
            tree.put(pid, **values)
        alive = set(life)
        samples = ticker.tick(TICKING)
        if run:
            later.run()
        for pid, sample in samples.items():
            assert (sample.stat.pid, sample.stat.starttime) == (pid, life[pid]["start"])
            assert sample.stat.minflt == life[pid]["minflt"]
        assert ticker.reader.pss_anon == sum(map(anon_of, samples.values()))
        assert len(os.listdir("/proc/self/fd")) == before + (len(samples) if kept else 0)
    ticker.reader.close()
    assert len(os.listdir("/proc/self/fd")) == before
