from typing import Any

import pytest

from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import Unavailable, Why
from memtui.view.lines import Line, Tone, text_of, width_of
from memtui.view.settings import swappiness
from memtui.view.zones import folded_at_first, zone_lines, zone_rows


def drawn(build: Any, *zones: Any, width: int = 120) -> list[Line]:
    return zone_lines(build.snapshot(build.system(zoneinfo=build.zoneinfo(*zones))), width)


def texts(build: Any, *zones: Any, width: int = 120) -> list[str]:
    return [text_of(line) for line in drawn(build, *zones, width=width)]


def test_no_line_is_wider_than_asked(live: Snapshot, build: Any) -> None:
    for snapshot in (live, build.snapshot(), build.snapshot(build.old_system())):
        for width in build.widths:
            assert max(map(width_of, zone_lines(snapshot, width))) <= width


@pytest.mark.parametrize(
    ("free", "tone", "words", "to_low"),
    [
        (100_000, Tone.GOOD, "ok                       ", " +386M"),
        (1499, Tone.STRONG, "below high               ", " +996K"),
        (1249, Tone.WARN, "kswapd running below low ", "   -4K"),
        (999, Tone.BAD, "direct reclaim below min ", "-1004K"),
    ],
)
def test_each_state_is_said_in_words_and_in_bytes(build: Any, free: int, tone: Tone, words: str, to_low: str) -> None:
    row = drawn(build, build.zone(free))[3]
    assert text_of(row).endswith(f"▏ {words}{to_low}    –")
    assert tone in {span.tone for span in row if span.text.strip() == words.strip()}


def test_the_gauge_marks_what_was_reached(build: Any) -> None:
    gauge = texts(build, build.zone(1300))[3].partition("M ")[2].partition("▏")[0]
    assert gauge.count("┃") == 2
    assert gauge.count("┊") == 1


def test_the_scale_stands_once_over_zones_with_the_same_marks(build: Any) -> None:
    same = texts(build, build.zone(9000, "DMA32"), build.zone(9000))
    assert [line.split() for line in same].count(["min", "low", "high"]) == 1
    other = texts(build, build.zone(9000, "DMA32"), build.zone(9000, min=400, low=1000))
    assert [line.split() for line in other].count(["min", "low", "high"]) == 2


def test_labels_stand_over_the_marks_of_the_gauge(build: Any) -> None:
    lines = texts(build, build.zone(9000), width=120)
    marks = [place for place, glyph in enumerate(lines[3]) if glyph == "┃"]
    for mark, label in zip(marks, ("min", "low", "high"), strict=True):
        start = lines[2].index(label)
        assert start - 1 <= mark <= start + len(label)


def test_a_boost_is_marked_and_said(build: Any) -> None:
    lines = texts(build, build.zone(9000, boost=500, min=1500, low=1750, high=2000), width=200)
    assert lines[2].split()[:4] == ["base", "min", "low", "high"]
    assert lines[2].endswith("  boost 1.95M: marks raised")
    assert lines[3].count("┃") == 4


def test_several_nodes_have_headings_and_one_has_none(build: Any) -> None:
    many = texts(build, *(build.zone(9000, node=node) for node in range(16)))
    heads = [line[:10].rstrip() for line in many if line.startswith(" - Node ")]
    assert heads == [f" - Node {node}" for node in range(16)]
    assert not any("Node " in line for line in texts(build, build.zone(9000)))


def test_a_folded_node_is_one_line_that_says_how_far_it_is_from_reclaim(build: Any) -> None:
    zones = [build.zone(9000, node=node) for node in range(8)] + [build.zone(1100, "Movable", node=3)]
    snapshot = build.snapshot(build.system(zoneinfo=build.zoneinfo(*zones)))
    folded = folded_at_first(snapshot)
    assert folded == frozenset(range(8)) - {3}
    rows = zone_rows(snapshot, 120, folded)
    assert [row.key for row in rows if row.key.startswith("node:")] == [f"node:{node}" for node in range(8)]
    lines = [text_of(row.line) for row in rows]
    assert " + Node 0" in "\n".join(lines) and sum("Movable" in line for line in lines) == 1
    (line,) = [line for line in lines if line.startswith(" - Node 3")]
    assert "below low" in line and "to kswapd 30.3M" in line and "to direct reclaim 31.6M" in line


def test_of_many_nodes_each_scale_stands_once(build: Any) -> None:
    zones = [
        build.zone(9000, name, node=node, **marks)
        for node in range(8)
        for name, marks in (("DMA32", {}), ("Movable", {"min": 40, "low": 900}))
    ]
    lines = texts(build, *zones)
    assert sum(line.split() == ["min", "low", "high"] for line in lines) == 2
    assert sum(line.startswith(" Movable") for line in lines) == 8


def test_one_or_two_nodes_are_not_folded(build: Any) -> None:
    zones = [build.zone(9000, node=node) for node in range(2)]
    assert folded_at_first(build.snapshot(build.system(zoneinfo=build.zoneinfo(*zones)))) == frozenset()


def test_the_time_to_low_is_that_at_the_rate_of_the_last_seconds(build: Any) -> None:
    systems = [build.system(zoneinfo=build.zoneinfo(build.zone(9000 - 775 * second))) for second in range(3)]
    lines = [text_of(line) for line in zone_lines(build.snapshot(*systems), 120)]
    assert lines[3].endswith("+24.2M   8s")
    assert lines[4] == "  to kswapd 24.2M, 8s at this rate  to direct reclaim 25.2M"


def test_wide_screens_add_the_marks_and_the_protection(build: Any) -> None:
    zone = build.zone(9000, protection=(0, 256, 512))
    assert text_of(drawn(build, zone, width=131)[3]).endswith(" 3.91M 4.88M 5.86M 6.84M")
    assert text_of(drawn(build, zone, width=180)[3]).endswith(" 3.91M 4.88M 5.86M 6.84M       0 1.00M 2.00M")


def test_zones_without_memory_are_not_there(build: Any) -> None:
    lines = texts(build, build.zone(9000), build.zone(0, "Movable", managed=0, present=0))
    assert not any("Movable" in line for line in lines)


def test_a_zone_of_a_kernel_that_tells_less_has_dashes(build: Any) -> None:
    zone = build.zone(None, min=None, low=None, high=None, promo=None, boost=None, protection=())
    row = texts(build, zone, width=140)[2]
    assert row.split() == ["Normal", "–", "1.00G", "▏", "no", "watermarks", *"––––––"]


def test_a_missing_file_says_why(build: Any) -> None:
    denied = build.snapshot(build.system(zoneinfo=Unavailable(Why.DENIED, "needs root")))
    assert [text_of(line) for line in zone_lines(denied, 80)][:2] == [" Zones", " – permission denied: needs root"]


def test_settings_say_what_their_values_mean_here(build: Any) -> None:
    more = {"zone_reclaim_mode": (5,), "watermark_boost_factor": (15000,), "vfs_cache_pressure": (50,)}
    settings = build.system(sysctl={**build.system().sysctl, **more})
    assert [text_of(line) for line in zone_lines(build.snapshot(settings), 80)][-7:] == [
        " min_free_kbytes        66.0M  the min marks of all zones add up to it",
        " watermark_scale_factor    10  the marks lie at least 0.10 % of a zone apart",
        " watermark_boost_factor 15000  after fragmentation marks rise by up to 150 % of…",
        " zone_reclaim_mode          5  a full node reclaims its own before it takes fro…",
        " swappiness                60  swap I/O is taken to cost 2.3 times a file read",
        " vfs_cache_pressure        50  dentries and inodes are reclaimed at 0.5 times t…",
        " overcommit_memory          0  only obvious excess is refused; 5.00G promised",
    ]
    strict = build.snapshot(build.system(sysctl={"overcommit_memory": (2,)}))
    assert text_of(zone_lines(strict, 80)[-1]).endswith("  refused past the commit limit: 5.00G of 6.00G")
    assert text_of(zone_lines(strict, 80)[-2]).endswith("  – not in this kernel")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "swap only once free and file pages are below high"),
        (100, "swap I/O is taken to cost 1.0 times a file read"),
        (200, "swap I/O is taken to cost 0.0 times a file read"),
    ],
)
def test_swappiness_in_words(value: int, said: str) -> None:
    assert swappiness(value) == said
