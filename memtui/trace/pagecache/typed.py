"""The exact instruments: BPF on typed tracepoints, and on functions where the kernel has no tracepoint for reads."""

import os
import struct
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.bpf import btf
from memtui.trace.bpf.btf import Btf
from memtui.trace.bpf.maps import Kind, Map
from memtui.trace.bpf.program import Attach, Link, attached
from memtui.trace.pagecache import changes, faults, reads
from memtui.trace.pagecache.counter import Counter
from memtui.trace.pagecache.kernel import fault_shape, shape
from memtui.trace.pagecache.records import (
    COMM,
    COMM_LENGTH,
    COUNTS,
    EVERYONE_ELSE,
    THREAD,
    THREAD_SLOTS,
    Counted,
    Pages,
)  # fmt: skip
from memtui.trace.refused import Refused

PROCESSES: Final = 16384
_KEY: Final = struct.Struct("=I")
_VALUE: Final = struct.Struct(f"=5QI4x{COMM_LENGTH}s")
assert _VALUE.size == COUNTS.size == COMM + COMM_LENGTH


class Point(NamedTuple):
    """Where a program goes: a tracepoint or function by its name, and what writes the program."""

    name: str
    attach: Attach
    write: Callable[[Counter], bytes]


class TypedCounters:
    """Counts from the moment it is made until it is closed, or this process ends. Raises `Refused`.

    `by` chooses how reads are counted: by the tracepoint of 6.12, or by the functions that read. `capacity` is
    the number of processes that have counters of their own; further ones share one row.
    """

    def __init__(self, *, by: str, capacity: int = PROCESSES, types: Btf | None = None) -> None:
        types = types or btf.read()
        self._kernel = shape(types)
        points = _points(types, by)
        self._threads = Map(Kind.ARRAY, 4, THREAD.size, THREAD_SLOTS, name="memtui_threads")
        self._maps, self._links = [self._threads], list[Link]()
        try:
            self._processes = Map(Kind.HASH, _KEY.size, COUNTS.size, capacity, name="memtui_procs")
            self._maps.append(self._processes)
            self._processes.update(_KEY.pack(EVERYONE_ELSE), bytes(COUNTS.size))
            for point in points:
                self._attach(point, types)
        except BaseException:
            self.close()
            raise

    def read(self) -> list[Counted]:
        """All processes that did anything since the counting began, ended ones too."""
        found = []
        for key, value in self._processes.items():
            read, mapped, added, write_added, dirtied, uid, comm = _VALUE.unpack(value)
            name = comm.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
            pages = Pages(read, mapped, added, write_added, dirtied)
            found.append(Counted(_KEY.unpack(key)[0], uid, name, pages))
        return found

    def forget(self, pids: Iterable[int]) -> None:
        """Drop the counters of processes that have ended."""
        for pid in pids:
            self._processes.delete(_KEY.pack(pid))

    def close(self) -> None:
        """Stop counting."""
        for link in self._links:
            link.close()
        for map_ in self._maps:
            map_.close()
        self._links, self._maps = [], []

    def _attach(self, point: Point, types: Btf) -> None:
        number = _number(types, point)
        if number is None:
            raise _absent(point.name)
        code = point.write(Counter(self._threads, self._processes, self._kernel))
        self._links.append(attached(code, point.attach, number, point.name))


def _points(types: Btf, by: str) -> list[Point]:
    """All programs that an instrument consists of; raises `Refused` if the kernel lacks one of the places."""
    old = types.tracepoint("writeback_dirty_folio") is None
    common = [
        Point("mm_filemap_add_to_page_cache", Attach.RAW_TRACEPOINT, changes.add),
        Point("writeback_dirty_page" if old else "writeback_dirty_folio", Attach.RAW_TRACEPOINT, changes.dirty),
        Point("sched_process_exec", Attach.RAW_TRACEPOINT, changes.executed),
    ]
    points = [*(_by_tracepoints() if by == "tracepoints" else _by_functions(types)), *common]
    for point in points:
        if _number(types, point) is None:
            raise _absent(point.name)
    return points


def _by_tracepoints() -> list[Point]:
    return [
        Point("mm_filemap_get_pages", Attach.RAW_TRACEPOINT, reads.get_pages),
        Point("mm_filemap_map_pages", Attach.RAW_TRACEPOINT, faults.map_pages),
        Point("mm_filemap_fault", Attach.RAW_TRACEPOINT, faults.fault),
    ]


def _by_functions(types: Btf) -> list[Point]:
    reader = next((name for name in ("filemap_read", "generic_file_buffered_read") if types.function(name)), None)
    ki_pos = types.offset("kiocb", "ki_pos")
    if reader is None or ki_pos is None:
        raise _absent("filemap_read")
    at, has_result = fault_shape(types), types.has_result("filemap_map_pages")
    points = [
        Point(reader, Attach.FUNCTION_EXIT, lambda asm: reads.read_exit(asm, ki_pos)),
        Point("filemap_fault", Attach.FUNCTION_ENTRY, lambda asm: faults.fault_entry(asm, at)),
        Point(
            "filemap_map_pages",
            Attach.FUNCTION_EXIT,
            lambda asm: faults.map_pages_exit(asm, at, has_result=has_result),
        ),
    ]
    if types.function("filemap_splice_read"):
        points.append(Point("filemap_splice_read", Attach.FUNCTION_EXIT, reads.splice_exit))
    return points


def _number(types: Btf, point: Point) -> int | None:
    if point.attach is Attach.RAW_TRACEPOINT:
        return types.tracepoint(point.name)
    return types.function(point.name)


def _absent(name: str) -> Refused:
    return Refused(Unavailable(Why.ABSENT, f"{name} (Linux {os.uname().release.partition('-')[0]})"))
