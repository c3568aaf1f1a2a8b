"""The address space of processes whose layout is known, and `memtui maps` against the very file of the kernel."""

import json
import mmap
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from memtui.cli import main
from memtui.model.mappings import AddressSpace, Key, Kind
from memtui.model.sample import ProcKey
from memtui.proc import pid_stat, smaps
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Why
from memtui.sampling.address_space import Cancelled, Progress, read_address_space

MIB = 1 << 20
PAGE = mmap.PAGESIZE
THREADS, STACK = 8, 8 * MIB
PROGRAMS = Path(__file__).parent / "programs"
MANY = 10_000
JAVA_LIKE = f"""
import ctypes, mmap, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
for number in range({MANY}):  # of two kinds by turns, so that no two become one
    libc.mmap(None, 4096 * (1 + number % 3), 1 + 2 * (number % 2), 0x22, -1, 0)
print("ready", flush=True)
sys.stdin.read()
"""


def compiler() -> str:
    found = shutil.which("cc") or shutil.which("gcc")
    if found is None:
        pytest.skip("there is no C compiler")
    return found


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of known layout."""
    program = tmp_path_factory.mktemp("programs") / "layout"
    subprocess.run([compiler(), "-O1", "-pthread", "-o", program, PROGRAMS / "layout.c"], check=True)
    return program


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts programs with pipes on both ends; they end with the test."""
    with ExitStack() as stack:

        def run(*command: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield run


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def key_of(pid: int) -> ProcKey:
    stat = pid_stat.parse(Path(f"/proc/{pid}/stat").read_bytes())
    assert stat is not None
    return ProcKey(pid, stat.starttime)


def read(pid: int) -> AddressSpace:
    space = read_address_space(ProcSource(), key_of(pid))
    assert isinstance(space, AddressSpace), space
    return space


def sizes(space: AddressSpace, *keys: Key) -> dict[str, int]:
    """The sums of these groups."""
    groups = [group for group in space.groups if group.key in keys]
    names = ("size", "rss", "pss", "uss", "swap")
    return {name: sum(getattr(group, name) for group in groups) for name in names}


def grown(after: AddressSpace, before: AddressSpace, *keys: Key) -> dict[str, int]:
    now, then = sizes(after, *keys), sizes(before, *keys)
    return {name: now[name] - then[name] for name in now}


def laid_out(program: Path, folder: Path, start: Callable[..., subprocess.Popen[str]]) -> tuple[int, AddressSpace]:
    """The program with everything laid out, and what it had before that."""
    (folder / "mapped").write_bytes(bytes(32 * MIB))
    process = start(program, folder / "mapped")
    assert {said(process), said(process)} == {"child", "ready"}
    wait_for_threads(process.pid)
    before = read(process.pid)
    tell(process)
    assert said(process) == "whole"
    return process.pid, before


def test_a_program_of_known_layout_is_told_apart_to_the_page(
    layout: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    pid, before = laid_out(layout, tmp_path, start)
    space = read(pid)

    def sized(size: int, touched: int, pss: int | None = None, uss: int | None = None) -> dict[str, int]:
        pss, uss = touched if pss is None else pss, touched if uss is None else uss
        return {"size": size, "rss": touched, "pss": pss, "uss": uss, "swap": 0}

    assert grown(space, before, (Kind.HEAP, "heap")) == sized(64 * MIB, 64 * MIB)
    assert grown(space, before, (Kind.ANONYMOUS, "anonymous")) == sized(128 * MIB, 64 * MIB)
    assert sizes(space, (Kind.FILE, str(tmp_path / "mapped"))) == sized(32 * MIB, 32 * MIB)
    assert sizes(space, (Kind.SHM, "shared anonymous")) == sized(16 * MIB, 16 * MIB, 8 * MIB, 0)
    stacks = sizes(space, (Kind.STACK, "thread stacks"))
    assert stacks["size"] - THREADS * STACK in (0, THREADS * PAGE)  # C libraries count the guard in, or add it
    assert 0 < stacks["rss"] <= THREADS * 8 * PAGE
    assert stacks["uss"] == stacks["rss"]


def wait_for_threads(pid: int) -> None:
    """Until all threads sleep in their own loop."""
    for _ in range(2000):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        asleep = [task for task in tasks if (task / "stat").read_bytes().rpartition(b")")[2].split()[0] == b"S"]
        if len(asleep) == THREADS + 1:
            return
        time.sleep(0.005)
    pytest.fail("the threads never came to rest")


def test_the_sums_are_those_of_smaps_rollup(
    layout: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    pid, _ = laid_out(layout, tmp_path, start)
    total = read(pid).total
    rollup = smaps.parse(Path(f"/proc/{pid}/smaps_rollup").read_bytes())
    assert rollup is not None
    for name in ("rss", "uss", "swap", "anonymous", "referenced", "shared_clean", "shared_dirty", "private_dirty"):
        assert getattr(total, name) == getattr(rollup, name), name
    assert 0 <= rollup.pss - total.pss < len(total.mappings) * 1024  # the kernel rounds each mapping's down


# -- entry by entry --------


def entries(pid: int) -> list[dict[str, object]]:
    """smaps, read without memtui's parser."""
    found: list[dict[str, object]] = []
    for line in Path(f"/proc/{pid}/smaps").read_text("utf-8", "backslashreplace").split("\n"):
        if header := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+) *(.*)", line):
            start, end, perms, offset, device, inode, path = header.groups()
            found.append({"start": int(start, 16), "end": int(end, 16), "perms": perms, "offset": int(offset, 16)})
            found[-1] |= {"device": device, "inode": int(inode), "path": path}
        elif line.startswith("VmFlags:"):
            found[-1]["vm_flags"] = line.split()[1:]
        elif line:
            name, value, *unit = line.split()
            found[-1][name] = int(value) * (1024 if unit else 1)
    return found


LINES = {
    "Size:": "size", "KernelPageSize:": "kernel_page_size", "MMUPageSize:": "mmu_page_size", "Rss:": "rss",
    "Pss:": "pss", "Pss_Dirty:": "pss_dirty", "Shared_Clean:": "shared_clean", "Shared_Dirty:": "shared_dirty",
    "Private_Clean:": "private_clean", "Private_Dirty:": "private_dirty", "Referenced:": "referenced",
    "Anonymous:": "anonymous", "KSM:": "ksm", "LazyFree:": "lazy_free", "AnonHugePages:": "anon_huge",
    "ShmemPmdMapped:": "shmem_huge", "FilePmdMapped:": "file_huge", "Shared_Hugetlb:": "shared_hugetlb",
    "Private_Hugetlb:": "private_hugetlb", "Swap:": "swap", "SwapPss:": "swap_pss", "Locked:": "locked",
    "THPeligible:": "thp_eligible", "ProtectionKey:": "protection_key",
}  # fmt: skip


def compare(pid: int, capsys: pytest.CaptureFixture[str]) -> int:
    """Hold `memtui maps PID --all --json` against the file; how many mappings there are.

    Who else maps a library changes from moment to moment, and the shares with it: until both say the same.
    """
    different: list[object] = []
    for _ in range(20):
        assert main(["maps", str(pid), "--all", "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)["rows"]
        expected = entries(pid)
        assert len(rows) == len(expected)
        different = [
            (name, entry, row)
            for row, entry in zip(rows, expected, strict=True)
            for name, value in entry.items()
            if row[LINES.get(name, name)] != value
        ]
        if not different:
            return len(rows)
    pytest.fail(f"{different[0]}")


def test_all_mappings_of_a_python_process_are_those_of_smaps(
    start: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(sys.executable, "-c", "import json, sys; print('ready', flush=True); sys.stdin.read()")
    assert said(process) == "ready"
    assert compare(process.pid, capsys) > 20


def test_all_of_ten_thousand_mappings_are_those_of_smaps(
    start: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(sys.executable, "-c", JAVA_LIKE)
    assert said(process) == "ready"
    assert compare(process.pid, capsys) > MANY


def test_all_mappings_of_a_stripped_static_process_are_those_of_smaps(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    source, program = tmp_path / "static.c", tmp_path / "static"
    source.write_text('#include <stdio.h>\nint main(void) { puts("ready"); fflush(stdout); return getchar(); }\n')
    made = subprocess.run([compiler(), "-static", "-s", "-o", program, source], capture_output=True)
    if made.returncode:
        pytest.skip("there is no static C library")
    process = start(program)
    assert said(process) == "ready"
    assert compare(process.pid, capsys) >= 4
    assert {group.kind for group in read(process.pid).groups} >= {Kind.PROGRAM, Kind.HEAP, Kind.STACK}


def test_mappings_and_their_sums_are_those_of_pmap(
    start: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("pmap") is None:
        pytest.skip("procps is not installed")
    process = start(sys.executable, "-c", "import json, sys; print('ready', flush=True); sys.stdin.read()")
    assert said(process) == "ready"
    names = {"Size": "size", "Rss": "rss", "Referenced": "referenced", "Anonymous": "anonymous", "Swap": "swap"}
    names |= {"Locked": "locked"}  # Pss differs: pmap is one more that maps the C library while it looks
    for _ in range(20):
        table = subprocess.run(["pmap", "-X", str(process.pid)], capture_output=True, text=True, check=True).stdout
        assert main(["maps", str(process.pid), "--all", "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        lines = table.split("\n")
        titles = lines[1].split()
        theirs = [row.split() for row in lines[2:] if re.match(r" *[0-9a-f]+ [r-][w-][x-][ps] ", row)]
        sums = [int(word) for word in next(row for row in reversed(lines) if row.endswith("KB ")).split()[:-1]]
        pairs = [
            (int(row[titles.index(title)]) * 1024, ours[key])
            for row, ours in zip(theirs, document["rows"], strict=True)
            for title, key in names.items()
        ]
        totals = dict(zip(titles[-len(sums) - 1 : -1], sums, strict=True))
        pairs += [(totals[title] * 1024, document["total"][key]) for title, key in names.items()]
        if all(one == other for one, other in pairs):
            assert len(theirs) > 20
            return
    pytest.fail("pmap -X and memtui maps --all never agreed")


# -- what may come in between --------


def test_progress_is_told_and_a_reading_can_be_cancelled(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start(sys.executable, "-c", JAVA_LIKE)
    said(process)
    told = list[Progress]()
    clock = iter(range(1_000_000))  # every look at the clock is a second later
    key, source = key_of(process.pid), ProcSource()
    space = read_address_space(source, key, told.append, clock=lambda: float(next(clock)))
    assert isinstance(space, AddressSpace)
    assert [one.mappings for one in told] == sorted({one.mappings for one in told})
    assert 0 < told[0].mappings < told[-1].mappings <= len(space.mappings)
    calls = iter((False, True))
    with pytest.raises(Cancelled):
        read_address_space(source, key, cancelled=lambda: next(calls))


def test_a_process_that_ended_and_one_that_is_another_are_gone(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("sleep", "1000")
    key = key_of(process.pid)
    assert read_address_space(ProcSource(), key._replace(starttime=key.starttime + 1)) == GONE
    process.kill()
    process.wait()
    assert read_address_space(ProcSource(), key) == GONE


def test_a_kernel_thread_has_no_mappings() -> None:
    if not Path("/proc/2/comm").exists() or Path("/proc/2/comm").read_text() != "kthreadd\n":
        pytest.skip("no kernel threads here")
    space = read_address_space(ProcSource(), key_of(2))
    assert (isinstance(space, AddressSpace) and not space.mappings) or getattr(space, "why", None) is Why.DENIED
