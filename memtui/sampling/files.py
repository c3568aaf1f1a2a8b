"""Looks at files one after another: a walk that can be watched and broken off."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from memtui.model.files import FileRow
from memtui.proc.unavailable import Unavailable, Why
from memtui.trace import files as places
from memtui.trace.files import Place
from memtui.trace.residency import Looked, Residency, look

SLOTS: Final = 64
_LISTED: Final = 4096  # files between two words on how far it is
_LOOKED: Final = 256


def files_under(paths: list[str], *, all_file_systems: bool = False, slots: int = SLOTS) -> Iterator[FileRow]:
    """The files at some paths and in folders there, each once whatever names it has."""
    return _each_once(places.under(paths, all_file_systems=all_file_systems), slots)


def files_of(pid: int, slots: int = SLOTS) -> Iterator[FileRow]:
    """The files that a process maps or has open, each once. A process that is gone or closed to us is one row."""
    try:
        yield from _each_once(places.of_process(pid), slots)
    except OSError as error:
        yield FileRow(f"process {pid}", "", why=_why(error))


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


class Scan:
    """A walk in two passes, so that it can say how far it is: the files are listed, then each is looked at.

    `run` is called on a thread; what it is given is told how many files of how many have been looked at (of 0 while
    they are being listed), and says whether to go on.
    """

    def __init__(self, *, pid: int | None = None, paths: Sequence[str] = (), slots: int = SLOTS) -> None:
        self._pid, self._paths, self._slots = pid, paths, slots

    def run(self, told: Callable[[int, int], bool]) -> tuple[list[FileRow], bool]:
        """All files, and whether they are all: False if it was broken off."""
        listed: list[Place] = []
        for place in self._places():
            listed.append(place)
            if len(listed) % _LISTED == 0 and not told(len(listed), 0):
                return [], False
        rows: list[FileRow] = []
        for done, (_, row) in enumerate(_looked_at(listed, self._slots), 1):
            if row is not None:
                rows.append(row)
            if done % _LOOKED == 0 and not told(done, len(listed)):
                return rows, False
        return rows, True

    def _places(self) -> Iterator[Place]:
        if self._pid is None:
            yield from places.under(list(self._paths))
            return
        try:
            yield from places.of_process(self._pid)
        except OSError as error:
            yield Place(f"process {self._pid}", "", _why(error))


def again(row: FileRow) -> FileRow:
    """The same file as it is now."""
    return row_of(Place(row.name, row.path))


def _looked_at(listed: Iterable[Place], slots: int) -> Iterator[tuple[Place, FileRow | None]]:
    """Each place with its row, or None for a file that came before under another name."""
    seen: set[tuple[int, int]] = set()
    for place in listed:
        row = row_of(place, slots)
        identity = (row.device, row.inode)
        yield place, None if row.inode and identity in seen else row
        seen.add(identity)


def _why(error: OSError) -> Unavailable:
    if isinstance(error, PermissionError):
        return Unavailable(Why.DENIED, "needs root or CAP_SYS_PTRACE")
    return Unavailable(Why.GONE)


def _each_once(found: Iterator[Place], slots: int) -> Iterator[FileRow]:
    return (row for _, row in _looked_at(found, slots) if row is not None)
