from typing import Any

import pytest

from memtui.model.fields import ACCOUNT
from memtui.model.memory import Kind
from memtui.model.snapshot import Snapshot
from memtui.view.bars import GLYPHS, glyph
from memtui.view.kinds import groups, tone_of
from memtui.view.lines import Tone, text_of, width_of
from memtui.view.memory import memory_lines


def texts(snapshot: Snapshot, width: int = 120) -> list[str]:
    return [text_of(line) for line in memory_lines(snapshot, width)]


def test_no_line_is_wider_than_asked(live: Snapshot, build: Any) -> None:
    for snapshot in (live, build.snapshot(), build.snapshot(build.old_system())):
        for width in build.widths:
            assert max(map(width_of, memory_lines(snapshot, width))) <= width


def test_the_first_rows_are_those_of_free(build: Any) -> None:
    assert texts(build.snapshot(), 80)[:3] == [
        "        total   used   free shared buff/cache available",
        " Mem:   8.00G  4.00G  2.00G   512M      2.31G     4.00G",
        " Swap:  2.00G   512M  1.50G",
    ]


def test_the_account_names_every_kind_with_its_size_share_and_meaning(build: Any) -> None:
    lines = texts(build.snapshot(), 120)
    row = " █ anonymous          3.00G  37.5      – ██████           heaps, stacks and private copies of processes"
    assert row in lines
    start = next(index for index, line in enumerate(lines) if line.startswith("   account"))
    (none,) = [line for line in lines if line.startswith(" none: ")]
    absent = none.removeprefix(" none: ")
    kinds = [kind for kind in Kind if f", {ACCOUNT[kind].title}, " not in f", {absent}, "]
    for line, kind in zip(lines[start + 1 :], kinds, strict=False):
        assert line[1:3] == f"{glyph(tone_of(kind))} "
        assert ACCOUNT[kind].title in line
    assert lines[start + len(kinds)].startswith(" · free  ")


def test_parts_that_are_there_are_never_among_those_that_are_not(build: Any) -> None:
    snapshot = build.snapshot(build.system(meminfo=build.meminfo(HardwareCorrupted=4096, Hugetlb=1 << 30)))
    text = "\n".join(texts(snapshot))
    assert " ▌ huge pages         1.00G" in text and " ▀ corrupted             4K" in text
    assert "huge pages" not in text[text.index("none:") :]


def test_wide_screens_name_the_lines_of_the_kernel(build: Any) -> None:
    assert "MemTotal less all others" in "\n".join(texts(build.snapshot(), 200))
    assert "MemTotal less all others" not in "\n".join(texts(build.snapshot(), 120))


def test_the_bar_and_its_legend_add_up_to_all_of_ram(build: Any) -> None:
    snapshot = build.snapshot()
    parts = groups(snapshot.memory.account)
    assert sum(part.size for part in parts) == snapshot.memory.total
    assert len({part.tone for part in parts}) == len(parts)
    bar = texts(snapshot, 81)[5][1:]
    assert (len(bar), bar.count("█"), bar.count("·")) == (80, 30, 20)


def test_every_kind_has_a_texture_of_memory() -> None:
    assert {tone_of(kind) for kind in Kind} <= GLYPHS.keys()


def test_slabs_are_one_group_under_the_name_of_their_tone(build: Any) -> None:
    slab = next(part for part in groups(build.snapshot().memory.account) if part.tone is Tone.SLAB)
    assert (slab.name, slab.size) == ("slab", 384 << 20)


def test_what_an_old_kernel_lacks_is_a_dash_with_its_reason(build: Any) -> None:
    lines = texts(build.snapshot(build.old_system()))
    assert lines[1].endswith(" –")
    row = next(line for line in lines if "per-CPU" in line)
    assert row.split() == ["▀", "per-CPU", "–", "–", "–", "–", "not", "in", "this", "kernel"]
    assert any(line.startswith(" ▌ huge pages         16.0M   0.2      – ▏") for line in lines)


def test_drift_of_the_counters_is_shown_as_negative(build: Any) -> None:
    lines = texts(build.snapshot(build.system(meminfo=build.meminfo(AnonPages=6 << 30))))
    assert any(line.startswith(" ▀ not accounted     -2.") for line in lines)


@pytest.mark.parametrize("width", [60, 120, 220])
def test_huge_machines_stay_in_their_columns(build: Any, width: int) -> None:
    huge = build.meminfo(MemTotal=2**60, MemFree=2**59, AnonPages=2**58, SwapTotal=2**60, SwapFree=1)
    small, large = texts(build.snapshot(), width), texts(build.snapshot(build.system(meminfo=huge)), width)
    assert "1.00E" in large[1]
    assert len(small[1]) == len(large[1])
    account = next(index for index, line in enumerate(small) if line.startswith("   account"))
    assert small[account] in large


def test_a_machine_without_meminfo_shows_dashes(build: Any) -> None:
    lines = texts(build.snapshot(build.system(meminfo=type(build.meminfo())({}))), 80)
    assert lines[1].split() == ["Mem:"] + ["–"] * 6
    assert lines[2].split() == ["Swap:"] + ["–"] * 3
