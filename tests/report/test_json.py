"""The JSON face against the contract that scripts rely on, and against the very files of the recorded machine."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from memtui.model.fields import ACCOUNT, PROCESS
from memtui.proc import meminfo, pid_stat, smaps, vmstat, zoneinfo

Run = Callable[..., Any]
EVERY_COMMAND = ("free", "top", "vmstat", "zones", "cachestat", "cachetop", "oom", "diagnose")


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_every_object_says_command_time_interval_rows_and_what_is_unavailable(
    command: str, run: Run, tree: Path
) -> None:
    done = run(command, "--json", "--proc", tree / "proc")
    (document,) = done.documents
    assert (done.status, done.err) == (document.get("status", 0), "")
    assert document["command"] == command
    wall = json.loads((tree / "capture.json").read_text())["wall"]
    time = datetime.fromisoformat(document["time"])
    assert time.utcoffset() is not None
    assert time.timestamp() == pytest.approx(wall, abs=0.001)
    assert document["interval"] is None or document["interval"] > 0
    assert isinstance(document["rows"], list)
    assert all(isinstance(why, str) for why in document["unavailable"].values())


@pytest.mark.parametrize("command", EVERY_COMMAND)
@pytest.mark.parametrize("order", ["before", "after"])
def test_the_shared_options_may_stand_before_or_after_the_command(
    command: str, order: str, run: Run, host: Path
) -> None:
    shared = ["--json", "--proc", host / "proc", "--sys", host / "sys"]
    words = [*shared, command] if order == "before" else [command, *shared]
    assert run(*words).out == run(command, "--json", "--proc", host / "proc").out


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_what_is_printed_can_not_steer_a_terminal(command: str, run: Run, host: Path) -> None:
    out = run(command, "--json", "--proc", host / "proc").out
    assert out.isascii()
    assert out.count("\n") == 1
    assert out.replace("\n", "").isprintable()


def test_free_is_meminfo_by_frees_own_definitions(run: Run, tree: Path) -> None:
    (document,) = run("free", "--json", "--proc", tree / "proc").documents
    lines = meminfo.parse((tree / "proc" / "meminfo").read_bytes()).values
    mem, swap = document["rows"]
    assert mem == {
        "name": "mem",
        "total": lines["MemTotal"],
        "used": lines["MemTotal"] - lines["MemAvailable"],
        "free": lines["MemFree"],
        "shared": lines["Shmem"],
        "buff_cache": lines["Buffers"] + lines["Cached"] + lines["SReclaimable"],
        "available": lines["MemAvailable"],
    }
    assert swap["total"] == lines["SwapTotal"] > swap["used"] == lines["SwapTotal"] - lines["SwapFree"] > 0
    assert swap["shared"] is swap["buff_cache"] is swap["available"] is None


def test_the_account_names_every_part_once_and_adds_up_to_all_of_ram(run: Run, tree: Path) -> None:
    (document,) = run("free", "--json", "--proc", tree / "proc").documents
    account = document["account"]
    assert [part["name"] for part in account] == list(ACCOUNT)
    assert sum(part["bytes"] for part in account) == document["rows"][0]["total"]


def test_top_has_every_process_with_every_field(run: Run, tree: Path) -> None:
    (document,) = run("top", "--json", "--proc", tree / "proc").documents
    rows = {row["pid"]: row for row in document["rows"]}
    assert set(rows) == {int(entry.name) for entry in (tree / "proc").iterdir() if entry.name.isdigit()}
    assert all(list(row) == list(PROCESS) for row in rows.values())


def test_top_measures_are_those_of_the_files(run: Run, tree: Path) -> None:
    (document,) = run("top", "--json", "--proc", tree / "proc").documents
    measured = 0
    for row in document["rows"]:
        folder = tree / "proc" / str(row["pid"])
        stat = pid_stat.parse((folder / "stat").read_bytes())
        assert stat is not None
        assert (row["start_time"], row["minflt"], row["majflt"]) == (stat.starttime, stat.minflt, stat.majflt)
        rollup = smaps.parse((folder / "smaps_rollup").read_bytes()) if (folder / "smaps_rollup").exists() else None
        assert (row["pss"], row["uss"]) == ((rollup.pss, rollup.uss) if rollup else (None, None))
        measured += rollup is not None
    assert measured > 15


def test_a_kernel_thread_has_no_share_of_memory_and_is_listed_all_the_same(run: Run, host: Path) -> None:
    (document,) = run("top", "--json", "--proc", host / "proc").documents
    (thread,) = [row for row in document["rows"] if row["command"] == "[kswapd0]"]
    assert thread["pss"] is thread["uss"] is None
    assert thread["res"] == 0


def test_a_refused_process_has_no_share_and_the_reason_is_told(run: Run, host: Path) -> None:
    (document,) = run("top", "--json", "--proc", host / "proc").documents
    assert (host / "proc" / "1" / "smaps_rollup.unreadable").read_text() == "EACCES\n"
    assert [row["pss"] for row in document["rows"] if row["pid"] == 1] == [None]
    assert document["unavailable"]["pss"] == "permission denied: needs root or CAP_SYS_PTRACE"


def test_two_instants_give_rates_and_cpu_time(run: Run, host: Path) -> None:
    (document,) = run("top", "--json", "--proc", host / "proc").documents
    assert document["interval"] == pytest.approx(1, abs=0.1)
    rates = {row["command"].split()[0]: row for row in document["rows"]}
    assert rates["/usr/bin/redis-server"]["majflt_rate"] > 100
    assert rates["/usr/sbin/backup"]["read_rate"] > 10 << 20
    assert rates["/usr/bin/redis-server"]["cpu_pct"] > 0
    assert rates["sleeper"]["majflt_rate"] == rates["sleeper"]["cpu_pct"] == 0


def test_top_sorts_limits_filters_and_picks(run: Run, host: Path) -> None:
    def commands(*words: str) -> list[str]:
        (document,) = run("top", "--json", "--proc", host / "proc", *words).documents
        return [row["command"] for row in document["rows"]]

    assert commands("-s", "swap", "-n", "1") == ["/usr/bin/redis-server 127.0.0.1:6379"]
    assert commands("-s", "SWAP", "-n", "1") == ["/usr/bin/redis-server 127.0.0.1:6379"]
    assert commands("-s", "MAJFLT/s", "-n", "1") == ["/usr/bin/redis-server 127.0.0.1:6379"]
    assert set(commands("--filter", "CHECKPOINTER")) == {"postgres: checkpointer"}
    assert sorted(commands("-p", "1,2")) == ["/sbin/init", "[kthreadd]"]


def test_vmstat_without_interval_is_the_average_since_boot(run: Run, tree: Path) -> None:
    (document,) = run("vmstat", "--json", "--proc", tree / "proc").documents
    up = float((tree / "proc" / "uptime").read_text().split()[0])
    counters = vmstat.parse((tree / "proc" / "vmstat").read_bytes()).values
    (row,) = document["rows"]
    assert document["interval"] == up
    for name in ("pgfault", "pgmajfault", "pswpin", "pswpout", "pgpgin", "pgsteal_kswapd", "nr_dirtied"):
        assert row[name] == pytest.approx(counters[name] / up)


def test_vmstat_with_an_interval_goes_on_with_the_rates_of_the_interval(run: Run, tree: Path) -> None:
    boot, then_on = run("vmstat", "1", "--json", "--proc", tree / "proc").documents
    now, before = (vmstat.parse((tree / at / "proc" / "vmstat").read_bytes()).values for at in ("", "before"))
    (row,) = then_on["rows"]
    assert boot["interval"] > 10 * then_on["interval"]
    for name in ("pgfault", "pgmajfault", "pswpin", "pgpgin"):
        assert row[name] * then_on["interval"] == pytest.approx(now[name] - before[name])
    assert not {"nr_free_pages", "nr_anon_pages", "nr_mapped"} & set(row)


def test_zones_are_zoneinfo_field_by_field(run: Run, tree: Path) -> None:
    (document,) = run("zones", "--json", "--proc", tree / "proc").documents
    parsed = zoneinfo.parse((tree / "proc" / "zoneinfo").read_bytes())
    zones = [zone for node in parsed.nodes for zone in node.zones]
    assert len(document["rows"]) == len(zones)
    for row, zone in zip(document["rows"], zones, strict=True):
        assert (row["node"], row["zone"]) == (zone.node, zone.name)
        for key in (
            "free",
            "boost",
            "min",
            "low",
            "high",
            "promo",
            "spanned",
            "present",
            "managed",
            "cma",
            "start_pfn",
        ):
            assert row[key] == getattr(zone, key)
        assert row["protection"] == list(zone.protection)
        assert row["stats"] == zone.stats
        assert [pageset["cpu"] for pageset in row["pagesets"]] == [pageset.cpu for pageset in zone.pagesets]
        assert (row["level"] is None) == (row["free_blocks"] is None) == (not zone.populated)
    assert [(one["node"], one["stats"]) for one in document["nodes"]] == [(one.id, one.stats) for one in parsed.nodes]


def test_free_blocks_add_up_to_about_the_free_pages(run: Run, tree: Path) -> None:
    (document,) = run("zones", "--json", "--proc", tree / "proc").documents
    for row in document["rows"]:
        if row["free_blocks"]:
            pages = sum(count << order for order, count in enumerate(row["free_blocks"]))
            assert pages == pytest.approx(row["free"], rel=0.1, abs=2000)  # two files, read one after the other


def test_without_buddyinfo_there_are_no_free_blocks_and_the_reason_is_told(
    run: Run, host: Path, tmp_path: Path
) -> None:
    for name in ("meminfo", "zoneinfo"):
        (tmp_path / "proc").mkdir(exist_ok=True)
        (tmp_path / "proc" / name).write_bytes((host / "proc" / name).read_bytes())
    (document,) = run("zones", "--json", "--proc", tmp_path / "proc").documents
    assert {row["free_blocks"] for row in document["rows"]} == {None}
    assert document["unavailable"]["free_blocks"] == "not in this kernel"
