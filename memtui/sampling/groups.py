"""Reading cgroups: which hierarchy has the memory controller, what is in a cgroup, what limits it up to the root."""

import os
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from memtui.proc import pid_files
from memtui.proc.cgroup import FILES, NO_LIMIT, PLACES, USAGE, MemoryGroup, Mount, parse, parse_limit
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import ABSENT, Unavailable, Unreadable

PROCS: Final = "cgroup.procs"


class Limit(NamedTuple):
    """A limit that a process is under: the cgroup that sets it, the file, and its bytes."""

    path: str
    file: str
    size: int


def memory_mount(source: ProcSource) -> Mount | None:
    """The hierarchy that accounts memory, or None: the one of v1 where it is mounted, else the unified one."""
    for mount in PLACES:
        if mount.version == 1:
            if _there(source, mount, USAGE[1]):
                return mount
        elif _there(source, mount, "cgroup.controllers") and _has_memory(source, mount):
            return mount
    return None


def read_group(
    source: ProcSource, mount: Mount, path: str, names: Iterable[str] | None = None
) -> MemoryGroup | Unavailable:
    """A cgroup by its path in the hierarchy (`/` is its root); with `names` only these files are read."""
    files, reason = {}, ABSENT
    for name in FILES[mount.version] if names is None else names:
        try:
            files[name] = source.read_sys(_file(mount, path, name))
        except Unreadable as error:
            reason = error.reason
    return parse(mount.version, files) if files else reason


def ancestors(path: str) -> Iterator[str]:
    """A cgroup and those that it lies in, the root last."""
    while path not in ("", "/"):
        yield path
        path = path.rpartition("/")[0]
    yield "/"


def limits(source: ProcSource, mount: Mount, path: str, names: Iterable[str]) -> tuple[Limit, ...]:
    """Every limit in these files that the cgroup or one that it lies in has set, the nearest first."""
    found = []
    for group in ancestors(path):
        for name in names:
            try:
                size = parse_limit(source.read_sys(_file(mount, group, name)))
            except Unreadable:
                continue
            if size is not None and size != NO_LIMIT:
                found.append(Limit(group, name, int(size)))
    return tuple(found)


def own_path(source: ProcSource, mount: Mount, pid: str = "self") -> str | None:
    """The path of a process in the hierarchy, None if that can't be told.

    Where a container sees only its own part of the hierarchy under the path that this has on the host, that part
    is the root.
    """
    try:
        cgroup = pid_files.parse_cgroup(source.read(f"{pid}/cgroup"))
    except Unreadable:
        return None
    path = None if cgroup is None else cgroup.memory_v1 if mount.version == 1 else cgroup.unified
    if path is None or "/.." in path:
        return None
    return path if os.path.isdir(f"{source.sys}/{mount.folder}{path}") else "/"


def tight(source: ProcSource) -> tuple[str, ...]:
    """The cgroups that would go over their limit if what they have in swap came back into RAM.

    Pages that swapoff(2) brings back are charged to their cgroups, which may kill to make room (mm/memcontrol.c).
    """
    mount = memory_mount(source)
    if mount is None:
        return ()
    found = []
    for path in _every(source, mount):
        group = read_group(source, mount, path)
        if isinstance(group, Unavailable) or group.usage is None or group.max is None:
            continue
        if group.swap and group.usage + group.swap > group.max:
            found.append(path)
    return tuple(found)


def _every(source: ProcSource, mount: Mount) -> Iterator[str]:
    """The paths of all cgroups, parents first."""
    todo = ["/"]
    while todo:
        path = todo.pop()
        yield path
        below = _file(mount, path, "").rstrip("/")
        todo += [path.rstrip("/") + "/" + name for name in sorted(source.subfolders_sys(below), reverse=True)]


def cgroup_files(source: ProcSource) -> Iterator[str]:
    """The paths under the sys root of every file of every cgroup, for who copies them; the mount's own mark first."""
    mount = memory_mount(source)
    if mount is None:
        return
    if mount.version == 2:
        yield f"{mount.folder}/cgroup.controllers"
    for path in _every(source, mount):
        for name in (*FILES[mount.version], PROCS):
            if _there(source, mount, f"{path[1:]}/{name}".lstrip("/")):
                yield _file(mount, path, name)


def _file(mount: Mount, path: str, name: str) -> str:
    return f"{mount.folder}/{name}" if path == "/" else f"{mount.folder}{path}/{name}"


def _there(source: ProcSource, mount: Mount, name: str) -> bool:
    return os.path.exists(f"{source.sys}/{mount.folder}/{name}")


def _has_memory(source: ProcSource, mount: Mount) -> bool:
    try:
        return b"memory" in source.read_sys(f"{mount.folder}/cgroup.controllers").split()
    except Unreadable:
        return False
