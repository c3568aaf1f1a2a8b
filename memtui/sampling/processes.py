"""Reads all processes, paying only for change.

Every tick the stat of everyone (`stats`), the status of those whose memory moved, and rollups as the schedule says
(`rollups`). What rarely changes is read when a process is new, runs another program, or has another user, and with
the rollup of a visible one, since a program may rewrite its command line with no sign in stat.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from functools import lru_cache
from typing import Final

from memtui.model.sample import Facts, IoSample, ProcessSample
from memtui.proc import pid_files, pid_status
from memtui.proc.pid_stat import PidStat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import PENDING, Unavailable, Unreadable, Why
from memtui.sampling.request import Need, Request
from memtui.sampling.rollups import RollupReader
from memtui.sampling.schedule import Policy
from memtui.sampling.stats import Stats

_MEET_BUDGET: Final = 0.060  # seconds a tick for first looks at processes that are not on the screen
_IO_MEMORY: Final = 5.0  # seconds after which an io reading is too old to make a rate with
_SMALL: Final = 2048  # pages; who begins smaller waits a tick for its first look: many don't last that long
_FEW: Final = 1000  # processes, all of which can be met in the first tick
_FIRST_SCREEN: Final = 60  # processes taken to be visible before a table was drawn: the largest


class ProcessReader:
    """All processes of a source, tick by tick. `clock` is CPU seconds of the calling thread; not thread-safe."""

    def __init__(
        self,
        source: ProcSource,
        policy: Policy | None = None,
        clock: Callable[[], float] = time.thread_time,
        executor: Executor | None = None,
    ) -> None:
        self._source = source
        self._clock = clock
        self._stats = Stats(source)
        self._rollups = RollupReader(source, policy, clock, executor)
        self._samples: dict[int, ProcessSample] = {}
        self._unmet: set[int] = set()
        self._newborn: set[int] = set()
        self._touched: set[int] = set()
        self._io_asked: set[int] = set()
        self._last_at: float | None = None
        self._last_needs = Need.NOTHING

    @property
    def rollups(self) -> int:
        """How many rollups the last tick read."""
        return self._rollups.count

    @property
    def pss_anon(self) -> int:
        """The sum of Pss_Anon of all rollups kept, carried on, in bytes."""
        return self._rollups.pss_anon

    def tick(
        self, now: float, request: Request, haste: float = 1.0
    ) -> tuple[Mapping[int, ProcessSample], frozenset[int]]:
        """All process samples at monotonic time `now`, and the pids of those of which something was read anew.

        Storage counters that stood still are the exception: only their time moves on. Raises `Unreadable` when /proc
        can't be listed.
        """
        self._rollups.count = 0
        around = self._scan(request)
        visible = self._visible(request)
        self._meet(request, visible)
        if Need.SMAPS in request.needs:
            self._read_rollups(now, request, visible, haste, around)
        asked = set(self._samples) if Need.IO in request.needs else {request.focus.pid} if request.focus else set()
        self._read_io(now, asked)
        self._forget_io(self._io_asked - asked)
        self._io_asked = asked
        if Need.OOM in request.needs:
            self._read_oom(list(self._samples) if request.complete else visible)
        self._last_at, self._last_needs = now, request.needs
        touched, self._touched = frozenset(self._touched), set()
        return dict(self._samples), touched

    def close(self) -> None:
        """Give back all descriptors and the thread."""
        self._stats.close()
        self._rollups.close()

    # -- who is there, who moved --------------------------------------------------------------------------------

    def _scan(self, request: Request) -> set[int]:
        """Take in the stat of all; the pids around which PSS may have moved, as a process came or went there."""
        scan = self._stats.scan()
        around: set[int] = set()
        self._newborn.clear()
        for pid in scan.gone:
            around |= self._drop(pid)
        for stat in scan.moved:
            before = self._samples.get(stat.pid)
            if before is None:
                self._begin(stat)
                around.add(stat.ppid)
            else:
                self._update(before, stat, around)
        if Need.STATUS in request.needs and Need.STATUS not in self._last_needs:
            self._unmet = set(self._samples)
        return around

    def _begin(self, stat: PidStat) -> None:
        self._store(ProcessSample(stat))
        self._unmet.add(stat.pid)
        newborn = self._last_at is not None and stat.rss < _SMALL
        if newborn:
            self._newborn.add(stat.pid)
        if not stat.kernel_thread:
            self._rollups.add(stat.pid, stat.rss, newborn=newborn and Need.SMAPS in self._last_needs)

    def _update(self, before: ProcessSample, stat: PidStat, around: set[int]) -> None:
        old = before.stat
        if stat == old:
            return
        faults = stat.minflt - old.minflt + stat.majflt - old.majflt
        moved = stat.rss != old.rss or faults or stat.vsize != old.vsize
        sample = before._replace(stat=stat)
        if stat.comm != old.comm or stat.startcode != old.startcode or stat.state == "Z" != old.state:
            self._unmet.add(stat.pid)
        if stat.ppid != old.ppid:  # its parent, with which it may have shared pages, is gone
            around.add(stat.pid)
        if moved and not stat.kernel_thread:
            self._rollups.moved(stat.pid, stat.rss, abs(stat.rss - old.rss) + max(0, faults) + 1)
            if before.status is not None:
                sample = self._with_status(sample)
                if sample.status is not None and sample.status.uid != before.status.uid:
                    self._unmet.add(stat.pid)
        self._store(sample)

    def _drop(self, pid: int) -> set[int]:
        self._rollups.drop(pid)
        self._unmet.discard(pid)
        sample = self._samples.pop(pid, None)
        return {pid, sample.stat.ppid} if sample else set()

    def _store(self, sample: ProcessSample) -> None:
        self._samples[sample.stat.pid] = sample
        self._touched.add(sample.stat.pid)

    def _visible(self, request: Request) -> Collection[int]:
        """What is on the screen; before the first table is drawn, the largest by resident pages."""
        if request.visible:
            return request.visible
        largest = sorted(self._samples.values(), key=lambda sample: -sample.stat.rss)[:_FIRST_SCREEN]
        return [sample.stat.pid for sample in largest]

    def _relatives_of(self, around: set[int]) -> Iterable[int]:
        """The parents and the children of these pids; init and kthreadd have too many children to mean anything."""
        around -= {0, 1, 2}
        if not around:
            return ()
        return [pid for pid, sample in self._samples.items() if pid in around or sample.stat.ppid in around]

    # -- the first look -----------------------------------------------------------------------------------------

    def _meet(self, request: Request, visible: Collection[int]) -> None:
        """Read status and facts of processes that have changed their program or are new: who is visible at once.

        In the first tick of all, which the user waits for, nobody else.
        """
        if not self._unmet:
            return
        first = [pid for pid in visible if pid in self._unmet]
        others = self._unmet.difference(first, () if request.complete else self._newborn)
        begins = self._last_at is None and len(self._unmet) > _FEW
        deadline = self._clock() + (0.0 if begins else _MEET_BUDGET)
        for index, pid in enumerate((*first, *others)):
            if index >= len(first) and not request.complete and self._clock() > deadline:
                break
            self._unmet.discard(pid)
            if (sample := self._samples.get(pid)) is not None:
                sample = self._with_facts(self._with_status(sample))
                self._store(self._with_oom(sample) if Need.OOM in request.needs else sample)

    def _with_facts(self, sample: ProcessSample) -> ProcessSample:
        pid = sample.stat.pid
        uid = sample.status.uid if sample.status else None
        command = "" if sample.stat.kernel_thread else _command(self._quiet(f"{pid}/cmdline"))
        cgroup = _cgroup(self._quiet(f"{pid}/cgroup"))
        return sample._replace(facts=Facts(self._source.user(uid) if uid is not None else "", command, cgroup))

    def _with_status(self, sample: ProcessSample) -> ProcessSample:
        data = self._quiet_record(f"{sample.stat.pid}/status")
        if not data:
            return sample
        sample = sample._replace(status=pid_status.parse_residence(data))
        self._rollups.carry(sample)
        return sample

    def _with_oom(self, sample: ProcessSample) -> ProcessSample:
        """With the score; its correction is a part of it, and is read where the score is another."""
        pid = sample.stat.pid
        score = pid_files.parse_int(self._quiet_record(f"{pid}/oom_score"))
        if score == sample.oom_score and sample.oom_score_adj is not None:
            return sample
        return sample._replace(
            oom_score=score, oom_score_adj=pid_files.parse_int(self._quiet_record(f"{pid}/oom_score_adj"))
        )

    def _quiet(self, path: str) -> bytes:
        try:
            return self._source.read(path)
        except Unreadable:
            return b""

    def _quiet_record(self, path: str) -> bytes:
        try:
            return self._source.read_record(path)
        except Unreadable:
            return b""

    # -- rollups, storage, OOM ----------------------------------------------------------------------------------

    def _read_rollups(
        self, now: float, request: Request, visible: Collection[int], haste: float, around: set[int]
    ) -> None:
        elapsed = now - self._last_at if self._last_at is not None else request.interval
        self._rollups.hurry(self._relatives_of(around))
        on_screen = set(visible)
        reads = (
            self._rollups.read_all(self._samples, now)
            if request.complete
            else self._rollups.read(self._samples, now, elapsed, visible, haste)
        )
        for pid, result in reads:
            sample = before = self._samples[pid]
            if sample.smaps != result:
                sample = sample._replace(smaps=result)
            if pid in on_screen:
                sample = self._with_facts(sample)
            if Need.OOM in request.needs:
                sample = self._with_oom(sample)
            if sample != before:
                self._store(sample)

    def _read_io(self, now: float, pids: Iterable[int]) -> None:
        for pid in pids:
            sample = self._samples.get(pid)
            if sample is None or sample.stat.kernel_thread:
                continue
            last = sample.io
            if isinstance(last, Unavailable) and last.why is Why.DENIED:
                continue
            try:
                io = pid_files.parse_io(self._source.read(f"{pid}/io"))
            except Unreadable as error:
                self._store(sample._replace(io=error.reason))
                continue
            if io is None:
                continue
            known = last if isinstance(last, IoSample) and now - last.at <= _IO_MEMORY else None
            fresh = sample._replace(io=IoSample(io, now, known.io, known.at) if known else IoSample(io, now))
            if known and io == known.io == known.then:
                self._samples[pid] = fresh  # nothing moved for two readings: a later time, but no new row to make
            else:
                self._store(fresh)

    def _forget_io(self, pids: Iterable[int]) -> None:
        """Nobody asks any more: what was read last must not be taken for the present."""
        for pid in pids:
            if (sample := self._samples.get(pid)) is not None:
                self._store(sample._replace(io=PENDING))

    def _read_oom(self, pids: Iterable[int]) -> None:
        for pid in pids:
            sample = self._samples.get(pid)
            if sample is None or sample.stat.kernel_thread:
                continue
            if sample.oom_score is None or self._rollups.has_moved(pid):
                self._store(self._with_oom(sample))


# Many processes have the same command line and cgroup: one object for all of them.
_command: Final = lru_cache(maxsize=4096)(pid_files.parse_cmdline)
_cgroup: Final = lru_cache(maxsize=4096)(pid_files.parse_cgroup)
