"""How often a command prints, and that nobody waits for a recorded tree."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "objects"),
    [
        (("top",), 1),
        (("top", "3600"), 1),
        (("top", "3600", "3"), 3),
        (("vmstat",), 1),
        (("vmstat", "3600"), 2),
        (("vmstat", "3600", "1"), 1),
        (("vmstat", "3600", "4"), 4),
    ],
)
def test_a_recorded_tree_prints_as_often_as_asked_and_never_waits(
    words: tuple[str, ...], objects: int, run: Run, host: Path
) -> None:
    assert len(run(*words, "--json", "--proc", host / "proc").documents) == objects


def test_the_running_kernel_prints_top_after_each_interval_with_rates(run: Run) -> None:
    first, second = run("top", "0.1", "2", "--json").documents
    assert first["interval"] is not None
    assert second["time"] > first["time"]
    assert all(row["cpu_pct"] is not None for row in second["rows"] if row["pid"] == 1)


def test_the_running_kernel_without_interval_prints_at_once_and_has_no_rates(run: Run) -> None:
    (document,) = run("top", "--json").documents
    assert document["interval"] is None
    assert {row["minflt_rate"] for row in document["rows"]} == {None}


def test_vmstat_begins_with_the_average_since_boot_and_counts_that_line(run: Run) -> None:
    boot, second = run("vmstat", "0.1", "2", "--json").documents
    assert boot["interval"] > 1 > second["interval"]
