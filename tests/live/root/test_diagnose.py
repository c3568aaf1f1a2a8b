"""A check that comes after the kill: the kernel log still tells, and it counts as now for as long as was asked."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MIB = 1 << 20
PATIENCE = 30.0  # seconds until something that never comes is given up
HOG = f"""
import sys
print("ready", flush=True)
sys.stdin.readline()
kept = bytearray({200 * MIB})
"""

Confine = Callable[..., "subprocess.Popen[bytes]"]


def diagnosed(*words: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit status and findings of a look."""
    command = [sys.executable, "-m", "memtui", "diagnose", "--seconds", "2", "--json", *words]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout)["rows"]


def test_a_kill_before_the_look_is_critical_until_it_is_too_long_ago(confine: Confine) -> None:
    child = confine("memtui-hog", HOG, limit=32 * MIB, swapless=True)
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    path = "/" + re.findall(r":memory:/(.*)", Path(f"/proc/{child.pid}/cgroup").read_text())[0]
    child.stdin.write(b"\n")
    child.stdin.flush()
    assert child.wait(PATIENCE) == -signal.SIGKILL

    status, rows = diagnosed()
    (found,) = [row for row in rows if row["subject"] == path]
    assert (status, found["id"], found["severity"]) == (2, "cgroup_oom", "critical")
    assert f"({child.pid})" in found["title"]
    _, rows = diagnosed("--since", "0")
    assert [(row["id"], row["severity"]) for row in rows if row["subject"] == path] == [
        ("oom_killed_earlier", "note")
    ]
