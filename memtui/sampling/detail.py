"""The files that only the drilldown reads, for the one process in focus."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from memtui.model.sample import Detail, ProcessSample, ProcKey
from memtui.proc import pid_files, pid_stat, pid_status
from memtui.proc.smaps import Rollup
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable

T = TypeVar("T")


def read_detail(source: ProcSource, key: ProcKey, processes: Mapping[int, ProcessSample]) -> Detail:
    """Everything about one process; when it has ended, or its pid is another's now, each part says so.

    The rollup is the one that the schedule had read: of a large process it would stall the target every second.
    """
    gone = Detail(key, GONE, GONE, GONE, GONE, GONE)
    if not _same(source, key):
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
    )
    return detail if _same(source, key) else gone


def _rollup(sample: ProcessSample | None) -> Rollup | Unavailable:
    if sample is None:
        return GONE
    return sample.smaps if isinstance(sample.smaps, Unavailable) else sample.smaps.rollup


def _same(source: ProcSource, key: ProcKey) -> bool:
    try:
        stat = pid_stat.parse(source.read(f"{key.pid}/stat"))
    except Unreadable:
        return False
    return stat is not None and stat.starttime == key.starttime
