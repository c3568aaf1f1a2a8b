"""Dropping caches: what is said before, what is done, what is refused, what is logged."""

import json
import os
from pathlib import Path

import pytest

from memtui.control import caches
from memtui.control.caches import drop_caches, drop_file, drop_plan, file_plan
from memtui.control.controls import Controls
from memtui.control.log import ActionLog
from memtui.control.outcome import Kind

PAGE = os.sysconf("SC_PAGE_SIZE")


def size(value: int | None) -> str:
    return f"{value}B"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "actions.log"


@pytest.fixture
def controls(log: Path) -> Controls:
    return Controls(log=ActionLog(str(log)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(64 * PAGE))
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
    return path


def identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def test_a_file_s_pages_leave_the_cache_and_that_is_logged(controls: Controls, file: Path, log: Path) -> None:
    from memtui.trace.residency import Looked, Residency, look

    plan = file_plan(controls, str(file), str(file), identity(file), 64 * PAGE, 0, size)
    assert f"up to {64 * PAGE}B of it" in plan.effect[1]
    (outcome,) = plan.run()
    assert outcome.kind is Kind.OK
    found = look(str(file))
    assert isinstance(found, Looked) and isinstance(found.residency, Residency)
    assert found.residency.cached == 0
    line = json.loads(log.read_text())
    assert (line["action"], line["command"], line["result"]) == ("drop cache", str(file), "ok")


def test_another_file_of_that_name_is_left_alone(file: Path) -> None:
    before = identity(file)
    file.rename(file.with_name("old"))
    file.write_bytes(b"new")
    assert drop_file(str(file), before).kind is Kind.GONE


def test_a_file_that_is_gone_and_a_fifo_in_its_place_don_t_hang(file: Path) -> None:
    before = identity(file)
    file.unlink()
    assert drop_file(str(file), before).kind is Kind.GONE
    os.mkfifo(file)
    assert drop_file(str(file), before).kind is Kind.GONE


def test_dirty_pages_are_spoken_of() -> None:
    plan = file_plan(Controls(), "f", "f", (0, 0), None, 8192, size)
    assert any("8192B are dirty" in line for line in plan.effect)
    assert "storage" in plan.effect[1]


@pytest.mark.parametrize(("level", "says"), [(1, "page cache"), (2, "dentries"), (3, "both")])
def test_the_machine_s_caches_are_dropped_by_their_level(
    level: int, says: str, controls: Controls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "drop_caches"
    target.touch()
    monkeypatch.setattr(caches, "drop_caches", lambda number: drop_caches(number, str(target)))
    plan = drop_plan(controls, level, 1000, 200, 30, size)
    words = " ".join(plan.effect)
    assert says in plan.title
    assert ("up to 1000B" in words) == bool(level & 1)
    assert ("up to 200B" in words) == bool(level & 2)
    assert "dirty pages stay (30B): run sync first" in words
    (outcome,) = plan.run()
    assert outcome.kind is Kind.OK
    assert target.read_text() == f"{level}\n"


def test_read_only_and_recordings_drop_nothing(file: Path, tmp_path: Path) -> None:
    for controls in (Controls(read_only=True), Controls(recorded=True)):
        (outcome,) = file_plan(controls, "f", str(file), identity(file), 1, 0, size).run()
        assert outcome.kind is Kind.REFUSED
        (outcome,) = drop_plan(controls, 1, 1, 1, 1, size).run()
        assert outcome.kind is Kind.REFUSED


def test_a_refusal_of_the_kernel_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert drop_caches(1).text == "permission denied: needs root"
