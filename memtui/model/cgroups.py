"""The tree of memory cgroups: rows with rates, the processes of each branch, and the limit that we are under."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from memtui.proc.cgroup import NO_LIMIT, MemoryGroup
from memtui.proc.pressure import Stall
from memtui.proc.unavailable import Unavailable

ROOT: Final = "/"


class GroupSample(NamedTuple):
    """A cgroup as far as it was read: `usage` at every sample, `group` at the moment `at`, and the one before it.

    `procs` are the processes directly in it. The record is shared between samples while nothing of it is read anew.
    """

    path: str
    usage: int | None
    group: MemoryGroup | None = None
    at: float = 0.0
    procs: int | None = None
    then: MemoryGroup | None = None
    then_at: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class CgroupsSample:
    """All cgroups of the hierarchy that accounts memory, by path, or why there are none."""

    version: int
    groups: Mapping[str, GroupSample]
    own: str | None = None
    reason: Unavailable | None = None


class GroupRow(NamedTuple):
    """One cgroup; sizes in bytes, rates per second, of it and all below it; None where it is not known.

    A limit is `NO_LIMIT` where there is none. `events` are the counts of memory.events since the cgroup was made.
    """

    path: str
    version: int
    usage: int | None = None
    anon: int | None = None
    file: int | None = None
    shmem: int | None = None
    kernel: int | None = None
    sock: int | None = None
    swap: int | None = None
    min: float | None = None
    low: float | None = None
    high: float | None = None
    max: float | None = None
    used_pct: float | None = None
    swap_max: float | None = None
    memsw_max: float | None = None
    low_rate: float | None = None
    high_rate: float | None = None
    max_rate: float | None = None
    ooms: int | None = None
    oom_kills: int | None = None
    some: float | None = None
    full: float | None = None
    refault_rate: float | None = None
    scan_rate: float | None = None
    majflt_rate: float | None = None
    procs: int | None = None
    events: Mapping[str, int] = {}
    at: float | None = None
    refault_anon_rate: float | None = None
    refault_file_rate: float | None = None

    @property
    def key(self) -> str:
        """The identity of the row."""
        return self.path

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2] or ROOT


@dataclass(frozen=True, slots=True, eq=False)
class Cgroups:
    """The rows by path, parents before their children; `own` is the cgroup of memtui itself."""

    version: int
    rows: Mapping[str, GroupRow]
    own: str | None = None
    reason: Unavailable | None = None


class CgroupModel:
    """Turns samples into rows; a cgroup of which nothing was read anew keeps its row."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[GroupSample, int | None, GroupRow]] = {}

    def advance(self, sample: CgroupsSample) -> Cgroups:
        """The rows of a sample."""
        procs = _procs(sample.groups)
        kept: dict[str, tuple[GroupSample, int | None, GroupRow]] = {}
        for path in sorted(sample.groups, key=order):
            group, count = sample.groups[path], procs[path]
            before = self._rows.get(path)
            if before is None or before[0] is not group or before[1] != count:
                before = group, count, _row(group, sample.version, count)
            kept[path] = before
        self._rows = kept
        rows = {path: entry[2] for path, entry in kept.items()}
        return Cgroups(sample.version, rows, sample.own, sample.reason)


def parent(path: str) -> str | None:
    """The path of the cgroup that this one lies in; None for the root."""
    return None if path == ROOT else path.rpartition("/")[0] or ROOT


def order(path: str) -> tuple[str, ...]:
    """By this key every cgroup comes after the one that it lies in."""
    return () if path == ROOT else tuple(path.split("/")[1:])


def branch(rows: Mapping[str, GroupRow], top: str) -> Iterator[GroupRow]:
    """A cgroup and all below it."""
    prefix = top.rstrip("/") + "/"
    return (row for path, row in rows.items() if path == top or path.startswith(prefix))


def unreclaimable(row: GroupRow) -> int | None:
    """Bytes that leave RAM only to swap, or not at all; page cache makes room when it has to."""
    return None if row.anon is None else row.anon + (row.shmem or 0) + (row.kernel or 0)


def swap_room(row: GroupRow, free: int) -> float:
    """Bytes that the cgroup could still swap out, `free` being what the machine's swap has left."""
    limit = NO_LIMIT if row.swap_max is None else row.swap_max - (row.swap or 0)
    if row.memsw_max is not None and row.memsw_max != NO_LIMIT:
        limit = row.memsw_max - (row.usage or 0) - (row.swap or 0)
    return max(0.0, min(free, limit))


def is_inside(path: str | None, top: str) -> bool:
    """Whether a cgroup is another one or lies in it."""
    return path is not None and (path == top or path.startswith(top.rstrip("/") + "/"))


def _procs(groups: Mapping[str, GroupSample]) -> dict[str, int | None]:
    """Processes of each branch; None where those of a cgroup in it are not known."""
    counts: dict[str, int | None] = {path: group.procs for path, group in groups.items()}
    for path in sorted(groups, key=lambda path: path.count("/") if path != ROOT else 0, reverse=True):
        above = parent(path)
        if above in counts:
            mine, theirs = counts[path], counts[above]
            counts[above] = None if mine is None or theirs is None else mine + theirs
    return counts


def _row(sample: GroupSample, version: int, procs: int | None) -> GroupRow:
    group = sample.group
    if group is None:
        return GroupRow(sample.path, version, usage=sample.usage, procs=procs)
    stat, limit = group.stat, group.max
    share = 100 * sample.usage / limit if sample.usage is not None and limit and limit != NO_LIMIT else None
    return GroupRow(
        path=sample.path,
        version=version,
        usage=sample.usage,
        anon=stat.get("anon"),
        file=stat.get("file"),
        shmem=stat.get("shmem"),
        kernel=group.kernel,
        sock=group.sock,
        swap=group.swap,
        min=group.min,
        low=group.low if version == 2 else group.soft,
        high=group.high,
        max=limit,
        used_pct=share,
        swap_max=group.swap_max,
        memsw_max=group.memsw_max,
        low_rate=_rate(sample, "events", ("low",)),
        high_rate=_rate(sample, "events", ("high",)),
        max_rate=_rate(sample, "events", ("max",)),
        ooms=group.events.get("oom"),
        oom_kills=group.events.get("oom_kill"),
        some=_avg(group.pressure.some if group.pressure else None),
        full=_avg(group.pressure.full if group.pressure else None),
        refault_rate=_rate(sample, "stat", _REFAULTS),
        scan_rate=_rate(sample, "stat", ("pgscan",)),
        majflt_rate=_rate(sample, "stat", ("pgmajfault",)),
        procs=procs,
        events=group.events,
        at=sample.at,
        refault_anon_rate=_rate(sample, "stat", ("workingset_refault_anon",)),
        refault_file_rate=_rate(sample, "stat", ("workingset_refault_file", "workingset_refault")),
    )


_REFAULTS: Final = ("workingset_refault", "workingset_refault_anon", "workingset_refault_file")


def _rate(sample: GroupSample, table: str, names: Iterable[str]) -> float | None:
    """Events per second between the two readings of a cgroup; None without two, or if a counter went backwards."""
    if sample.group is None or sample.then is None or sample.at <= sample.then_at:
        return None
    now, then = getattr(sample.group, table), getattr(sample.then, table)
    gained = [now[name] - then[name] for name in names if name in now and name in then]
    if not gained or min(gained) < 0:
        return None
    return float(sum(gained)) / (sample.at - sample.then_at)


def _avg(stall: Stall | None) -> float | None:
    return None if stall is None else stall.avg10
