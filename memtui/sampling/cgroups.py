"""The cgroup tree, kept up to date at a price that allows thousands of cgroups.

Every sample reads the usage of all of them, one small file each. Which there are is known without listing folders:
a cgroup folder has two links and one for each folder in it (fs/kernfs/inode.c), so one look at each tells where
something came or went. All other files are read of the cgroups on the screen, and of as many others as a budget
allows: by turns one that is near a limit, one that is new or whose usage moved the most, and the one that was read
the longest ago. So among thousands one that fills up, or in which something large was killed, is read soon, and none
is forgotten.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Final

from memtui.model.cgroups import ROOT, CgroupsSample, GroupSample, parent
from memtui.proc.cgroup import FILES, LIMITS, NO_LIMIT, USAGE, Mount, parse_limit
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Unreadable, Why
from memtui.sampling.groups import PROCS, memory_mount, own_path, read_group

NO_HIERARCHY: Final = Unavailable(Why.ABSENT, "no cgroup hierarchy with a memory controller under /sys/fs/cgroup")
_BUDGET: Final = 0.004  # seconds for cgroups that are not on the screen
_NEAR: Final = 0.9  # share of a limit from which on a cgroup may be in trouble


class CgroupReader:
    """The cgroups of a source. Costs nothing until it is first asked."""

    def __init__(self, source: ProcSource, clock: Callable[[], float] = time.perf_counter) -> None:
        self._source = source
        self._clock = clock
        self._mount: Mount | None = None
        self._links: dict[str, int] = {}
        self._below: dict[str, frozenset[str]] = {}
        self._groups: dict[str, GroupSample] = {}
        self._limits: dict[str, float] = {}  # the lower of max and high, as last read

    def read(self, at: float, visible: Iterable[str], *, complete: bool) -> CgroupsSample:
        """All cgroups at the time `at`; those of the visible paths whole, or all if it has to be complete."""
        if self._mount is None:
            self._mount = memory_mount(self._source)
        mount = self._mount
        if mount is None:
            return CgroupsSample(0, {}, reason=NO_HIERARCHY)
        self._walk(mount)
        for path in self._links:
            self._take_usage(mount, path)
        first = [path for path in visible if path in self._groups]
        for path in first:
            self._take_all(mount, path, at)
        rest = {path: group for path, group in self._groups.items() if path not in set(first)}
        started = self._clock()
        for path in _turns(rest, self._limits):
            if not complete and self._clock() - started > _BUDGET:
                break
            self._take_all(mount, path, at)
        return CgroupsSample(mount.version, dict(self._groups), own_path(self._source, mount))

    # -- which there are ----------------------------------------------------------------------------------------

    def _walk(self, mount: Mount) -> None:
        """Bring the set of paths up to date, parents first."""
        todo = [ROOT]
        seen: dict[str, int] = {}
        stale: set[str] = set()
        kernfs = self._source.live  # whose links can be trusted
        while todo:
            path = todo.pop()
            links = self._source.links_sys(_folder(mount, path))
            if links is None:  # went since its parent was listed
                stale.add(parent(path) or ROOT)
                continue
            if self._links.get(path) != links or not kernfs or path not in self._below:
                names = self._source.subfolders_sys(_folder(mount, path))
                self._below[path] = frozenset(path.rstrip("/") + "/" + name for name in names)
            seen[path] = links
            todo += self._below[path]
        for path in self._links.keys() - seen.keys():
            self._below.pop(path, None)
            self._groups.pop(path, None)
            self._limits.pop(path, None)
        self._links = {path: -1 if path in stale else links for path, links in seen.items()}

    # -- what is in them ----------------------------------------------------------------------------------------

    def _take_usage(self, mount: Mount, path: str) -> None:
        try:
            value = parse_limit(self._source.read_sys(f"{_folder(mount, path)}/{USAGE[mount.version]}"))
        except Unreadable:
            value = None  # the root of v2 has no such file
        usage = None if value is None else int(value)
        before = self._groups.get(path)
        if before is None:
            self._groups[path] = GroupSample(path, usage)
            self._limits[path] = self._limit(mount, path)
        elif before.usage != usage:
            self._groups[path] = before._replace(usage=usage)

    def _limit(self, mount: Mount, path: str) -> float:
        """What a new cgroup may have: without it nobody knows whether it is near."""
        limits = []
        for name in LIMITS[mount.version]:
            try:
                limits.append(parse_limit(self._source.read_sys(f"{_folder(mount, path)}/{name}")))
            except Unreadable:
                continue
        return _lowest(limits)

    def _take_all(self, mount: Mount, path: str, at: float) -> None:
        group = read_group(self._source, mount, path, FILES[mount.version])
        before = self._groups[path]
        if isinstance(group, Unavailable):
            self._groups[path] = before._replace(at=at)  # its turn is over all the same
            return
        self._limits[path] = _lowest((group.max, group.high))
        self._groups[path] = GroupSample(
            path=path,
            usage=group.usage if group.usage is not None else before.usage,
            group=group,
            at=at,
            procs=self._count(mount, path),
            then=before.group,
            then_at=before.at,
        )

    def _count(self, mount: Mount, path: str) -> int | None:
        try:
            return self._source.read_sys(f"{_folder(mount, path)}/{PROCS}").count(b"\n")
        except Unreadable:
            return None


def _folder(mount: Mount, path: str) -> str:
    return mount.folder + (path if path != ROOT else "")


def _lowest(limits: Iterable[float | None]) -> float:
    return min((limit for limit in limits if limit is not None), default=NO_LIMIT)


def _turns(groups: Mapping[str, GroupSample], limits: Mapping[str, float]) -> Iterator[str]:
    """The paths in the order in which they should be read, each once."""
    near: list[GroupSample] = []
    new: list[GroupSample] = []
    moved: list[tuple[int, GroupSample]] = []
    for path, group in groups.items():
        if group.usage is not None and group.usage >= _NEAR * limits.get(path, NO_LIMIT):
            near.append(group)
        elif not group.at:
            new.append(group)
        elif group.group is not None and group.usage != group.group.usage:
            moved.append((abs((group.usage or 0) - (group.group.usage or 0)), group))
    near.sort(key=_age)
    moved.sort(key=lambda one: -one[0])
    queues: Sequence[Sequence[GroupSample]] = (
        near, [*new, *(group for _, group in moved)], sorted(groups.values(), key=_age)
    )  # fmt: skip
    seen: set[str] = set()
    for one in chain.from_iterable(zip_longest(*queues)):
        if one is not None and one.path not in seen:
            seen.add(one.path)
            yield one.path


def _age(group: GroupSample) -> float:
    return group.at
