"""`memtui oom`: who is next and who was, of machines that were recorded, and what is said when neither is known."""

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
TREES = Path(__file__).parent.parent / "trees"
LOGS = Path(__file__).parent.parent / "proc" / "data"
MIB = 1 << 20
CACHE = {"usage": 64 * MIB, "max": 64 * MIB, "anon": 32 * MIB}
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A machine with a cgroup near its limit, whose kernel log tells of five kills."""
    tree = tmp_path / "tree"
    shutil.copytree(TREES / "guest-6.12", tree, symlinks=True)
    (tree / "dev").mkdir()
    shutil.copy(LOGS / "6.12" / "kmsg", tree / "dev" / "kmsg")
    cgroups = tree / "sys" / "fs" / "cgroup"
    (cgroups / "cache").mkdir(parents=True)
    (cgroups / "cgroup.controllers").write_text("memory\n")
    files = {
        "memory.current": CACHE["usage"], "memory.max": CACHE["max"], "memory.swap.current": 20 * MIB,
        "memory.swap.max": 25 * MIB, "memory.stat": f"anon {CACHE['anon']}\nfile {30 * MIB}\nkernel {MIB}\n",
        "cgroup.procs": 217,
    }  # fmt: skip
    (cgroups / "roomy").mkdir()
    for name, value in files.items():
        (cgroups / "cache" / name).write_text(f"{value}\n")
        (cgroups / "roomy" / name).write_text(f"{value if name != 'memory.max' else 900 * MIB}\n")
    return tree


def test_as_text(run: Run, killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("oom", "--proc", killed / "proc")
    assert (done.status, done.err) == (0, "")
    kept = GOLDEN / "oom-killed.txt"
    if os.environ.get("MEMTUI_UPDATE"):
        kept.write_text(done.out)
    assert done.out == kept.read_text()
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, run("oom", "--proc", killed / "proc").out.splitlines())) <= 60


def test_as_json(run: Run, killed: Path) -> None:
    (document,) = run("oom", "--json", "--proc", killed / "proc").documents
    rows = document["rows"]
    assert [row["oom_score"] for row in rows] == sorted((row["oom_score"] for row in rows), reverse=True)
    assert {"pid", "user", "oom_score", "oom_score_adj", "res", "swap", "command"} <= rows[0].keys()
    last = document["kills"][0]
    assert (last["pid"], last["comm"], last["constraint"], last["cgroup"]) == (186, "python3", "machine", None)
    assert (last["anon_rss"], last["file_rss"], last["oom_score_adj"]) == (541628 << 10, 12 << 10, 300)
    assert last["score_estimated"] is True and last["score"] > 800
    assert document["kills"][-1]["cgroup"] == "/a" and document["kills"][-1]["limit"] == 40 << 20
    assert document["kills"][-1]["task_cgroup"] == "/a/b c,task=x"
    times = [datetime.fromisoformat(kill["time"]) for kill in document["kills"]]
    assert times == sorted(times, reverse=True)
    assert (times[0] - times[-1]).total_seconds() == pytest.approx(15.851172 - 5.444891, abs=0.002)
    (nearest,) = document["cgroups"]
    # 64 MiB without 32 of anonymous memory and 1 of the kernel's, and 5 that may still go to swap
    assert (nearest["path"], nearest["left"], nearest["first"]["pid"]) == ("/cache", 36 * MIB, 217)
    assert {key: nearest[key] for key in CACHE} == CACHE
    assert len(run("oom", "-n", "2", "--json", "--proc", killed / "proc").documents[0]["kills"]) == 2


def test_what_is_missing_says_why_and_nothing_at_all_is_a_failure(run: Run, killed: Path) -> None:
    (killed / "dev" / "kmsg").unlink()
    (document,) = run("oom", "--json", "--proc", killed / "proc").documents
    assert document["kills"] is None and "kernel log" in document["unavailable"]["kills"]
    assert "– could not be read: the recorded tree holds no kernel log" in run("oom", "--proc", killed / "proc").out
    for path in (killed / "proc").glob("*/oom_score"):
        path.unlink()
    done = run("oom", "--proc", killed / "proc")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("memtui: neither oom_score of any process nor the kernel log can be read")


def test_a_name_can_not_steer_the_terminal(run: Run, killed: Path) -> None:
    log = killed / "dev" / "kmsg"
    log.write_bytes(log.read_bytes().replace(b"(python3)", rb"(\x1b[31mx\xe2\x80\xae)"))
    for more in ((), ("--json",)):
        out = run("oom", *more, "--proc", killed / "proc").out
        assert out.replace("\n", "").isprintable()
