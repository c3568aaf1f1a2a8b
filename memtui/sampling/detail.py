"""The files that only the drilldown reads, for the one process in focus."""

from collections.abc import Callable
from typing import TypeVar

from memtui.model.sample import Detail, ProcKey
from memtui.proc import pid_files, pid_stat, pid_status, smaps
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable

T = TypeVar("T")


def read_detail(source: ProcSource, key: ProcKey) -> Detail:
    """Everything about one process; when it has ended, or its pid is another's now, each part says so."""
    gone = Detail(key, GONE, GONE, GONE, GONE, GONE)
    if not _same(source, key):
        return gone

    def take(name: str, parse: Callable[[bytes], T | None]) -> T | Unavailable:
        try:
            record = parse(source.read(f"{key.pid}/{name}"))
        except Unreadable as error:
            return error.reason
        return GONE if record is None else record

    rollup = take("smaps_rollup", smaps.parse)
    detail = Detail(
        key=key,
        status=take("status", pid_status.parse),
        rollup=take("smaps", smaps.parse) if rollup == GONE else rollup,  # before Linux 4.14
        limits=take("limits", pid_files.parse_limits),
        io=take("io", pid_files.parse_io),
        cgroup=take("cgroup", pid_files.parse_cgroup),
    )
    return detail if _same(source, key) else gone


def _same(source: ProcSource, key: ProcKey) -> bool:
    try:
        stat = pid_stat.parse(source.read(f"{key.pid}/stat"))
    except Unreadable:
        return False
    return stat is not None and stat.starttime == key.starttime
