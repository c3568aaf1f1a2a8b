"""`memtui diagnose` on this kernel, as cron and monitoring systems run it: no terminal, no environment, any user."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

MEMTUI = (sys.executable, "-m", "memtui", "diagnose", "--seconds", "2")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
ROOT = Path(__file__).parent.parent.parent


def bare(*words: str, before: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    """What a command line gives that has nothing of the one who runs the tests."""
    return subprocess.run(
        [*before, *MEMTUI, *words],
        cwd=ROOT, env={}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def may_nobody() -> bool:
    """Whether another user can be tried, who can read this Python and this folder."""
    try:
        words = [*NOBODY, sys.executable, "-c", "import memtui.cli"]
        return subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def check(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode in (0, 1, 2)
    assert done.stderr == ""
    first = re.match(r"MEMORY (OK|WARNING|CRITICAL) - [^|\n]+ \| available=\d+B;\d+:;\d+:;0;\d+ ", done.stdout)
    assert first is not None
    assert ("OK", "WARNING", "CRITICAL")[done.returncode] == first[1]
    assert re.search(r"^\d+ rules, 3 samples over 2\.\d s[,;]", done.stdout, re.MULTILINE)


def test_it_needs_no_terminal_and_no_environment() -> None:
    check(bare())


@pytest.mark.skipif(not may_nobody(), reason="needs root, setpriv, and a Python that all may read")
def test_any_user_may_run_it() -> None:
    check(bare(before=NOBODY))


def test_json_is_one_object_with_the_exit_status_in_it() -> None:
    done = bare("--json")
    document = json.loads(done.stdout)
    assert document["status"] == done.returncode in (0, 1, 2)
    assert document["looked"]["samples"] == 3
    assert done.stdout.count("\n") == 1
