"""The sampler: its clocks, failed reads as stated problems, what it costs, and when it hurries the rotation."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from memtui.model.findings.finding import NOT_JUDGED
from memtui.model.sample import Problem, ProcessSample, ProcKey
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable, Why
from memtui.sampling.processes import ProcessReader
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

FILES = {
    "meminfo": "MemTotal: 1000 kB\nMemFree: 400 kB\nMemAvailable: 600 kB\nAnonPages: 100 kB\n",
    "vmstat": "pgfault 100\npgmajfault 5\nnr_free_pages 100\n",
    "zoneinfo": "",
    "swaps": "Filename Type Size Used Priority\n",
    "loadavg": "0.10 0.20 0.30 1/100 4242\n",
    "uptime": "5000.00 1.00\n",
    "stat": "cpu  1 0 1 8 0 0 0 0 0 0\nbtime 1700000000\n",
    "pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
    "pressure/io": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
    "pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
    "sys/vm/swappiness": "60\n",
    "10/stat": "10 (app) S 1 1 1 0 -1 0 10 0 0 0 0 0 0 0 20 0 1 0 100 9000 25 184 0\n",
    "10/status": "Name:\tapp\nUid:\t0\t0\t0\t0\nThreads:\t1\n",
    "10/cmdline": "app\0",
    "10/cgroup": "0::/\n",
    "10/oom_score": "0\n",
    "10/oom_score_adj": "0\n",
}


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


class Clocks:
    def __init__(self, proc: Path, reader: ProcessReader | None = None) -> None:
        self.now = 50.0
        self.source = ProcSource(str(proc), str(proc))
        self.sampler = Sampler(self.source, lambda: self.now, lambda: self.now + 1e9, reader)

    def step(self, request: Request | None = None, after: float = 1.0) -> Snapshot:
        self.now += after
        return self.sampler.step(request or Request())


def test_a_snapshot_has_the_time_of_the_clocks_and_rates_over_their_interval(proc: Path) -> None:
    clocks = Clocks(proc)
    first = clocks.step()
    assert (first.at, first.wall, first.interval, first.rates, first.problems) == (51.0, 1e9 + 51.0, None, {}, ())
    (proc / "vmstat").write_text("pgfault 150\npgmajfault 4\nnr_free_pages 7\n")
    second = clocks.step(after=2.5)
    assert (second.at, second.interval, second.rates) == (53.5, 2.5, {"pgfault": 20.0})
    assert second.memory.total == 1000 << 10 and second.processes.keys() == {10}
    assert second.system.sysctl["swappiness"] == (60,)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *((name, Why.ABSENT) for name in FILES if name.count("/") == 0 or name.startswith("pressure/")),
    ],
)
def test_a_file_that_vanishes_is_a_stated_problem_and_its_return_ends_it(proc: Path, name: str, why: Why) -> None:
    clocks = Clocks(proc)
    assert clocks.step().problems == ()
    (proc / name).rename(proc / "hidden")
    snapshot = clocks.step()
    assert snapshot.problems == (Problem(name, Unavailable(why)),)
    assert snapshot.processes.keys() == {10}
    (proc / "hidden").rename(proc / name)
    assert clocks.step().problems == ()


def test_a_folder_in_a_files_place_is_a_failure(proc: Path) -> None:
    (proc / "vmstat").unlink()
    (proc / "vmstat").mkdir()
    (problem,) = Clocks(proc).step().problems
    assert (problem.what, problem.reason.why) == ("vmstat", Why.FAILED)


@pytest.mark.parametrize("text", ["", "garbage\n\xff\n", "MemTotal: x kB\n"])
def test_a_meminfo_without_memtotal_is_a_problem(proc: Path, text: str) -> None:
    (proc / "meminfo").write_text(text)
    snapshot = Clocks(proc).step()
    assert [problem.what for problem in snapshot.problems] == ["meminfo"]
    assert snapshot.memory.total == 0


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("text", ["", "\0\xff\n", "9" * 5000, ") 1 ( " * 500, "pgfault " + "9" * 400 + "\n"])
def test_damage_in_any_file_never_raises(proc: Path, name: str, text: str) -> None:
    clocks = Clocks(proc)
    every = Request(needs=~Need.NOTHING, focus=ProcKey(10, 100))
    clocks.step(every)
    (proc / name).write_text(text)
    clocks.step(every)
    (proc / name).write_text(FILES[name])
    assert clocks.step(every).memory.total == 1000 << 10


def test_processes_that_cannot_be_listed_are_a_problem_and_come_back(proc: Path) -> None:
    class Blind(ProcessReader):
        blind = True

        def tick(
            self, now: float, request: Request, haste: float = 1.0
        ) -> tuple[Mapping[int, ProcessSample], frozenset[int]]:
            if self.blind:
                raise Unreadable(Unavailable(Why.FAILED, "no list"))
            return super().tick(now, request, haste)

    source = ProcSource(str(proc), str(proc))
    reader = Blind(source)
    sampler = Sampler(source, reader=reader)
    snapshot = sampler.step(Request())
    assert snapshot.problems == (Problem("processes", Unavailable(Why.FAILED, "no list")),)
    assert snapshot.processes == {} and snapshot.memory.total == 1000 << 10
    reader.blind = False
    assert sampler.step(Request()).processes.keys() == {10}
    reader.blind = True
    assert sampler.step(Request()).processes == {}
    reader.blind = False
    assert sampler.step(Request()).processes[10].command == "app"


def test_the_process_in_focus_comes_with_its_detail_and_its_trail(proc: Path) -> None:
    clocks = Clocks(proc)
    key = ProcKey(10, 100)
    snapshot = clocks.step(Request(focus=key))
    assert snapshot.detail is not None and snapshot.detail.key == key
    assert snapshot.detail.rollup == GONE  # no such file here
    assert [point[0] for point in snapshot.trail] == [51.0]
    assert clocks.step().detail is None


def test_the_detail_of_a_reused_pid_is_not_the_new_process(proc: Path) -> None:
    snapshot = Clocks(proc).step(Request(focus=ProcKey(10, 99)))
    assert snapshot.detail is not None
    assert set(snapshot.detail[1:6]) == {GONE}
    assert snapshot.trail == ()


def test_detail_of_a_kernel_without_rollup_comes_from_smaps(proc: Path) -> None:
    names = (
        "Rss",
        "Pss",
        "Shared_Clean",
        "Shared_Dirty",
        "Private_Clean",
        "Private_Dirty",
        "Referenced",
        "Anonymous",
    )
    one = "0-1 r--p 0 0:0 1 /bin/app\n" + "".join(f"{name}: 4 kB\n" for name in (*names, "Swap"))
    (proc / "10" / "smaps").write_text(one + one)
    snapshot = Clocks(proc).step(Request(focus=ProcKey(10, 100)))
    assert snapshot.detail is not None and not isinstance(snapshot.detail.rollup, Unavailable)
    assert (snapshot.detail.rollup.pss, snapshot.detail.rollup.uss) == (8 << 10, 16 << 10)


def test_the_cost_of_a_sample_is_what_it_read(proc: Path) -> None:
    clocks = Clocks(proc)
    before = clocks.source.count.reads
    cost = clocks.step().cost
    assert cost.reads == clocks.source.count.reads - before > len(FILES) - 2
    assert cost.wall > 0 and cost.cpu > 0 and cost.rollups == 1


def test_close_gives_every_descriptor_back(proc: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    clocks = Clocks(proc)
    clocks.step()
    assert len(os.listdir("/proc/self/fd")) == before + 1
    clocks.sampler.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_rotation_hurries_while_the_kept_sum_parts_from_anonpages(proc: Path) -> None:
    class Listener(ProcessReader):
        def tick(
            self, now: float, request: Request, haste: float = 1.0
        ) -> tuple[Mapping[int, ProcessSample], frozenset[int]]:
            hastes.append(haste)
            return {}, frozenset()

        @property
        def pss_anon(self) -> int:
            return sums.pop(0) << 10

    hastes: list[float] = []
    sums = [99, 99, 99, 80, 80, 99, 99]  # of 100 KiB AnonPages
    clocks = Clocks(proc, Listener(ProcSource(str(proc), str(proc))))
    while sums:
        clocks.step()
    assert hastes == [1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 1.0]


def test_findings_are_judged_only_when_asked_for_and_what_they_need_is_read_now_and_then(proc: Path) -> None:
    clocks = Clocks(proc)
    assert clocks.step().findings is NOT_JUDGED
    asked = Request(needs=Need.STATUS | Need.FINDINGS)
    judged = [clocks.step(asked) for _ in range(12)]
    assert all(one.findings.checked for one in judged) and judged[-1].findings.since == judged[0].at
    nodes = [one.survey.nodes is not None for one in judged]
    assert any(nodes) and not all(nodes)
    assert any(one.survey.cgroups is not None for one in judged)


def test_a_finding_of_the_files_is_told(proc: Path) -> None:
    clocks = Clocks(proc)
    (proc / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 20 kB\n")
    for _ in range(6):
        snapshot = clocks.step(Request(needs=Need.STATUS | Need.FINDINGS))
    worst = snapshot.findings.worst
    assert worst is not None and worst.rule == "available_low" and worst.evidence[0].value == pytest.approx(2.0)
