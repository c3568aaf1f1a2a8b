from typing import Any

import pytest

from memtui.model.snapshot import Snapshot
from memtui.proc.swaps import Swap
from memtui.proc.unavailable import Unavailable, Why
from memtui.proc.vmstat import Vmstat
from memtui.view.lines import text_of, width_of
from memtui.view.swap import SwapView

TITLES = (
    "swap in", "swap out", "minor faults", "major faults", "kswapd scan", "kswapd steal", "direct scan",
    "direct steal", "refaults", "alloc stalls",
)  # fmt: skip
COUNTERS = (
    "pswpin", "pswpout", "pgfault", "pgmajfault", "pgscan_kswapd", "pgsteal_kswapd", "pgscan_direct",
    "pgsteal_direct", "workingset_refault", "allocstall",
)  # fmt: skip


def texts(snapshot: Snapshot, width: int = 80, height: int = 14, view: SwapView | None = None) -> list[str]:
    return [text_of(line) for line in (view or SwapView()).lines(snapshot, width, height)]


def row(lines: list[str], title: str) -> str:
    return next(line for line in lines if line.startswith(f" {title} "))


def after(build: Any, **counts: int) -> Snapshot:
    """A snapshot one second after all counters stood at 0."""
    snapshot: Snapshot = build.counted(dict.fromkeys(COUNTERS, 0), {**dict.fromkeys(COUNTERS, 0), **counts})
    return snapshot


def test_no_line_is_wider_than_asked(live: Snapshot, build: Any) -> None:
    swaps = (Swap("/" + "漢" * 100, "partition", 2**60, 2**59, -32768),)
    for snapshot in (live, build.snapshot(build.system(swaps=swaps)), build.snapshot(build.old_system())):
        for width in build.widths:
            for height in (5, 19, 33, 60):
                assert max(map(width_of, SwapView().lines(snapshot, width, height))) <= width


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("height", [14, 19, 25, 33, 50, 70])
def test_it_fills_no_more_than_the_height(build: Any, width: int, height: int) -> None:
    lines = texts(after(build), width, height)
    assert len(lines) <= height
    assert all(title in "\n".join(lines) for title in TITLES)


def test_charts_have_one_to_three_rows(build: Any) -> None:
    def rows(height: int) -> int:
        lines = texts(after(build), 80, height)
        return lines.index(row(lines, "swap out")) - lines.index(row(lines, "swap in"))

    assert [rows(height) for height in (14, 24, 33, 34, 44, 99)] == [1, 2, 2, 3, 4, 4]


def test_each_chart_says_its_value_and_the_top_of_its_scale(build: Any) -> None:
    lines = texts(after(build, pswpin=768, pgfault=1500, pgmajfault=300, pgscan_direct=70_000, allocstall=4))
    assert row(lines, "swap in").split()[2] == "3.00M/s"
    assert row(lines, "swap in").endswith("▆▏≤4.00M")
    assert row(lines, "minor faults").split()[2] == "1.2k/s"
    assert row(lines, "minor faults").endswith("▏≤2.0k")
    assert row(lines, "major faults").endswith("▏≤500")
    assert row(lines, "direct scan").split()[2:4] == ["70k", "pages/s"]
    assert row(lines, "alloc stalls").endswith("▏≤10")


def test_pairs_share_a_scale(build: Any) -> None:
    lines = texts(after(build, pswpin=768, pgscan_kswapd=9000, pgsteal_kswapd=10))
    assert row(lines, "swap out").endswith("▏≤4.00M")
    assert row(lines, "kswapd steal").endswith("▂▏≤10k")


def test_a_scale_holds_still_until_all_of_a_peak_is_gone(build: Any) -> None:
    view = SwapView()
    texts(after(build, pgmajfault=100), view=view)
    assert row(texts(after(build, pgmajfault=45), view=view), "major faults").endswith("▏≤100")
    assert row(texts(after(build, pgmajfault=39), view=view), "major faults").endswith("▏≤50")


def test_quiet_is_drawn_as_a_baseline_not_as_noise(build: Any) -> None:
    assert row(texts(after(build)), "swap in").endswith("·▁▏≤1.00M")
    assert row(texts(after(build, pswpout=1)), "swap out").endswith("·▂▏≤1.00M")


def test_two_columns_stand_side_by_side_on_a_wide_screen(build: Any) -> None:
    assert "swap out" in row(texts(after(build), 120), "swap in")
    assert "swap out" not in row(texts(after(build), 109), "swap in")


def test_the_time_shown_is_said(build: Any) -> None:
    snapshot = build.counted(*({"pswpin": 0} for _ in range(91)))
    assert texts(snapshot, 220)[0] == " Swap, faults, reclaim  last 00:01:27, one sample a column"
    assert texts(snapshot, 180)[0].endswith("last 00:01:07, one sample a column")


def test_a_series_that_is_not_there_says_why(build: Any) -> None:
    denied = Unavailable(Why.DENIED, "needs root")
    assert row(texts(build.snapshot(build.system(vmstat=denied))), "swap in").split()[2:] == [
        "–", "permission", "denied:", "needs", "root", "▏≤1.00M",
    ]  # fmt: skip
    first = row(texts(build.counted({"pswpin": 1})), "swap in")
    assert " – not measured yet: a rate takes two" in first
    lacking = row(texts(build.counted({"pswpin": 1}, {"pswpin": 1})), "refaults")
    assert "– not in this kernel" in lacking


def test_minor_faults_need_both_counters(build: Any) -> None:
    assert "– not in this kernel" in row(texts(build.counted({"pgfault": 1}, {"pgfault": 1})), "minor faults")


def test_minor_faults_are_drawn_as_all_less_major_and_never_below_nothing(build: Any) -> None:
    assert row(texts(after(build, pgfault=900, pgmajfault=900)), "minor faults").endswith("·▁▏≤1.0k")
    assert row(texts(after(build, pgfault=1000, pgmajfault=500)), "minor faults").endswith("·▄▏≤1.0k")


def test_an_old_kernel_draws_what_it_has(build: Any) -> None:
    lines = texts(build.snapshot(build.old_system(), build.old_system()))
    assert row(lines, "kswapd scan").endswith("·▁▏≤1.0k")
    assert row(lines, "alloc stalls").endswith("·▁▏≤10")


def test_swap_devices_come_in_the_order_in_which_they_fill(build: Any) -> None:
    gib = 1 << 30
    swaps = (Swap("/dev/sda2", "partition", 4 * gib, 0, -2), Swap("/swap\x1b[31m", "file", 2 * gib, gib // 2, 10))
    lines = texts(build.snapshot(build.system(vmstat=Vmstat({}), swaps=swaps)))
    at = next(index for index, line in enumerate(lines) if line.startswith(" Swap devices"))
    assert lines[at].split() == ["Swap", "devices", "type", "size", "used", "use%", "prio"]
    assert lines[at + 1].split() == ["/swap\\x1b[31m", "file", "2.00G", "512M", "25.0", "████", "10"]
    assert lines[at + 2].split() == ["/dev/sda2", "partition", "4.00G", "0", "0.0", "-2"]


def test_no_swap_and_an_unreadable_list_are_said(build: Any) -> None:
    assert " Swap devices  no swap configured" in texts(build.snapshot())
    denied = build.snapshot(build.system(swaps=Unavailable(Why.DENIED)))
    assert " Swap devices  – permission denied" in texts(denied)


def test_swappiness_stands_below_with_its_meaning(build: Any) -> None:
    assert texts(build.snapshot())[-1].endswith(" 60  swap I/O is taken to cost 2.3 times a file read")
