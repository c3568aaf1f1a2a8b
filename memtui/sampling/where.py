"""Watching where a process grows: smaps again and again, on a thread of its own, within a budget of cost.

Each reading walks the pages of the process (some 18 ms for a GiB) and may hold it up meanwhile, so the next waits
until what was read is at most two percent of the time.
"""

import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Final

from memtui.model.growth import WINDOWS, Growth, held, judge
from memtui.model.growth_watch import SHAPE
from memtui.model.mappings import AddressSpace, Kind, by_kind
from memtui.model.sample import ProcKey
from memtui.model.where import Ceiling, Part, Where
from memtui.proc import pid_files, pid_status
from memtui.proc.cgroup import LIMITS, USAGE, parse_limit
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Unreadable
from memtui.sampling.address_space import Cancelled, read_address_space
from memtui.sampling.groups import Limit, limits, memory_mount, own_path

SOONEST: Final = 2.0  # seconds between two readings, at least
SHARE: Final = 0.02  # of the time that reading may take
PAGE_TABLES: Final = "page tables"
_RLIMITS: Final = (("Max address space", "vm_size"), ("Max data size", "vm_data"))


class WhereWatch:
    """One process under watch. `run` blocks until `stop`, or until there is nothing to read any more."""

    def __init__(self, source: ProcSource, key: ProcKey, clock: Callable[[], float] = time.monotonic) -> None:
        self.state = Where(key, clock(), clock())
        self._source, self._key, self._clock = source, key, clock
        self._stopped = Event()
        self._points: dict[str, list[tuple[float, float]]] = {}

    def stop(self) -> None:
        """End `run`; a reading that is under way is given up."""
        self._stopped.set()

    def run(self) -> None:
        """Read until stopped."""
        while not self._stopped.is_set():
            started = self._clock()
            try:
                space = read_address_space(self._source, self._key, cancelled=self._stopped.is_set)
            except Cancelled:
                return
            if isinstance(space, Unavailable):
                self.state = _failed(self.state, str(space))
                return
            cost = self._clock() - started
            every = max(SOONEST, cost / SHARE)
            self._take(space)
            self.state = Where(
                self._key, self.state.began, space.at, self.state.readings + 1, cost, every,
                self._parts(space.at), self._ceilings(),
            )  # fmt: skip
            self._stopped.wait(max(0.0, every - cost))

    def _take(self, space: AddressSpace) -> None:
        sizes: dict[str, int] = {}
        for group in by_kind(space.groups):
            own = group.rss if group.kind is Kind.SHM else group.uss
            sizes[group.kind.value] = own + group.swap
        status = self._status()
        if status is not None and status.vm_pte is not None:
            sizes[PAGE_TABLES] = status.vm_pte
        for name in sizes.keys() | self._points.keys():
            points = self._points.setdefault(name, [(space.at, 0.0)] if self.state.readings else [])
            points.append((space.at, float(sizes.get(name, 0))))
            while len(points) > 2 and points[1][0] < space.at - WINDOWS[-1]:
                points.pop(0)

    def _parts(self, at: float) -> list[Part]:
        parts = [
            Part(name, int(points[-1][1]), int(points[-1][1] - points[0][1]), _judged(points, at))
            for name, points in self._points.items()
            if any(size for _, size in points)
        ]
        return sorted(parts, key=lambda part: (-(part.growth.rate or 0.0), -part.change, -part.size))

    def _ceilings(self) -> list[Ceiling]:
        return [*self._of_cgroups(), *self._of_rlimits()]

    def _of_cgroups(self) -> list[Ceiling]:
        mount = memory_mount(self._source)
        path = own_path(self._source, mount, str(self._key.pid)) if mount else None
        if mount is None or path is None:
            return []
        found = []
        for limit in limits(self._source, mount, path, LIMITS[mount.version]):
            used = self._usage(f"{mount.folder}{'' if limit.path == '/' else limit.path}/{USAGE[mount.version]}")
            if used is not None and "memsw" not in limit.file:
                found.append(Ceiling(_named(limit), limit.size, used))
        return found

    def _usage(self, path: str) -> int | None:
        try:
            value = parse_limit(self._source.read_sys(path))
        except Unreadable:
            return None
        return None if value is None else int(value)

    def _of_rlimits(self) -> list[Ceiling]:
        status, table = self._status(), self._limits()
        found = []
        for name, field in _RLIMITS:
            limit = table.get(name)
            used = getattr(status, field, None)
            if limit is not None and limit.soft is not None and used is not None:
                found.append(Ceiling(name.replace("Max", "limit of"), limit.soft, used))
        return found

    def _limits(self) -> Mapping[str, pid_files.Limit]:
        try:
            return pid_files.parse_limits(self._source.read(f"{self._key.pid}/limits"))
        except Unreadable:
            return {}

    def _status(self) -> pid_status.PidStatus | None:
        try:
            return pid_status.parse(self._source.read(f"{self._key.pid}/status"))
        except Unreadable:
            return None


def _judged(points: list[tuple[float, float]], at: float) -> Growth:
    growth = judge(points, at)
    if len(points) < 3:
        return growth
    times = [time for time, _ in points]
    start = max(times[0], at - WINDOWS[-1])
    return growth._replace(shape=tuple(held(points, times, start, at, SHAPE)))


def _named(limit: Limit) -> str:
    return f"{limit.file} of cgroup {limit.path}"


def _failed(state: Where, why: str) -> Where:
    return Where(
        state.key, state.began, state.at, state.readings, state.cost, state.every, state.parts, state.ceilings, why
    )
