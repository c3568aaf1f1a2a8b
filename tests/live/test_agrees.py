"""memtui's numbers against those of the tools that people trust, taken on this machine at the same time."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from memtui.cli import main

PAGE = os.sysconf("SC_PAGE_SIZE")
TRIES = 20


def memtui(*words: str) -> list[Any]:
    """The JSON objects of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "memtui", *words, "--json"], capture_output=True, text=True, check=True
    )
    return [json.loads(row) for row in done.stdout.splitlines()]


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def kib(data: bytes, name: str) -> int:
    """The bytes of a line `name: 12 kB`."""
    found = re.search(rb"^" + name.encode() + rb":\s+(\d+) kB$", data, re.MULTILINE)
    assert found is not None, name
    return int(found[1]) * 1024


@needs("free")
def test_free_agrees_with_free() -> None:
    def once() -> bool:
        (document,) = memtui("free")
        rows = subprocess.run(["free", "-b"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
        theirs = [[int(word) for word in row.split()[1:]] for row in rows]
        mem, swap = document["rows"]
        assert (mem["total"], swap["total"]) == (theirs[0][0], theirs[1][0])
        ours = [mem[key] for key in ("used", "free", "buff_cache", "available")]
        near = [theirs[0][index] for index in (1, 2, 4, 5)]
        return ours == pytest.approx(near, rel=0.01) and [swap["used"], swap["free"]] == theirs[1][1:]

    assert any(once() for _ in range(TRIES))


# Three programs with memory of different kinds that then sit still.
PROGRAMS = {
    "anonymous": "m = mmap.mmap(-1, 24 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); m.write(b'x' * len(m))",
    "shared": "m = mmap.mmap(-1, 16 << 20); m.write(b'x' * len(m)); os.fork()",
    "file": "f = open(sys.executable, 'rb'); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); m.read()",
}


@contextmanager
def sleeping(program: str) -> Iterator[int]:
    """The pid of a program that has done what it does and sleeps, alone in its process group."""
    code = f"import mmap, os, sys, time\n{program}\nprint('.', flush=True)\ntime.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, process_group=0) as child:
        assert child.stdout is not None
        child.stdout.read(2)
        try:
            yield child.pid
        finally:
            os.killpg(child.pid, 9)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_top_agrees_with_statm_and_smaps_rollup(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In this process: one more Python beside the program would map the same pages, and so change its shares."""
    with sleeping(PROGRAMS[kind]) as pid:

        def once() -> bool:
            assert main(["top", "--json", "-p", str(pid)]) == 0
            (row,) = json.loads(capsys.readouterr().out)["rows"]
            with open(f"/proc/{pid}/statm") as statm, open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                resident, rollup = int(statm.read().split()[1]) * PAGE, file.read()
            private = kib(rollup, "Private_Clean") + kib(rollup, "Private_Dirty")
            # a page of a library that another process maps or lets go of at this moment moves PSS and USS
            return (row["res"], row["pss"], row["uss"]) == (resident, kib(rollup, "Pss"), private)

        assert any(once() for _ in range(TRIES))


def zone_numbers() -> list[dict[str, Any]]:
    """/proc/zoneinfo once more, by plain text, so that memtui's parser is not its own judge."""
    with open("/proc/zoneinfo") as file:
        blocks = re.split(r"^Node ", file.read(), flags=re.MULTILINE)[1:]
    zones: list[dict[str, Any]] = []
    for block in blocks:
        header, body = block.split("\n", 1)
        node, name = header.replace(" ", "").split(",zone")
        zone = body[body.index("  pages free") :]
        words = re.findall(r"^ +(?:pages )?(\w+) +(\d+)$", zone, re.MULTILINE)
        protection = re.search(r"protection: \((.*)\)", zone)
        assert protection is not None
        zones.append(
            {"node": int(node), "zone": name, "protection": [int(word) for word in protection[1].split(", ")]}
        )
        zones[-1].update((word, int(value)) for word, value in words)
    return zones


def test_zones_agree_with_zoneinfo_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    disagreeing: set[tuple[int, str]] | None = None
    for _ in range(TRIES):  # counters move all the time: each has to be met once
        before, status, after = zone_numbers(), main(["zones", "--json"]), zone_numbers()
        assert status == 0
        document = json.loads(capsys.readouterr().out)
        met: set[tuple[int, str]] = set()
        every: set[tuple[int, str]] = set()
        for index, (first, row, last) in enumerate(zip(before, document["rows"], after, strict=True)):
            ours = {**row, **row["stats"]}
            assert set(first) - set(ours) == set()
            every |= {(index, key) for key in first}
            met |= {
                (index, key) for key in first if min(first[key], last[key]) <= ours[key] <= max(first[key], last[key])
            }
            for key in ("node", "zone", "protection", "min", "low", "high", "present", "managed", "spanned"):
                assert row[key] == first.get(key), key
        disagreeing = (every if disagreeing is None else disagreeing) - met
        if not disagreeing:
            return
    assert not disagreeing


LOAD = """
import mmap, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
block = mmap.mmap(-1, 1 << 20)
due = time.monotonic()
while True:
    for place in range(0, 4 << 20, 1 << 20):  # 40 MB/s from storage, past the page cache
        os.preadv(fd, [block], place)
    touched = mmap.mmap(-1, 4 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for place in range(0, len(touched), mmap.PAGESIZE):  # ten thousand minor faults a second
        touched[place] = 1
    touched.close()
    due += 0.1
    time.sleep(max(0, due - time.monotonic()))
"""


@pytest.fixture
def load() -> Iterator[None]:
    """Steady faults and reads, so that windows of a second that don't quite coincide show the same."""
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        file.write(os.urandom(4 << 20))
        file.flush()
        os.fsync(file.fileno())
        with subprocess.Popen([sys.executable, "-c", LOAD, file.name]) as child:
            yield
            child.kill()


def beside(tool: list[str], words: list[str]) -> tuple[str, list[Any]]:
    """The output of a tool and of memtui that ran at the same time."""
    with subprocess.Popen(tool, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"}) as other:
        documents = memtui(*words)
        assert other.stdout is not None
        return other.stdout.read(), documents


def agree(theirs: list[float], ours: list[float]) -> bool:
    return bool(statistics.mean(ours) == pytest.approx(statistics.mean(theirs), rel=0.2))


@needs("vmstat")
def test_vmstat_agrees_with_vmstat_under_load(load: None) -> None:
    def once() -> bool:
        text, documents = beside(["vmstat", "-w", "1", "4"], ["vmstat", "1", "4"])
        rows = [row.split() for row in text.splitlines()]
        titles, lines = rows[1], [dict(zip(rows[1], map(float, row), strict=True)) for row in rows[3:]]
        assert {"si", "so", "bi"} <= set(titles)
        bi = [one["rows"][0]["pgpgin"] for one in documents[1:]]
        swap = [one["rows"][0]["pswpin"] + one["rows"][0]["pswpout"] for one in documents[1:]]
        assert len(bi) == len(lines) == 3
        return agree([line["bi"] for line in lines], bi) and (sum(swap) > 0) == (
            sum(line["si"] + line["so"] for line in lines) > 0
        )

    assert any(once() for _ in range(3))


@needs("sar")
def test_vmstat_agrees_with_sar_on_faults_under_load(load: None) -> None:
    def once() -> bool:
        text, documents = beside(["sar", "-B", "1", "3"], ["vmstat", "1", "4"])
        rows = [row.split()[1:] for row in text.splitlines() if re.match(r"\d\d:\d\d:\d\d", row)]
        titles = rows[0]
        lines = [dict(zip(titles, map(float, row), strict=True)) for row in rows[1:]]
        ours = [one["rows"][0] for one in documents[1:]]
        return all(
            agree([line[their] for line in lines], [row[our] for row in ours])
            for their, our in (("fault/s", "pgfault"), ("pgpgin/s", "pgpgin"), ("pgfree/s", "pgfree"))
        )

    assert any(once() for _ in range(3))


@needs("vmstat")
def test_cpu_time_since_boot_is_that_of_vmstats_first_line() -> None:
    """Not its rates: those it divides by the time of all CPUs together, not by the time since boot."""
    rows = subprocess.run(["vmstat", "-w"], capture_output=True, text=True, check=True).stdout.splitlines()
    theirs = dict(zip(rows[1].split(), map(float, rows[2].split()), strict=True))
    (document,) = memtui("vmstat")
    cpu = document["system"]["cpu_pct"]
    assert cpu["user"] + cpu["nice"] == pytest.approx(theirs["us"], abs=1.5)
    assert cpu["system"] + cpu["irq"] + cpu["softirq"] == pytest.approx(theirs["sy"], abs=1.5)
    assert cpu["idle"] == pytest.approx(theirs["id"], abs=1.5)
