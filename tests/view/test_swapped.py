"""What is in swap: compressed RAM, whose pages, and whether it fits back into RAM."""

from dataclasses import replace
from typing import Any

import pytest

from memtui.model.snapshot import Snapshot
from memtui.model.survey import Survey, SwapSurvey
from memtui.proc.swaps import Swap
from memtui.proc.zram import Zram
from memtui.view.lines import text_of, width_of
from memtui.view.swap import SwapView
from memtui.view.swapped import CLEAR, compressed_lines, ordered, process_rows, swapoff_rows

MIB = 1 << 20
DEVICE = Zram("zram0", 256 * MIB, "lzo-rle", 100 * MIB, 36 * MIB, 40 * MIB, 0, 44 * MIB, 512)


def with_swap(build: Any, zswap: dict[str, str] | None = None, **lines: int) -> Snapshot:
    swaps = (Swap("/dev/zram0", "partition", 256 * MIB, 100 * MIB, 5),)
    snapshot: Snapshot = build.snapshot(build.system(swaps=swaps, meminfo=build.meminfo(**lines)))
    return replace(snapshot, survey=Survey(swap=SwapSurvey((DEVICE,), zswap or {})))


def test_zram_in_bytes_and_its_ratio(build: Any) -> None:
    head, row = [text_of(line) for line in compressed_lines(with_swap(build), 150)]
    assert head.split() == ["zram", "method", "disk", "data", "compr.", "RAM", "peak", "limit", "ratio", "same"]
    assert row.split()[:10] == [
        "zram0",
        "lzo-rle",
        "256M",
        "100M",
        "36.0M",
        "40.0M",
        "44.0M",
        "none",
        "2.50",
        "2.00M",
    ]


def test_zswap_off_and_on(build: Any) -> None:
    assert text_of(compressed_lines(with_swap(build, {"enabled": "N"}), 150)[-1]) == "zswap off"
    values = {"enabled": "Y", "compressor": "zstd", "max_pool_percent": "20", "written_back_pages": "7"}
    text = text_of(compressed_lines(with_swap(build, values, Zswap=10 * MIB, Zswapped=30 * MIB), 150)[-1])
    assert "zswap on   pool 10.0M for 30.0M, ratio 3.00   compressor zstd" in text and "written_back_pages 7" in text


def test_swapoff_fits_or_not(build: Any) -> None:
    (row,) = swapoff_rows(with_swap(build, SwapCached=12 * MIB), 150)
    assert row.key == CLEAR
    assert "swapoff fits: 500M would come back into 4.00G available; 12.0M in RAM too" in text_of(row.line)
    (row,) = swapoff_rows(with_swap(build, MemAvailable=100 * MIB), 150)
    assert "does not fit" in text_of(row.line) and "Enter" not in text_of(row.line)
    assert swapoff_rows(build.snapshot(), 150) == []


def test_processes_by_swap_or_by_their_share(live: Snapshot) -> None:
    some = next(iter(live.processes.values()))
    rows = [
        some._replace(pid=pid, swap=swap, swap_pss=pss) for pid, swap, pss in ((1, 10, 9), (2, 30, 3), (3, 20, None))
    ]
    assert [row.pid for row in ordered(rows, "swap")] == [2, 3, 1]
    assert [row.pid for row in ordered(rows, "swap_pss")] == [1, 2, 3]


def test_what_processes_do_not_explain_is_said(build: Any, live: Snapshot) -> None:
    some = next(iter(live.processes.values()))
    rows = {pid: some._replace(pid=pid, swap=100 * MIB) for pid in (1, 2)}
    lines = process_rows(replace(with_swap(build), processes=rows), 150, "swap")
    assert "processes 200M of 512M; 312M is shmem, tmpfs, refused or ended" in text_of(lines[0].line)
    assert [row.key for row in lines[2:]] == ["pid:1", "pid:2"]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_nothing_is_wider_than_asked(build: Any, live: Snapshot, width: int) -> None:
    snapshot = replace(with_swap(build, {"enabled": "Y"}), processes=live.processes)
    for height in (10, 33):
        rows = SwapView().rows(snapshot, width, height, "swap_pss", {"swappiness": 10})
        assert max(width_of(row.line) for row in rows) <= width


def test_a_changed_setting_says_what_it_was(build: Any) -> None:
    rows = SwapView().rows(with_swap(build), 120, 33, "swap", {"swappiness": 10})
    (row,) = [row for row in rows if row.key == "setting:swappiness"]
    assert "was 10, Backspace sets it back" in text_of(row.line)
    rows = SwapView().rows(with_swap(build), 120, 33, "swap", {"swappiness": 60})
    assert "was" not in "".join(text_of(row.line) for row in rows if row.key == "setting:swappiness")
