"""Reads the files that speak of the whole machine; a failed read becomes a stated problem, never an exception."""

from collections.abc import Callable
from typing import TypeVar

from memtui.model.sample import Problem, System
from memtui.proc import cpustat, dentries, loadavg, meminfo, pressure, swaps, sysctl, uptime, vmstat, zoneinfo
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable, Unreadable, Why
from memtui.sampling.own import OwnReader

T = TypeVar("T")


class SystemReader:
    """The system files of a source. Settings under /proc/sys change rarely and are read every `slow` samples."""

    def __init__(self, source: ProcSource, slow: int = 10) -> None:
        self._source = source
        self._slow = slow
        self._round = 0
        self._own = OwnReader(source, slow)
        self._sysctl: dict[str, tuple[int, ...]] = {}

    def read(self, *, settings: bool = False, names: bool = False) -> tuple[System, tuple[Problem, ...]]:
        """The machine now, and what could not be read.

        With `settings` those are read in any case, with `names` the number of dentries is.
        """
        problems: list[Problem] = []

        def take(path: str, parse: Callable[[bytes], T]) -> T | Unavailable:
            try:
                return parse(self._source.read(path))
            except Unreadable as error:
                problems.append(Problem(path, error.reason))
                return error.reason

        memory = take("meminfo", meminfo.parse)
        if isinstance(memory, Unavailable):
            memory = meminfo.Meminfo({})
        elif memory.get("MemTotal") is None:
            problems.append(Problem("meminfo", Unavailable(Why.FAILED, "no MemTotal in it")))
        system = System(
            meminfo=memory,
            vmstat=take("vmstat", vmstat.parse),
            zoneinfo=take("zoneinfo", zoneinfo.parse),
            swaps=take("swaps", swaps.parse),
            pressure={name: take(f"pressure/{name}", pressure.parse) for name in ("memory", "io", "cpu")},
            loadavg=take("loadavg", loadavg.parse),
            uptime=take("uptime", uptime.parse),
            cpu=take("stat", cpustat.parse),
            sysctl=self._settings(now=settings),
            own=self._own.read(memory.get("MemTotal") or 0),
            dentries=self._dentries() if names else None,
        )
        return system, tuple(problems)

    def _settings(self, *, now: bool) -> dict[str, tuple[int, ...]]:
        if now or self._round % self._slow == 0:
            self._sysctl = {name: value for name in sysctl.VM if (value := self._setting(name)) is not None}
        self._round += 1
        return self._sysctl

    def _dentries(self) -> dentries.Dentries | None:
        try:
            return dentries.parse(self._source.read("sys/fs/dentry-state"))
        except Unreadable:
            return None

    def _setting(self, name: str) -> tuple[int, ...] | None:
        try:
            return sysctl.parse(self._source.read(f"sys/vm/{name}"))
        except Unreadable:
            return None
