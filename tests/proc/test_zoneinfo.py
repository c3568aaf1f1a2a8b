"""/proc/zoneinfo: exact zones from recorded kernels of five formats, and damage that stays where it is."""

from collections.abc import Callable

import pytest

from memtui.proc import meminfo, vmstat, zoneinfo
from memtui.proc.zoneinfo import Node, Pageset, Zone, Zoneinfo

Recorded = Callable[[str], bytes]
PAGE = 4096


def zone_of(info: Zoneinfo, node: int, name: str) -> Zone:
    return next(zone for zone in info.nodes[node].zones if zone.name == name)


@pytest.mark.parametrize(
    ("kernel", "shape"),
    [
        ("3.10", [(0, 0, ["DMA", "DMA32", "Normal"])]),
        ("5.10", [(0, 37, ["DMA", "DMA32"]), (1, 37, ["DMA32"])]),
        ("6.1", [(0, 43, ["DMA", "DMA32"]), (1, 43, ["DMA32"])]),
        ("6.12", [(0, 47, ["DMA", "DMA32"]), (1, 47, ["DMA32"])]),
        ("6.18", [(0, 51, ["DMA", "DMA32", "Normal"])]),
    ],
)
def test_nodes_have_their_own_counters_and_their_populated_zones(
    recorded: Recorded, kernel: str, shape: list[tuple[int, int, list[str]]]
) -> None:
    info = zoneinfo.parse(recorded(f"{kernel}/zoneinfo"))
    assert [(n.id, len(n.stats), [z.name for z in n.zones if z.populated]) for n in info.nodes] == shape
    assert all(zone.node == node.id for node in info.nodes for zone in node.zones)


def test_a_zone_of_6_18_in_full(recorded: Recorded) -> None:
    assert zone_of(zoneinfo.parse(recorded("6.18/zoneinfo")), 0, "DMA") == Zone(
        node=0,
        name="DMA",
        free=3840,
        boost=0,
        min=29,
        low=36,
        high=43,
        promo=50,
        spanned=4095,
        present=3998,
        managed=3840,
        cma=0,
        protection=(0, 3019, 8523, 8523, 8523),
        stats={
            "nr_free_pages": 3840,
            "nr_free_pages_blocks": 3584,
            "nr_zone_inactive_anon": 0,
            "nr_zone_active_anon": 0,
            "nr_zone_inactive_file": 0,
            "nr_zone_active_file": 0,
            "nr_zone_unevictable": 0,
            "nr_zone_write_pending": 0,
            "nr_mlock": 0,
            "nr_zspages": 0,
            "nr_free_cma": 0,
            "numa_hit": 0,
            "numa_miss": 0,
            "numa_foreign": 0,
            "numa_interleave": 0,
            "numa_local": 0,
            "numa_other": 0,
        },
        pagesets=(Pageset(0, 0, 0, 1, 18, 240, 4), Pageset(1, 0, 0, 1, 18, 240, 4)),
        node_unreclaimable=0,
        start_pfn=1,
    )


def test_a_zone_of_5_10_has_no_boost_promo_and_cma(recorded: Recorded) -> None:
    zone = zone_of(zoneinfo.parse(recorded("5.10/zoneinfo")), 0, "DMA32")
    assert (zone.free, zone.min, zone.low, zone.high) == (86661, 4595, 5743, 6891)
    assert (zone.boost, zone.promo, zone.cma) == (None, None, None)
    assert (zone.spanned, zone.present, zone.managed) == (94208, 94208, 92563)
    assert zone.protection == (0, 0, 0, 0, 0)
    assert zone.pagesets == (
        Pageset(0, 50, 186, 31, None, None, 12),
        Pageset(1, 155, 186, 31, None, None, 12),
    )
    assert (zone.node_unreclaimable, zone.start_pfn) == (0, 4096)
    assert (len(zone.stats), zone.stats["nr_page_table_pages"], zone.stats["numa_other"]) == (18, 12, 901)


@pytest.mark.parametrize(
    ("kernel", "marks", "managed", "pageset"),
    [
        ("6.1", (0, 4595, 5743, 6891, None), 92564, Pageset(1, 1002, 5743, 31, None, None, 12)),
        ("6.12", (0, 4035, 5043, 6051, 7059), 83147, Pageset(1, 2870, 5043, 15, None, None, 12)),
    ],
)
def test_watermarks_of_6_1_and_6_12(
    recorded: Recorded, kernel: str, marks: tuple[int | None, ...], managed: int, pageset: Pageset
) -> None:
    zone = zone_of(zoneinfo.parse(recorded(f"{kernel}/zoneinfo")), 0, "DMA32")
    assert (zone.boost, zone.min, zone.low, zone.high, zone.promo) == marks
    assert (zone.managed, zone.pagesets[1], zone.cma) == (managed, pageset, 0)


def test_a_zone_of_3_10_keeps_the_numbers_that_newer_kernels_dropped(recorded: Recorded) -> None:
    zone = zone_of(zoneinfo.parse(recorded("3.10/zoneinfo")), 0, "DMA")
    assert (zone.free, zone.min, zone.low, zone.high) == (3967, 33, 41, 49)
    assert (zone.spanned, zone.present, zone.managed, zone.start_pfn) == (4095, 3998, 3977, 1)
    assert (zone.boost, zone.promo, zone.cma, zone.node_unreclaimable) == (None, None, None, None)
    assert zone.protection == (0, 2830, 7804, 7804)
    assert zone.pagesets == (Pageset(0, 0, 0, 1, None, None, 4), Pageset(1, 0, 0, 1, None, None, 4))
    assert (zone.stats["scanned"], zone.stats["all_unreclaimable"], zone.stats["inactive_ratio"]) == (0, 1, 1)
    assert len(zone.stats) == 38 + 3


def test_the_second_node_has_its_own_counters(recorded: Recorded) -> None:
    first, second = zoneinfo.parse(recorded("5.10/zoneinfo")).nodes
    assert (first.stats["nr_inactive_anon"], first.stats["nr_kernel_stack"]) == (47, 752)
    assert (second.stats["nr_inactive_anon"], second.stats["nr_kernel_stack"]) == (4968, 224)


def test_an_unpopulated_zone_is_printed_short_and_has_no_counters(recorded: Recorded) -> None:
    zone = zone_of(zoneinfo.parse(recorded("6.12/zoneinfo")), 1, "Movable")
    assert not zone.populated
    assert (zone.free, zone.min, zone.promo, zone.managed, zone.cma) == (0, 32, 32, 0, 0)
    assert (zone.protection, zone.stats, zone.pagesets) == ((0, 0, 0, 0, 0), {}, ())
    assert (zone.start_pfn, zone.node_unreclaimable) == (None, None)


@pytest.mark.parametrize("kernel", ["3.10", "5.10", "6.1", "6.12"])
def test_managed_pages_add_up_to_memtotal(recorded: Recorded, kernel: str) -> None:
    info = zoneinfo.parse(recorded(f"{kernel}/zoneinfo"))
    managed = sum(zone.managed or 0 for node in info.nodes for zone in node.zones)
    assert managed * PAGE == meminfo.parse(recorded(f"{kernel}/meminfo")).get("MemTotal")


def test_counters_of_3_10_zones_add_up_to_its_vmstat(recorded: Recorded) -> None:
    zones = zoneinfo.parse(recorded("3.10/zoneinfo")).nodes[0].zones
    stat = vmstat.parse(recorded("3.10/vmstat"))
    names = [name for name in zones[0].stats if name.startswith(("nr_", "numa_"))]
    assert len(names) == 35
    assert {name: sum(zone.stats[name] for zone in zones) for name in names} == {n: stat.get(n) for n in names}


def test_numbers_unknown_today_are_kept_in_the_section_that_they_stand_in() -> None:
    text = b"""Node 0, zone   Normal
  per-node stats
      nr_new_of_node 1
  pages free     2
        newmark  3
        present  9
        protection: (0)
      nr_new_of_zone 4
  pagesets
    cpu: 5
              count: 6
              new:   7
  new_tail:  8
"""
    (node,) = zoneinfo.parse(text).nodes
    assert node.stats == {"nr_new_of_node": 1}
    assert node.zones[0].stats == {"newmark": 3, "nr_new_of_zone": 4, "new_tail": 8}
    assert node.zones[0].pagesets == (Pageset(cpu=5, count=6),)
    assert node.zones[0].protection == (0,)


@pytest.mark.parametrize(
    ("sizes", "populated"),
    [
        (b"managed 0\n present 7", True),
        (b"present 7", True),
        (b"managed 7", True),
        (b"spanned 7", False),
        (b"", False),
    ],
)
def test_a_zone_with_managed_or_present_pages_is_populated(sizes: bytes, populated: bool) -> None:
    (node,) = zoneinfo.parse(b"Node 0, zone DMA\n  pages free 1\n " + sizes).nodes
    assert node.zones[0].populated is populated


def test_a_zone_with_a_damaged_header_does_not_leak_into_the_zone_before_it(recorded: Recorded) -> None:
    whole = recorded("5.10/zoneinfo")
    before = zone_of(zoneinfo.parse(whole), 0, "DMA")
    for damage in (b"Nude 0, zone    DMA32", b"Node x, zone    DMA32", b"Node 0, zone", b"Node 0"):
        damaged = zoneinfo.parse(whole.replace(b"Node 0, zone    DMA32", damage, 1))
        assert [zone.name for zone in damaged.nodes[0].zones] == ["DMA", "Normal", "Movable", "Device"]
        assert zone_of(damaged, 0, "DMA") == before


@pytest.mark.parametrize("text", [b"()", b"(0, x)", b"(0 1)", b"(", b"0, 1"])
def test_a_damaged_protection_line_gives_none_of_its_numbers(text: bytes) -> None:
    (node,) = zoneinfo.parse(b"Node 0, zone DMA\n  pages free 1\n        protection: " + text + b"\n").nodes
    assert node.zones[0].protection == ()
    assert node.zones[0].free == 1


def test_lines_that_are_not_understood_are_skipped_and_the_others_stay() -> None:
    lines = b"  pages free 1\n        min -4\n        low x\n   9\n        high 5\n              count: 8\n"
    (node,) = zoneinfo.parse(b"Node 3, zone DMA\n" + lines).nodes
    zone = node.zones[0]
    assert (node.id, zone.free, zone.min, zone.low, zone.high) == (3, 1, None, None, 5)
    assert (zone.stats, zone.pagesets) == ({}, ())


def test_an_empty_file_gives_the_empty_record() -> None:
    assert zoneinfo.parse(b"") == Zoneinfo()


def test_a_header_alone_is_a_zone_of_which_nothing_is_known() -> None:
    (node,) = zoneinfo.parse(b"Node 1, zone HighMem\n").nodes
    assert node == Node(1, {}, node.zones)
    assert (node.zones[0].name, node.zones[0].free, node.zones[0].populated) == ("HighMem", None, False)
