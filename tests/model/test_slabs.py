"""Slab rows: sizes as slabtop counts them, and growth over a minute."""

from pathlib import Path

from memtui.model.slabs import SlabModel
from memtui.proc import slabinfo
from memtui.proc.slabinfo import Slab
from memtui.proc.unavailable import ABSENT

TREE = Path(__file__).parents[1] / "trees" / "numa2-6.12"
PAGE = 4096


def slab(slabs: int, name: str = "dentry") -> Slab:
    return Slab(name, 90, 100, 192, 21, 2, slabs, slabs)


def test_it_agrees_with_slabtop() -> None:
    rows = SlabModel().advance(slabinfo.parse((TREE / "proc" / "slabinfo").read_bytes()), 1.0, PAGE)
    assert rows is not None
    by_name = {row.name: row for row in rows.rows}
    agreed = 0
    for line in (TREE / "slabtop.txt").read_text().splitlines()[7:]:
        objects, active, use, size, slabs, per_slab, total, name = line.split()
        row = by_name[name]
        if int(objects) != row.objects:  # it changed between the two
            continue
        agreed += 1
        assert (row.slabs, row.per_slab) == (int(slabs), int(per_slab))
        assert row.size == int(total.removesuffix("K")) * 1024
        assert f"{row.object_size / 1024:.2f}K" == size
        if row.active == int(active) and row.used_pct is not None:
            assert int(use.removesuffix("%")) == int(row.used_pct)
    assert agreed > 150


def test_growth_is_over_a_minute_at_most() -> None:
    model = SlabModel()
    growths = []
    for second in range(0, 100, 10):
        slabs = model.advance((slab(10 + second),), float(second), PAGE)
        assert slabs is not None
        growths.append(slabs.rows[0].growth)
    assert growths[0] is None
    assert growths[1] == 10 * 2 * PAGE and growths[-1] == 60 * 2 * PAGE


def test_samples_between_are_skipped_a_long_pause_forgets_and_a_refusal_is_a_reason() -> None:
    model = SlabModel()
    model.advance((slab(10),), 1.0, PAGE)
    assert model.advance(None, 2.0, PAGE) is None
    again = model.advance((slab(20),), 11.0, PAGE)
    assert again is not None and again.rows[0].growth == 10 * 2 * PAGE
    later = model.advance((slab(30),), 100.0, PAGE)
    assert later is not None and later.rows[0].growth is None
    refused = model.advance(ABSENT, 101.0, PAGE)
    assert refused is not None and refused.reason == ABSENT and refused.size == 0
