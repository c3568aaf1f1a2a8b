"""free(1)'s definitions, and the account of RAM that adds up on every recorded kernel."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.memory import Kind, Pages, mapped_bounds, memory, pages
from memtui.proc import meminfo, zoneinfo
from memtui.proc.meminfo import Meminfo
from memtui.proc.unavailable import ABSENT
from memtui.proc.vmstat import Vmstat

DATA = Path(__file__).parents[1] / "proc" / "data"
KERNELS = sorted(path.name for path in DATA.iterdir())
KIB, GIB = 1 << 10, 1 << 30
ZONE = b"""Node 0, zone   Normal
  pages free     100
        min      1
        managed  1000
  pagesets
    cpu: 0
              count: 50
              high:  186
    cpu: 1
              count: 7
  start_pfn:           4096
"""
LINES = {
    "MemTotal": 16 * GIB,
    "MemFree": 2 * GIB,
    "MemAvailable": 9 * GIB,
    "Buffers": 1 * GIB,
    "Cached": 6 * GIB,
    "SwapCached": 77,
    "AnonPages": 3 * GIB,
    "Shmem": GIB,
    "Mapped": 2 * GIB,
    "KReclaimable": 3 * GIB // 4,
    "SReclaimable": GIB // 2,
    "SUnreclaim": GIB // 4,
    "KernelStack": 16 << 20,
    "PageTables": 64 << 20,
    "SecPageTables": 1 << 20,
    "VmallocUsed": 48 << 20,
    "Percpu": 8 << 20,
    "Hugetlb": GIB,
    "SwapTotal": 8 * GIB,
    "SwapFree": 7 * GIB,
}


def test_free_s_columns_are_those_of_procps_4() -> None:
    one = memory(Meminfo(LINES))
    assert (one.total, one.free, one.available, one.used) == (16 * GIB, 2 * GIB, 9 * GIB, 7 * GIB)
    assert (one.shared, one.buffers, one.cached, one.buff_cache) == (GIB, GIB, 6 * GIB, 15 * GIB // 2)
    assert (one.swap_total, one.swap_free, one.swap_used) == (8 * GIB, 7 * GIB, GIB)
    assert (one.get("SwapCached"), one.get("NoSuchLine")) == (77, None)


def test_without_memavailable_it_is_missing_and_used_is_what_is_neither_free_nor_cache() -> None:
    one = memory(Meminfo({name: value for name, value in LINES.items() if name != "MemAvailable"}))
    assert one.available is None
    assert one.used == 16 * GIB - 2 * GIB - 15 * GIB // 2


def test_more_available_than_there_is_counts_as_what_is_free() -> None:
    # a container's meminfo; procps 4 does the same
    one = memory(Meminfo({**LINES, "MemAvailable": 17 * GIB}))
    assert (one.available, one.used) == (2 * GIB, 14 * GIB)


def test_the_account_names_every_part_once_without_overlap() -> None:
    account = dict(memory(Meminfo(LINES)).account)
    assert list(account) == list(Kind)
    assert account[Kind.ANON] == 3 * GIB
    assert account[Kind.FILE] + account[Kind.FILE_MAPPED] == 5 * GIB  # shmem lies within Cached
    assert account[Kind.FILE_MAPPED] == GIB  # of the 2 GiB mapped one may be shmem
    assert account[Kind.KERNEL_RECLAIMABLE] == GIB // 4
    assert account[Kind.SHMEM] == account[Kind.BUFFERS] == account[Kind.HUGETLB] == GIB
    assert (account[Kind.SLAB_RECLAIMABLE], account[Kind.SLAB_UNRECLAIMABLE]) == (GIB // 2, GIB // 4)
    assert account[Kind.PAGE_TABLES] == 65 << 20
    assert (account[Kind.KERNEL_STACKS], account[Kind.VMALLOC], account[Kind.PERCPU]) == (16 << 20, 32 << 20, 8 << 20)
    assert account[Kind.FREE] == 2 * GIB
    named = (3 + 5 + 1 + 1 + 1 + 2) * GIB + GIB // 2 + GIB // 4 + GIB // 4 + (65 + 16 + 32 + 8 << 20)
    assert account[Kind.OTHER] == 16 * GIB - named


def test_huge_pages_of_an_old_kernel_are_their_number_by_their_size() -> None:
    lines = {**LINES, "HugePages_Total": 3, "Hugepagesize": 2 << 20}
    del lines["Hugetlb"]
    assert dict(memory(Meminfo(lines)).account)[Kind.HUGETLB] == 6 << 20


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_account_of_every_recorded_kernel_adds_up_to_memtotal(kernel: str) -> None:
    info = meminfo.parse((DATA / kernel / "meminfo").read_bytes())
    one = memory(info)
    assert one.total == info.get("MemTotal") != 0
    assert sum(part.size for part in one.account) == one.total
    assert all(part.size >= 0 for part in one.account if part.kind is not Kind.OTHER)
    assert abs(dict(one.account)[Kind.OTHER]) < one.total * 0.2


@given(st.dictionaries(st.sampled_from([*LINES, "HugePages_Total", "Hugepagesize"]), st.integers(0, 2**74)))
def test_any_lines_give_an_account_that_adds_up_and_no_negative_use(lines: dict[str, int]) -> None:
    one = memory(Meminfo(lines))
    assert sum(part.size for part in one.account) == one.total == lines.get("MemTotal", 0)
    if one.available is not None and one.free <= one.total:
        assert 0 <= one.used <= one.total


def test_a_file_without_anything_gives_zeros_and_missing_values() -> None:
    one = memory(Meminfo({}))
    assert (one.total, one.available, one.shared, one.used) == (0, None, None, 0)


def test_what_other_files_know_is_named_too() -> None:
    account = dict(memory(Meminfo(LINES), Pages(compressed=3 << 20, memmap=5 << 20, cpu_lists=7 << 20)).account)
    plain = dict(memory(Meminfo(LINES)).account)
    assert (account[Kind.COMPRESSED], account[Kind.MEMMAP], account[Kind.CPU_LISTS]) == (3 << 20, 5 << 20, 7 << 20)
    assert account[Kind.OTHER] == plain[Kind.OTHER] - (15 << 20)
    assert sum(account.values()) == 16 * GIB


def test_free_pages_of_the_cpus_and_compressed_ones_are_counted_from_their_files() -> None:
    zone = zoneinfo.parse(ZONE)
    found = pages(Vmstat({"nr_zspages": 10, "nr_memmap_pages": 3}), zone, 4096)
    assert found == Pages(10 * 4096, 3 * 4096, (50 + 7) * 4096)
    assert pages(ABSENT, ABSENT, 4096) == Pages()


def test_swap_cache_is_what_the_lists_hold_beyond_mapped_pages_and_no_more_than_there_is() -> None:
    lists = {"AnonPages": 100, "Shmem": 10, "Active(anon)": 70, "Inactive(anon)": 60, "SwapCached": 40}
    assert dict(memory(Meminfo(lists)).account)[Kind.SWAP_CACHE] == 20
    assert dict(memory(Meminfo({**lists, "SwapCached": 5})).account)[Kind.SWAP_CACHE] == 5
    assert dict(memory(Meminfo({**lists, "AnonPages": 500})).account)[Kind.SWAP_CACHE] == 0


@pytest.mark.parametrize(
    ("mapped", "shmem", "cached", "bounds"),
    [
        (40, 0, 100, (40, 40)),  # no shmem: all of it is files
        (40, 100, 100, (0, 0)),  # nothing but shmem in the cache
        (40, 10, 100, (30, 40)),
        (90, 50, 100, (40, 50)),
        (0, 10, 100, (0, 0)),
    ],
)
def test_how_much_of_mapped_can_be_files(mapped: int, shmem: int, cached: int, bounds: tuple[int, int]) -> None:
    assert mapped_bounds({"Mapped": mapped, "Shmem": shmem, "Cached": cached}) == bounds
