"""A cgroup over its limit: reclaim that /proc/vmstat doesn't count is seen on the cgroup."""

import json
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from memtui.model.cgroups import GroupRow
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler

MIB = 1 << 20
LIMIT = 32 * MIB
READER = f"""
import os
path = os.path.abspath(__file__) + ".data"
with open(path, "wb") as file:
    for _ in range(96):
        file.write(bytes({MIB}))
    os.fsync(file.fileno())
while True:
    with open(path, "rb") as file:
        while file.read({MIB}):
            pass
"""
PATIENCE = 30.0
MEMORY = Path("/sys/fs/cgroup/memory")
ROOT = Path(__file__).parents[3]

Confine = Callable[..., "subprocess.Popen[bytes]"]


def test_usage_stops_at_the_limit_and_the_events_show_who_runs_into_it(confine: Confine, tmp_path: Path) -> None:
    child = confine("memtui-reader", READER, limit=LIMIT)
    with closing(Sampler(ProcSource(), processes=False)) as sampler:
        give_up = time.monotonic() + PATIENCE
        row = found(sampler, child.pid)
        while not (row and row.max_rate and row.refault_rate):
            assert child.poll() is None and time.monotonic() < give_up, f"nothing is reclaimed: {row}"
            time.sleep(0.5)
            row = found(sampler, child.pid)
    assert row.max == LIMIT and row.usage is not None and 0.9 * LIMIT <= row.usage <= LIMIT
    assert row.used_pct is not None and row.used_pct > 90
    assert row.file is not None and row.file > LIMIT / 2
    assert row.procs == 1
    folder = MEMORY / row.path[1:]
    failures = int((folder / "memory.failcnt").read_text())
    assert 0 < row.events["max"] <= failures
    (tmp_path / "memtui-reader.py.data").unlink()


def found(sampler: Sampler, pid: int) -> GroupRow | None:
    """The row of the cgroup that a process is in."""
    groups: Any = sampler.step(Request(needs=Need.CGROUPS, complete=True)).cgroups
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    (path,) = [line.split(":", 2)[2] for line in lines if "memory" in line.split(":")[1].split(",")]
    row: GroupRow | None = groups.rows.get(path)
    return row


def test_what_comes_into_being_is_there_at_the_next_sample(confine: Confine) -> None:
    with closing(Sampler(ProcSource(), processes=False)) as sampler:
        request = Request(needs=Need.CGROUPS)
        before: Any = sampler.step(request).cgroups
        confine("memtui-sleeper", "import time; time.sleep(60)", limit=LIMIT)
        after: Any = sampler.step(request).cgroups
    (new,) = after.rows.keys() - before.rows.keys()
    assert after.rows[new].max == LIMIT or after.rows[new].usage is not None


def test_inside_a_limit_that_is_what_comes_first(confine: Confine) -> None:
    program = f"""
import os, subprocess, sys
done = subprocess.run([sys.executable, "-m", "memtui", "free", "--json"], capture_output=True, cwd={str(ROOT)!r})
print(done.stdout.decode())
"""
    child = confine("memtui-inside", program, limit=LIMIT * 8)
    out, _ = child.communicate(timeout=60)
    limit = json.loads(out)["limit"]
    assert limit["max"] == LIMIT * 8 and limit["path"].startswith("/memtui-test-")
    assert 0 < limit["used"] <= limit["max"] and 0 < limit["available"] <= limit["max"]
