"""Settings of the kernel and clearing swap: what is refused, what is said before, and what is done."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from memtui.control import sysctl
from memtui.control.controls import Controls
from memtui.control.log import ActionLog
from memtui.control.machine import clear_plan, setting_plan
from memtui.control.outcome import Kind, Outcome
from memtui.control.plan import Plan
from memtui.control.swap import Clearing
from memtui.proc.swaps import Swap, fit

GIB = 1 << 30
ROOMY = {"SwapTotal": 4 * GIB, "SwapFree": 3 * GIB, "SwapCached": GIB // 4, "MemAvailable": 8 * GIB}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of /proc/sys/vm."""
    (tmp_path / "swappiness").write_text("60\n")
    read, write = sysctl.read, sysctl.write
    monkeypatch.setattr(sysctl, "write", lambda name, value: write(name, value, str(tmp_path)))
    monkeypatch.setattr(sysctl, "read", lambda name, folder=str(tmp_path): read(name, folder))
    return tmp_path


@pytest.fixture
def controls(tmp_path: Path) -> Controls:
    """Controls that log into a file of their own."""
    return Controls(log=ActionLog(str(tmp_path / "log")))


def plan(controls: Controls, name: str, old: int, new: int) -> Plan | Outcome:
    return setting_plan(controls, name, old, new, 8 * GIB, lambda value: f"means {value}")


def test_a_setting_is_set_after_a_question_that_says_what_it_means(
    settings: Path, controls: Controls, tmp_path: Path
) -> None:
    made = plan(controls, "swappiness", 60, 10)
    assert isinstance(made, Plan)
    assert made.title == "Set swappiness to 10?"
    assert made.effect[:2] == ("vm.swappiness 60 to 10, until the next boot", "means 10")
    assert (settings / "swappiness").read_text() == "60\n"
    (outcome,) = made.run()
    assert outcome.kind is Kind.OK and (settings / "swappiness").read_text() == "10\n"
    (row,) = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert (row["action"], row["result"]) == ("sysctl vm.swappiness=10", "ok")


@pytest.mark.parametrize(
    ("name", "value"),
    [("swappiness", 201), ("zone_reclaim_mode", 8), ("min_free_kbytes", 8 << 20), ("drop_caches", 1)],
)
def test_what_may_do_harm_or_is_no_setting_of_ours_is_refused(controls: Controls, name: str, value: int) -> None:
    made = plan(controls, name, 1, value)
    assert isinstance(made, Outcome) and made.kind is Kind.REFUSED


def test_what_the_kernel_makes_of_a_value_is_looked_at(settings: Path) -> None:
    os.symlink("/dev/null", settings / "null")
    assert sysctl.write("null", 5).kind is Kind.FAILED
    assert sysctl.write("no_such", 5).kind is Kind.FAILED


def test_read_only_changes_nothing(settings: Path, tmp_path: Path) -> None:
    made = plan(Controls(read_only=True, log=ActionLog(str(tmp_path / "log"))), "swappiness", 60, 10)
    assert isinstance(made, Plan)
    assert made.run()[0].kind is Kind.REFUSED
    assert (settings / "swappiness").read_text() == "60\n" and not (tmp_path / "log").exists()


# -- swap -----------------------------------------------------------------------------------------------------------


def area(path: str) -> Swap:
    return Swap(path, "file", GIB, GIB // 2, -2)


def size(number: int) -> str:
    return f"{number // (1 << 20)}M"


def asked(areas: Sequence[Swap], lines: dict[str, int], controls: Controls, tight: Sequence[str] = ()) -> str:
    found = clear_plan(controls, areas, lines, size, lambda: tight)
    assert (found.clearing is None) == bool(found.refused)
    return found.refused or "\n".join(found.effect)


def test_what_fits_is_said_in_bytes(controls: Controls, tmp_path: Path) -> None:
    (tmp_path / "swap").touch()
    text = asked([area(str(tmp_path / "swap"))], ROOMY, controls)
    assert "768M come back into RAM, of which 8192M are available" in text and str(tmp_path / "swap") in text


def test_what_does_not_fit_is_refused(controls: Controls, tmp_path: Path) -> None:
    (tmp_path / "swap").touch()
    areas = [area(str(tmp_path / "swap"))]
    assert "it doesn't fit: 768M in swap, 800M available" in asked(
        areas, {**ROOMY, "MemAvailable": 800 << 20}, controls
    )
    assert "limit of cgroup /a and 1 more" in asked(areas, ROOMY, controls, ["/a", "/b"])
    assert "there is no swap" in asked([], ROOMY, controls)
    assert "its file is gone" in asked([area("/swap (deleted)")], ROOMY, controls)
    assert "read-only" in asked(areas, ROOMY, Controls(read_only=True))


@pytest.mark.parametrize(("available", "fits"), [(900, True), (853, False), (0, False)])
def test_a_tenth_is_to_spare(available: int, fits: bool) -> None:
    assert fit({"SwapTotal": 800, "SwapFree": 0, "SwapCached": 32, "MemAvailable": available}).fits is fits


def test_a_cancelled_clearing_starts_nothing(tmp_path: Path) -> None:
    clearing = Clearing([area(str(tmp_path / "none"))])
    clearing.cancel()
    assert clearing.run().text == "cancelled"


def test_a_clearing_that_is_refused_says_why(tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    outcome = Clearing([area(str(tmp_path / "none"))]).run()
    assert outcome.kind in (Kind.FAILED, Kind.DENIED) and outcome.text.startswith("swapoff: ")


def test_what_is_left_is_read_from_the_kernels_list(tmp_path: Path) -> None:
    (tmp_path / "swaps").write_text("Filename Type Size Used Priority\n/a file 100 40 -2\n/b file 100 2 -3\n")
    assert Clearing([], str(tmp_path / "swaps")).left() == 42 * 1024
    assert Clearing([], str(tmp_path / "none")).left() is None
