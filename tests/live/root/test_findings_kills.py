"""A process that the kernel kills at the limit of its cgroup: found at once, told truly, closed, and remembered."""

import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from memtui.model.findings.finding import EventKind, Findings, Severity
from memtui.proc.source import ProcSource
from memtui.sampling.request import Need, Request
from memtui.sampling.sampler import Sampler
from memtui.view.say import say

MIB = 1 << 20
PATIENCE = 30.0  # seconds until something that never comes is given up
WATCHED = Request(needs=Need.STATUS | Need.OOM | Need.FINDINGS)
HOG = f"""
import ctypes, mmap, sys
ctypes.CDLL(None).prctl(15, b"memtui-hog) x", 0, 0, 0)
print("ready", flush=True)
sys.stdin.readline()
area = mmap.mmap(-1, {200 * MIB}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for place in range(0, len(area), mmap.PAGESIZE):
    area[place] = 1
"""

Confine = Callable[..., "subprocess.Popen[bytes]"]


def test_a_kill_in_a_cgroup_is_the_first_finding_and_closes(confine: Confine) -> None:
    with closing(Sampler(ProcSource())) as sampler:
        child = confine("memtui-hog", HOG, limit=32 * MIB, swapless=True)
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        path = "/" + re.findall(r":memory:/(.*)", Path(f"/proc/{child.pid}/cgroup").read_text())[0]
        before = sampler.step(WATCHED)
        assert path not in {one.subject for one in before.findings.open}

        child.stdin.write(b"\n")
        child.stdin.flush()
        assert child.wait(PATIENCE) == -signal.SIGKILL
        killed = time.monotonic()

        def step() -> Findings:
            time.sleep(1.0)
            return sampler.step(WATCHED).findings

        found = step()
        while found.worst is None or found.worst.subject != path:
            assert time.monotonic() - killed < 15
            found = step()
        first = found.worst
        assert (first.rule, first.severity) == ("cgroup_oom", Severity.CRITICAL)
        assert f"memtui-hog) x ({child.pid})" in say(first.title)
        evidence = {one.field: one.value for one in first.evidence}
        assert evidence["limit"] == 32 * MIB
        anon, score = evidence["anon-rss"], evidence["oom_score"]
        assert anon is not None and 28 * MIB < anon <= 32 * MIB
        # nearly all that it may have, and libraries of others beside: (1000 + 1000 or more) * 2 / 3
        assert score is not None and 1250 < score < 1600
        (event,) = [one for one in found.events if one.kind is EventKind.OOM_KILL and path in say(one.text)]
        assert before.at <= event.at <= killed + 0.1 and str(child.pid) in say(event.text)

        while any(one.rule == "cgroup_oom" and one.subject == path for one in found.open):
            assert time.monotonic() - killed < 30
            found = step()
        assert [one.rule for one in found.open if one.subject == path] == ["oom_killed_earlier"]
