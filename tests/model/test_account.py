"""The account with what a whole snapshot knows: mapped files, changes, PSS, and the kernel's MemAvailable."""

from dataclasses import replace
from pathlib import Path

import pytest

from memtui.model.account import account, available, changes, mapped_files, measured
from memtui.model.memory import Kind, mapped_bounds
from memtui.model.snapshot import Snapshot
from memtui.model.survey import MemorySurvey
from memtui.proc.source import ProcSource
from memtui.sampling.recorded import Recorded
from memtui.sampling.request import Request

TREES = Path(__file__).parents[1] / "trees"
NAMES = ("host-6.18", "guest-5.10", "guest-6.1", "guest-6.12", "numa1-6.12", "numa2-6.12", "numa4-6.12", "numa8-6.12")


def of(name: str) -> Snapshot:
    return Recorded(ProcSource(str(TREES / name / "proc"), str(TREES / name / "sys"))).step(Request())


@pytest.fixture(params=NAMES)
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Every recorded machine."""
    return of(request.param)


def test_it_adds_up_and_hardly_anything_is_left_over(snapshot: Snapshot) -> None:
    parts = account(snapshot)
    assert [part.kind for part in parts] == list(Kind)
    assert sum(part.size for part in parts) == snapshot.memory.total
    assert all(part.size >= 0 for part in parts if part.kind is not Kind.OTHER)
    assert abs(dict(parts)[Kind.OTHER]) < 0.025 * snapshot.memory.total


def test_available_is_what_the_kernel_says(snapshot: Snapshot) -> None:
    formula = available(snapshot)
    assert formula is not None
    assert formula.total == pytest.approx(snapshot.memory.get("MemAvailable"), rel=0.01)


def test_mapped_files_stay_within_what_is_possible(snapshot: Snapshot) -> None:
    least, most = mapped_bounds(snapshot.memory.lines)
    assert least <= mapped_files(snapshot) <= most


def test_pss_is_no_more_than_what_is_mapped() -> None:
    found = measured(of("host-6.18"))
    assert found.pss is not None and 0 < found.pss < 1.05 * found.mapped


def test_processes_tell_how_much_of_what_is_mapped_is_shmem() -> None:
    snapshot = of("host-6.18")
    some = next(row for row in snapshot.processes.values() if row.file)
    lines = {**snapshot.memory.lines, "Mapped": 100 << 20, "Shmem": 80 << 20, "Cached": 500 << 20}
    memory = replace(snapshot.memory, lines=lines)
    only = some._replace(file=30 << 20, shmem=70 << 20, pss=None)
    assert mapped_files(replace(snapshot, memory=memory, processes={1: only})) == 30 << 20
    assert mapped_files(replace(snapshot, memory=memory, processes={})) == 20 << 20


def test_the_cache_of_zfs_comes_out_of_the_rest_and_never_is_more_than_that() -> None:
    snapshot = of("numa1-6.12")
    rest = dict(account(snapshot))[Kind.OTHER]
    for size, expected in ((1 << 20, 1 << 20), (1 << 40, rest)):
        survey = snapshot.survey._replace(memory=MemorySurvey((), (), {"size": size}, ()))
        parts = dict(account(replace(snapshot, survey=survey)))
        assert parts[Kind.ARC] == expected and parts[Kind.OTHER] == rest - expected


def test_changes_are_of_the_two_instants() -> None:
    snapshot = of("host-6.18")
    parts = account(snapshot)
    grown, seconds = changes(snapshot, parts)
    assert seconds == pytest.approx(snapshot.interval)
    assert sum(grown.values()) == 0  # what one part gains others lose
    assert any(grown.values())
