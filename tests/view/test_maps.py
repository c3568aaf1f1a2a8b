"""Rows of the mapping table: folding, order, growth, titles."""

from typing import Any

from memtui.model.mappings import AddressSpace, Hints, Kind, address_space
from memtui.model.sample import ProcKey
from memtui.proc.mappings import Mapping
from memtui.proc.pid_status import PidStatus
from memtui.proc.smaps import Rollup
from memtui.view import maps
from memtui.view.lines import text_of, width_of
from memtui.view.reconcile import in_words, sums

KIB, MIB = 1 << 10, 1 << 20
BASE = 0x7F0000000000


def at(start: int, size: int, perms: str = "rw-p", path: str = "", **values: Any) -> Mapping:
    usual: dict[str, Any] = dict.fromkeys(Mapping._fields, 0) | {
        "start": start, "end": start + size, "perms": perms, "path": path, "device": "00:00", "size": size,
        "vm_flags": ("rd", "wr", "zz"), "rss": size // 2, "pss": size // 4, "private_dirty": size // 8,
    }  # fmt: skip
    return Mapping(**{**usual, **values})


def space(*more: Mapping) -> AddressSpace:
    found = [
        at(BASE, MIB, "r-xp", "/lib/a.so"), at(BASE + MIB, 3 * MIB, "r-xp", "/lib/b\x1b.so"),
        at(BASE + 9 * MIB, 8 * MIB), at(BASE + 30 * MIB, MIB, "rw-p", "[heap]"), *more,
    ]  # fmt: skip
    return address_space(ProcKey(1, 2), 0.0, 0.1, 7, found, Hints("/bin/x"))


def titles(rows: list[maps.Row]) -> list[str]:
    return ["  " * row.depth + row.title for row in rows]


def test_kinds_come_first_largest_pss_first() -> None:
    assert titles(maps.rows(space(), ())) == ["anonymous", "2 libraries", "heap"]
    assert titles(maps.rows(space(), (), reverse=True)) == ["heap", "2 libraries", "anonymous"]
    assert titles(maps.rows(space(), (), "name")) == ["anonymous", "heap", "2 libraries"]


def test_a_kind_opens_into_names_and_a_name_into_mappings() -> None:
    library_b = (Kind.LIBRARY, "/lib/b\x1b.so")
    rows = maps.rows(space(), {Kind.LIBRARY, library_b})
    assert titles(rows) == [
        "anonymous", "2 libraries", "  b\\x1b.so", f"    {BASE + MIB:x}-{BASE + 4 * MIB:x} r-xp", "  a.so", "heap",
    ]  # fmt: skip
    assert [row.opened for row in rows] == [None, True, True, None, False, None]


def test_a_kind_of_one_name_opens_into_mappings_at_once() -> None:
    more = at(BASE + 50 * MIB, 32 * MIB)
    rows = maps.rows(space(more), {Kind.ANONYMOUS})
    assert [row.depth for row in rows[:3]] == [0, 1, 1]
    assert [row.item.size for row in rows[:3]] == [40 * MIB, 32 * MIB, 8 * MIB]


def test_growth_is_held_against_the_reading_before() -> None:
    before = maps.sizes_by_key(space())
    after = space(at(BASE + 90 * MIB, 2 * MIB, "rw-s", "/dev/zero (deleted)"))
    grown = {row.title: row.growth for row in maps.rows(after, (), before=before)}
    assert grown == {"anonymous": 0, "2 libraries": 0, "heap": 0, "shm shared anonymous": MIB}
    assert {row.growth for row in maps.rows(after, ())} == {None}


def test_lines_fit_and_titles_are_marked() -> None:
    for width in (60, 80, 120):
        grid = maps.grid(width, "pss", reverse=False, growth=True)
        lines = [grid.head, *(grid.row(row) for row in maps.rows(space(), {Kind.LIBRARY}))]
        assert "PSS▼" in text_of(lines[0])
        assert all("\x1b" not in text_of(line) for line in lines)
        assert "▾ 2 libraries" in text_of(lines[2]) or width_of(lines[2]) > width
    assert maps.flags_in_words(at(BASE, MIB)) == "readable, writable, zz"


def rollup(**sizes: int) -> Rollup:
    return Rollup(**{**dict.fromkeys(Rollup._fields, 0), **sizes})


def status(size: int) -> PidStatus:
    return PidStatus(**{**dict.fromkeys(PidStatus._fields), "vm_size": size})


def test_what_does_not_add_up_is_named() -> None:
    vsyscall = at(0xFFFFFFFFFF600000, 4 * KIB, "--xp", "[vsyscall]", rss=0, pss=0, private_dirty=0)
    found = space(vsyscall)
    total = found.total
    whole = rollup(rss=total.rss, pss=total.pss + 3 * KIB, uss=total.uss, private_dirty=total.uss)
    words = {one.name: in_words(one) for one in sums(found, whole, status(total.size - 4 * KIB))}
    assert words["Size"].endswith("+4K, [vsyscall] is not in VmSize")
    assert words["Rss"] == "Rss 6.50M: the sum of the mappings is what the kernel says of the whole"
    assert words["Pss"].endswith("-3K, each of 5 mappings is rounded down to KiB")
    moved = {one.name: one for one in sums(found, whole._replace(rss=0, pss=0), None)}
    assert not moved["Rss"].explained
    assert not moved["Pss"].explained
    assert "changed between the two readings" in in_words(moved["Rss"])
    assert sums(found, None, None) == []
