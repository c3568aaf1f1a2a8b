"""The files that only the drilldown reads, for the one process in focus."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from memtui.model.sample import Detail, Level, ProcessSample, ProcKey
from memtui.proc import pid_files, pid_status
from memtui.proc.cgroup import Mount
from memtui.proc.pid_files import Cgroup
from memtui.proc.smaps import Rollup
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable, Why
from memtui.sampling.delays import DelayReader
from memtui.sampling.groups import ancestors, memory_mount, read_group
from memtui.sampling.request import Part
from memtui.sampling.same import stat_of

_NO_CONTROLLER = Unavailable(Why.ABSENT, "no hierarchy with a memory controller is mounted")

T = TypeVar("T")


class DetailReader:
    """Reads the process in focus tick by tick, with those of its parts that are shown."""

    def __init__(self, source: ProcSource) -> None:
        self._source = source
        self._delays = DelayReader(source)
        self._mount: Mount | None = None
        self._looked = False

    def read(self, key: ProcKey, processes: Mapping[int, ProcessSample], at: float, parts: Part) -> Detail:
        """Everything about one process at monotonic time `at`; see `read_detail`."""
        detail = read_detail(self._source, key, processes)
        if detail.status is GONE:
            return detail
        if Part.DELAYS in parts:
            detail = detail._replace(delays=self._delays.read(key, at))
        if Part.CGROUPS in parts:
            detail = detail._replace(levels=self._levels(detail.cgroup))
        return detail

    def close(self) -> None:
        """Give back what is held open."""
        self._delays.close()

    def _levels(self, cgroup: Cgroup | Unavailable) -> tuple[Level, ...] | Unavailable:
        if isinstance(cgroup, Unavailable):
            return cgroup
        if not self._looked:
            self._mount, self._looked = memory_mount(self._source), True
        mount = self._mount
        path = None if mount is None else cgroup.memory_v1 if mount.version == 1 else cgroup.unified
        if mount is None or path is None:
            return _NO_CONTROLLER
        return tuple(Level(one, read_group(self._source, mount, one)) for one in ancestors(path))


def read_detail(source: ProcSource, key: ProcKey, processes: Mapping[int, ProcessSample]) -> Detail:
    """Everything about one process; when it has ended, or its pid is another's now, each part says so.

    The rollup is the one that the schedule had read: of a large process it would stall the target every second.
    """
    gone = Detail(key, GONE, GONE, GONE, GONE, GONE)
    if (stat := stat_of(source, key)) is None:
        return gone

    def take(name: str, parse: Callable[[bytes], T | None]) -> T | Unavailable:
        try:
            record = parse(source.read(f"{key.pid}/{name}"))
        except Unreadable as error:
            return error.reason
        return GONE if record is None else record

    detail = Detail(
        key=key,
        status=take("status", pid_status.parse),
        rollup=_rollup(processes.get(key.pid)),
        limits=take("limits", pid_files.parse_limits),
        io=take("io", pid_files.parse_io),
        cgroup=take("cgroup", pid_files.parse_cgroup),
        startcode=stat.startcode,
    )
    return detail if stat_of(source, key) is not None else gone


def _rollup(sample: ProcessSample | None) -> Rollup | Unavailable:
    if sample is None:
        return GONE
    return sample.smaps if isinstance(sample.smaps, Unavailable) else sample.smaps.rollup
