"""The system parsers against this kernel: psutil, sysconf, sysfs and the kernel's other files say the same."""

import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from memtui.proc import cpustat, loadavg, meminfo, pressure, swaps, sysctl, uptime, vmstat, zoneinfo
from memtui.proc.source import ProcSource

PAGE = os.sysconf("SC_PAGE_SIZE")
source = ProcSource()


def agree(ours: Callable[[], object], theirs: Callable[[], object]) -> bool:
    """Whether two readings of moving numbers meet, in one of many tries."""
    return any(ours() == theirs() for _ in range(500))


def test_meminfo_totals_are_those_of_sysconf_and_psutil() -> None:
    info = meminfo.parse(source.read("meminfo"))
    assert info.get("MemTotal") == os.sysconf("SC_PHYS_PAGES") * PAGE == psutil.virtual_memory().total
    assert info.get("SwapTotal") == psutil.swap_memory().total


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("MemFree", "free"),
        ("MemAvailable", "available"),
        ("Active", "active"),
        ("Inactive", "inactive"),
        ("Buffers", "buffers"),
        ("Shmem", "shared"),
        ("Slab", "slab"),
    ],
)
def test_meminfo_lines_are_the_bytes_that_psutil_gives(line: str, field: str) -> None:
    assert agree(
        lambda: meminfo.parse(source.read("meminfo")).get(line),
        lambda: getattr(psutil.virtual_memory(), field),
    )


def test_meminfo_and_vmstat_keep_every_line_of_this_kernel() -> None:
    for name, values in (
        ("meminfo", meminfo.parse(source.read("meminfo")).values),
        ("vmstat", vmstat.parse(source.read("vmstat")).values),
    ):
        assert len(values) == source.read(name).count(b"\n")


def test_vmstat_swap_traffic_is_what_psutil_gives() -> None:
    def ours() -> tuple[int, ...]:
        stat = vmstat.parse(source.read("vmstat"))
        return tuple((stat.get(name) or 0) * PAGE for name in ("pswpin", "pswpout"))

    def theirs() -> tuple[int, ...]:
        swap = psutil.swap_memory()
        return swap.sin, swap.sout

    assert agree(ours, theirs)


def test_events_of_vmstat_only_grow_and_count_the_pages_that_we_touch() -> None:
    before = vmstat.parse(source.read("vmstat"))
    with mmap.mmap(-1, 64 * PAGE) as area:
        for place in range(0, len(area), PAGE):
            area[place] = 1
    after = vmstat.parse(source.read("vmstat"))
    grown = {name: (after.get(name) or 0) - value for name, value in before.values.items()}
    assert all(grown[name] >= 0 for name in ("pgmajfault", "pswpin", "pswpout", "pgfree"))
    assert grown["pgfault"] > 0
    assert (after.by_zone("pgalloc") or 0) > (before.by_zone("pgalloc") or 0)


def test_managed_pages_of_a_node_are_its_memtotal_in_sysfs() -> None:
    # Not /proc/meminfo's MemTotal: a hypervisor's kernel may count memory there that no zone has got yet.
    for node in zoneinfo.parse(source.read("zoneinfo")).nodes:
        path = f"devices/system/node/node{node.id}/meminfo"
        if not os.path.exists(f"/sys/{path}"):
            pytest.skip("kernel without NUMA")
        total = source.read_sys(path).split(b"\n")[0].split()
        assert total[:3] == [b"Node", b"%d" % node.id, b"MemTotal:"]
        assert sum(zone.managed or 0 for zone in node.zones) * PAGE == int(total[3]) * 1024


def test_zone_sizes_are_in_their_order_and_watermarks_in_theirs() -> None:
    zones = [z for node in zoneinfo.parse(source.read("zoneinfo")).nodes for z in node.zones if z.populated]
    assert zones
    for zone in zones:
        assert zone.free is not None and zone.managed is not None and zone.present is not None
        assert zone.min is not None and zone.low is not None and zone.high is not None
        assert zone.spanned is not None and zone.start_pfn is not None
        assert 0 <= zone.free <= zone.managed <= zone.present <= zone.spanned
        assert zone.min <= zone.low <= zone.high
        assert [pageset.cpu for pageset in zone.pagesets] == sorted({pageset.cpu for pageset in zone.pagesets})
        assert len(zone.pagesets) == os.cpu_count()


@pytest.mark.parametrize("name", ["nr_free_pages", "nr_mlock"])
def test_counters_of_all_zones_add_up_to_vmstat(name: str) -> None:
    def by_zone() -> int:
        nodes = zoneinfo.parse(source.read("zoneinfo")).nodes
        return sum(zone.stats.get(name, 0) for node in nodes for zone in node.zones)

    assert agree(by_zone, lambda: vmstat.parse(source.read("vmstat")).get(name))


@pytest.mark.parametrize("name", ["nr_kernel_stack", "nr_anon_pages", "nr_slab_unreclaimable"])
def test_counters_of_all_nodes_add_up_to_vmstat(name: str) -> None:
    nodes = zoneinfo.parse(source.read("zoneinfo")).nodes
    if not any(node.stats for node in nodes):
        pytest.skip("kernel before 4.8: no counters by node")

    def by_node() -> int:
        return sum(node.stats[name] for node in zoneinfo.parse(source.read("zoneinfo")).nodes if node.stats)

    assert agree(by_node, lambda: vmstat.parse(source.read("vmstat")).get(name))


def test_swap_areas_add_up_to_the_swap_total_of_meminfo() -> None:
    areas = swaps.parse(source.read("swaps"))
    assert len(areas) == source.read("swaps").count(b"\n") - 1
    assert sum(area.size for area in areas) == meminfo.parse(source.read("meminfo")).get("SwapTotal")


def test_cpus_and_boot_time_are_those_of_the_system() -> None:
    stat = cpustat.parse(source.read("stat"))
    assert stat.cpus == os.cpu_count()
    assert stat.btime == int(psutil.boot_time())
    assert stat.user is not None and stat.idle is not None and stat.processes is not None
    assert abs(stat.user / source.clock_ticks - psutil.cpu_times().user) < 5


def test_uptime_is_the_boot_clock() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    up = uptime.parse(source.read("uptime")).up
    after = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert up is not None and before - 0.01 <= up <= after


def test_loadavg_is_what_the_library_call_gives_but_for_rounding() -> None:
    def near() -> bool:
        load = loadavg.parse(source.read("loadavg"))
        return (load.load1, load.load5, load.load15) == pytest.approx(os.getloadavg(), abs=0.011)

    assert agree(near, lambda: True)


@pytest.mark.parametrize("resource", ["memory", "io", "cpu"])
def test_pressure_totals_do_not_go_backwards(resource: str) -> None:
    if not Path("/proc/pressure").exists():
        pytest.skip("kernel without PSI")
    first, second = (pressure.parse(source.read(f"pressure/{resource}")).some for _ in range(2))
    assert first is not None and second is not None
    assert 0 <= first.total <= second.total
    assert all(0 <= average <= 100 for average in (first.avg10, first.avg60, first.avg300))


def test_every_setting_of_this_kernel_is_numbers() -> None:
    there = [name for name in sysctl.VM if os.access(f"/proc/sys/vm/{name}", os.R_OK)]
    assert {"swappiness", "min_free_kbytes", "lowmem_reserve_ratio", "page-cluster"} <= set(there)
    for name in there:
        numbers = sysctl.parse(source.read(f"sys/vm/{name}"))
        assert numbers is not None
        assert (len(numbers) > 1) == (name == "lowmem_reserve_ratio")
