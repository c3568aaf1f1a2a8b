"""memtui and its peers beside the same population: `python tests/bench/compare.py --processes 1000 --rounds 3`.

Each program runs alone in a pseudo-terminal of 200x50, one refresh a second, once in every round, in random order.
CPU is that of the whole program for each refresh, on a clock of nanoseconds; the ratio is memtui's to that program's
in the same round, when the machine was about as busy. Key to paint is the time from a cursor key to the first byte
after it. The first paint is the first that holds the table. All figures are medians over the rounds.

Peers that are not installed are left out. Every program should run as the same user: root sees the PSS of all.
"""

import argparse
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import kernel
import workload
from terminal import Terminal, environment, installed

MEMTUI: Final = "memtui"
ROW: Final = rb"bench-|workload\.py"  # what a process of the population is called in a table
WARM: Final = 6.0  # seconds between the first paint and the measuring
HTOP: Final = (
    "htop_version=3.2.2\nconfig_reader_min_version=3\nhide_kernel_threads=1\nhighlight_deleted_exe=0\ndelay=10\n"
)
HTOP_PSS: Final = f"""{HTOP}screen:Main=PID USER M_VIRT M_RESIDENT M_SHARE M_PSS M_SWAP M_PSSWP MINFLT MAJFLT \
STATE PERCENT_CPU PERCENT_MEM TIME Command
.sort_key=M_PSS
.sort_direction=-1
"""
BTOP: Final = "#? Config file for btop v. 1.2.13\nupdate_ms=1000\nshow_init=False\n"


class Program(NamedTuple):
    """A monitor: its command, what its first table holds, its settings as a file below its home."""

    command: tuple[str, ...]
    shows: tuple[bytes, ...]
    file: str = ""
    settings: str = ""


PROGRAMS: Final = {
    MEMTUI: Program((sys.executable, "-m", "memtui", "-d", "1"), (ROW, b"PSS")),
    "htop with PSS": Program(("htop", "-d", "10"), (ROW, b"PSS"), ".config/htop/htoprc", HTOP_PSS),
    "htop": Program(("htop", "-d", "10"), (b"Command",), ".config/htop/htoprc", HTOP),
    "btop": Program(("btop",), (ROW,), ".config/btop/btop.conf", BTOP),
}


class Figures(NamedTuple):
    """One run: milliseconds of CPU a refresh and of key to paint, bytes a refresh, seconds to paint, bytes of PSS."""

    cpu: float
    key_p50: float
    key_p95: float
    output: float
    first: float
    pss: float


def measure(program: Program, window: float, keys: int) -> Figures:
    """One run of a program."""
    with tempfile.TemporaryDirectory() as home:
        if program.file:
            file = Path(home, program.file)
            file.parent.mkdir(parents=True)
            file.write_text(program.settings)
        terminal = Terminal(program.command, environment(home))
        try:
            first = max(map(terminal.painted, program.shows))
            terminal.listen(WARM)
            terminal.settle()
            began, cpu = time.monotonic(), kernel.cpu(terminal.pid)
            terminal.listen(window)
            cpu = kernel.cpu(terminal.pid) - cpu
            sizes = terminal.refreshes(began)
            count = max(1, min(len(sizes), round(window)))  # one that paints in pieces has no more refreshes for it
            pss = kernel.pss(terminal.pid)
            delays = sorted(1000 * delay for delay in press(terminal, keys))
        finally:
            terminal.close()
    return Figures(
        1000 * cpu / count, quantile(delays, 0.5), quantile(delays, 0.95), sum(sizes) / count, first, pss or math.nan
    )


def press(terminal: Terminal, count: int) -> list[float]:
    """Seconds from key to paint, keys falling anywhere between two refreshes."""
    delays = []
    for _ in range(count):
        terminal.listen(random.uniform(0.3, 0.7))
        delays.append(terminal.press_down())
    return delays


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that so large a share of the values don't exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


def table(rounds: Sequence[Mapping[str, Figures]]) -> Iterator[str]:
    """The medians as rows of text."""
    yield f"{'':<14}{'CPU/refresh':>12}{'ratio':>7}{'key p50':>10}{'p95':>10}{'bytes':>8}{'first':>8}{'PSS':>10}"
    for name in rounds[0]:
        cpu, p50, p95, output, first, pss = map(statistics.median, zip(*(one[name] for one in rounds), strict=True))
        ratio = statistics.median(one[MEMTUI].cpu / one[name].cpu for one in rounds)
        yield (
            f"{name:<14}{cpu:>9.1f} ms{ratio:>7.2f}{p50:>7.1f} ms{p95:>7.1f} ms{output:>8.0f}{first:>6.2f} s"
            f"{pss / kernel.MIB:>6.1f} MiB"
        )


def main() -> None:
    """Measure round by round beside one population and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, parents=[workload.options()], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="runs of each program (3)")
    parser.add_argument("--window", type=float, default=20, metavar="S", help="seconds of CPU measured in a run (20)")
    parser.add_argument("--keys", type=int, default=40, metavar="N", help="keys pressed in a run (40)")
    chosen = parser.parse_args()
    programs = {name: program for name, program in PROGRAMS.items() if installed(program.command[0])}
    rounds = []
    with workload.beside(chosen):
        for number in range(1, chosen.rounds + 1):
            order = random.sample(list(programs), len(programs))
            print(f"round {number}: {', '.join(order)}", file=sys.stderr)
            found = {name: measure(programs[name], chosen.window, chosen.keys) for name in order}
            rounds.append({name: found[name] for name in programs})
    print(*table(rounds), sep="\n")


if __name__ == "__main__":
    main()
