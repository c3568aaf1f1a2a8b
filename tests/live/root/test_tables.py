"""What memtui says of this very kernel: slab caches as slabtop, cgroups as their files have them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MEMORY = Path("/sys/fs/cgroup/memory")
TRIES = 5

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to read /proc/slabinfo")


def said(*words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "memtui", *words, "--json"], check=True, capture_output=True, text=True
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return rows


def test_slabs_are_those_of_slabtop() -> None:
    if shutil.which("slabtop") is None:
        pytest.skip("slabtop is not installed")
    ours = {row["name"]: row for row in said("slabs")}
    table = subprocess.run(["slabtop", "-o"], check=True, capture_output=True, text=True).stdout.splitlines()[7:]
    same = 0
    for line in table:
        objects, _, _, size, slabs, _, total, name = line.split()
        row = ours[name]
        if (row["objects"], row["slabs"]) == (int(objects), int(slabs)):  # else it changed between the two
            same += 1
            assert row["size"] == int(total.removesuffix("K")) * 1024
            assert f"{row['object_size'] / 1024:.2f}K" == size
    assert len(table) == len(ours) and same > 0.8 * len(table)


def test_cgroups_are_those_of_the_files() -> None:
    if not (MEMORY / "memory.usage_in_bytes").exists():
        pytest.skip(f"no v1 memory hierarchy at {MEMORY}")

    def folders() -> set[str]:
        return {"/" + str(path.relative_to(MEMORY)) if path != MEMORY else "/" for path in walked()}

    def walked() -> list[Path]:
        return [Path(folder) for folder, _, _ in os.walk(MEMORY)]

    for _ in range(TRIES):
        before = folders()
        rows = {row["path"]: row for row in said("cgroups")}
        if before == folders():
            break
    assert rows.keys() == before
    for path, row in rows.items():
        limit = int((MEMORY / path[1:] / "memory.limit_in_bytes").read_text())
        assert (row["max"] is None) == ("max" in row["unlimited"]) == (limit > 1 << 62)
        assert row["max"] in (None, limit)


def test_zones_lie_between_two_readings_of_the_file() -> None:
    def free() -> dict[tuple[int, str], int]:
        found: dict[tuple[int, str], int] = {}
        for line in Path("/proc/zoneinfo").read_text().splitlines():
            words = line.split()
            if line.startswith("Node"):
                key = int(words[1].rstrip(",")), words[3]
            elif words[:2] == ["pages", "free"]:
                found[key] = int(words[2])
        return found

    for _ in range(TRIES):
        before, rows, after = free(), said("zones"), free()
        ours = {(row["node"], row["zone"]): row["free"] for row in rows}
        slack = {key: abs(after[key] - before[key]) + 20_000 for key in ours}
        if all(abs(ours[key] - before[key]) <= slack[key] for key in ours):
            break
    assert ours.keys() == before.keys()
    assert all(abs(ours[key] - before[key]) <= slack[key] for key in ours)
