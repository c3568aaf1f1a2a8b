"""What a mapping is, by name, permissions and neighbours; and that nothing is lost in adding up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.mappings import (
    MAIN_STACK,
    SHARED_ANONYMOUS,
    THREAD_STACKS,
    Hints,
    Key,
    Kind,
    address_space,
    by_kind,
    classify,
    gather,
    grouped,
)
from memtui.model.sample import ProcKey
from memtui.proc.mappings import Mapping

KIB, MIB = 1 << 10, 1 << 20
EXE = "/usr/bin/daemon"
ARENA = 64 * MIB
BASE = 0x7F0000000000


def at(start: int, size: int, perms: str = "rw-p", path: str = "", **values: Any) -> Mapping:
    usual: dict[str, Any] = dict.fromkeys(Mapping._fields, 0) | {
        "start": start, "end": start + size, "perms": perms, "path": path, "device": "00:00", "size": size,
        "vm_flags": (), "rss": size // 2, "pss": size // 4, "private_dirty": size // 8,
    }  # fmt: skip
    return Mapping(**{**usual, **values})


def one(path: str, perms: str = "rw-p", hints: Hints | None = None, **values: Any) -> Key:
    (key,) = classify([at(BASE, values.pop("size", MIB), perms, path, **values)], hints or Hints(EXE))
    return key


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("[heap]", (Kind.HEAP, "heap")),
        ("[stack]", (Kind.STACK, MAIN_STACK)),
        ("[stack:77]", (Kind.STACK, THREAD_STACKS)),
        ("[vdso]", (Kind.KERNEL, "[vdso]")),
        ("[vsyscall]", (Kind.KERNEL, "[vsyscall]")),
        ("[anon:jemalloc]", (Kind.NAMED, "[anon:jemalloc]")),
        ("[anon: glibc: malloc arena]", (Kind.ARENA, "malloc arenas")),
        ("[anon: glibc: pthread stack: 12]", (Kind.STACK, THREAD_STACKS)),
        ("[anon_shmem:pool]", (Kind.SHM, "[anon_shmem:pool]")),
        (EXE, (Kind.PROGRAM, EXE)),
        ("/usr/lib/libc.so.6", (Kind.LIBRARY, "/usr/lib/libc.so.6")),
        ("/var/lib/db/base", (Kind.FILE, "/var/lib/db/base")),
        ("/memfd:pool (deleted)", (Kind.SHM, "memfd:pool")),
        ("/SYSV000004d2 (deleted)", (Kind.SHM, "SYSV000004d2")),
        ("/dev/shm/PostgreSQL.1", (Kind.SHM, "/dev/shm/PostgreSQL.1")),
        ("/dev/nvidia0", (Kind.DEVICE, "/dev/nvidia0")),
        ("anon_inode:[perf_event]", (Kind.DEVICE, "anon_inode:[perf_event]")),
        ("/anon_hugepage (deleted)", (Kind.HUGETLB, "/anon_hugepage")),
    ],
)
def test_a_name_says_what_it_is(path: str, key: Key) -> None:
    assert one(path) == key


def test_shared_memory_without_a_name_is_dev_zero() -> None:
    assert one("/dev/zero (deleted)", "rw-s") == (Kind.SHM, SHARED_ANONYMOUS)
    assert one("/dev/zero", "rw-p") == (Kind.DEVICE, "/dev/zero")


def test_a_file_is_shared_memory_where_its_device_is_tmpfs() -> None:
    hints = Hints(EXE, frozenset({"00:2a"}))
    assert one("/run/pool", "rw-s", hints, device="00:2a") == (Kind.SHM, "/run/pool")
    assert one("/run/pool", "rw-s", hints, device="00:2b") == (Kind.FILE, "/run/pool")


def test_what_has_code_is_a_library_all_of_it() -> None:
    data, code = at(BASE, MIB, "r--p", "/opt/plugin"), at(BASE + MIB, MIB, "r-xp", "/opt/plugin")
    assert classify([data, code], Hints(EXE)) == ((Kind.LIBRARY, "/opt/plugin"),) * 2


def test_flags_tell_devices_and_huge_pages() -> None:
    assert one("/some/bar", vm_flags=("rd", "io", "pf")) == (Kind.DEVICE, "/some/bar")
    assert one("/mnt/huge/x", vm_flags=("ht",)) == (Kind.HUGETLB, "/mnt/huge/x")
    assert one("", vm_flags=("ht",)) == (Kind.HUGETLB, "anonymous hugetlb")


def test_the_programs_zeroed_data_is_its_own_a_librarys_is_not() -> None:
    program = [at(BASE, MIB, "rw-p", EXE), at(BASE + MIB, MIB)]
    assert classify(program, Hints(EXE)) == ((Kind.PROGRAM, EXE),) * 2
    library = [at(BASE, MIB, "rw-p", "/lib/a.so"), at(BASE + MIB, MIB)]
    assert [key[0] for key in classify(library, Hints(EXE))] == [Kind.LIBRARY, Kind.ANONYMOUS]
    apart = [at(BASE, MIB, "rw-p", EXE), at(BASE + 2 * MIB, MIB)]
    assert classify(apart, Hints(EXE))[1][0] is Kind.ANONYMOUS
    code = [at(BASE, MIB, "r-xp", EXE), at(BASE + MIB, MIB)]
    assert classify(code, Hints(EXE))[1][0] is Kind.ANONYMOUS


def test_a_thread_stack_is_told_by_its_guard_which_counts_with_it() -> None:
    guard, stack = at(BASE, 4 * KIB, "---p", rss=0), at(BASE + 4 * KIB, 8 * MIB)
    assert classify([guard, stack], Hints(EXE)) == ((Kind.STACK, THREAD_STACKS),) * 2


def test_where_the_threads_say_where_their_stacks_are_no_other_is_one() -> None:
    guard, stack = at(BASE, 4 * KIB, "---p", rss=0), at(BASE + 4 * KIB, 8 * MIB)
    inside = frozenset({BASE + MIB})
    assert classify([guard, stack], Hints(EXE, stacks=inside)) == ((Kind.STACK, THREAD_STACKS),) * 2
    elsewhere = classify([guard, stack], Hints(EXE, stacks=frozenset({BASE - 1})))
    assert [key[0] for key in elsewhere] == [Kind.RESERVED, Kind.ANONYMOUS]


def test_a_large_reservation_guards_nothing() -> None:
    wall, heap = at(BASE, 60 * MIB, "---p", rss=0), at(BASE + 60 * MIB, 4 * MIB)
    assert [key[0] for key in classify([wall, heap], Hints(EXE))] == [Kind.RESERVED, Kind.ANONYMOUS]


def test_an_arena_is_told_by_its_place_and_its_unused_rest() -> None:
    assert BASE % ARENA == 0
    used, rest = at(BASE, 132 * KIB), at(BASE + 132 * KIB, ARENA - 132 * KIB, "---p", rss=0)
    assert [key[0] for key in classify([used, rest], Hints(EXE))] == [Kind.ARENA, Kind.ARENA]
    next_to_it = [
        used,
        rest,
        at(BASE + ARENA, 132 * KIB),
        at(BASE + ARENA + 132 * KIB, ARENA - 132 * KIB, "---p", rss=0),
    ]
    assert {key[0] for key in classify(next_to_it, Hints(EXE))} == {Kind.ARENA}
    assert one("", size=ARENA) == (Kind.ANONYMOUS, "anonymous")  # by chance, or used up: it can't be told
    short = [used, at(BASE + 132 * KIB, 4 * KIB, "---p", rss=0)]
    assert classify(short, Hints(EXE))[0][0] is Kind.ANONYMOUS


def test_what_may_not_be_touched_but_holds_pages_is_no_reservation() -> None:
    assert one("", "---p", rss=0) == (Kind.RESERVED, "no access")
    assert one("", "---p", rss=4 * KIB) == (Kind.ANONYMOUS, "anonymous")
    assert one("", "---p", rss=0, swap=4 * KIB) == (Kind.ANONYMOUS, "anonymous")


def test_groups_come_by_kind_and_size_and_kinds_add_up() -> None:
    maps = [at(BASE, MIB, "r-xp", "/lib/a.so"), at(BASE + MIB, 3 * MIB, "r-xp", "/lib/b.so"), at(BASE + 9 * MIB, MIB)]
    space = address_space(ProcKey(1, 2), 0.0, 0.1, 7, maps, Hints(EXE))
    assert [group.name for group in space.groups] == ["/lib/b.so", "/lib/a.so", "anonymous"]
    kinds = by_kind(space.groups)
    assert [(group.kind, group.name, group.size, len(group.mappings)) for group in kinds] == [
        (Kind.LIBRARY, "", 4 * MIB, 2),
        (Kind.ANONYMOUS, "anonymous", MIB, 1),
    ]


def test_a_line_that_the_kernel_lacks_is_missing_and_not_zero() -> None:
    old = [at(BASE, MIB, anon_huge=None, swap_pss=None, private_hugetlb=None)]
    group = gather((Kind.ANONYMOUS, "anonymous"), old)
    assert group.anon_huge is group.swap_pss is group.hugetlb is None
    assert gather(None, []).size == 0


PATHS = st.sampled_from(
    ["", "[heap]", "[stack]", EXE, "/lib/a.so", "/x", "/dev/zero (deleted)", "[anon:x]", "[", "]"]
)
PERMS = st.sampled_from(["rw-p", "r-xp", "---p", "rw-s", "r--p"])


@given(st.lists(st.tuples(PATHS, PERMS, st.integers(1, 2000), st.integers(0, 3)), max_size=30))
def test_every_mapping_is_in_exactly_one_group(shapes: list[tuple[str, str, int, int]]) -> None:
    maps, place = list[Mapping](), BASE
    for path, perms, pages, gap in shapes:
        maps.append(at(place, pages * 4096, perms, path))
        place += (pages + gap) * 4096
    groups = grouped(maps, classify(maps, Hints(EXE)))
    assert sorted(one.start for group in groups for one in group.mappings) == [one.start for one in maps]
    total = gather(None, maps)
    for name in ("size", "rss", "pss", "uss", "swap", "referenced"):
        assert sum(getattr(group, name) for group in groups) == getattr(total, name)
