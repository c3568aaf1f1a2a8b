"""The files view: what fills it, how it is left, and dropping the pages of a file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.control import caches
from memtui.control.controls import Controls
from memtui.control.log import ActionLog
from memtui.control.outcome import Kind, Outcome
from memtui.sampling import files as scanning
from memtui.tui.screens.files import FilesScreen, Of

PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files: whole, half and not at all in the cache."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, cached in (("whole", 64), ("half", 32), ("none", 0)):
        path = folder / name
        path.write_bytes(os.urandom(64 * PAGE))
        with path.open("rb", buffering=0) as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
            file.read(cached * PAGE)
    return folder


@pytest.fixture
def at(open_app: Any, tmp_path: Path) -> Callable[..., Any]:
    """Someone in front of some files."""

    def open_(of: Of, controls: Controls | None = None, size: tuple[int, int] = (120, 40)) -> Any:
        user = open_app(size, tab="cache", controls=controls or Controls(log=ActionLog(str(tmp_path / "log"))))

        async def push() -> None:
            await user.app.push_screen(FilesScreen(user.app._main.controls, of))

        user._do(push())
        user.wait()
        return user

    return open_


def table(user: Any) -> Any:
    return user.app.screen.table


def test_the_most_cached_stands_first_and_all_are_summed(at: Any, folder: Path) -> None:
    user = at(Of(paths=(str(folder),)))
    assert [Path(row.name).name for row in table(user).rows] == ["whole", "half", "none"]
    assert "3 files together" in user.text
    whole, half, none = user.rows[2:5]
    assert "████████" in whole and "····" not in whole
    assert "████····" in half
    assert "········" in none and "█" not in none


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_keys_and_total_are_on_the_screen_at_every_size(at: Any, folder: Path, size: tuple[int, int]) -> None:
    user = at(Of(paths=(str(folder),)), size=size)
    assert "Drop" in user.rows[size[1] - 1]
    assert len(user.rows[0].rstrip()) > 0


def test_x_drops_a_file_s_pages_after_a_question(at: Any, folder: Path) -> None:
    user = at(Of(paths=(str(folder),)))
    text = user.press("x")
    assert "Drop the cached pages of this file?" in text and "DONTNEED" in text
    user.press("n")
    assert table(user).rows[0].cached == 64
    user.press("x", "y")
    assert {Path(row.name).name: row.cached for row in table(user).rows}["whole"] == 0
    assert any("out of the cache" in note for note in user.notes)


def test_read_only_asks_nothing(at: Any, folder: Path) -> None:
    user = at(Of(paths=(str(folder),)), Controls(read_only=True))
    assert "Drop the cached" not in user.press("x")
    assert any("--read-only" in note for note in user.notes)


def test_r_looks_again(at: Any, folder: Path) -> None:
    user = at(Of(paths=(str(folder),)))
    (folder / "none").read_bytes()
    user.press("r")
    assert {Path(row.name).name: row.cached for row in table(user).rows}["none"] == 64


def test_esc_stops_the_walk_and_then_leaves(at: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = at(Of(paths=(str(folder),)))
    screen = user.app.screen
    screen.busy = True
    screen.action_close()
    assert user.app.screen is screen and screen._stop.is_set()
    screen.busy = False
    user.press("escape")
    assert user.app.screen is not screen
    assert user.panel.id == "cache"


def test_a_walk_that_was_stopped_says_so(at: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_LOOKED", 1)
    monkeypatch.setattr(scanning.Scan, "run", lambda scan, told: ([], told(1, 3) and False))
    assert "stopped before the end" in at(Of(paths=(str(folder),))).text


def test_o_asks_for_a_path(at: Any, folder: Path) -> None:
    user = at(Of(paths=("/nonexistent",)))
    assert "1 file unknown" in user.text and "No such file" in user.text
    user.press("o", *["backspace"] * 20)
    user.type(str(folder).replace(" ", ""))
    user.press("enter")
    assert f"Files in {folder}" in user.text
    assert len(table(user).rows) == 3


def test_a_path_that_is_not_given_leads_back(open_app: Any) -> None:
    user = open_app(tab="cache", controls=Controls())
    assert "Path" in user.press("o")
    user.press("escape")
    assert user.panel.id == "cache" and not isinstance(user.app.screen, FilesScreen)


def test_the_files_of_a_process(at: Any) -> None:
    user = at(Of(pid=os.getpid(), name="pytest"))
    assert f"Files of {os.getpid()} pytest" in user.text
    assert any("python" in row.name for row in table(user).rows)


def test_sorting_and_its_menu(at: Any, folder: Path) -> None:
    user = at(Of(paths=(str(folder),)))
    user.press("I")
    assert [Path(row.name).name for row in table(user).rows] == ["none", "half", "whole"]
    assert "Sort by" in user.press("f6")
    user.press("escape")
    assert "stop looking" in user.press("f1")


@pytest.mark.parametrize("way", ["cache", "drilldown"])
def test_f_opens_the_files_of_a_process_and_a_recording_holds_none(open_app: Any, way: str) -> None:
    user = open_app(tab="cache" if way == "cache" else "processes", controls=Controls(recorded=True))
    user.press(*(("f",) if way == "cache" else ("enter", "f")))
    assert isinstance(user.app.screen, FilesScreen)
    assert "a recording holds no files" in user.text
    user.press("r", "q")
    assert not isinstance(user.app.screen, FilesScreen)


def test_x_in_the_tab_drops_the_machine_s_caches_after_a_question(
    open_app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[int] = []

    def drop(level: int) -> Outcome:
        dropped.append(level)
        return Outcome(Kind.OK, "dropped")

    monkeypatch.setattr(caches, "drop_caches", drop)
    user = open_app(tab="cache", controls=Controls(log=ActionLog(str(tmp_path / "log"))))
    assert "Drop caches" in user.press("x")
    text = user.press("down", "enter")
    assert "write 2 to /proc/sys/vm/drop_caches" in text and "run sync first" in text
    user.press("n")
    assert dropped == []
    user.press("x", "enter", "y")
    while not any("dropped" in note for note in user.notes):
        user.wait()
    assert dropped == [1]


def test_read_only_does_not_even_offer_to_drop_caches(open_app: Any) -> None:
    user = open_app(tab="cache", controls=Controls(read_only=True))
    assert "Drop caches" not in user.press("x")
