"""A recorded tree as a stream: real rates from its two instants, and then it stands still."""

import json
import shutil
from pathlib import Path

import pytest

from memtui.model.sample import Detail, IoSample, ProcKey
from memtui.proc import pid_files, vmstat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.sampling.recorded import Recorded, open_stream
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

HOST = Path(__file__).parent.parent / "trees" / "host-6.18"


@pytest.fixture
def source() -> ProcSource:
    return ProcSource(str(HOST / "proc"), str(HOST / "sys"))


def wall_of(tree: Path) -> float:
    return float(json.loads((tree / "capture.json").read_text())["wall"])


def test_the_running_kernel_is_sampled_and_a_tree_is_replayed(source: ProcSource) -> None:
    live = open_stream(ProcSource())
    assert isinstance(live, Sampler)
    live.close()
    assert isinstance(open_stream(source), Recorded)


def test_rates_are_those_between_the_two_instants(source: ProcSource) -> None:
    snapshot = Recorded(source).step(Request())
    gap = wall_of(HOST) - wall_of(HOST / "before")
    assert (snapshot.at, snapshot.wall, snapshot.interval) == (wall_of(HOST), wall_of(HOST), gap)
    now, then = (vmstat.parse((HOST / at / "proc" / "vmstat").read_bytes()).values for at in ("", "before"))
    assert snapshot.rates["pgfault"] == (now["pgfault"] - then["pgfault"]) / gap
    assert sum(snapshot.cpu.values()) == pytest.approx(100)


def test_storage_counters_of_the_two_instants_are_paired(source: ProcSource) -> None:
    snapshot = Recorded(source).step(Request())
    for pid, process in snapshot.processes.items():
        if process.io is None:
            continue
        assert isinstance(process.io, IoSample)
        before = pid_files.parse_io((HOST / "before" / "proc" / str(pid) / "io").read_bytes())
        assert (process.io.then, process.io.then_at) == (before, wall_of(HOST / "before"))
    (backup,) = [process for process in snapshot.processes.values() if "backup" in process.command]
    assert backup.read_rate is not None and backup.read_rate > 1 << 20


def test_everything_is_read_whatever_is_asked_for(source: ProcSource) -> None:
    snapshot = Recorded(source).step(Request(needs=Need.NOTHING))
    processes = [
        one for one in snapshot.processes.values() if not one.kernel_thread and one.state != "Z" and one.pid > 1
    ]
    assert len(processes) > 15
    for one in processes:
        assert one.pss is not None and one.shr is not None and one.oom_score is not None and one.io is not None


def test_it_stands_still(source: ProcSource) -> None:
    stream = Recorded(source)
    first = stream.step(Request())
    assert stream.step(Request(interval=9.0, needs=Need.IO, visible=(1, 2))) is first


def test_a_process_in_focus_gets_its_details_and_the_rest_stays(source: ProcSource) -> None:
    stream = Recorded(source)
    plain = stream.step(Request())
    key = next(one.key for one in plain.processes.values() if "redis" in one.command)
    focused = stream.step(Request(focus=key))
    assert isinstance(focused.detail, Detail)
    assert not isinstance(focused.detail.limits, Unavailable)
    assert focused.trail[-1][1] == focused.processes[key.pid].res
    assert (focused.at, focused.rates, focused.processes) == (plain.at, plain.rates, plain.processes)
    assert stream.step(Request(focus=key)) is focused
    assert stream.step(Request(focus=ProcKey(key.pid, 0))).detail != focused.detail
    assert stream.step(Request()).detail is None


def test_a_tree_of_one_instant_has_no_rates(tmp_path: Path) -> None:
    shutil.copytree(HOST, tmp_path / "tree", ignore=shutil.ignore_patterns("before"))
    snapshot = Recorded(ProcSource(str(tmp_path / "tree" / "proc"))).step(Request())
    assert snapshot.interval is None
    assert not snapshot.rates
    assert snapshot.memory.total


def test_a_tree_without_manifest_has_the_time_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_bytes((HOST / "proc" / "meminfo").read_bytes())
    snapshot = Recorded(ProcSource(str(tmp_path))).step(Request())
    assert snapshot.wall == (tmp_path / "meminfo").stat().st_mtime
    assert not snapshot.processes


def test_without_processes_none_are_read(source: ProcSource) -> None:
    snapshot = open_stream(source, processes=False).step(Request())
    assert not snapshot.processes
    assert snapshot.rates


def test_the_two_instants_are_judged(source: ProcSource) -> None:
    snapshot = Recorded(source).step(Request())
    assert snapshot.findings.checked > 0


def test_a_tree_of_a_machine_short_of_memory_has_its_finding(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(HOST, tree, symlinks=True)
    for folder in (tree, tree / "before"):
        path = folder / "proc" / "meminfo"
        lines = [line for line in path.read_text().splitlines() if not line.startswith("MemAvailable")]
        path.write_text("\n".join((*lines, "MemAvailable: 1000 kB\n")))
    worst = Recorded(ProcSource(str(tree / "proc"), str(tree / "sys"))).step(Request()).findings.worst
    assert worst is not None and worst.rule == "available_low"
