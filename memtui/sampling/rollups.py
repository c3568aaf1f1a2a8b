"""The dear reads: smaps_rollup of whom the schedule names, large processes beside the tick on their own thread."""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Final, NamedTuple

from memtui.model.process import carried
from memtui.model.sample import ProcessSample, SmapsSample
from memtui.proc import smaps
from memtui.proc.pid_status import Residence
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable
from memtui.sampling.schedule import Policy, Schedule, Target

_NEXT_TO_NOTHING: Final = 64 << 10  # bytes of PSS: what one more reader of shared libraries makes up
_NEARLY: Final = 0.01  # share of PSS by which a carried value may be off and still be trusted
_OFF_THREAD: Final = 0.020  # seconds; a read expected to take longer happens beside the tick


class _Read(NamedTuple):
    target: Target
    result: SmapsSample | Unavailable
    at: float
    cost: float


class RollupReader:
    """Reads rollups under a policy. `clock` is CPU seconds of the thread that calls it, so that a read in which the
    machine was busy with others counts for no more than it cost; `executor` where large ones are read.

    `count` is how many were read since the caller set it to 0, `pss_anon` the sum of Pss_Anon of all kept, in bytes,
    carried on by the change of RssAnon.
    """

    def __init__(
        self,
        source: ProcSource,
        policy: Policy | None = None,
        clock: Callable[[], float] = time.thread_time,
        executor: Executor | None = None,
    ) -> None:
        self._source = source
        self._clock = clock
        self._schedule = Schedule(policy) if policy else Schedule()
        self._targets: dict[int, Target] = {}
        self._anon: dict[int, int] = {}
        self._executor = executor
        self._beside: Future[_Read] | None = None
        rollup = _has_rollup(source)
        self._file, self._read = ("smaps_rollup", source.read_record) if rollup else ("smaps", source.read)
        self.count = 0
        self.pss_anon = 0

    def add(self, pid: int, rss: int, *, newborn: bool = False) -> None:
        """A process with an address space has come; `rss` in pages tells what its read will cost."""
        target = self._targets[pid] = Target(pid, rss)
        self._schedule.add(target, newborn=newborn)

    def drop(self, pid: int) -> None:
        """A process has gone."""
        self._schedule.drop(pid)
        self._targets.pop(pid, None)
        self.pss_anon -= self._anon.pop(pid, 0)

    def moved(self, pid: int, rss: int, by: int) -> None:
        """A process's memory moved: its pages now, and how many came, went or were faulted."""
        if (target := self._targets.get(pid)) is not None:
            target.rss = rss
            self._schedule.change(target, by)

    def carry(self, sample: ProcessSample) -> None:
        """A process has a new status: the kept sum follows it."""
        if sample.stat.pid in self._anon:
            self._keep_anon(sample.stat.pid, _anon_now(sample.smaps, sample.status))

    def has_moved(self, pid: int) -> bool:
        """Whether a process's memory moved since its rollup was read."""
        target = self._targets.get(pid)
        return target is not None and target.change > 0

    def hurry(self, pids: Iterable[int]) -> None:
        """These processes' PSS has probably changed through what another did."""
        self._schedule.hurry(pids)

    def read(
        self, samples: Mapping[int, ProcessSample], now: float, elapsed: float, visible: Collection[int], haste: float
    ) -> Iterator[tuple[int, SmapsSample | Unavailable]]:
        """The reads of one tick, as they happen; one that was made beside earlier ticks comes first."""
        if self._beside is not None and self._beside.done():
            done, self._beside = self._beside, None
            beside = done.result()
            if self._targets.get(beside.target.pid) is beside.target:
                yield self._take(beside, samples)
        for target in self._schedule.plan(now, elapsed, visible, haste):
            if target.predicted_cost() <= _OFF_THREAD:
                yield self._take(self._rollup(target, samples[target.pid], now), samples)
            elif self._beside is None:
                self._schedule.started(target)
                self._beside = self._thread().submit(self._rollup, target, samples[target.pid], now)

    def read_all(
        self, samples: Mapping[int, ProcessSample], now: float
    ) -> Iterator[tuple[int, SmapsSample | Unavailable]]:
        """Every rollup, whatever it costs."""
        for target in self._schedule.everything():
            yield self._take(self._rollup(target, samples[target.pid], now), samples)

    def close(self) -> None:
        """End the thread, if there is one."""
        if isinstance(self._executor, ThreadPoolExecutor):
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _thread(self) -> Executor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="rollup")
        return self._executor

    def _rollup(self, target: Target, sample: ProcessSample, now: float) -> _Read:
        """One read. May run on another thread: it changes nothing."""
        started = self._clock()
        try:
            rollup = smaps.parse(self._read(f"{target.pid}/{self._file}"))
        except Unreadable as error:
            return _Read(target, error.reason, now, self._clock() - started)
        cost = self._clock() - started
        if rollup is None:
            return _Read(target, GONE, now, cost)
        return _Read(target, SmapsSample(rollup, now, sample.stat.rss, sample.status), now, cost)

    def _take(self, read: _Read, samples: Mapping[int, ProcessSample]) -> tuple[int, SmapsSample | Unavailable]:
        self.count += 1
        pid = read.target.pid
        before = samples[pid]
        calm, foreseen = _alike(before.smaps, read.result), _foreseen(before, read.result, self._source.page_size)
        self._schedule.done(read.target, read.at, read.cost, calm=calm, foreseen=foreseen)
        self._keep_anon(pid, _anon_now(read.result, before.status))
        return pid, read.result

    def _keep_anon(self, pid: int, anon: int) -> None:
        self.pss_anon += anon - self._anon.get(pid, 0)
        self._anon[pid] = anon


def _alike(before: SmapsSample | Unavailable, after: SmapsSample | Unavailable) -> bool:
    """Whether two readings give about the same PSS; two refusals do."""
    if isinstance(before, SmapsSample) and isinstance(after, SmapsSample):
        return abs(after.rollup.pss - before.rollup.pss) <= _NEXT_TO_NOTHING
    return isinstance(before, Unavailable) and isinstance(after, Unavailable)


def _anon_now(read: SmapsSample | Unavailable, status: Residence | None) -> int:
    """Pss_Anon of a reading, carried on to `status`: one made beside the tick is older than that."""
    if not isinstance(read, SmapsSample):
        return 0
    then, now = read.status_then and read.status_then.rss_anon, status and status.rss_anon
    return (read.rollup.pss_anon or 0) + (now - then if now is not None and then is not None else 0)


def _foreseen(before: ProcessSample, after: SmapsSample | Unavailable, page_size: int) -> bool:
    """Whether the PSS that was carried on is about what the reading found."""
    pss, _, _ = carried(before, page_size)
    if pss is None or not isinstance(after, SmapsSample):
        return False
    return abs(after.rollup.pss - pss) <= max(_NEXT_TO_NOTHING, _NEARLY * after.rollup.pss)


def _has_rollup(source: ProcSource) -> bool:
    """Whether to read smaps_rollup; not where processes (of a recorded tree: any one) have only smaps."""
    folders = [f"{source.proc}/{pid}" for pid in (("self",) if source.live else source.pids())]
    return any(os.path.exists(f"{folder}/smaps_rollup") for folder in folders) or not any(
        os.path.exists(f"{folder}/smaps") for folder in folders
    )
