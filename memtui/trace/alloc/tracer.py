"""A trace of one process's allocations: probes on its allocators, tables in the kernel, and the phases of a trace.

Only the address space of the target gets probes, threads that exist already included. They live as long as their
descriptors, so nothing of them is left however memtui ends.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from memtui.proc.unavailable import Unavailable, Why
from memtui.trace.alloc import programs
from memtui.trace.alloc.frame import Tables
from memtui.trace.alloc.functions import Gives, Probe, find
from memtui.trace.alloc.layout import (
    BLOCK,
    CALL_BYTES,
    CLUSTERS,
    COUNTERS,
    KEY,
    ORDERS,
    PATH_BYTES,
    TALLY,
    Block,
    Path,
    Tally,
    path_of,
)
from memtui.trace.bpf.maps import Flag, Kind, Map
from memtui.trace.bpf.uprobe import Attached, attach
from memtui.trace.code import Code
from memtui.trace.refused import Refused

NO_ALLOCATOR: Final = "no file of the process has a malloc with a name: stripped and static, or no malloc at all"
_BLOCKS: Final = 1 << 20  # outstanding at once; more are counted as lost
_PATHS: Final = 1 << 13
_CALLS: Final = 1 << 14
_INDEX: Final = bytes(4)
_COUNTER: Final = 8
_EMPTY: Final = (1 << 64) - 1


class Phase(StrEnum):
    """What a trace does: follow new blocks and see what is given back; only the latter; only the former; nothing."""

    TRACE = "trace"
    WATCH = "watch"
    TAKE = "take"
    DONE = "done"


_FOLLOWING: Final = frozenset((Phase.TRACE, Phase.TAKE))  # the phases that need a probe
_SEEING: Final = frozenset((Phase.TRACE, Phase.WATCH))
_MOVING: Final = frozenset((Phase.TRACE, Phase.TAKE, Phase.WATCH))


class Limits(NamedTuple):
    """Sizes in bytes: the least that counts; and how many blocks and paths there is room for."""

    smallest: int = 0
    blocks: int = _BLOCKS
    paths: int = _PATHS


class Tracer:
    """The instrument at work on one process, from its making until `close`.

    Raises `Refused` where the kernel doesn't let us, and where the process has no allocator with a name.
    """

    def __init__(self, code: Code, phase: Phase = Phase.TRACE, limits: Limits | None = None) -> None:
        self._code, self._limits = code, limits or Limits()
        self._open = ExitStack()
        self._probes: dict[tuple[int, int, int], Probe] = {}
        self._attached: list[tuple[frozenset[Phase], Attached]] = []
        self.phase = phase
        try:
            self._make_tables()
            self.follow()
            if not self._probes:
                raise Refused(Unavailable(Why.ABSENT, NO_ALLOCATOR))
        except BaseException:
            self.close()
            raise

    @property
    def probes(self) -> Sequence[Probe]:
        """What is probed, or was."""
        return tuple(self._probes.values())

    def _make_tables(self) -> None:
        limits = self._limits
        sparse = Flag.NO_PREALLOC
        self._calls = self._map(Kind.HASH, KEY.size, CALL_BYTES, _CALLS, "calls", sparse)
        self._blocks = self._map(Kind.HASH, KEY.size, BLOCK.size, limits.blocks, "blocks", sparse)
        self._paths = self._map(Kind.HASH, KEY.size, PATH_BYTES, limits.paths, "paths", sparse)
        self._tallies = self._map(Kind.HASH, KEY.size, TALLY.size, limits.paths, "tallies")
        self._counters = self._map(Kind.PERCPU_ARRAY, 4, _COUNTER, len(COUNTERS), "counters")
        self._orders = self._map(Kind.ARRAY, 4, ORDERS.size, 1, "orders")
        self._scratch = self._map(Kind.PERCPU_ARRAY, 4, PATH_BYTES, 1, "scratch")
        self._tables = Tables(
            self._calls, self._blocks, self._paths, self._tallies, self._counters, self._orders, self._scratch
        )

    def _map(self, kind: Kind, key: int, value: int, entries: int, name: str, flags: int = 0) -> Map:
        table = Map(kind, key, value, entries, name=f"memtui_{name}", flags=flags)
        self._open.callback(table.close)
        return table

    # -- probes -------------------------------------------------------------------------------------------------

    def follow(self) -> bool:
        """Probe what is not probed yet: at the start everything, later what was loaded since. True if there was any.

        `Code.refresh` comes first. Raises `Refused`.
        """
        self._order()
        new = [probe for probe in find(self._code) if probe.key not in self._probes]
        if self.phase is Phase.DONE:
            return False
        for probe in new:
            self._probes[probe.key] = probe
            self._attach(probe)
        return bool(new)

    def turn(self, phase: Phase) -> None:
        """Go to another phase at once; the probes that it doesn't need go within seconds."""
        self.phase = phase
        self._order()
        _close_all([one for kept, one in self._attached if phase not in kept])
        self._attached = [(kept, one) for kept, one in self._attached if phase in kept]

    def _order(self) -> None:
        follow = self.phase in (Phase.TRACE, Phase.TAKE)
        self._orders.update(_INDEX, ORDERS.pack(*clusters(self._code), follow))

    def _attach(self, probe: Probe) -> None:
        function = probe.function
        if function.gives is Gives.NOTHING:
            if self.phase is not Phase.TAKE:
                self._run(programs.give_back(function, self._tables), probe, _SEEING)
        elif self.phase is not Phase.WATCH or function.old is not None:
            kept = _MOVING if function.old is not None else _FOLLOWING
            self._run(programs.end(function, self._tables), probe, kept, on_return=True)
            self._run(programs.begin(function, self._tables, self._limits.smallest), probe, kept)

    def _run(self, code: bytes, probe: Probe, kept: frozenset[Phase], *, on_return: bool = False) -> None:
        path = self._code.path_of(probe.mapping)
        one = attach(code, probe.name, path, probe.offset, self._code.pid, on_return=on_return)
        self._attached.append((kept, one))

    # -- readings -----------------------------------------------------------------------------------------------

    def counters(self) -> dict[str, int]:
        """What the programs have counted, by the names of `COUNTERS`."""
        return {
            name: sum(
                int.from_bytes(value, "little") for value in self._counters.per_cpu(index.to_bytes(4, "little"))
            )
            for index, name in enumerate(COUNTERS)
        }

    def tallies(self) -> dict[int, Tally]:
        """Outstanding bytes and blocks of each path: cheap, to be read while tracing."""
        return {KEY.unpack(key)[0]: Tally._make(TALLY.unpack(value)) for key, value in self._tallies.items()}

    def blocks(self) -> dict[int, Block]:
        """All outstanding blocks by address: a large answer where there are many."""
        return {KEY.unpack(key)[0]: Block._make(BLOCK.unpack(value)) for key, value in self._blocks.items()}

    def path(self, number: int) -> Path | None:
        """The state of the thread on a path; None where it could not be kept."""
        value = self._paths.lookup(KEY.pack(number))
        return None if value is None else path_of(value)

    def close(self) -> None:
        """Take the probes away and the tables with them."""
        self.phase = Phase.DONE
        _close_all([one for _, one in self._attached])
        self._attached = []
        self._open.close()


def _close_all(probes: Sequence[Attached]) -> None:
    """Take probes away together: the kernel waits some 100 ms at each until nobody runs in it any more."""
    if probes:
        with ThreadPoolExecutor(len(probes)) as pool:
            list(pool.map(lambda one: one.close(), probes))


def clusters(code: Code) -> Sequence[int]:
    """Where code lies, as (start, size) of at most `CLUSTERS` ranges, lowest first: near ones are taken as one."""
    ranges: list[list[int]] = []
    for mapping in sorted(code.mappings):
        if mapping.start >= 1 << 63:  # vsyscall
            continue
        if ranges and mapping.start == ranges[-1][1]:
            ranges[-1][1] = mapping.end
        else:
            ranges.append([mapping.start, mapping.end])
    while len(ranges) > CLUSTERS:
        gaps = [after[0] - before[1] for before, after in pairwise(ranges)]
        narrow = gaps.index(min(gaps))
        ranges[narrow][1] = ranges.pop(narrow + 1)[1]
    flat = [number for start, end in ranges for number in (start, end - start)]
    return flat + [_EMPTY, 0] * (CLUSTERS - len(ranges))


def cpu_ticks(pid: int) -> int | None:
    """CPU time of a process so far, in clock ticks; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
        return int(words[11]) + int(words[12])
    except (OSError, IndexError, ValueError):
        return None


TICKS: Final = os.sysconf("SC_CLK_TCK")
