"""`memtui capture`: a copy of the files that memtui reads, to be shown elsewhere with --proc and --sys.

    DIR/capture.json            page size, clock ticks, time, users, host, kernel (`memtui.proc.source.Manifest`)
    DIR/proc, DIR/sys           the files, under their own names; a refused one as NAME.unreadable
    DIR/dev/kmsg                of the kernel log what tells of OOM kills; not there if names are to be redacted
    DIR/before/...              the same some time earlier, with only the counters that rates are made from

The kernel's files are copied byte by byte unless names are to be redacted. The folder is for its owner alone: what
root may read of other people's processes is in it.
"""

import errno
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from glob import glob
from typing import Final

from memtui import __version__
from memtui.proc import pid_stat, pid_status
from memtui.proc.source import BEFORE, LOG, MANIFEST, UNREADABLE, Manifest, ProcSource
from memtui.proc.unavailable import Unreadable
from memtui.report.document import dumps, iso_time
from memtui.report.failure import Failure
from memtui.report.redact import Redactor
from memtui.sampling.groups import cgroup_files
from memtui.sampling.kernel_log import kill_records

SYSTEM: Final = (
    "meminfo", "vmstat", "zoneinfo", "buddyinfo", "slabinfo", "swaps", "pressure/*", "loadavg", "uptime", "stat",
    "sys/vm/*", "sys/fs/dentry-state*", "sys/kernel/hostname", "version", "self/cgroup*", "sysvipc/shm*",
    "spl/kstat/zfs/arcstats*",
)  # fmt: skip
"""Patterns under the proc root."""

PROCESS: Final = (
    "stat", "statm", "status", "smaps_rollup", "io", "oom_score", "oom_score_adj", "cmdline", "cgroup", "limits",
)  # fmt: skip
"""Files of every process; stat comes first, and a process without it has ended."""

KERNEL_THREAD: Final = ("stat", "statm", "status", "oom_score", "oom_score_adj", "cgroup")
"""Files of a kernel thread, which has neither memory nor a command line of its own."""

COUNTERS: Final = ("stat", "io")
"""Files of every process at the earlier instant."""

SYS: Final = (
    "devices/system/node/node*/meminfo", "devices/system/node/node*/numastat", "devices/system/node/node*/distance",
    "devices/system/node/node*/vmstat", "devices/system/node/node*/cpulist",
    "devices/system/node/node*/hugepages/*/*", "kernel/mm/hugepages/*/*", "kernel/mm/transparent_hugepage/*",
    "kernel/mm/transparent_hugepage/khugepaged/*", "kernel/mm/transparent_hugepage/hugepages-*/enabled",
    "kernel/mm/transparent_hugepage/hugepages-*/stats/*", "block/zram*/mm_stat", "block/zram*/disksize",
    "block/zram*/comp_algorithm", "module/zswap/parameters/*", "kernel/debug/zswap/*",
)  # fmt: skip
"""Patterns under the sys root."""

_NEVER: Final = frozenset({"sys/vm/stat_refresh", "sys/vm/compact_memory", "sys/vm/drop_caches"})  # these act


@dataclass(slots=True)
class Tally:
    """What a capture copied: processes and files, and files that were refused or had nothing to give."""

    processes: int = 0
    files: int = 0
    refused: int = 0
    uids: set[int] = field(default_factory=set)


def run(source: ProcSource, directory: str, seconds: float, *, redact: bool, as_json: bool) -> int:
    """Capture into an empty or new folder, `seconds` between the two instants; the exit status.

    A process that ends meanwhile is left out, which is no failure.
    """
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if os.listdir(directory):
            raise Failure(f"{directory}: is not empty", 2)
    except OSError as error:
        raise Failure(f"{directory}: {error.strerror}", 2) from None
    wall, tally = capture(source, directory, seconds, Redactor() if redact else None)
    if as_json:
        row = {"directory": directory, "processes": tally.processes, "files": tally.files, "refused": tally.refused}
        head = {"command": "capture", "time": iso_time(wall), "interval": seconds if source.live else None}
        print(dumps({**head, "rows": [row], "unavailable": {}}), flush=True)
    else:
        words = f"{tally.processes} processes, {tally.files} files, {tally.refused} unreadable"
        print(f"{directory}: {words}; show it with --proc {os.path.join(directory, 'proc')}", flush=True)
    return 0


def capture(source: ProcSource, directory: str, seconds: float, redactor: Redactor | None) -> tuple[float, Tally]:
    """Copy both instants of a source; the time of the later one, and what it holds.

    A recorded tree, which may be captured again to redact it, has the earlier instant or not; nobody waits.
    """
    earlier = source if source.live else source.before
    if earlier is not None:
        started = time.monotonic()
        _Copy(earlier, os.path.join(directory, BEFORE), redactor).instant(COUNTERS, COUNTERS)
        if source.live:
            time.sleep(max(0.0, seconds - (time.monotonic() - started)))
    copy = _Copy(source, directory, redactor)
    if redactor is None:
        copy.kernel_log()
    return copy.instant(PROCESS, KERNEL_THREAD)


class _Copy:
    """One instant of a source on its way into a folder."""

    def __init__(self, source: ProcSource, directory: str, redactor: Redactor | None) -> None:
        self._source = source
        self._directory = directory
        self._redactor = redactor
        self._tally = Tally()

    def instant(self, process: Iterable[str], kernel_thread: Iterable[str]) -> tuple[float, Tally]:
        """Copy the system's files, then every process's, then say in the manifest what this was."""
        wall = self._source.manifest.wall if self._source.manifest else time.time()
        for path in _expanded(SYSTEM, self._source.proc):
            self._keep("proc", path)
        for path in _expanded(SYS, self._source.sys):
            self._keep("sys", path)
        for path in cgroup_files(self._source):
            self._keep("sys", path)
        for pid in sorted(self._source.pids()):
            self._process(pid, process, kernel_thread)
        self._write(MANIFEST, json.dumps(asdict(self._manifest(wall)), indent=1).encode() + b"\n")
        return wall, self._tally

    def kernel_log(self) -> None:
        """Copy the records of OOM kills, whose other lines are nobody's business here."""
        try:
            records = kill_records(self._source)
        except Unreadable as error:
            if _errno(error) != errno.ENOENT:
                self._refused(LOG, _errno(error))
            return
        self._tally.files += 1
        self._write(LOG, records)

    def _process(self, pid: int, files: Iterable[str], kernel_files: Iterable[str]) -> None:
        data = self._read("proc", f"{pid}/stat")
        stat = None if isinstance(data, int) else pid_stat.parse(data)
        if isinstance(data, int) or stat is None:
            return
        self._tally.processes += 1
        self._write(f"proc/{pid}/stat", self._redacted(f"{pid}/stat", data))
        for name in kernel_files if stat.kernel_thread else files:
            if name != "stat":
                self._keep("proc", f"{pid}/{name}")

    def _keep(self, root: str, path: str) -> None:
        data = self._read(root, path)
        if isinstance(data, int):
            self._refused(f"{root}/{path}", data)
            return
        self._tally.files += 1
        if path.endswith("/status"):
            self._tally.uids |= {uid for uid in (pid_status.parse(data).uid,) if uid is not None}
        target = path if root == "proc" or self._redactor is None else self._redactor.sys_path(path)
        self._write(f"{root}/{target}", self._redacted(path, data) if root == "proc" else data)

    def _read(self, root: str, path: str) -> bytes | int:
        """The file, or the errno with which it was refused."""
        try:
            return self._source.read(path) if root == "proc" else self._source.read_sys(path)
        except Unreadable as error:
            return _errno(error)

    def _refused(self, path: str, code: int) -> None:
        self._tally.refused += 1
        self._write(path + UNREADABLE, errno.errorcode.get(code, "EIO").encode() + b"\n")

    def _redacted(self, path: str, data: bytes) -> bytes:
        return self._redactor.file(path, data) if self._redactor else data

    def _manifest(self, wall: float) -> Manifest:
        if self._source.manifest:
            manifest = self._source.manifest
        else:
            users = {uid: self._source.user(uid) for uid in sorted(self._tally.uids)}
            host, release = os.uname().nodename, os.uname().release
            manifest = Manifest(
                self._source.page_size, self._source.clock_ticks, wall, users, host, release, __version__
            )
        return self._redactor.manifest(manifest) if self._redactor else manifest

    def _write(self, path: str, data: bytes) -> None:
        target = os.path.join(self._directory, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)


def _errno(error: Unreadable) -> int:
    return error.__cause__.errno or 0 if isinstance(error.__cause__, OSError) else 0


def _expanded(patterns: Iterable[str], root: str) -> Iterator[str]:
    """The paths that the patterns name under a root, refused files of a recorded tree under their real names."""
    for pattern in patterns:
        there = (path for path in glob(pattern, root_dir=root) if not os.path.isdir(os.path.join(root, path)))
        found = {path.removesuffix(UNREADABLE) for path in there} or {pattern}
        yield from sorted(path for path in found if path not in _NEVER and "*" not in path)
