"""Shared memory and files in tmpfs: RAM that only swap or their owner frees."""

from collections.abc import Iterable
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.common import held_by, largest
from memtui.model.findings.words import Name, Words, percent, size
from memtui.model.process import Process
from memtui.model.survey import Tmpfs
from memtui.proc.unavailable import Unavailable

MIB: Final = 1 << 20
_NO_SWAP: Final = 1.0  # percent of RAM: with less free swap shared memory can't go there


def _shmem(row: Process) -> int:
    return row.shmem or 0


def _big(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    total = facts.now.memory.total
    if total <= 0:
        return
    for one in _mounts(facts):
        symptom = _mount(one, total, limits)
        if symptom is not None:
            yield symptom
    shmem = facts.line("Shmem")
    if shmem is not None:
        yield from _machine(shmem, total, facts, limits)


def _mounts(facts: Facts) -> tuple[Tmpfs, ...]:
    tmpfs = facts.memory.tmpfs if facts.memory else ()
    return () if isinstance(tmpfs, Unavailable) else tmpfs


def _mount(one: Tmpfs, total: int, limits: Limits) -> Symptom | None:
    if one.used < limits("telling"):
        return None
    filled = 100 * one.used / one.size if one.size else 0.0
    share = 100 * one.used / total
    full = filled >= limits("full")
    if not full and filled < limits("filled") and share < limits("share"):
        return None
    title: Words = "tmpfs ", Name(one.folder), " holds ", size(one.used), " in memory"
    if one.size:
        of = ": it is nearly full (" if full else " ("
        title = *title, of, percent(filled), " of its size of ", size(one.size), ")"
    evidence = (
        limits.evidence("telling", "used", one.used, f"{one.folder}, by statfs(2)"),
        limits.evidence("full" if full else "filled", "used / size", filled, one.folder),
        limits.evidence("share", "used / MemTotal", share, one.folder),
    )
    because: Words = ("When it is full, writing to it fails with ENOSPC.",) if full else ()
    step = Step(("the largest files in ", Name(one.folder)), f"du -xah {_quoted(one.folder)} | sort -h | tail")
    severity = Severity.WARNING if full else Severity.NOTE
    return Symptom(severity, title, evidence, one.folder, (step,), because)


def _quoted(folder: str) -> str:
    """A folder as a shell takes it, whatever is in its name."""
    return "'" + folder.replace("'", "'\\''") + "'"


def _machine(shmem: int, total: int, facts: Facts, limits: Limits) -> Iterable[Symptom]:
    memory = facts.now.memory
    share = 100 * shmem / total
    room = None if memory.available is None else 100 * memory.available / total
    stuck = (
        share >= limits("stuck") and room is not None and room < limits("available")
        and 100 * memory.swap_free / total < _NO_SWAP
    )  # fmt: skip
    if not stuck and share < limits("shmem"):
        return
    title: Words = "Shared memory and tmpfs hold ", size(shmem), " (", percent(share), " of RAM)"
    if stuck:
        title = *title, ", which can't be reclaimed: no swap is free and memory is short"
    mounts = [one for one in _mounts(facts) if one.used][:3]
    evidence = (
        limits.evidence("stuck" if stuck else "shmem", "Shmem / MemTotal", share),
        *([limits.evidence("available", "MemAvailable / MemTotal", room)] if room is not None else ()),
        Evidence("SwapFree", memory.swap_free, unit=Unit.BYTES),
        *(Evidence("tmpfs", one.used, unit=Unit.BYTES, note=one.folder) for one in mounts),
        *held_by(largest(facts.processes(), _shmem), "RssShmem", _shmem, Unit.BYTES),
    )
    yield Symptom(Severity.WARNING if stuck else Severity.NOTE, title, evidence)


SHMEM_BIG: Final = Rule(
    "shmem_big",
    "Shared memory or a tmpfs is big",
    "Files in a tmpfs and shared memory segments are counted with page cache and yet can't be dropped: they stay in "
    "RAM, or go to swap, until somebody deletes them, even when no process uses them any more.",
    _big,
    marks=(
        Mark("telling", 16.0 * MIB, "bytes in a tmpfs that are worth a word", Unit.BYTES, stays=8.0 * MIB),
        Mark("filled", 50.0, "percent of the size of a tmpfs", Unit.PERCENT, stays=45.0),
        Mark("full", 90.0, "percent of the size of a tmpfs: nearly full", Unit.PERCENT, stays=85.0),
        Mark("share", 10.0, "percent of RAM that a tmpfs holds", Unit.PERCENT, stays=8.0),
        Mark("shmem", 50.0, "percent of RAM that all shared memory holds", Unit.PERCENT, stays=45.0),
        Mark("stuck", 25.0, "percent of RAM, while memory is short and no swap is free", Unit.PERCENT, stays=20.0),
        Mark(
            "available", 10.0, "percent of RAM that is available, below which memory is short", Unit.PERCENT,
            stays=15.0, source="netdata health.d/ram.conf",
        ),
    ),
    steps=(
        Step(("what holds shared memory",), "memtui free", Place("memory")),
        Step(("which processes map it",), "memtui top -s shmem -n 10", Place("processes", sort="shmem")),
    ),
)  # fmt: skip
