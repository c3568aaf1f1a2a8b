"""What opens the monitor: the settings reach the rules, and mistakes in them reach the user."""

import gc
import sys
from pathlib import Path
from typing import Any

import pytest

from memtui.options import Options
from memtui.sampling.request import Need, Request
from memtui.tui import app, start

TREE = Path(__file__).parent.parent / "trees" / "host-6.18"


def test_the_thresholds_of_the_settings_are_those_of_the_monitor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('sort = "psss"\n[findings]\noff = ["none"]\navailable_low.available = 100\n')
    opened: list[Any] = []

    class Caught:
        def __init__(self, loop: Any, *words: Any, **named: Any) -> None:
            opened.extend([loop, *words])

        def run(self) -> int:
            return 0

    monkeypatch.setenv("MEMTUI_CONFIG", str(file))
    monkeypatch.setattr(app, "MemtuiApp", Caught)
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    monkeypatch.setattr(gc, "disable", lambda: None)
    monkeypatch.setitem(sys.modules, "ssl", sys.modules.get("ssl"))  # back where it was afterwards
    assert start.run(Options(proc=str(TREE / "proc"), sys=str(TREE / "sys"))) == 0
    loop, *_, problems = opened
    findings = loop._stream.step(Request(needs=Need.FINDINGS)).findings
    assert "available_low" in [one.rule for one in findings.open]
    assert [problem.partition(": ")[2] for problem in problems] == [
        "sort: there is no field 'psss'",
        "findings.off: there is no rule 'none'; memtui diagnose --rules lists them",
    ]
