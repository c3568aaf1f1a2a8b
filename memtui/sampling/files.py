"""Looks at files one after another: a walk that can be watched and broken off."""

from collections.abc import Callable, Iterator
from typing import Final

from memtui.model.files import FileRow
from memtui.proc.unavailable import Unavailable, Why
from memtui.trace import files as places
from memtui.trace.files import Place
from memtui.trace.residency import Looked, Residency, look

SLOTS: Final = 64


def files_under(paths: list[str], *, all_file_systems: bool = False, slots: int = SLOTS) -> Iterator[FileRow]:
    """The files at some paths and in folders there, each once whatever names it has."""
    return _each_once(places.under(paths, all_file_systems=all_file_systems), slots)


def files_of(pid: int, slots: int = SLOTS) -> Iterator[FileRow]:
    """The files that a process maps or has open, each once. A process that is gone or closed to us is one row."""
    try:
        yield from _each_once(places.of_process(pid), slots)
    except (FileNotFoundError, ProcessLookupError):
        yield FileRow(f"process {pid}", "", why=Unavailable(Why.GONE))
    except PermissionError:
        yield FileRow(f"process {pid}", "", why=Unavailable(Why.DENIED, "needs root or CAP_SYS_PTRACE"))


def row_of(place: Place, slots: int = SLOTS) -> FileRow:
    """One file as it is now."""
    if place.problem is not None:
        return FileRow(place.name, place.path, why=place.problem)
    found = look(place.path, slots)
    if not isinstance(found, Looked):
        return FileRow(place.name, place.path, why=found)
    known = FileRow(place.name, place.path, found.device, found.inode, found.size)
    residency = found.residency
    if not isinstance(residency, Residency):
        return known._replace(why=residency)
    return known._replace(**residency._asdict())


def gather(
    rows: Iterator[FileRow], progress: Callable[[list[FileRow]], bool], every: int = 256
) -> tuple[list[FileRow], bool]:
    """All rows; `progress` is shown what there is from time to time and says whether to go on. Whether all came."""
    found: list[FileRow] = []
    for row in rows:
        found.append(row)
        if len(found) % every == 0 and not progress(found):
            return found, False
    return found, True


def _each_once(found: Iterator[Place], slots: int) -> Iterator[FileRow]:
    seen: set[tuple[int, int]] = set()
    for place in found:
        row = row_of(place, slots)
        identity = (row.device, row.inode)
        if row.inode and identity in seen:
            continue
        seen.add(identity)
        yield row
