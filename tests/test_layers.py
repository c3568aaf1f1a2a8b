"""The floors of the house: who may import whom, what a text command must not load, how long a file may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "memtui").rglob("*.py"))
LONGEST = 300

# What each room may import of the rooms below it. `memtui` itself is the version, `options` two plain records.
BELOW = {
    "proc": set[str](),
    "trace": {"proc"},
    "model": {"proc"},
    "store": {"proc", "model"},
    "sampling": {"proc", "trace", "model", "store"},
    "control": {"proc"},
    "view": {"proc", "model"},
    "options": set[str](),
    "tui": {"proc", "model", "store", "sampling", "control", "view", "options", "settings", "settings_file"},
    "report": {"proc", "model", "store", "sampling", "view"},
    "arguments": {"model", "view", "options"},
    "statements": set[str](),
    "settings": {"arguments", "model", "view", "options", "statements"},
    "rule_settings": {"settings", "model", "statements"},
    "settings_file": {"settings", "rule_settings", "model"},
}
# What is not of the standard library, by who may import it.
GUESTS = {
    "trace": {"elftools"},
    "view": {"rich.cells"},
    "tui": {"textual", "rich", "plotext", "platformdirs"},
    "control": {"psutil", "platformdirs"},
    "settings_file": {"platformdirs"},
}


def room(path: Path) -> str:
    return path.relative_to(ROOT / "memtui").parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its floor"
            assert node.module is not None
            yield from (
                [f"memtui.{alias.name}" for alias in node.names] if node.module == "memtui" else [node.module]
            )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_the_floors_below_it(path: Path) -> None:
    here = room(path)
    if here in {"cli", "__main__", "__init__"}:
        return
    for name in imported(path):
        if name.startswith("memtui."):
            there = name.split(".")[1]
            assert there in {here, "__version__"} | BELOW[here], f"{path} imports {name}"
        elif name.partition(".")[0] not in sys.stdlib_module_names:
            guests = GUESTS.get(here, set())
            assert name in guests or name.partition(".")[0] in guests, f"{path} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_or_says_why_not(path: Path) -> None:
    text = path.read_text()
    if text.count("\n") > LONGEST:
        assert f"over {LONGEST} lines because" in (ast.get_docstring(ast.parse(text)) or "")


def loaded_by(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_nothing_but_the_screen_loads_the_screens_libraries() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in SOURCES
        if room(path) not in {"tui", "__main__"}
    ]
    assert not {"textual", "plotext"} & loaded_by("\n".join(f"import {name}" for name in names))


def test_the_command_line_loads_no_face_before_one_is_asked_for() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import memtui.cli, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    faces = {"memtui.view", "memtui.sampling", "memtui.model", "memtui.proc", "memtui.tui", "json", "rich"}
    assert not faces & set(done.stdout.split())


def test_the_monitor_opens_without_what_its_first_tab_does_not_show() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import memtui.tui.start, memtui.tui.app, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    panels = {
        f"memtui.tui.panels.{name}" for name in ("memory", "swap", "cache", "leaks", "cgroups", "slabs", "shmem")
    }
    later = panels | {"memtui.trace", "memtui.tui.sections", "memtui.tui.screens.drilldown", "plotext", "psutil"}
    assert not later & set(done.stdout.split())


def test_a_capture_needs_no_library_at_all() -> None:
    assert not {"rich", "textual", "psutil", "plotext"} & loaded_by("import memtui.report.capture")
