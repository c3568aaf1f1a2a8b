"""The sections of the drilldown as lines: limits, OOM, activity, files, nodes, picture; never wider than asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.mappings import AddressSpace, Hints, address_space
from memtui.model.open_files import OpenFile, OpenFiles
from memtui.model.process import Process
from memtui.model.sample import DelaysSample, Detail, Level, ProcessSample, ProcKey
from memtui.model.snapshot import Snapshot
from memtui.proc.cgroup import NO_LIMIT, MemoryGroup
from memtui.proc.mappings import Mapping
from memtui.proc.numa_maps import NumaMaps
from memtui.proc.pid_files import Cgroup, PidIo
from memtui.proc.pid_stat import PidStat
from memtui.proc.pid_status import PidStatus, Residence
from memtui.proc.pressure import Pressure, Stall
from memtui.proc.smaps import Rollup
from memtui.proc.taskstats import Delay, Delays
from memtui.proc.unavailable import ABSENT, PENDING, Unavailable, Why
from memtui.view import maps, space
from memtui.view.activity import activity_lines
from memtui.view.address_map import picture, segments
from memtui.view.files import file_lines
from memtui.view.limits import bounds, limit_lines
from memtui.view.lines import Line, text_of, width_of
from memtui.view.numa import numa_lines
from memtui.view.oom import oom_lines
from memtui.view.reconcile import process_sums

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PID, START = 3021, 700
WIDTHS = (60, 79, 99, 100, 119, 200)
DENIED = Unavailable(Why.DENIED, "needs root or CAP_SYS_PTRACE")
HOSTILE = "\x1b]0;pwn\x07" + "字" * 90


def texts(lines: list[Line]) -> list[str]:
    return [text_of(line) for line in lines]


def stat(pid: int = PID, flags: int = 0) -> PidStat:
    return PidStat(pid, "postgres", "S", 1, flags, 1234, 56, 150, 50, 0, 4, START, 8 << 30, 25600)


def status(**sizes: int | None) -> PidStatus:
    found = dict.fromkeys(PidStatus._fields, None) | {
        "vm_rss": 100 * MIB, "rss_anon": 50 * MIB, "rss_file": 30 * MIB, "rss_shmem": 20 * MIB, "vm_pte": 640 * KIB,
        "vm_swap": 8 * MIB, "vm_size": 8 * GIB, "vm_stk": 4 * MIB,
    }  # fmt: skip
    return PidStatus(**{**found, **sizes})


def residence() -> Residence:
    sizes = status()._asdict()
    return Residence(**{name: sizes[name] for name in Residence._fields})


def sample(pid: int = PID, **parts: Any) -> ProcessSample:
    usual: dict[str, Any] = {"stat": stat(pid), "status": residence(), "oom_score": 700, "oom_score_adj": 0}
    return ProcessSample(**{**usual, **parts})


def detail(**parts: Any) -> Detail:
    usual: dict[str, Any] = {
        "key": ProcKey(PID, START), "status": status(), "rollup": PENDING, "limits": {},
        "io": PidIo(100 * MIB, MIB, 20, 10, 25 * MIB, 2 * MIB, MIB), "cgroup": Cgroup("/a/b", None),
    }  # fmt: skip
    return Detail(**{**usual, **parts})


def seen(build: Any, one: ProcessSample, *others: ProcessSample) -> tuple[Snapshot, Process]:
    snapshot: Snapshot = build.snapshot(processes=[one, *others])
    return snapshot, snapshot.processes[one.stat.pid]


LEVELS = (
    Level("/a/b", MemoryGroup(2, usage=GIB, high=NO_LIMIT, max=2 * GIB, swap=MIB, swap_max=4 * GIB,
                              events={"high": 0, "max": 7, "oom": 0, "oom_kill": 2},
                              pressure=Pressure(Stall(12.5, 0, 0, 0), Stall(3.0, 0, 0, 0)))),
    Level("/a", MemoryGroup(2, usage=3 * GIB, high=3 * GIB + 64 * MIB, max=4 * GIB)),
    Level("/", ABSENT),
)  # fmt: skip


# -- limits --------


@pytest.mark.parametrize("width", WIDTHS)
def test_the_tightest_limit_up_to_the_root_is_named(build: Any, width: int) -> None:
    snapshot, _ = seen(build, sample())
    lines = limit_lines(snapshot, detail(levels=LEVELS), width)
    assert max(map(width_of, lines)) <= width
    whole = " ".join(texts(lines))
    assert "tightest: memory.high of /a: 3.00G of 3.06G used, 64.0M left" in whole
    assert "12.5/3.0" in whole
    assert "oom_kill" in whole


def test_bounds_come_with_the_least_left_first() -> None:
    assert [(bound.name, bound.left) for bound in bounds(LEVELS)] == [
        ("memory.high", 64 * MIB), ("memory.max", GIB), ("memory.max", GIB),
    ]  # fmt: skip


def test_v1_counts_swap_against_the_limit_of_both() -> None:
    group = MemoryGroup(1, usage=GIB, max=NO_LIMIT, swap=GIB, memsw_max=3 * GIB)
    assert [(bound.name, bound.left) for bound in bounds([Level("/x", group)])] == [("memsw.limit_in_bytes", GIB)]


def test_without_a_limit_the_machine_is_the_limit(build: Any) -> None:
    snapshot, _ = seen(build, sample())
    free = (Level("/x", MemoryGroup(2, usage=GIB, high=NO_LIMIT, max=NO_LIMIT)), Level("/", ABSENT))
    whole = " ".join(texts(limit_lines(snapshot, detail(levels=free), 100)))
    assert "no limit up to the root" in whole and "4.00G available" in whole
    refused = " ".join(texts(limit_lines(snapshot, detail(levels=DENIED), 100)))
    assert "– permission denied" in refused


# -- OOM --------


@pytest.mark.parametrize("width", WIDTHS)
def test_the_formula_has_the_numbers_of_this_process(build: Any, width: int) -> None:
    snapshot, process = seen(build, sample(), sample(5, oom_score=900), sample(6, oom_score=10))
    lines = oom_lines(snapshot, process, detail(levels=LEVELS), width)
    assert max(map(width_of, lines)) <= width
    rows = [text.split() for text in texts(lines)]
    assert ["resident", "25,600", "100M", "9.8"] in rows
    assert ["+", "in", "swap", "2,048", "8.00M", "0.8"] in rows
    assert ["=", "badness", "27,808", "109M", "10.6"] in rows
    assert "number 2 of 3 in line" in " ".join(texts(lines))
    whole = " ".join(text.strip() for text in texts(lines))
    assert "That makes an oom_score of 673; the kernel says 700" in whole
    assert "memory.max of /a" in whole  # not memory.high: that kills nobody


def test_a_correction_counts_as_a_share_of_all_pages_and_is_shown_on_the_old_scale(build: Any) -> None:
    snapshot, process = seen(build, sample(oom_score_adj=500))
    whole = " ".join(texts(oom_lines(snapshot, process, detail(), 100)))
    assert "+ oom_score_adj 500" in whole
    assert "oom_adj 8 on the old scale" in whole


def test_who_is_never_taken_is_told_so(build: Any) -> None:
    snapshot, process = seen(build, sample(oom_score_adj=-1000))
    assert "it is never taken" in " ".join(texts(oom_lines(snapshot, process, detail(), 100)))
    snapshot, process = seen(build, sample(1))
    assert "It is init" in " ".join(texts(oom_lines(snapshot, process, detail(), 100)))
    snapshot, process = seen(build, sample(stat=stat(flags=0x00200000)))
    assert "kernel threads are never taken" in " ".join(texts(oom_lines(snapshot, process, detail(), 100)))


def test_a_formula_with_a_part_missing_is_not_made_up(build: Any) -> None:
    snapshot, process = seen(build, sample(oom_score_adj=None, oom_score=None))
    whole = " ".join(texts(oom_lines(snapshot, process, detail(), 100)))
    assert "badness" not in whole.replace("oom_badness", "")
    assert "– not measured yet" in whole


# -- faults, I/O, delays --------


def delays(swapin: int) -> Delays:
    return Delays(Delay(5, 10**9), Delay(0, 0), Delay(100, swapin), Delay(1, 2_000_000), Delay(0, 0), None, None)


@pytest.mark.parametrize("width", WIDTHS)
def test_delays_have_a_share_of_the_time_a_sum_and_a_mean(build: Any, width: int) -> None:
    _, process = seen(build, sample())
    found = DelaysSample(delays(3 * 10**9), 102.0, delays(2 * 10**9), 100.0)
    lines = activity_lines(process, detail(delays=found), width)
    assert max(map(width_of, lines)) <= width
    rows = {text[:12].strip(): text for text in texts(lines)}
    assert rows["swap in"].split()[2:6] == ["50.0", "100", "3.00", "30.000"]
    assert rows["reclaim"].split()[1:5] == ["0.0", "1", "0.00", "2.000"]
    assert "–" in rows["page copies"]
    assert rows["from cache"].split()[2] == "75.0%"


def test_what_is_not_counted_says_why(build: Any) -> None:
    _, process = seen(build, sample())
    whole = " ".join(texts(activity_lines(process, detail(delays=DENIED, io=DENIED), 100)))
    assert whole.count("needs root or CAP_SYS_PTRACE") == 3  # reads, writes, waits
    idle = detail(io=PidIo(0, 0, 0, 0, 0, 0, 0))
    assert "it has read nothing" in " ".join(texts(activity_lines(process, idle, 100)))
    first = DelaysSample(delays(10**9), 100.0)
    assert "–" in next(
        text for text in texts(activity_lines(process, detail(delays=first), 100)) if "swap in" in text
    )


# -- files and nodes --------


@pytest.mark.parametrize("width", WIDTHS)
def test_files_show_the_ends_of_their_paths(width: int) -> None:
    found = OpenFiles(0.0, 0.01, (
        OpenFile("/very" * 60 + "/end.so", (), True, 8 * MIB, 8 * MIB, 2 * MIB, False),
        OpenFile(f"/tmp/{HOSTILE} (deleted)", (3, 4, 5, 6), False, 3 * MIB, 2 * MIB, 0, True),
        OpenFile("/lost", (7,), False, None, None, None, False),
    ), (("socket", 3),), 12, DENIED)  # fmt: skip
    lines = file_lines(found, None, width)
    assert max(map(width_of, lines)) <= width
    shown = texts(lines)
    assert "1 deleted" in shown[0]
    assert width < 99 or "which hold 2.00M until they are closed" in shown[0]
    assert shown[2].endswith("/end.so") and "…" in shown[2]
    assert "3,4,5…" in shown[3] and "\x1b" not in shown[3]
    assert shown[4].split() == ["–", "–", "–", "7", "/lost"]
    assert shown[2].split()[:3] == ["8.00M", "8.00M", "2.00M"]
    assert "besides: 3 socket" in shown[5] and "12 more" in shown[6]
    assert "not told of all: permission denied" in shown[7]


def test_mapped_files_have_their_resident_size_once_mappings_were_read() -> None:
    one = at(0x1000, 64 * KIB, "r-xp", "/lib/x.so")
    found = OpenFiles(0.0, 0.01, (OpenFile("/lib/x.so", (), True, MIB, MIB, None, False),), (), 0)
    assert "32K" in texts(file_lines(found, space_of(one), 100))[2]


@pytest.mark.parametrize("width", WIDTHS)
def test_nodes_without_pages_are_shown_too(width: int) -> None:
    found = NumaMaps({0: 3 * MIB, 1: MIB}, {0: 3 * MIB}, {1: MIB}, {}, {"default": 3, HOSTILE: 1})
    lines = numa_lines(found, 3, width)
    assert max(map(width_of, lines)) <= width
    rows = [text.split()[:6] for text in texts(lines)[2:]]
    assert rows == [
        ["0", "3.00M", "75.0", "3.00M", "0", "0"], ["1", "1.00M", "25.0", "0", "1.00M", "0"],
        ["2", "0", "0.0", "0", "0", "0"],
    ]  # fmt: skip


# -- the picture and what stands around the table --------


def at(start: int, size: int, perms: str = "rw-p", path: str = "", **values: Any) -> Mapping:
    usual: dict[str, Any] = dict.fromkeys(Mapping._fields, 0) | {
        "start": start, "end": start + size, "perms": perms, "path": path, "device": "00:00", "size": size,
        "vm_flags": (), "rss": size // 2, "pss": size // 4, "private_dirty": size // 8,
    }  # fmt: skip
    return Mapping(**{**usual, **values})


def space_of(*found: Mapping) -> AddressSpace:
    return address_space(ProcKey(1, 2), 100.0, 0.25, 7, found, Hints("/bin/x"))


WHOLE = (
    at(0x400000, 64 * KIB, "r--p", "/bin/x"), at(0x410000, 256 * KIB, "r-xp", "/bin/x"),
    at(0x460000, 16 * KIB, "rw-p", "/bin/x"), at(0x464000, 16 * KIB), at(0x2000000, MIB, "rw-p", "[heap]"),
    at(0x7F0000000000, 64 * MIB, rss=0), at(0x7F0010000000, MIB, "r-xp", "/lib/a.so"),
    at(0x7F0010100000, MIB, "r-xp", "/lib/b.so"), at(0x7FFF00000000, 132 * KIB, "rw-p", "[stack]"),
    at(0x7FFF10000000, 8 * KIB, "r-xp", "[vdso]"),
)  # fmt: skip


def test_the_picture_goes_from_low_addresses_below_to_high_ones_above() -> None:
    assert [one.name for one in segments(space_of(*WHOLE))] == [
        "program r/o", "program text", "program data", "program bss", "heap", "anonymous", "libraries", "main stack",
        "[vdso]",
    ]  # fmt: skip
    shown = texts(picture(space_of(*WHOLE), 80, 30))
    assert "[vdso]" in shown[1] and "program r/o" in shown[-1]
    assert shown[-1].split()[0] == "400000"


def test_sizes_are_on_a_log_scale_and_the_resident_part_is_filled() -> None:
    rows = {text.split()[1]: text for text in texts(picture(space_of(*WHOLE), 80, 30))[1:]}
    anonymous, heap, vdso = (rows[name] for name in ("anonymous", "heap", "[vdso]"))
    bars = [sum(text.count(glyph) for glyph in "█▉▊▋▌▍▎▏·") for text in (anonymous, heap, vdso)]
    assert bars[0] > bars[1] > bars[2] >= 1
    assert bars[0] < 3 * bars[1]
    assert "█" not in anonymous
    assert abs(heap.count("█") - bars[1] / 2) <= 1


def test_many_segments_are_drawn_as_few_the_largest_by_themselves() -> None:
    many = [at(0x10000 * (1 + 2 * number), 4 * KIB, "rw-p" if number % 2 else "r-xp", "" if number % 2 else "/l.so")
            for number in range(3000)]  # fmt: skip
    many[1500] = at(many[1500].start, 64 * KIB, "rw-p", "[heap]")
    shown = texts(picture(space_of(*many), 80, 10))
    assert len(shown) <= 10
    assert any("heap" in text for text in shown)
    assert any("others" in text for text in shown)


SEGMENTS = st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 100), st.booleans()), max_size=30)


@given(SEGMENTS, st.integers(46, 120), st.integers(0, 12))
def test_the_picture_fits_whatever_it_is_of(shapes: list[tuple[int, int, bool]], width: int, height: int) -> None:
    found, place = list[Mapping](), 0x1000
    for pages, share, code in shapes:
        size = pages * 4096
        found.append(at(place, size, "r-xp" if code else "rw-p", "/x" if code else "", rss=size * share // 100))
        place += size
    lines = picture(space_of(*found), width, height)
    assert len(lines) <= max(height, 0)
    assert all(width_of(line) <= width + 20 for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_stands_around_the_table_fits(build: Any, width: int) -> None:
    found, (_, process) = space_of(*WHOLE), seen(build, sample())
    grid = maps.grid(width, "pss", reverse=False, growth=True)
    rows = maps.rows(found, {group.kind for group in found.groups} | {group.key for group in found.groups})
    lines = [
        space.progress_line(4000, GIB, 2 * GIB, 1.5, width),
        space.read_line(found, 160.0, width, auto=True, live=True),
        space.read_line(found, 160.0, width, auto=False, live=False),
        space.status_line(space.dear_words(process), width),
        space.unavailable_line(DENIED, width),
    ]
    for row in (None, *rows):
        for count in (2, 3, 4):
            around = space.foot(found, grid, row, detail(), width, count)
            assert len(around) == count
            lines += around[1:]
    assert max(map(width_of, lines)) <= width


def test_the_foot_says_what_does_not_add_up() -> None:
    found = space_of(*WHOLE)
    grid = maps.grid(120, "pss", reverse=False, growth=False)
    rollup = Rollup(**{**dict.fromkeys(Rollup._fields, 0), "rss": found.total.rss + MIB, "pss": found.total.pss})
    off = text_of(space.foot(found, grid, None, detail(rollup=rollup), 120, 4)[1])
    assert "changed between the two readings" in off
    nothing = text_of(space.foot(found, grid, None, None, 120, 4)[1])
    assert nothing == " nothing to hold the sums against"


# -- the sums of one process --------


def rollup(**sizes: int) -> Rollup:
    usual = dict.fromkeys(Rollup._fields, 0) | {
        "rss": 100 * MIB, "uss": 60 * MIB, "shared_clean": 30 * MIB, "shared_dirty": 10 * MIB, "pss": 70 * MIB,
        "pss_anon": 50 * MIB, "pss_file": 15 * MIB, "pss_shmem": 5 * MIB, "swap": 8 * MIB,
    }  # fmt: skip
    return Rollup(**{**usual, **sizes})


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ({}, "adds up: anon + file + shmem = USS + shared = RES"),
        ({"uss": 61 * MIB}, "USS + shared is 1.00M more than the RSS of smaps"),
        ({"rss": 99 * MIB, "uss": 59 * MIB}, "the RSS of smaps is 1.00M less than RES: read at another moment"),
        ({"pss_file": 5 * MIB}, "PSS of anon, file and shmem is 10.0M less than PSS"),
        ({"swap": 9 * MIB}, "swap: smaps has +1.00M: it counts swapped shared memory, VmSwap does not"),
    ],
)
def test_every_sum_that_does_not_hold_is_named(of: dict[str, int], words: str) -> None:
    assert [text for text, _ in process_sums(status(), rollup(**of), 100 * MIB)] == [words]


def test_parts_of_res_that_are_off_are_named_too() -> None:
    (found, _), *_ = process_sums(status(rss_anon=51 * MIB), rollup(), 100 * MIB)
    assert found == "anon + file + shmem is 1.00M more than RES"
    assert process_sums(status(), None, 100 * MIB) == []
