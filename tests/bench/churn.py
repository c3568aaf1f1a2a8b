"""The sampler beside very many starts: `python tests/bench/churn.py --churn 500 --seconds 60`.

Prints the processes that were really started, what the sampler held open and what memory it took once warm and at the
end, and every exception. The exit status is 1 if there was one, or if a descriptor stays open after the close.
"""

import argparse
import os
import sys
import time
import traceback

import kernel
import workload

from memtui.model.sample import ProcKey
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

WARM = 10  # ticks after which memory should grow no more


def descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def state() -> str:
    """Descriptors and memory now."""
    return f"{descriptors()} descriptors, {(kernel.pss(os.getpid()) or 0) / kernel.MIB:.1f} MiB"


def run(sampler: Sampler, seconds: int) -> tuple[int, int, int]:
    """Step once a second; how many exceptions, problems in the snapshots, and new processes in these."""
    request = Request(needs=Need.STATUS | Need.SMAPS | Need.OOM | Need.IO)
    exceptions = problems = new = 0
    last: frozenset[ProcKey] = frozenset()
    due = time.monotonic()
    for number in range(1, seconds + 1):
        due += 1
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            snapshot = sampler.step(request)
        except Exception:
            exceptions += 1
            traceback.print_exc()
            continue
        problems += len(snapshot.problems)
        rows = frozenset(row.key for row in snapshot.processes.values())
        new += len(rows - last)
        last = rows
        if number == WARM:
            print(f"after {WARM} ticks: {state()}")
    return exceptions, problems, new


def main() -> None:
    """Run the sampler and say what it held."""
    parser = argparse.ArgumentParser(
        description=__doc__, parents=[workload.options()], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(churn=500.0)
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="ticks (60)")
    chosen = parser.parse_args()
    with workload.beside(chosen):
        before = descriptors()
        print(f"before: {state()}")
        starts, began = kernel.starts(), time.monotonic()
        sampler = Sampler(ProcSource())
        exceptions, problems, new = run(sampler, chosen.seconds)
        rate = (kernel.starts() - starts) / (time.monotonic() - began)
        print(f"after {chosen.seconds} ticks: {state()}")
        sampler.close()
        left = descriptors() - before
    print(f"{rate:.0f} starts a second, {new} processes seen; left open after the close: {left}")
    print(f"{exceptions} exceptions, {problems} problems")
    sys.exit(bool(exceptions or left))


if __name__ == "__main__":
    main()
