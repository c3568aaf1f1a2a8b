"""The OOM killer's formula, on paper and against this kernel."""

import os
import re
from pathlib import Path

import pytest

from memtui.model.badness import badness

TOTAL = 1_000_000


@pytest.mark.parametrize(
    ("resident", "adj", "score"),
    [
        (0, 0, 666),
        (1000, 0, 667),
        (500_000, 0, 1000),
        (0, 1000, 1333),
        (0, -500, 333),
        (0, -999, 0),
        (1000, -1000, 0),
        (500_000, -500, 666),
    ],
)
def test_the_score_follows_from_the_parts(resident: int, adj: int, score: int) -> None:
    assert badness(resident, 0, 0, adj, TOTAL).score == score


def test_swap_and_page_tables_count_as_pages_do() -> None:
    found = badness(100, 200, 300, 10, TOTAL)
    assert (found.points, found.adjusted) == (600 + 10_000, 10_000)


def test_who_is_never_taken_has_no_points() -> None:
    assert badness(1000, 0, 0, -1000, TOTAL).points is None
    assert badness(1000, 0, 0, 0, TOTAL, pid=1).points is None


def test_it_is_the_score_of_this_kernel() -> None:
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if release is None or (int(release[1]), int(release[2])) < (5, 9):
        pytest.skip("the formula was another before Linux 5.9")
    meminfo = dict(re.findall(r"(\w+): +(\d+) kB", Path("/proc/meminfo").read_text()))
    page = os.sysconf("SC_PAGE_SIZE") // 1024
    total = (int(meminfo["MemTotal"]) + int(meminfo["SwapTotal"])) // page
    differences = []
    for _ in range(5):  # the parts are read one after the other
        status = dict(re.findall(r"(Vm\w+):\s+(\d+) kB", Path("/proc/self/status").read_text()))
        score = int(Path("/proc/self/oom_score").read_text())
        adj = int(Path("/proc/self/oom_score_adj").read_text())
        rss, swap, tables = (int(status[name]) // page for name in ("VmRSS", "VmSwap", "VmPTE"))
        differences.append(abs(badness(rss, swap, tables, adj, total).score - score))
    assert min(differences) <= 1
