"""What each command prints of a recorded machine, word for word. `MEMTUI_UPDATE=1` writes the texts anew."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = {
    "free": ["free"],
    "top": ["top"],
    "top-80": ["top"],
    "top-sorted": ["top", "-s", "MAJFLT/s", "-n", "5", "--filter", "post"],
    "vmstat": ["vmstat"],
    "vmstat-interval": ["vmstat", "1"],
    "zones": ["zones"],
    "cachestat": ["cachestat"],
    "cachetop": ["cachetop", "1"],
    "oom": ["oom"],
    "oom-80": ["oom", "-n", "5"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_text_of_a_command_is_as_it_was(
    name: str, run: Callable[..., Any], host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.endswith("-80"):
        monkeypatch.setenv("COLUMNS", "80")
    done = run(*COMMANDS[name], "--proc", host / "proc")
    assert (done.status, done.err) == (0, "")
    kept = GOLDEN / f"{name}.txt"
    if os.environ.get("MEMTUI_UPDATE"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(done.out)
    assert done.out == kept.read_text()
    assert not [character for character in done.out if not character.isprintable() and character != "\n"]
    if name.endswith("-80"):
        assert max(map(len, done.out.splitlines())) <= 80


def test_the_table_shows_the_column_that_it_is_sorted_by(run: Callable[..., Any], host: Path) -> None:
    assert "ANON▼ COMMAND\n" in run("top", "-s", "anon", "--proc", host / "proc").out


def test_a_kernel_thread_is_shown_where_it_is_asked_for(run: Callable[..., Any], host: Path) -> None:
    assert "[kthreadd]" not in run("top", "--proc", host / "proc").out
    assert "[kthreadd]" in run("top", "-p", "2", "--proc", host / "proc").out
