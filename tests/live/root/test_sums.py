"""Σ PSS, and what is stated as unmeasured, is what the kernel counts as AnonPages and Mapped."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: the PSS of everybody's processes")
NEAR = 0.02
FAMILY = """
import mmap, os, sys
file = open(sys.executable, "rb")
mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
shared = mmap.mmap(-1, 64 << 20)
shared.write(bytes(64 << 20))
heap = bytearray(96 << 20)
children = []
for _ in range(3):
    if not os.fork():
        sum(mapped[::4096]), sum(shared[::4096]), heap.count(1)
        heap[: 8 << 20] = bytes(8 << 20)
        print(flush=True)
        sys.stdin.read()
        os._exit(0)
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def family() -> Iterator[None]:
    """Four processes that share a heap, a file and 64 MiB of shared memory."""
    pipe = subprocess.PIPE
    parent = subprocess.Popen([sys.executable, "-c", FAMILY], stdin=pipe, stdout=pipe, text=True)
    assert parent.stdout is not None
    for _ in range(4):
        assert parent.stdout.readline() == "\n"
    yield
    parent.communicate()


def off(snapshot: Snapshot) -> float:
    """The share by which the sums are apart."""
    rows = [row for row in snapshot.processes.values() if not row.kernel_thread]
    measured = sum(row.pss for row in rows if row.pss is not None)
    refused = sum(row.res for row in rows if row.pss is None)
    whole = (snapshot.memory.get("AnonPages") or 0) + (snapshot.memory.get("Mapped") or 0)
    return (whole - measured - refused) / whole


def test_the_sum_of_all_pss_is_what_the_kernel_has_mapped(family: None) -> None:
    seen = []
    for _ in range(8):  # others may come and go while everyone is read
        sampler = Sampler(ProcSource())
        seen.append(off(sampler.step(Request(needs=Need.STATUS | Need.SMAPS, complete=True))))
        sampler.close()
        if abs(seen[-1]) <= NEAR:
            return
    pytest.fail(f"apart by {seen}")
