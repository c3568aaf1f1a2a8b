"""Reads all processes, paying only for change.

Every tick: the list of pids and one `pread` of each kept /proc/PID/stat descriptor (half the price of opening it
anew), compared whole with the last reading. Only a process whose line moved is parsed; only one whose memory moved
has its status read; rollups are read as `Schedule` says. A kept descriptor never shows another process: after the
reap it gives ESRCH, also when the pid is used again.
"""

import errno
import os
import resource
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from memtui.model.sample import Facts, IoSample, ProcessSample, SmapsSample
from memtui.proc import pid_files, pid_stat, pid_status, smaps
from memtui.proc.pid_stat import PidStat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, PENDING, Unavailable, Unreadable, Why
from memtui.sampling.request import Need, Request
from memtui.sampling.schedule import Policy, Schedule, Target

_STAT_BYTES: Final = 1024
_MEET_BUDGET: Final = 0.060  # seconds a tick for first looks at processes that are not on the screen
_OFF_THREAD: Final = 0.020  # seconds; a read expected to take longer happens beside the tick
_IO_MEMORY: Final = 5.0  # seconds after which an io reading is too old to make a rate with
_SPARE_FDS: Final = 256  # descriptors left for everything but kept stat files


@dataclass(slots=True, eq=False)
class _Tracked(Target):
    fd: int = -1
    line: bytes = b""
    sample: ProcessSample | None = None
    anon: int = 0


class ProcessReader:
    """All processes of a source, tick by tick. `clock` is seconds of reading time; not thread-safe."""

    def __init__(
        self,
        source: ProcSource,
        policy: Policy | None = None,
        clock: Callable[[], float] = time.perf_counter,
        executor: Executor | None = None,
    ) -> None:
        self._source = source
        self._clock = clock
        self._schedule = Schedule(policy) if policy else Schedule()
        self._tracked: dict[int, _Tracked] = {}
        self._samples: dict[int, ProcessSample] = {}
        self._unmet: dict[int, _Tracked] = {}
        self._touched: set[int] = set()
        self._executor = executor
        self._pending: tuple[_Tracked, Future[tuple[SmapsSample | Unavailable, float]]] | None = None
        self._last_at: float | None = None
        self._last_needs = Need.NOTHING
        self._fds_left = _descriptor_limit() - _SPARE_FDS
        self._rollup_file = "smaps_rollup" if _has_rollup(source) else "smaps"
        self.rollups = 0
        self.pss_anon = 0

    def tick(
        self, now: float, request: Request, haste: float = 1.0
    ) -> tuple[Mapping[int, ProcessSample], frozenset[int]]:
        """All process samples at monotonic time `now`, and the pids of those of which something was read anew.

        Storage counters that stood still are the exception: only their time moves on. Raises `Unreadable` when /proc
        can't be listed.
        """
        self.rollups = 0
        elapsed = now - self._last_at if self._last_at is not None else request.interval
        pids = set(self._source.pids())
        relatives = self._come_and_go(pids)
        self._read_stats(relatives)
        self._meet(request)
        if Need.SMAPS in request.needs:
            self._collect(request)
            self._schedule.hurry(self._relatives_of(relatives))
            plan = (
                self._schedule.everything()
                if request.complete
                else self._schedule.plan(now, elapsed, self._visible(request), haste)
            )
            for target in plan:
                self._read_rollup(self._tracked[target.pid], now, request)
        if Need.IO in request.needs:
            self._read_io(now)
        elif Need.IO in self._last_needs:
            self._forget_io()
        if Need.OOM in request.needs:
            self._read_oom(self._visible(request) if not request.complete else self._tracked)
        self._last_at, self._last_needs = now, request.needs
        touched, self._touched = frozenset(self._touched), set()
        return dict(self._samples), touched

    def close(self) -> None:
        """Give back all descriptors and the thread."""
        for tracked in self._tracked.values():
            self._release(tracked)
        self._tracked.clear()
        if isinstance(self._executor, ThreadPoolExecutor):
            self._executor.shutdown(wait=False, cancel_futures=True)

    # -- who is there -------------------------------------------------------------------------------------------

    def _come_and_go(self, pids: set[int]) -> set[int]:
        """Drop who went, start to track who came; the pids around which PSS may have moved."""
        around: set[int] = set()
        for pid in self._tracked.keys() - pids:
            around |= self._drop(pid)
        for pid in pids - self._tracked.keys():
            self._add(pid)
        return around

    def _add(self, pid: int) -> None:
        tracked = _Tracked(pid)
        if self._fds_left > 0:
            try:
                tracked.fd = self._source.open(f"{pid}/stat")
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):
                    return
            else:
                self._fds_left -= 1
        self._tracked[pid] = tracked

    def _drop(self, pid: int) -> set[int]:
        tracked = self._tracked.pop(pid)
        self._release(tracked)
        self._schedule.drop(pid)
        self._unmet.pop(pid, None)
        self._samples.pop(pid, None)
        self.pss_anon -= tracked.anon
        return {pid, tracked.sample.stat.ppid} if tracked.sample else set()

    def _release(self, tracked: _Tracked) -> None:
        if tracked.fd >= 0:
            os.close(tracked.fd)
            tracked.fd = -1
            self._fds_left += 1

    def _relatives_of(self, around: set[int]) -> Iterable[int]:
        """The parents and the children of these pids; init and kthreadd have too many children to mean anything."""
        around -= {0, 1, 2}
        if not around:
            return ()
        return [pid for pid, sample in self._samples.items() if pid in around or sample.stat.ppid in around]

    # -- the cheap pass -----------------------------------------------------------------------------------------

    def _read_stats(self, around: set[int]) -> None:
        pread, moved, gone = os.pread, [], []
        for tracked in self._tracked.values():
            try:
                line = (
                    pread(tracked.fd, _STAT_BYTES, 0) if tracked.fd >= 0 else self._source.read(f"{tracked.pid}/stat")
                )
            except (OSError, Unreadable):
                gone.append(tracked.pid)
                continue
            if line != tracked.line:
                moved.append((tracked, line))
        self._source.count.reads += len(self._tracked)
        for tracked, line in moved:
            stat = pid_stat.parse(line)
            if stat is None:
                gone.append(tracked.pid)
                continue
            tracked.line = line
            before = tracked.sample
            if before is None:
                self._begin(tracked, stat)
                around |= {stat.ppid}
            elif before.stat.starttime != stat.starttime:  # without a kept descriptor: the pid is used again
                gone.append(tracked.pid)
            else:
                self._update(tracked, before, stat)
        for pid in gone:
            around |= self._drop(pid)

    def _begin(self, tracked: _Tracked, stat: PidStat) -> None:
        """A process is seen for the first time."""
        tracked.rss = stat.rss
        self._store(tracked, ProcessSample(stat))
        self._unmet[tracked.pid] = tracked
        if not stat.kernel_thread:
            self._schedule.add(tracked)

    def _update(self, tracked: _Tracked, before: ProcessSample, stat: PidStat) -> None:
        old = before.stat
        faults = stat.minflt - old.minflt + stat.majflt - old.majflt
        moved = stat.rss != old.rss or faults or stat.vsize != old.vsize
        sample = before._replace(stat=stat)
        if stat.comm != old.comm or stat.state == "Z" != old.state:
            self._unmet[tracked.pid] = tracked
        if stat.ppid != old.ppid:  # its parent, with which it may have shared pages, is gone
            self._schedule.hurry((tracked.pid,))
        if moved and not stat.kernel_thread:
            tracked.rss = stat.rss
            self._schedule.change(tracked, abs(stat.rss - old.rss) + max(0, faults) + 1)
            if before.status is not None:
                sample = self._with_status(sample)
        self._store(tracked, sample)

    def _store(self, tracked: _Tracked, sample: ProcessSample) -> None:
        tracked.sample = self._samples[tracked.pid] = sample
        self._touched.add(tracked.pid)

    # -- the first look -----------------------------------------------------------------------------------------

    def _meet(self, request: Request) -> None:
        """Read status and facts of processes that are new or have changed their program: who is visible at once."""
        if Need.STATUS in request.needs and Need.STATUS not in self._last_needs:
            self._unmet = dict(self._tracked)
        if not self._unmet:
            return
        visible = [self._unmet[pid] for pid in self._visible(request) if pid in self._unmet]
        rest = [tracked for tracked in self._unmet.values() if tracked not in visible]
        deadline = self._clock() + _MEET_BUDGET
        for index, tracked in enumerate((*visible, *rest)):
            if index >= len(visible) and not request.complete and self._clock() > deadline:
                break
            self._unmet.pop(tracked.pid, None)
            if tracked.sample is not None:
                self._store(tracked, self._introduce(tracked.sample, request))

    def _introduce(self, sample: ProcessSample, request: Request) -> ProcessSample:
        return self._with_facts(self._with_status(sample), request)

    def _with_facts(self, sample: ProcessSample, request: Request) -> ProcessSample:
        pid = sample.stat.pid
        uid = sample.status.uid if sample.status else None
        command = "" if sample.stat.kernel_thread else pid_files.parse_cmdline(self._quiet(f"{pid}/cmdline"))
        cgroup = pid_files.parse_cgroup(self._quiet(f"{pid}/cgroup"))
        user = self._source.user(uid) if uid is not None else ""
        sample = sample._replace(facts=Facts(user, command, cgroup))
        return self._with_oom(sample) if Need.OOM in request.needs else sample

    def _with_status(self, sample: ProcessSample) -> ProcessSample:
        data = self._quiet(f"{sample.stat.pid}/status")
        return sample._replace(status=pid_status.parse(data)) if data else sample

    def _with_oom(self, sample: ProcessSample) -> ProcessSample:
        pid = sample.stat.pid
        return sample._replace(
            oom_score=pid_files.parse_int(self._quiet(f"{pid}/oom_score")),
            oom_score_adj=pid_files.parse_int(self._quiet(f"{pid}/oom_score_adj")),
        )

    def _quiet(self, path: str) -> bytes:
        try:
            return self._source.read(path)
        except Unreadable:
            return b""

    def _visible(self, request: Request) -> Collection[int]:
        """What is on the screen; before the first table is drawn, the largest by resident pages."""
        if request.visible:
            return request.visible
        largest = sorted(self._tracked.values(), key=lambda tracked: -tracked.rss)[:60]
        return [tracked.pid for tracked in largest]

    # -- the dear reads -----------------------------------------------------------------------------------------

    def _read_rollup(self, tracked: _Tracked, now: float, request: Request) -> None:
        if not request.complete and tracked.predicted_cost() > _OFF_THREAD:
            self._read_beside(tracked, now)
            return
        result, cost = self._rollup(tracked, now)
        self._keep(tracked, result, now, cost, request)

    def _rollup(self, tracked: _Tracked, now: float) -> tuple[SmapsSample | Unavailable, float]:
        """The rollup and the seconds that it took. May run on another thread: it changes nothing."""
        sample = tracked.sample
        started = self._clock()
        try:
            if sample is None:
                raise Unreadable(GONE)
            rollup = smaps.parse(self._source.read(f"{tracked.pid}/{self._rollup_file}"))
        except Unreadable as error:
            return error.reason, self._clock() - started
        cost = self._clock() - started
        if rollup is None:
            return GONE, cost
        return SmapsSample(rollup, now, sample.stat.rss, sample.status), cost

    def _keep(
        self, tracked: _Tracked, result: SmapsSample | Unavailable, now: float, cost: float, request: Request
    ) -> None:
        """Take a rollup in. Beside it the facts cost nothing, and may have changed with no sign in stat."""
        self.rollups += 1
        self._schedule.done(tracked, now, cost)
        if tracked.sample is None:
            return
        anon = result.rollup.pss_anon or 0 if isinstance(result, SmapsSample) else 0
        self.pss_anon += anon - tracked.anon
        tracked.anon = anon
        sample = self._with_facts(tracked.sample._replace(smaps=result), request)
        if sample != tracked.sample:
            self._store(tracked, sample)

    def _read_beside(self, tracked: _Tracked, now: float) -> None:
        """Start a read that would hold the tick up; `_collect` takes it in at a later tick. One at a time."""
        if self._pending is not None:
            return
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="rollup")
        self._pending = tracked, self._executor.submit(self._rollup, tracked, now)
        self._schedule.started(tracked)

    def _collect(self, request: Request) -> None:
        if self._pending is None or not self._pending[1].done():
            return
        tracked, future = self._pending
        self._pending = None
        result, cost = future.result()
        if self._tracked.get(tracked.pid) is tracked:
            at = result.at if isinstance(result, SmapsSample) else self._last_at or 0.0
            self._keep(tracked, result, at, cost, request)

    def _read_io(self, now: float) -> None:
        for tracked in self._tracked.values():
            sample = tracked.sample
            if sample is None or sample.stat.kernel_thread:
                continue
            last = sample.io
            if isinstance(last, Unavailable) and last.why is Why.DENIED:
                continue
            try:
                io = pid_files.parse_io(self._source.read(f"{tracked.pid}/io"))
            except Unreadable as error:
                self._store(tracked, sample._replace(io=error.reason))
                continue
            if io is None:
                continue
            fresh = isinstance(last, IoSample) and now - last.at <= _IO_MEMORY
            then, then_at = (last.io, last.at) if fresh and isinstance(last, IoSample) else (None, 0.0)
            if fresh and io == then and isinstance(last, IoSample) and last.then == then:
                # nothing moved for two readings: same counters, later time, no new row to make
                tracked.sample = self._samples[tracked.pid] = sample._replace(io=IoSample(io, now, then, then_at))
                continue
            self._store(tracked, sample._replace(io=IoSample(io, now, then, then_at)))

    def _forget_io(self) -> None:
        """Nobody asks any more: what was read last must not be taken for the present."""
        for tracked in self._tracked.values():
            if tracked.sample is not None and tracked.sample.io != PENDING:
                self._store(tracked, tracked.sample._replace(io=PENDING))

    def _read_oom(self, pids: Iterable[int]) -> None:
        for pid in pids:
            tracked = self._tracked.get(pid)
            if tracked is None or tracked.sample is None or tracked.sample.stat.kernel_thread:
                continue
            if tracked.change or tracked.sample.oom_score is None:
                self._store(tracked, self._with_oom(tracked.sample))


def _descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft
    return hard


def _has_rollup(source: ProcSource) -> bool:
    """Whether to read smaps_rollup; not where processes (of a recorded tree: any one) have only smaps."""
    folders = [f"{source.proc}/{pid}" for pid in (("self",) if source.live else source.pids())]
    return any(os.path.exists(f"{folder}/smaps_rollup") for folder in folders) or not any(
        os.path.exists(f"{folder}/smaps") for folder in folders
    )
