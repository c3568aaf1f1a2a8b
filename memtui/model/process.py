"""One process as a row: sizes in bytes, rates per second, PSS and USS carried on between reads.

Carrying on: smaps_rollup is too dear to read of every process every second. Between two reads PSS and USS follow
what the cheap files say has changed since: anonymous growth is private and counts in full, file and shmem growth
counts by the share that was the process's own at the last read. `pss_at` is the moment of that read, so the
screen can tell a measured value from one that is carried on.
"""

from typing import Final, NamedTuple

from memtui.model.containers import container_of
from memtui.model.growth import Growth, Trend
from memtui.model.sample import IoSample, ProcessSample, ProcKey, SmapsSample
from memtui.proc.pid_stat import PidStat
from memtui.proc.unavailable import Unavailable, Why

KERNEL_THREAD: Final = Unavailable(Why.ABSENT, "a kernel thread has no memory of its own")


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
    container: str | None
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
    res_delta: int | None
    growth: int | None
    io: IoSample | None
    pss_at: float | None
    pss_why: Unavailable | None
    trend: Growth | None = None

    @property
    def key(self) -> ProcKey:
        """The identity of the process."""
        return ProcKey(self.pid, self.start_time)

    @property
    def growth_state(self) -> str | None:
        """What the trend of its own memory is; None for kernel threads."""
        if self.kernel_thread:
            return None
        return (Trend.EARLY if self.trend is None else self.trend.trend).value

    @property
    def growth_rate(self) -> float | None:
        """Bytes per second by which it grows or, negative, shrinks; 0 while steady, None while it is too early."""
        if self.trend is None:
            return None
        return 0.0 if self.trend.trend is Trend.STEADY else self.trend.rate


class Machine(NamedTuple):
    """The constants that turn kernel units into ours."""

    page_size: int
    clock_ticks: int
    mem_total: int
    boot_time: float  # seconds since the epoch


def is_younger(stat: PidStat, interval: float, uptime: float | None, machine: Machine) -> bool:
    """Whether a process started within the last `interval` seconds before `uptime`."""
    return uptime is not None and uptime - stat.starttime / machine.clock_ticks <= interval


def unborn(now: ProcessSample) -> ProcessSample:
    """The sample of a process just before it started: all its counters were 0."""
    return now._replace(stat=now.stat._replace(minflt=0, majflt=0, utime=0, stime=0))


def _rate(now: int, then: int, interval: float | None) -> float | None:
    """Events per second; None without an interval, or when the counter went backwards."""
    if interval is None or interval <= 0 or now < then:
        return None
    return (now - then) / interval


def process(
    now: ProcessSample,
    then: ProcessSample | None,
    interval: float | None,
    machine: Machine,
    res_before: tuple[int | None, int | None],
    trend: Growth | None = None,
) -> Process:
    """The row of a sample; rates need the one before and the seconds between, changes RES at it and a minute ago."""
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
    pss, uss, read = carried(now, machine.page_size)
    rollup = read.rollup if read else None
    kernel = stat.kernel_thread
    cgroup = facts.cgroup.path if facts and facts.cgroup else None
    last, long_ago = res_before
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
        cgroup=cgroup,
        container=container_of(cgroup) or None if cgroup is not None else None,
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
        res_delta=None if last is None else res - last,
        growth=None if long_ago is None else res - long_ago,
        io=io,
        pss_at=read.at if read else None,
        pss_why=KERNEL_THREAD if kernel else now.smaps if isinstance(now.smaps, Unavailable) else None,
        trend=trend,
    )


def carried(now: ProcessSample, page_size: int) -> tuple[int | None, int | None, SmapsSample | None]:
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
