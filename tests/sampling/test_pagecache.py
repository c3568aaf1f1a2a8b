"""The watch over the instrument: attached while wanted, ended processes taken out, refusals told."""

from collections.abc import Callable
from threading import Event

import pytest

from memtui.model.pagecache import Pages, Quality
from memtui.model.sample import ProcessSample
from memtui.proc.pid_stat import PidStat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Why
from memtui.sampling import pagecache
from memtui.sampling.pagecache import PageCacheWatch
from memtui.trace.pagecache.adds import AddCounters
from memtui.trace.pagecache.ladder import Opened
from memtui.trace.pagecache.records import EVERYONE_ELSE, Counted
from memtui.trace.pagecache.records import Pages as RawPages
from memtui.trace.pagecache.typed import TypedCounters

DENIED = Unavailable(Why.DENIED, "needs root")


class FakeTyped(TypedCounters):
    def __init__(self) -> None:
        self.counted: dict[int, int] = {}
        self.forgotten: list[int] = []
        self.closed = 0

    def read(self) -> list[Counted]:
        return [Counted(pid, 0, f"name{pid}", RawPages(pages, 0, 0, 0, 0)) for pid, pages in self.counted.items()]

    def forget(self, pids: object) -> None:
        for pid in list(pids):  # type: ignore[call-overload]
            self.forgotten.append(pid)
            del self.counted[pid]

    def close(self) -> None:
        self.closed += 1


class FakeAdds(AddCounters):
    def __init__(self) -> None:
        pass

    def read(self) -> int:
        return 77

    def close(self) -> None:
        pass


def alive(*pids: int) -> dict[int, ProcessSample]:
    return {pid: ProcessSample(PidStat(pid, "app", "S", 1, 0, 0, 0, 0, 0, 0, 1, 100, 4096, 1)) for pid in pids}


@pytest.fixture
def counters() -> FakeTyped:
    return FakeTyped()


@pytest.fixture
def watch(counters: FakeTyped) -> PageCacheWatch:
    return PageCacheWatch(ProcSource(), lambda: Opened("BPF", counters, ()), lambda: 5.0)


def test_counts_come_with_user_and_start_time(watch: PageCacheWatch, counters: FakeTyped) -> None:
    counters.counted = {42: 10}
    sample = watch.read(alive(42), wait=True)
    assert sample.processes is not None
    (one,) = sample.processes
    assert (one.pid, one.start_time, one.user, one.comm, one.pages) == (42, 100, "root", "name42", Pages(10))
    assert sample.instrument.quality is Quality.EXACT


def test_an_ended_process_leaves_the_kernel_at_the_second_sample_without_it(
    watch: PageCacheWatch, counters: FakeTyped
) -> None:
    counters.counted = {42: 10, 43: 1}
    first = watch.read(alive(43), wait=True)
    assert [one.start_time for one in first.processes or ()] == [None, 100]
    assert counters.forgotten == []
    watch.read(alive(43))
    assert counters.forgotten == [42]
    third = watch.read(alive(43))
    assert [one.pid for one in third.processes or ()] == [43]
    assert [(one.pid, one.pages.read) for one in third.ended] == [(42, 10)]


def test_a_process_younger_than_the_list_of_processes_is_kept(watch: PageCacheWatch, counters: FakeTyped) -> None:
    counters.counted = {42: 10}
    watch.read(alive(), wait=True)
    watch.read(alive(42))
    watch.read(alive())
    assert counters.forgotten == []


def test_the_kernel_and_those_without_room_never_end(watch: PageCacheWatch, counters: FakeTyped) -> None:
    counters.counted = {0: 1, EVERYONE_ELSE: 2}
    for _ in range(3):
        sample = watch.read({}, wait=True)
    assert counters.forgotten == []
    assert [one.comm for one in sample.processes or ()] == ["name0", "(others)"]


def test_the_oldest_ended_processes_are_added_up(
    watch: PageCacheWatch, counters: FakeTyped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagecache, "_REMEMBERED", 2)
    counters.counted = dict.fromkeys(range(10, 15), 1)
    for _ in range(3):
        sample = watch.read({}, wait=True)
    assert [(one.comm, one.pages.read) for one in sample.ended] == [("(others)", 3), ("name13", 1), ("name14", 1)]


def test_nothing_is_attached_before_it_is_read_and_closing_detaches(
    watch: PageCacheWatch, counters: FakeTyped
) -> None:
    watch.close()
    assert counters.closed == 0
    watch.read({}, wait=True)
    watch.close()
    watch.close()
    assert counters.closed == 1


def test_the_screen_does_not_wait_for_the_instrument(counters: FakeTyped) -> None:
    go = Event()

    def slow() -> Opened:
        go.wait(10)
        return Opened("BPF", counters, ())

    watch = PageCacheWatch(ProcSource(), slow)
    assert watch.read({}).pending
    assert watch.read({}).pending
    go.set()
    assert not watch.read({}, wait=True).pending
    watch.close()


def test_leaving_while_it_is_being_attached_detaches_it(counters: FakeTyped) -> None:
    go = Event()

    def slow() -> Opened:
        go.wait(10)
        return Opened("BPF", counters, ())

    watch = PageCacheWatch(ProcSource(), slow)
    watch.read({})
    go.set()
    watch.close()
    assert counters.closed == 1


@pytest.mark.parametrize(
    ("open_", "quality", "added"),
    [
        (lambda: Opened("perf", FakeAdds(), (("BPF", DENIED),)), Quality.PARTIAL, 77),
        (lambda: Opened("/proc", None, (("BPF", DENIED),)), Quality.ESTIMATE, None),
    ],
)
def test_lesser_instruments_say_what_they_are_and_why(
    open_: Callable[[], Opened], quality: Quality, added: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    sample = PageCacheWatch(ProcSource(), open_).read({}, wait=True)
    assert (sample.instrument.quality, sample.added, sample.processes) == (quality, added, None)
    assert sample.instrument.refused == (("BPF", DENIED),)
    assert sample.instrument.command.startswith("sudo ")


def test_to_root_nothing_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    watch = PageCacheWatch(ProcSource(), lambda: Opened("/proc", None, (("BPF", DENIED),)))
    assert watch.read({}, wait=True).instrument.command == ""
