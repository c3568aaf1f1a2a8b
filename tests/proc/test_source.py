"""`ProcSource`: the errno policy against real files, bad roots, recorded trees, manifests, counters."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.proc.source import NEEDS_PTRACE, NEEDS_ROOT, BadRoot, Manifest, ProcSource, reason
from memtui.proc.unavailable import Unavailable, Unreadable, Why

NOBODY = 65534
MANIFEST: dict[str, Any] = {
    "page_size": 16384,
    "clock_ticks": 250,
    "wall": 1700000000.5,
    "users": {"0": "root", "1000": "ann"},
    "host": "db-1",
    "kernel": "5.14.0",
}
WRONG: tuple[dict[str, Any], ...] = (
    {"page_size": 0},
    {"page_size": -4096},
    {"page_size": "x"},
    {"page_size": None},
    {"page_size": float("inf")},
    {"clock_ticks": 0},
    {"clock_ticks": float("nan")},
    {"wall": float("nan")},
    {"wall": float("inf")},
    {"wall": "noon"},
    {"users": []},
    {"users": {"ann": 1000}},
    {"users": None},
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")


def why(read: Callable[[str], bytes], path: str) -> Unavailable:
    with pytest.raises(Unreadable) as caught:
        read(path)
    return caught.value.reason


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "42").mkdir(parents=True)
    (tmp_path / "sys").mkdir()
    (tmp_path / "proc" / "meminfo").write_bytes(b"MemTotal: 1 kB\n")
    (tmp_path / "proc" / "42" / "stat").write_bytes(b"42 (x) S\n")
    return tmp_path


def source_of(tree: Path, manifest: Any = None) -> ProcSource:
    if manifest is not None:
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        (tree / "capture.json").write_text(text, encoding="utf-8")
    return ProcSource(str(tree / "proc"), str(tree / "sys"))


# -- the errno policy -----------------------------------------------------------------------------------------------


def test_a_file_that_this_kernel_lacks_is_absent() -> None:
    source = ProcSource()
    assert why(source.read, "no_such_file") == Unavailable(Why.ABSENT)
    assert why(source.read, "meminfo/under_a_file") == Unavailable(Why.ABSENT)
    assert why(source.read_sys, "no/such/file") == Unavailable(Why.ABSENT)


def test_a_process_that_is_not_there_is_gone() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert why(ProcSource().read, f"{child.pid}/stat") == Unavailable(Why.GONE)


def test_a_process_that_ended_under_a_kept_descriptor_is_gone() -> None:
    child = subprocess.Popen(["sleep", "60"])
    fd = ProcSource().open(f"{child.pid}/stat")
    try:
        assert os.pread(fd, 1024, 0).startswith(f"{child.pid} (sleep)".encode())
        child.kill()
        child.wait()
        with pytest.raises(ProcessLookupError) as caught:
            os.pread(fd, 1024, 0)
        assert reason(caught.value, process=True) == Unavailable(Why.GONE)
    finally:
        os.close(fd)


def test_a_kernel_threads_rollup_is_gone_and_its_smaps_is_empty() -> None:
    if not Path("/proc/2/comm").exists() or Path("/proc/2/comm").read_text() != "kthreadd\n":
        pytest.skip("no kernel threads in this pid namespace")
    if os.geteuid() == 0:
        assert why(ProcSource().read, "2/smaps_rollup") == Unavailable(Why.GONE)
        assert ProcSource().read("2/smaps") == b""


def test_a_folder_is_a_failure_named_by_the_system() -> None:
    assert why(ProcSource().read, "self") == Unavailable(Why.FAILED, os.strerror(errno.EISDIR))
    assert why(ProcSource().read, str(os.getpid())) == Unavailable(Why.FAILED, os.strerror(errno.EISDIR))


@as_root
def test_what_another_user_may_not_read_is_denied_and_says_what_lifts_it() -> None:
    script = f"""
import os
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unreadable
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})  # after the imports: nobody may see no interpreter
source = ProcSource()
for path in ("1/smaps_rollup", "1/io", "kpageflags"):
    try:
        source.read(path)
    except Unreadable as error:
        print(path, error.reason.why, error.reason.need, sep="|")
print(source.count.reads, source.count.failures)
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == [
        f"1/smaps_rollup|denied|{NEEDS_PTRACE}",
        f"1/io|denied|{NEEDS_PTRACE}",
        f"kpageflags|denied|{NEEDS_ROOT}",
        "3 3",
    ]


@pytest.mark.parametrize(
    ("code", "process", "expected"),
    [
        (errno.ENOENT, True, Unavailable(Why.GONE)),
        (errno.ESRCH, True, Unavailable(Why.GONE)),
        (errno.ESRCH, False, Unavailable(Why.ABSENT)),
        (errno.EACCES, False, Unavailable(Why.DENIED, "needs root")),
        (errno.EPERM, True, Unavailable(Why.DENIED, "needs root or CAP_SYS_PTRACE")),
        (errno.EOPNOTSUPP, False, Unavailable(Why.FAILED, os.strerror(errno.EOPNOTSUPP))),
        (errno.EMFILE, True, Unavailable(Why.FAILED, os.strerror(errno.EMFILE))),
        (errno.EIO, False, Unavailable(Why.FAILED, os.strerror(errno.EIO))),
    ],
)
def test_every_errno_has_one_meaning(code: int, process: bool, expected: Unavailable) -> None:
    assert reason(OSError(code, "x"), process=process) == expected


def test_an_error_without_a_number_says_its_text_and_a_need_can_be_named() -> None:
    assert reason(OSError("odd"), process=False) == Unavailable(Why.FAILED, "odd")
    assert reason(PermissionError(errno.EACCES, "x"), process=False, need="needs CAP_BPF").need == "needs CAP_BPF"


def test_reasons_read_as_sentences() -> None:
    assert str(Unavailable(Why.DENIED, "needs root")) == "permission denied: needs root"
    assert [str(Unavailable(kind)) for kind in Why] == [
        "the process has ended",
        "permission denied",
        "not in this kernel",
        "not measured yet",
        "could not be read",
    ]
    assert str(Unreadable(Unavailable(Why.GONE))) == "the process has ended"


# -- roots ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["no_such", "a_file", "empty", "nul\0"])
def test_a_root_that_is_no_proc_is_refused_in_one_line(tmp_path: Path, root: str) -> None:
    (tmp_path / "a_file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadRoot) as caught:
        ProcSource(f"{tmp_path}/{root}")
    assert str(caught.value).startswith(str(tmp_path)) and "\n" not in str(caught.value)


def test_the_running_kernel_is_live_and_has_its_own_constants() -> None:
    source = ProcSource()
    assert source.live and source.manifest is None and source.before is None
    assert (source.page_size, source.clock_ticks) == (os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK"))
    assert source.user(0) == "root" and source.user(3_999_999_999) == "3999999999"
    assert os.getpid() in source.pids() and 1 in source.pids()


def test_pids_are_the_names_that_are_numbers(tree: Path) -> None:
    (tree / "proc" / "7").mkdir()
    for name in ("self", "12x", "-3", "sys", "+4", "1_0"):
        (tree / "proc" / name).mkdir()
    assert sorted(source_of(tree).pids()) == [7, 42]


def test_a_root_that_went_away_is_unreadable(tree: Path) -> None:
    source = source_of(tree)
    (tree / "proc").rename(tree / "elsewhere")
    with pytest.raises(Unreadable) as caught:
        source.pids()
    assert caught.value.reason == Unavailable(Why.ABSENT)


def test_a_whole_file_is_read_however_long(tree: Path) -> None:
    data = bytes(range(256)) * 3000
    (tree / "proc" / "long").write_bytes(data)
    assert source_of(tree).read("long") == data
    assert ProcSource().read("self/maps").endswith(b"\n")


def test_names_in_a_folder_of_sys_are_sorted_and_none_without_it(tree: Path) -> None:
    for name in ("node1", "node0"):
        (tree / "sys" / name).mkdir()
    assert source_of(tree).listdir_sys(".") == ["node0", "node1"]
    assert source_of(tree).listdir_sys("devices") == []


def test_reads_failures_and_seconds_are_counted(tree: Path) -> None:
    source = source_of(tree)
    source.read("meminfo")
    why(source.read, "nothing")
    assert (source.count.reads, source.count.failures) == (2, 1)
    assert source.count.seconds > 0


def test_no_descriptor_is_left_open_by_reads(tree: Path) -> None:
    source, before = source_of(tree), len(os.listdir("/proc/self/fd"))
    for path in ("meminfo", "nothing", "42", "42/stat"):
        if path in ("nothing", "42"):
            why(source.read, path)
        else:
            source.read(path)
    assert len(os.listdir("/proc/self/fd")) == before


# -- recorded trees -------------------------------------------------------------------------------------------------


def test_a_recorded_tree_brings_the_constants_of_its_machine(tree: Path) -> None:
    source = source_of(tree, MANIFEST)
    assert source.manifest == Manifest(16384, 250, 1700000000.5, {0: "root", 1000: "ann"}, "db-1", "5.14.0")
    assert (source.page_size, source.clock_ticks, source.live) == (16384, 250, False)
    assert (source.user(1000), source.user(1001)) == ("ann", "1001")
    assert source.read("42/stat") == b"42 (x) S\n"
    assert why(source.read, "42/io") == Unavailable(Why.GONE)


def test_a_tree_without_manifest_is_read_with_this_machines_constants_and_is_not_live(tree: Path) -> None:
    source = source_of(tree)
    assert source.manifest is None and not source.live
    assert source.page_size == os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        "7",
        '{"page_size": 1}',
        "[" * 100_000,
        "\ufeff{}",
        *(json.dumps({**MANIFEST, **wrong}) for wrong in WRONG),
    ],
)
def test_a_damaged_manifest_is_a_bad_root_in_one_line(tree: Path, text: str) -> None:
    with pytest.raises(BadRoot) as caught:
        source_of(tree, text)
    assert str(caught.value).startswith(str(tree / "capture.json")) and "\n" not in str(caught.value)


def test_a_manifest_that_cannot_be_read_is_a_bad_root(tree: Path) -> None:
    (tree / "capture.json").mkdir()
    with pytest.raises(BadRoot):
        source_of(tree)


def test_a_file_refused_at_the_capture_is_refused_again(tree: Path) -> None:
    (tree / "proc" / "42" / "io.unreadable").write_text("EACCES\n")
    (tree / "proc" / "42" / "maps.unreadable").write_text("NO_SUCH_ERRNO\n")
    (tree / "proc" / "slabinfo.unreadable").write_text("EPERM\n")
    source = source_of(tree, MANIFEST)
    assert why(source.read, "42/io") == Unavailable(Why.DENIED, NEEDS_PTRACE)
    assert why(source.read, "slabinfo") == Unavailable(Why.DENIED, NEEDS_ROOT)
    assert why(source.read, "42/maps") == Unavailable(Why.GONE)


def test_the_earlier_instant_of_a_tree_is_a_source_of_its_own(tree: Path) -> None:
    (tree / "before" / "proc").mkdir(parents=True)
    (tree / "before" / "proc" / "meminfo").write_bytes(b"MemTotal: 2 kB\n")
    (tree / "before" / "capture.json").write_text(json.dumps({**MANIFEST, "wall": 1699999990.5}))
    source = source_of(tree, MANIFEST)
    assert source.before is not None and source.before.manifest is not None
    assert source.before.manifest.wall == 1699999990.5
    assert source.before.read("meminfo") == b"MemTotal: 2 kB\n"
