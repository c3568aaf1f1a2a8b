import re
from typing import Any

import pytest

from memtui.model.process import Process
from memtui.model.sample import Detail, Facts, IoSample, ProcessSample, ProcKey, SmapsSample
from memtui.model.snapshot import Snapshot
from memtui.proc.pid_files import Cgroup, Limit, PidIo
from memtui.proc.pid_stat import PidStat
from memtui.proc.pid_status import PidStatus, Residence
from memtui.proc.smaps import Rollup
from memtui.proc.unavailable import GONE, Unavailable, Why
from memtui.view.detail import banner, detail_lines
from memtui.view.lines import text_of, width_of

MIB = 1 << 20
PID, START = 3021, 700
DENIED = Unavailable(Why.DENIED, "needs root or CAP_SYS_PTRACE")


def stat(pid: int = PID, state: str = "S", flags: int = 0) -> PidStat:
    return PidStat(pid, "postgres", state, 1, flags, 1234, 56, 150, 50, 0, 4, START, 8 << 30, 25600)


def status(**sizes: int | None) -> PidStatus:
    found = dict.fromkeys(PidStatus._fields, None) | {
        "uid": 26, "vm_hwm": 128 * MIB, "vm_rss": 100 * MIB, "vm_size": 8192 * MIB, "vm_data": 48 * MIB,
        "vm_stk": 4 * MIB, "vm_lck": 0, "rss_anon": 50 * MIB, "rss_file": 30 * MIB, "rss_shmem": 20 * MIB,
        "vm_pte": 640 * 1024, "vm_swap": 7 * MIB, "hugetlb": 64 * MIB,
    }  # fmt: skip
    return PidStatus(**{**found, **sizes})


def residence(whole: PidStatus | None = None) -> Residence:
    sizes = (whole or status())._asdict()
    return Residence(**{name: sizes[name] for name in Residence._fields})


def rollup(**sizes: int | None) -> Rollup:
    found = dict.fromkeys(Rollup._fields, 0) | {
        "rss": 100 * MIB, "pss": 70 * MIB, "uss": 60 * MIB, "pss_anon": 48 * MIB, "pss_file": 12 * MIB,
        "pss_shmem": 10 * MIB, "private_clean": 8 * MIB, "private_dirty": 52 * MIB, "shared_clean": 30 * MIB,
        "shared_dirty": 10 * MIB, "swap_pss": 5 * MIB, "anon_huge": 2 * MIB,
    }  # fmt: skip
    return Rollup(**{**found, **sizes})  # type: ignore[arg-type]  # a keyword for each field


def detail(**parts: Any) -> Detail:
    usual: dict[str, Any] = {
        "key": ProcKey(PID, START),
        "status": status(),
        "rollup": rollup(),
        "limits": {
            "Max address space": Limit(None, None, "bytes"),
            "Max data size": Limit(50 * MIB, 64 * MIB, "bytes"),
            "Max stack size": Limit(8 * MIB, None, "bytes"),
        },
        "io": PidIo(0, 0, 0, 0, 3 * MIB, 9 * MIB, 0),
        "cgroup": Cgroup("/system.slice/postgresql.service", None),
    }
    return Detail(**{**usual, **parts})


def sample(command: str = "postgres: checkpointer", **parts: Any) -> ProcessSample:
    usual: dict[str, Any] = {
        "stat": stat(),
        "facts": Facts("postgres", command, Cgroup("/system.slice/postgresql.service", None)),
        "status": residence(),
        "smaps": SmapsSample(rollup(), 97.0, 25600, residence()),
        "oom_score": 712,
        "oom_score_adj": 0,
        "io": IoSample(PidIo(0, 0, 0, 0, 3 * MIB, 9 * MIB, 0), 100.0, PidIo(0, 0, 0, 0, MIB, 9 * MIB, 0), 98.0),
    }
    return ProcessSample(**{**usual, **parts})


def texts(build: Any, one: ProcessSample, found: Detail | None, width: int = 100, **more: Any) -> list[str]:
    snapshot: Snapshot = build.snapshot(processes=[one, *more.pop("others", ())], detail=found)
    return [text_of(line) for line in detail_lines(snapshot, snapshot.processes[PID], width, **more)]


def row(lines: list[str], title: str) -> str:
    return next(line for line in lines if line.startswith(f" {title} "))


def test_no_line_is_wider_than_asked(live: Snapshot, own: Process, build: Any) -> None:
    hostile = sample(
        "漢字\x1b[31m " * 500, facts=Facts("\n" * 40, "漢字\x1b[31m " * 500, Cgroup("/字" * 200, "/v1" * 99))
    )
    nothing = Detail(ProcKey(PID, START), GONE, DENIED, GONE, DENIED, GONE)
    cases = [(live, own)]
    for found in (detail(), nothing, None):
        for one in (sample(), hostile):
            snapshot = build.snapshot(processes=[one], detail=found)
            cases.append((snapshot, snapshot.processes[PID]))
    for snapshot, process in cases:
        for width in build.widths:
            assert max(map(width_of, detail_lines(snapshot, process, width))) <= width


def test_the_live_process_adds_up(live: Snapshot, own: Process) -> None:
    lines = [text_of(line) for line in detail_lines(live, own, 100)]
    shown = row(lines, "PSS").split()
    parts = dict(zip(shown[2::2], shown[3::2], strict=False))
    assert {"anon", "file", "shmem"} <= parts.keys()
    assert any(re.match(r" RLIMIT_STACK +\S+ ", line) for line in lines)


def test_it_begins_with_who_the_process_is(build: Any) -> None:
    lines = texts(build, sample(), detail(), others=[sample(stat=stat(1)._replace(comm="systemd"))])
    assert "user postgres   parent 1 systemd   started " in lines[0]
    assert lines[0].endswith("   threads 4   nice 0")
    assert lines[1] == " command  postgres: checkpointer"
    assert lines[2] == " cgroup   /system.slice/postgresql.service"


def above(build: Any, one: ProcessSample, width: int = 100, **more: str) -> str:
    snapshot: Snapshot = build.snapshot(processes=[one])
    line = banner(snapshot.processes[PID], width, **more)
    assert width_of(line) <= width
    return text_of(line)


def test_the_banner_says_who_it_is_and_how_it_goes(build: Any) -> None:
    assert above(build, sample()) == " 3021 postgres  sleeping   RES 100M  PSS 70.0M  SWAP 7.00M"
    assert above(build, sample(), note="runs another program") == (
        " 3021 postgres  sleeping   runs another program   RES 100M  PSS 70.0M  SWAP 7.00M"
    )
    assert (
        above(build, sample(), 50, note="runs another program") == " 3021 postgres  sleeping   runs another program"
    )
    assert above(build, sample(), 60, ended="ended") == " 3021 postgres  ■ ended: this is what was last read"


@pytest.mark.parametrize(("letter", "word"), [("D", "waiting for disk"), ("T", "stopped"), ("q\x1b", "q\\x1b")])
def test_its_state_is_a_word(build: Any, letter: str, word: str) -> None:
    assert above(build, sample(stat=stat(state=letter))).startswith(f" 3021 postgres  {word} ")


def test_a_long_command_goes_over_three_lines_at_most(build: Any) -> None:
    lines = texts(build, sample("word " * 1000), detail(), 80)
    assert [line[:10].strip() for line in lines[1:5]] == ["command", "", "", "cgroup"]
    assert lines[3].endswith("…")
    assert not lines[2].endswith("…")


def test_a_v1_memory_cgroup_comes_first_and_is_named(build: Any) -> None:
    lines = texts(build, sample(), detail(cgroup=Cgroup("/init.scope", "/jobs/7")))
    assert lines[2:4] == [" cgroup   /jobs/7  (v1 memory)", "          /init.scope"]


def test_the_resident_split_is_a_bar_with_numbers(build: Any) -> None:
    lines = texts(build, sample(), detail(), 101)
    start = next(index for index, line in enumerate(lines) if line.startswith(" Memory"))
    assert lines[start] == " Memory  RES  100M,  1.2 % of RAM, at most 128M so far"
    assert lines[start + 1] == " " + "█" * 50 + "▓" * 30 + "▒" * 20
    assert lines[start + 2] == " █ anon 50.0M  50%  ▓ file 30.0M  30%  ▒ shmem 20.0M  20%"


def test_pss_and_uss_are_those_of_this_very_read(build: Any) -> None:
    lines = texts(build, sample(), detail())
    assert row(lines, "PSS").startswith(" PSS           70.0M  anon 48.0M  file 12.0M  shmem 10.0M")
    assert row(lines, "USS").startswith(" USS           60.0M  clean 8.00M  dirty 52.0M")
    assert row(lines, "shared").startswith(" shared        40.0M  clean 30.0M  dirty 10.0M")
    assert " PSS and USS were read with this sample" in lines
    assert row(lines, "hugetlb") == " hugetlb       64.0M  not in RES or PSS; huge pages of hugetlbfs"
    for title, value in (("SWAP", "7.00M"), ("SWPSS", "5.00M"), ("THP", "2.00M"), ("PTE", "640K"), ("LCK", "0")):
        assert row(lines, title).split()[1] == value


def test_without_a_read_of_its_own_the_row_of_the_table_is_shown_with_its_age(build: Any) -> None:
    lines = texts(build, sample(), None)
    assert row(lines, "PSS").split()[1] == "70.0M"
    assert " PSS and USS were read 3s ago and carried on by RES since" in lines
    assert row(lines, "hugetlb").endswith("– not measured yet")
    assert " – not measured yet" in lines[lines.index(" Limits") :]


def test_what_was_refused_says_what_would_help(build: Any) -> None:
    lines = texts(build, sample(smaps=DENIED, io=DENIED), detail(rollup=DENIED, io=DENIED), 80)
    for title in ("PSS", "USS", "SWPSS", "THP", "READ/s", "WRITE/s"):
        assert row(lines, title).endswith("– permission denied: needs root or CAP_SYS_PTRACE")
    assert row(texts(build, sample(smaps=DENIED), detail(rollup=DENIED), 60), "PSS").endswith(
        "– needs root or CAP_SYS_PTRACE"
    )
    assert row(texts(build, sample(smaps=DENIED), None), "PSS").endswith("denied: needs root or CAP_SYS_PTRACE")


def test_an_old_kernel_lacks_the_split_and_the_share_of_swap(build: Any) -> None:
    bare = status(rss_anon=None, rss_file=None, rss_shmem=None, hugetlb=None)
    lines = texts(
        build, sample(status=residence(bare)), detail(status=bare, rollup=rollup(swap_pss=None, pss_anon=None))
    )
    start = next(index for index, line in enumerate(lines) if line.startswith(" Memory"))
    assert lines[start + 1] == " – not in this kernel"
    assert row(lines, "SWPSS").endswith("– not in this kernel")
    assert "anon" not in row(lines, "PSS")


def test_faults_cpu_and_storage_come_with_rates_and_totals(build: Any) -> None:
    lines = texts(build, sample(), detail())
    assert row(lines, "MINFLT").split()[1] == "1,234"
    assert row(lines, "MAJFLT/s").endswith("– not measured yet: a rate takes two samples")
    assert row(lines, "TIME+").split()[1] == "0:02.00"
    assert row(lines, "READ/s").startswith(" READ/s        1.00M  3.00M so far; ")
    assert row(lines, "WRITE/s").startswith(" WRITE/s           0  9.00M so far; ")


def test_the_oom_score_is_a_place_in_line(build: Any) -> None:
    others = [sample(stat=stat(pid), oom_score=score) for pid, score in ((4, 900), (5, 712), (6, 3), (7, 0))]
    lines = texts(build, sample(), detail(), others=others)
    assert row(lines, "OOM").startswith(" OOM             712  number 2 of 4 in line")
    assert "last in line" in row(texts(build, sample(oom_score=0), detail()), "OOM")
    assert "never taken" in row(texts(build, sample(oom_score_adj=-1000), detail()), "OOM")
    assert row(texts(build, sample(oom_score=None), detail()), "OOM").endswith("– not measured yet")


def test_limits_stand_beside_their_use(build: Any) -> None:
    lines = texts(build, sample(), detail())
    assert row(lines, "RLIMIT_AS").split() == ["RLIMIT_AS", "8.00G", "unlimited", "unlimited", "–"]
    assert row(lines, "RLIMIT_DATA").split() == ["RLIMIT_DATA", "48.0M", "50.0M", "64.0M", "96"]
    assert row(lines, "RLIMIT_STACK").split() == ["RLIMIT_STACK", "4.00M", "8.00M", "unlimited", "50"]
    assert row(lines, "RLIMIT_MEMLOCK").split() == ["RLIMIT_MEMLOCK", "0", "–", "–", "–"]
    denied = texts(build, sample(), detail(limits=DENIED))
    assert denied[denied.index(" Limits") + 1] == " – permission denied: needs root or CAP_SYS_PTRACE"


def test_a_kernel_thread_and_a_zombie_have_no_memory_to_show(build: Any) -> None:
    thread = texts(build, sample(stat=stat(flags=0x00200000)), detail())
    assert thread[thread.index(" Memory") + 1] == " – a kernel thread has no memory of its own"
    assert not any("RLIMIT" in line or line.startswith(" OOM") for line in thread)
    zombie = texts(build, sample(stat=stat(state="Z"), status=None), detail())
    assert zombie[zombie.index(" Memory") + 1] == " – a zombie has given its memory back"


def test_the_detail_of_another_process_is_not_taken_for_this_one(build: Any) -> None:
    lines = texts(build, sample(), detail(key=ProcKey(PID, START + 1)))
    assert " PSS and USS were read 3s ago and carried on by RES since" in lines


def test_two_columns_from_110_cells_on(build: Any) -> None:
    assert any("Memory" in line and "Faults" in line for line in texts(build, sample(), detail(), 110))
    assert not any("Memory" in line and "Faults" in line for line in texts(build, sample(), detail(), 109))


def test_values_stand_in_one_column(build: Any) -> None:
    lines = texts(build, sample(), detail(), 109)
    ends = set()
    for title in ("PSS", "SWAP", "PTE", "MINFLT", "TIME+", "READ/s", "OOM", "ADJ"):
        found = re.match(r" \S+ +[^ ]+(?=  )", row(lines, title))
        ends.add(found and found.end())
    assert ends == {20}
