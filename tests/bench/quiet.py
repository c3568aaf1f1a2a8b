"""What a machine that only works gets told: `python tests/bench/quiet.py compile --seconds 600`.

Runs one scenario, or `all` of them, for the given time while the rules are applied once a second as the monitor does
it, and prints every finding by severity with its first sentence and its evidence, and the peaks of the figures that
rules look at. None of the scenarios is a trouble: a finding of severity warning or above is a false alarm, unless
somebody else works on the machine meanwhile.

    rest      nothing
    compile   C++ that is heavy on templates, twice as many compilers as CPUs
    copy      a file of 10 GiB copied again and again (--size; the folder needs twice that)
    cache     new pages read without end, so that page cache fills all of RAM and stays there (--rate MiB/s)
    tests     the unit tests of this project, again and again
"""

import argparse
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import kernel

from memtui.model.findings.facts import COUNTERS, LEVELS, MEAN, new_window, values
from memtui.model.findings.finding import Finding, Severity, Subject
from memtui.model.snapshot import Snapshot
from memtui.proc.pressure import Pressure
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.sampling.loop import pause
from memtui.sampling.recorded import open_stream
from memtui.sampling.request import Need, Request
from memtui.view import format as fmt
from memtui.view.say import amount, say

ROOT: Final = Path(__file__).parent.parent.parent
REQUEST: Final = Request(needs=Need.STATUS | Need.SMAPS | Need.OOM | Need.FINDINGS)
_PDEATHSIG: Final = 1  # PR_SET_PDEATHSIG, include/uapi/linux/prctl.h
CHUNK: Final = kernel.MIB
HEAVY: Final = """
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>
template <int N> struct Node {
  std::map<std::string, std::vector<std::variant<int, double, std::string>>> own;
  std::unordered_map<int, std::function<int(int)>> calls;
  Node<N - 1> below;
  int sum() { int all = N; for (auto& [name, list] : own) all += list.size(); return all + below.sum(); }
  bool match(const std::string& text) { return std::regex_match(text, std::regex("[a-z]+")) || below.match(text); }
};
template <> struct Node<0> { int sum() { return 0; } bool match(const std::string&) { return false; } };
int unit_%d() { Node<%d> node; std::cout << node.match("x"); return node.sum(); }
"""
DEEP: Final = 250  # instances of the template in a unit


# -- scenarios, each a program that goes on until it is killed ------------------------------------------------------


def rest(folder: Path, chosen: argparse.Namespace) -> None:
    """Nothing."""
    while True:
        time.sleep(3600)


def compile_(folder: Path, chosen: argparse.Namespace) -> None:
    """As many compilers at once as a careless `make -j` starts."""
    running: list[subprocess.Popen[bytes]] = []
    number = 0
    while True:
        while len(running) < 2 * (os.cpu_count() or 1):
            number += 1
            unit = folder / f"unit{number}.cc"
            unit.write_text(HEAVY % (number, DEEP))
            running.append(
                subprocess.Popen(
                    ["g++", "-std=c++17", "-O2", "-g", "-ftemplate-depth=2000", "-c", str(unit)], cwd=folder
                )
            )
        time.sleep(0.1)
        running = [one for one in running if one.poll() is None]


def copy(folder: Path, chosen: argparse.Namespace) -> None:
    """The file is there already; its copies take turns."""
    while True:
        subprocess.run(["cp", "--reflink=never", "--sparse=never", "original", "copy"], cwd=folder, check=True)
        (folder / "copy").unlink()


def cache(folder: Path, chosen: argparse.Namespace) -> None:
    """A hole that is larger than any RAM is read once, at the pace of a disk: pages that nobody reads again."""
    with open(folder / "hole", "wb") as file:
        file.truncate(8 << 40)
    fd, started = os.open(folder / "hole", os.O_RDONLY), time.monotonic()
    for number in range((8 << 40) // CHUNK):
        os.pread(fd, CHUNK, number * CHUNK)
        time.sleep(max(0.0, started + number / chosen.rate - time.monotonic()))


def tests(folder: Path, chosen: argparse.Namespace) -> None:
    """Those that need no terminal and no root."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/proc",
        "tests/model",
        "tests/view",
    ]
    while True:
        subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)


Scenario = Callable[[Path, argparse.Namespace], None]
SCENARIOS: Final[dict[str, Scenario]] = {
    "rest": rest, "compile": compile_, "copy": copy, "cache": cache, "tests": tests,
}  # fmt: skip


def prepare(name: str, folder: Path, chosen: argparse.Namespace) -> None:
    """What has to be there before the watching begins."""
    if name == "compile" and shutil.which("g++") is None:
        sys.exit("compile: g++ is not installed")
    if name != "copy":
        return
    size = int(chosen.size * (1 << 30))
    if shutil.disk_usage(folder).free < 2.2 * size:
        sys.exit(f"copy: {folder} has no room for two files of {chosen.size:g} GiB")
    block = os.urandom(CHUNK)
    with open(folder / "original", "wb") as file:
        for _ in range(size // CHUNK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def beside(name: str, folder: Path, chosen: argparse.Namespace) -> Iterator[None]:
    """The scenario in a process group of its own while the block runs."""
    pid = os.fork()
    if not pid:
        try:
            os.setpgid(0, 0)
            ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
            SCENARIOS[name](folder, chosen)
        finally:
            os._exit(1)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


# -- watching -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Seen:
    """A finding at its worst, and from which second to which it was there."""

    worst: Finding
    first: float
    last: float
    seconds: int = 1


@dataclass(slots=True)
class Peaks:
    """The highest of what is bad when high, and the lowest of what is bad when low."""

    high: dict[str, float] = field(default_factory=dict)
    low: dict[str, float] = field(default_factory=dict)

    def take(self, now: Snapshot, rates: dict[str, float | None]) -> None:
        """A second more."""
        found = {f"{name} /s": rate for name, rate in rates.items()}
        scanned = sum(rates[name] or 0 for name in ("pgscan_kswapd", "pgscan_direct"))
        stolen = sum(rates[name] or 0 for name in ("pgsteal_kswapd", "pgsteal_direct"))
        pressure = now.system.pressure.get("memory")
        for kind in ("some", "full"):
            stall = getattr(pressure, kind) if isinstance(pressure, Pressure) else None
            found[f"PSI {kind} avg10"] = stall.avg10 if stall else None
        vmstat = now.system.vmstat
        if not isinstance(vmstat, Unavailable) and (limit := vmstat.get("nr_dirty_threshold")):
            unwritten = (vmstat.get("nr_dirty") or 0) + (vmstat.get("nr_writeback") or 0)
            found["dirty and writeback, % of nr_dirty_threshold"] = 100 * unwritten / limit
        for name, value in found.items():
            if value is not None:
                self.high[name] = max(value, self.high.get(name, 0.0))
        lowest = {name: now.memory.lines.get(name) for name in ("MemFree", *LEVELS)}
        for name, level in lowest.items():
            if level is not None:
                self.high[name] = max(level, self.high.get(name, 0.0))
                self.low[name] = min(level, self.low.get(name, level))
        if scanned > 1000:
            share = 100 * stolen / scanned
            self.low["%vmeff while scanning"] = min(share, self.low.get("%vmeff while scanning", share))


def watch(seconds: float) -> tuple[dict[tuple[str, Subject], Seen], Peaks, int, float]:
    """Every finding of so many seconds, the peaks, how many rules were applied, and the CPU seconds of a sample."""
    stream, window, peaks = open_stream(ProcSource()), new_window(), Peaks()
    seen: dict[tuple[str, Subject], Seen] = {}
    checked, samples, started, cpu = 0, 0, time.monotonic(), time.process_time()
    try:
        while time.monotonic() - started < seconds:
            now = stream.step(REQUEST)
            window.push(now.at, values(now))
            peaks.take(now, {name: window.rate(name, MEAN) for name in COUNTERS})
            checked, samples = now.findings.checked, samples + 1
            for one in now.findings.open:
                for found in (one, *one.supports):
                    known = seen.setdefault(found.key, Seen(found, now.at - started, now.at - started, 0))
                    known.last, known.seconds = now.at - started, known.seconds + 1
                    if found.severity > known.worst.severity:
                        known.worst = found
            time.sleep(pause(started, time.monotonic(), 1.0))
    finally:
        stream.close()
    return seen, peaks, checked, (time.process_time() - cpu) / max(1, samples)


# -- telling --------------------------------------------------------------------------------------------------------


def tell(seen: dict[tuple[str, Subject], Seen], peaks: Peaks) -> None:
    """Findings by severity, then the figures."""
    for severity in sorted(Severity, reverse=True):
        those = [one for one in seen.values() if one.worst.severity is severity]
        print(f"  {severity.word}: {len(those)}")
        for one in sorted(those, key=lambda one: one.first):
            print(f"    {one.worst.rule}  from {one.first:.0f} s to {one.last:.0f} s  {say(one.worst.title)}")
            if severity > Severity.NOTE:
                for piece in one.worst.evidence:
                    mark = "" if piece.threshold is None else f"  (mark {amount(piece.threshold, piece.unit)})"
                    print(f"      {piece.field}  {amount(piece.value, piece.unit)}{mark}  {piece.note}")
    print(f"  peaks; rates are means over {MEAN:.0f} s")
    for name, value in peaks.high.items():
        if name in peaks.low:
            print(f"    {name:46} {fmt.size(int(peaks.low[name])):>8} to {fmt.size(int(value))}")
        elif value:
            print(f"    {name:46} {value:>12,.1f}")
    for name in peaks.low.keys() - peaks.high.keys():
        print(f"    {name:46} {peaks.low[name]:>12,.1f}")


def main(words: Sequence[str] | None = None) -> int:
    """Run the scenarios; 1 if any had a finding of severity warning or above."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=[*SCENARIOS, "all"])
    parser.add_argument("--seconds", type=float, default=600.0, help="how long each is watched (600)")
    parser.add_argument("--size", type=float, default=10.0, metavar="GIB", help="of the file that is copied (10)")
    parser.add_argument("--rate", type=float, default=500.0, metavar="MIB", help="read for the cache a second (500)")
    parser.add_argument("--folder", default="/var/tmp", help="where files are made, and removed again (/var/tmp)")
    chosen = parser.parse_args(words)
    alarms = 0
    for name in SCENARIOS if chosen.scenario == "all" else (chosen.scenario,):
        with tempfile.TemporaryDirectory(dir=chosen.folder) as made:
            prepare(name, Path(made), chosen)
            with beside(name, Path(made), chosen):
                seen, peaks, checked, cpu = watch(chosen.seconds)
        loud = sum(one.worst.severity > Severity.NOTE for one in seen.values())
        alarms += loud
        print(f"{name}: {chosen.seconds:.0f} s, {checked} rules, {1000 * cpu:.1f} ms of CPU a sample")
        print(f"  findings of warning or above: {loud}")
        tell(seen, peaks)
        sys.stdout.flush()
    return int(alarms > 0)


if __name__ == "__main__":
    sys.exit(main())
