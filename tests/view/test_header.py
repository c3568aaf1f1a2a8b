from dataclasses import replace
from typing import Any

import pytest

from memtui.model.findings.finding import Finding, Findings, Severity
from memtui.model.own import OwnLimit
from memtui.model.sample import Cost, Problem, ProcessSample
from memtui.model.snapshot import Snapshot
from memtui.proc.cgroup import MemoryGroup
from memtui.proc.pid_stat import PidStat
from memtui.proc.unavailable import ABSENT, PENDING, Unavailable, Why
from memtui.view.header import Identity, Status, header
from memtui.view.lines import text_of, width_of

MACHINE = Identity("web-07", "6.18.44", live=True)
STATUS = Status(1.0, False, 0.8, 41 << 20, 12.2)


def texts(snapshot: Snapshot, width: int = 120, rows: int = 5, **status: Any) -> list[str]:
    return [text_of(line) for line in header(snapshot, MACHINE, STATUS._replace(**status), width, rows)]


def process(pid: int, smaps: Unavailable, state: str = "S", flags: int = 0) -> ProcessSample:
    return ProcessSample(PidStat(pid, "x", state, 1, flags, 0, 0, 0, 0, 0, 1, pid, 0, 0), smaps=smaps)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6])
def test_it_has_exactly_the_lines_and_the_cells_that_were_asked_for(live: Snapshot, build: Any, rows: int) -> None:
    for snapshot in (live, build.snapshot(), build.snapshot(build.old_system())):
        for width in build.widths:
            drawn = header(snapshot, MACHINE, STATUS, width, rows)
            assert [width_of(line) for line in drawn] == [width] * rows


def test_ram_swap_and_pressure_are_said_in_numbers(build: Any) -> None:
    lines = texts(build.snapshot())
    assert "RAM  8.00G ▕" in lines[1]
    assert "▏ available 4.00G  50%  anon 3.00G  file 1.50G  shmem  512M  slab  384M" in lines[1]
    assert "▏ used       512M  25%  in     –/s  out     –/s  PSI some   1.5 full   0.2" in lines[2]


def test_the_bar_holds_as_much_as_the_numbers_say(build: Any) -> None:
    bar = texts(build.snapshot())[2].partition("▕")[2].partition("▏")[0]
    assert bar.count("═") == round(len(bar) / 4)


def test_swap_rates_are_bytes_and_minor_faults_are_all_less_major(build: Any) -> None:
    then = {"pswpin": 0, "pswpout": 10, "pgfault": 100, "pgmajfault": 0, "allocstall": 0}
    now = {"pswpin": 256, "pswpout": 10, "pgfault": 1600, "pgmajfault": 12, "allocstall": 3}
    lines = texts(build.counted(then, now), width=150)
    assert "in 1.00M/s  out     0/s" in lines[2]
    assert lines[3].startswith(
        " majflt   12/s  kswapd    –/s  direct    –/s  refault    –/s  minflt 1.5k/s  stalls  3.0/s"
    )


def test_numbers_stay_in_their_columns_whatever_they_are(build: Any) -> None:
    names = ("pswpin", "pswpout", "pgfault", "pgmajfault", "pgscan_kswapd", "pgscan_direct", "workingset_refault")
    calm = build.counted(dict.fromkeys(names, 0), dict.fromkeys(names, 0))
    storm = build.counted(dict.fromkeys(names, 0), {name: 987_654 * place for place, name in enumerate(names, 1)})
    for width, rows in ((80, 3), (120, 5), (200, 5)):
        before, after = texts(calm, width, rows), texts(storm, width, rows)
        for label in ("in ", "out ", "si ", "so ", "majflt", "minflt", "kswapd", "direct", "refault", "PSI", "zones"):
            assert [line.find(label) for line in before] == [line.find(label) for line in after]


@pytest.mark.parametrize(
    ("free", "wide", "narrow"),
    [
        (100_000, "zones ok, Normal nearest: 386M above low", "zones ok"),
        (1499, "Normal below high by 4K", "Normal below high"),
        (1000, "Normal kswapd running below low by 1000K", "Normal below low"),
        (0, "Normal direct reclaim below min by 3.91M", "Normal below min"),
        (None, "Normal no watermarks", "Normal no marks"),
    ],
)
def test_the_worst_zone_is_named_with_its_state(build: Any, free: int | None, wide: str, narrow: str) -> None:
    snapshot = build.snapshot(build.system(zoneinfo=build.zoneinfo(build.zone(free))))
    assert texts(snapshot)[3].endswith(f"  {wide}")
    assert texts(snapshot, 80, 3)[2].endswith(f"/s  {narrow}")


def test_with_several_nodes_the_zone_has_its_node_before_it(build: Any) -> None:
    zones = build.zoneinfo(build.zone(50_000), build.zone(10, node=1))
    assert "1:Normal direct reclaim below min" in texts(build.snapshot(build.system(zoneinfo=zones)))[3]


def test_what_an_old_kernel_lacks_is_a_dash_with_its_reason(build: Any) -> None:
    absent = [Problem(f"pressure/{name}", ABSENT) for name in ("memory", "io")]
    lines = texts(build.snapshot(build.old_system(), problems=absent))
    assert "▏ available     –   –" in lines[1]
    assert "PSI – not in this kernel" in lines[2]
    assert lines[4] == " ○ not judged yet · ○ not in this kernel: pressure/memory, pressure/io"


def test_no_swap_is_said(build: Any) -> None:
    line = texts(build.snapshot(build.system(meminfo=build.meminfo(SwapTotal=0, SwapFree=0))))[2]
    assert "Swap     0 ▕" in line
    assert "▏ none configured  " in line


def test_a_failed_read_is_stated_before_anything_else(build: Any) -> None:
    denied = Unavailable(Why.DENIED, "needs root")
    problems = [Problem("vmstat", denied), Problem("zoneinfo", denied), Problem("pressure/cpu", ABSENT)]
    snapshot = build.snapshot(build.system(vmstat=denied, zoneinfo=denied), problems=problems)
    lines = texts(snapshot)
    assert lines[4] == (
        " ! could not read vmstat, zoneinfo: permission denied: needs root · ○ not in this kernel: pressure/cpu"
    )
    assert lines[3].endswith("zones – permission denied: needs root")


def test_pss_says_how_many_are_known_refused_and_to_come(build: Any) -> None:
    denied = Unavailable(Why.DENIED, "needs root or CAP_SYS_PTRACE")
    samples = [
        process(2, denied),
        process(3, denied),
        process(4, PENDING),
        process(5, PENDING, state="Z"),
        process(6, PENDING, flags=0x00200000),
    ]
    quiet = build.snapshot(processes=samples)
    assert texts(quiet)[4].startswith(
        " ○ not judged yet · PSS 0 of 3 processes, 2 refused: permission denied: needs root"
    )
    reading = replace(quiet, cost=Cost(0.0, 0.0, 0, rollups=1))
    assert "PSS 0 of 3 processes, 1 still to come, 2 refused" in texts(reading)[4]


LOW = Finding("low", None, Severity.CRITICAL, ("Only little is left of what there was, and it is needed",), 0, 0)


def test_the_worst_finding_is_in_the_last_line_at_every_size(build: Any) -> None:
    for width, rows in ((60, 4), (80, 4), (100, 5), (200, 5)):
        for findings in (Findings((LOW,), checked=9), Findings((LOW, LOW), checked=9)):
            line = texts(replace(build.snapshot(), findings=findings), width, rows)[-1]
            assert line.startswith(" ◆ Only little is left of") and "[!]" in line
            assert ("+1 more" in line) is (len(findings.open) == 2)
        assert texts(replace(build.snapshot(), findings=Findings(checked=9)), width, rows)[-1].startswith(
            " ✓ nothing found wrong"
        )


def test_a_note_alone_is_no_alarm(build: Any) -> None:
    note = Findings((LOW._replace(severity=Severity.NOTE),), checked=9)
    assert texts(replace(build.snapshot(), findings=note))[4].startswith(" ✓ nothing wrong  • Only little")


def test_a_finding_leaves_room_for_a_failed_read_and_gives_up_what_is_harmless(build: Any) -> None:
    problems = [Problem("vmstat", Unavailable(Why.DENIED, "needs root")), Problem("pressure/cpu", ABSENT)]
    snapshot = replace(build.snapshot(problems=problems), findings=Findings((LOW,), checked=9))
    assert "[!] · ! could not read vmstat: permiss" in texts(snapshot, 100)[4]
    assert "could not read" not in texts(snapshot, 80, 4)[3] and "needed" in texts(snapshot, 80, 4)[3]
    harmless = replace(snapshot, problems=tuple(problems[1:]))
    assert "not in this kernel" not in texts(harmless, 80, 4)[3]


@pytest.mark.parametrize("rows", [3, 5])
def test_its_state_is_said_in_a_word_at_every_size(build: Any, rows: int) -> None:
    for width in (80, 120, 200):
        assert "● live " in "".join(texts(build.snapshot(), width, rows))
        assert "◌ paused " in "".join(texts(build.snapshot(), width, rows, paused=True))
        recorded = header(build.snapshot(), MACHINE._replace(live=False), STATUS, width, rows)
        assert "■ recorded " in "".join(map(text_of, recorded))


def test_memtui_tells_what_it_costs(build: Any) -> None:
    assert "1.0s   12 ms  memtui  0.8% 41.0M  ● live" in texts(build.snapshot())[0]
    assert (
        "1.0s    – ms  memtui    –%     –  ●"
        in texts(build.snapshot(), own_cpu_pct=None, own_rss=None, sample_ms=None)[0]
    )


def test_the_name_of_the_machine_is_harmless_and_never_pushes_the_state_off(build: Any) -> None:
    hostile = Identity("\x1b[31m" + "漢" * 60, "k" * 80, live=True)
    for width in build.widths:
        line = text_of(header(build.snapshot(), hostile, STATUS, width, 5)[0])
        assert "\x1b" not in line
        assert "● live" in line


def test_a_machine_without_meminfo_shows_dashes(build: Any) -> None:
    snapshot = build.snapshot(build.system(meminfo=type(build.meminfo())({})))
    lines = texts(snapshot)
    assert "RAM      – ▕" in lines[1]
    assert "Swap     – ▕" in lines[2]
    assert "none configured" not in lines[2]


# -- in a container -------------------------------------------------------------------------------------------------


def test_a_limit_is_the_headline_and_the_host_is_beside_it(build: Any) -> None:
    group = MemoryGroup(2, usage=300 << 20, stat={"anon": 200 << 20, "file": 50 << 20, "inactive_file": 40 << 20})
    snapshot = build.snapshot(build.system(own=OwnLimit("/box", 512 << 20, group)))
    for width in (60, 80, 120, 200):
        lines = header(snapshot, MACHINE, STATUS, width, 5)
        assert all(width_of(line) == width for line in lines)
        ram = next(text_of(line) for line in lines if "Limit" in text_of(line))
        assert ram.split()[:2] == ["Limit", "512M"]
        assert "252M" in ram and " 49%" in ram
        if width >= 120:
            assert "host RAM 8.00G available 4.00G" in ram
