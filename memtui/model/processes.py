"""From process samples to `Process` rows: sizes in bytes, rates per second, PSS and USS carried on between reads.

Carrying on: smaps_rollup is too dear to read of every process every second. Between two reads PSS and USS follow
what the cheap files say has changed since: anonymous growth is private and counts in full, file and shmem growth
counts by the share that was the process's own at the last read. `pss_at` is the moment of that read, so the
screen can tell a measured value from one that is carried on.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from memtui.model.history import Trail
from memtui.model.sample import IoSample, ProcessSample, ProcKey, Sample, SmapsSample
from memtui.proc.pid_stat import PidStat
from memtui.proc.unavailable import Unavailable, Why

KERNEL_THREAD: Final = Unavailable(Why.ABSENT, "a kernel thread has no memory of its own")
_KERNEL: Final = "kernel thread"
_DEAD: Final = "dead"
_KNOWN: Final = "known"
_WAITING: Final = "waiting"
TRAIL_SIZES: Final = ("res", "pss", "uss", "swap")


class Process(NamedTuple):
    """One row: a process at the instant of a snapshot. Keys are those of the field table, where each is explained."""

    pid: int
    start_time: int
    ppid: int
    user: str
    uid: int | None
    state: str
    nice: int
    threads: int
    kernel_thread: bool
    comm: str
    command: str
    cgroup: str | None
    started: float
    virt: int
    res: int
    shr: int | None
    anon: int | None
    file: int | None
    shmem: int | None
    pss: int | None
    uss: int | None
    swap: int | None
    swap_pss: int | None
    pss_anon: int | None
    pte: int | None
    locked: int | None
    thp: int | None
    mem_pct: float
    minflt: int
    majflt: int
    minflt_rate: float | None
    majflt_rate: float | None
    oom_score: int | None
    oom_score_adj: int | None
    cpu_pct: float | None
    cpu_time: float
    read_rate: float | None
    write_rate: float | None
    io: IoSample | None
    pss_at: float | None
    pss_why: Unavailable | None

    @property
    def key(self) -> ProcKey:
        """The identity of the process."""
        return ProcKey(self.pid, self.start_time)


class Coverage(NamedTuple):
    """How much of PSS is known: of processes with memory of their own, how many are measured, waiting, refused."""

    kernel_threads: int
    able: int
    known: int
    waiting: int
    refused: Mapping[str, int]


class Machine(NamedTuple):
    """The constants that turn kernel units into ours."""

    page_size: int
    clock_ticks: int
    mem_total: int
    boot_time: float  # seconds since the epoch


class Processes:
    """Keeps the rows of the last snapshot and remakes only those of processes that changed, now or last time.

    Not thread-safe: the sampler's thread owns it. The mapping that `advance` returns is new each time and is
    never changed afterwards.
    """

    def __init__(self) -> None:
        self._samples: Mapping[int, ProcessSample] = {}
        self._at: float | None = None
        self._rows: dict[int, Process] = {}
        self._moving: set[int] = set()
        self._trails: dict[ProcKey, Trail] = {}
        self._standing: Counter[str] = Counter()

    @property
    def coverage(self) -> Coverage:
        """How much of PSS is known in the last rows."""
        counts = self._standing
        refused = {
            why: count for why, count in counts.items() if count and why not in (_KERNEL, _DEAD, _KNOWN, _WAITING)
        }
        known, waiting = counts[_KNOWN], counts[_WAITING]
        return Coverage(counts[_KERNEL], known + waiting + sum(refused.values()), known, waiting, refused)

    def advance(self, sample: Sample, machine: Machine, uptime: float | None) -> Mapping[int, Process]:
        """The rows of this sample, by pid; `uptime` (seconds) tells which processes are younger than the interval."""
        interval = sample.at - self._at if self._at is not None and sample.at > self._at else None
        before, rows = self._samples, self._rows
        for pid in rows.keys() - sample.processes.keys():
            self._forget(pid)
        touched = sample.touched if sample.touched is not None else sample.processes.keys()
        stale = self._moving | touched | (sample.processes.keys() - rows.keys())
        self._moving = set()
        for pid in stale & sample.processes.keys():
            now, then = sample.processes[pid], before.get(pid)
            if then is not None and then.key != now.key:
                self._forget(pid)
                then = None
            if then is None and interval is not None and _younger(now.stat, interval, uptime, machine):
                then = _unborn(now)
            row = _row(now, then, interval, machine)
            if (old := rows.get(pid)) is not None:
                self._standing[_standing(old)] -= 1
            self._standing[_standing(row)] += 1
            rows[pid] = row
            if _moving(row):
                self._moving.add(pid)
            self._follow(sample.at, row)
        self._samples, self._at = sample.processes, sample.at
        return dict(rows)

    def trail(self, key: ProcKey) -> list[tuple[float | None, ...]]:
        """The points (time, res, pss, uss, swap) of a process since it was first seen, oldest first."""
        trail = self._trails.get(key)
        return trail.points() if trail else []

    def _follow(self, at: float, row: Process) -> None:
        if row.kernel_thread:
            return
        trail = self._trails.get(row.key)
        if trail is None:
            trail = self._trails[row.key] = Trail(len(TRAIL_SIZES))
        trail.push(at, row.res, row.pss, row.uss, row.swap)

    def _forget(self, pid: int) -> None:
        row = self._rows.pop(pid)
        self._standing[_standing(row)] -= 1
        self._trails.pop(row.key, None)


def _moving(row: Process) -> bool:
    """Whether the row changes with the next sample though nothing is read: its rates fall to 0, or first appear."""
    counted = row.minflt_rate != 0 or row.majflt_rate != 0 or row.cpu_pct != 0  # None also: another interval may do
    return counted or bool(row.read_rate or row.write_rate)


def _standing(row: Process) -> str:
    """How a process stands with PSS: one of the four words below, or the reason of a refusal."""
    if row.kernel_thread:
        return _KERNEL
    if row.pss is not None:
        return _KNOWN
    if row.state == "Z" or row.pss_why is None or row.pss_why.why is Why.GONE:
        return _DEAD
    return _WAITING if row.pss_why.why is Why.PENDING else str(row.pss_why)


def _younger(stat: PidStat, interval: float, uptime: float | None, machine: Machine) -> bool:
    return uptime is not None and uptime - stat.starttime / machine.clock_ticks <= interval


def _unborn(now: ProcessSample) -> ProcessSample:
    """The sample of a process just before it started: all its counters were 0."""
    return now._replace(stat=now.stat._replace(minflt=0, majflt=0, utime=0, stime=0))


def _rate(now: int, then: int, interval: float | None) -> float | None:
    """Events per second; None without an interval, or when the counter went backwards."""
    if interval is None or now < then:
        return None
    return (now - then) / interval


def _row(now: ProcessSample, then: ProcessSample | None, interval: float | None, machine: Machine) -> Process:
    stat, status, facts = now.stat, now.status, now.facts
    if then is None:
        minflt_rate = majflt_rate = cpu_pct = None
    else:
        minflt_rate = _rate(stat.minflt, then.stat.minflt, interval)
        majflt_rate = _rate(stat.majflt, then.stat.majflt, interval)
        ticks = _rate(stat.utime + stat.stime, then.stat.utime + then.stat.stime, interval)
        cpu_pct = None if ticks is None else 100 * ticks / machine.clock_ticks
    io = now.io if isinstance(now.io, IoSample) else None
    gap = io.at - io.then_at if io and io.then else None
    res = stat.rss * machine.page_size if status is None or status.vm_rss is None else status.vm_rss
    pss, uss, read = _carry(now, machine.page_size)
    rollup = read.rollup if read else None
    kernel = stat.kernel_thread
    return Process(
        pid=stat.pid,
        start_time=stat.starttime,
        ppid=stat.ppid,
        user=facts.user if facts else "",
        uid=status.uid if status else None,
        state=stat.state,
        nice=stat.nice,
        threads=stat.threads,
        kernel_thread=kernel,
        comm=stat.comm,
        command=facts.command if facts and facts.command else f"[{stat.comm}]" if facts or kernel else stat.comm,
        cgroup=facts.cgroup.path if facts and facts.cgroup else None,
        started=machine.boot_time + stat.starttime / machine.clock_ticks,
        virt=stat.vsize,
        res=res,
        shr=0 if kernel else status.shr if status else None,
        anon=status.rss_anon if status else None,
        file=status.rss_file if status else None,
        shmem=status.rss_shmem if status else None,
        pss=pss,
        uss=uss,
        swap=0 if kernel else status.vm_swap if status else None,
        swap_pss=rollup.swap_pss if rollup else None,
        pss_anon=rollup.pss_anon if rollup else None,
        pte=status.vm_pte if status else None,
        locked=status.vm_lck if status else None,
        thp=rollup.anon_huge if rollup else None,
        mem_pct=100 * res / machine.mem_total if machine.mem_total else 0.0,
        minflt=stat.minflt,
        majflt=stat.majflt,
        minflt_rate=minflt_rate,
        majflt_rate=majflt_rate,
        oom_score=now.oom_score,
        oom_score_adj=now.oom_score_adj,
        cpu_pct=cpu_pct,
        cpu_time=(stat.utime + stat.stime) / machine.clock_ticks,
        read_rate=_rate(io.io.read_bytes, io.then.read_bytes, gap) if io and io.then else None,
        write_rate=_rate(io.io.write_bytes, io.then.write_bytes, gap) if io and io.then else None,
        io=io,
        pss_at=read.at if read else None,
        pss_why=KERNEL_THREAD if kernel else now.smaps if isinstance(now.smaps, Unavailable) else None,
    )


def _carry(now: ProcessSample, page_size: int) -> tuple[int | None, int | None, SmapsSample | None]:
    """PSS and USS carried on from the last read by what has changed since; None where nothing was read.

    Both stay within what is possible: not below 0, and USS, a part of PSS, not above it.
    """
    smaps = now.smaps
    if not isinstance(smaps, SmapsSample):
        return None, None, None
    rollup, status, then = smaps.rollup, now.status, smaps.status_then
    if (
        status is not None and then is not None
        and status.rss_anon is not None and then.rss_anon is not None
        and rollup.pss_file is not None and rollup.pss_shmem is not None
    ):  # fmt: skip
        anon = status.rss_anon - then.rss_anon
        file = (status.rss_file or 0) - (then.rss_file or 0)
        shmem = (status.rss_shmem or 0) - (then.rss_shmem or 0)
        pss = rollup.pss + anon
        pss += int(file * rollup.pss_file / then.rss_file) if then.rss_file else file
        pss += int(shmem * rollup.pss_shmem / then.rss_shmem) if then.rss_shmem else shmem
    else:
        anon = (now.stat.rss - smaps.rss_then) * page_size
        pss = rollup.pss + anon
    pss = max(0, pss)
    return pss, min(max(0, rollup.uss + anon), pss), smaps
