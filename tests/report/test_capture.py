"""`memtui capture`: what it copies, what it keeps of a refusal, and what redaction leaves of names."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memtui.proc import pid_stat, smaps
from memtui.proc.source import ProcSource
from memtui.report.redact import Redactor

Run = Callable[..., Any]


def files(tree: Path) -> dict[str, bytes]:
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def test_a_captured_tree_captured_again_is_the_same_byte_for_byte(run: Run, tree: Path, tmp_path: Path) -> None:
    done = run("capture", tmp_path / "again", "--proc", tree / "proc")
    assert (done.status, done.err) == (0, "")
    again, first = files(tmp_path / "again"), files(tree)
    manifests = {"capture.json", "before/capture.json"}
    assert {name: json.loads(again.pop(name)) for name in manifests} == {
        name: json.loads(first.pop(name)) for name in manifests
    }
    first.pop("proc/20334/smaps", None)  # made up: a capture has none
    assert again == first


def test_a_captured_tree_shows_the_same_in_every_face(run: Run, host: Path, tmp_path: Path) -> None:
    run("capture", tmp_path / "again", "--proc", host / "proc")
    for command in ("free", "top", "vmstat", "zones"):
        for more in ((), ("--json",)):
            assert (
                run(command, *more, "--proc", tmp_path / "again" / "proc").out
                == run(command, *more, "--proc", host / "proc").out
            )


def test_the_summary_says_how_much_was_copied(run: Run, host: Path, tmp_path: Path) -> None:
    (document,) = run("capture", tmp_path / "again", "--json", "--proc", host / "proc").documents
    (row,) = document["rows"]
    unreadable = len(list((host / "proc").rglob("*.unreadable"))) + len(list((host / "sys").rglob("*.unreadable")))
    assert row["processes"] == len([entry for entry in (host / "proc").iterdir() if entry.name.isdigit()])
    assert row["refused"] == unreadable > 0


def test_a_folder_with_something_in_it_is_left_alone(run: Run, host: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = run("capture", tmp_path, "--proc", host / "proc")
    assert done.status == 2
    assert done.err == f"memtui: {tmp_path}: is not empty\n"
    assert files(tmp_path) == {"mine": b"mine"}


def test_names_are_replaced_everywhere_and_equal_ones_stay_equal(run: Run, tree: Path, tmp_path: Path) -> None:
    assert run("capture", tmp_path / "out", "--redact", "--proc", tree / "proc").status == 0
    real, shown = ProcSource(str(tree / "proc")), ProcSource(str(tmp_path / "out" / "proc"))
    whole = b"\n".join(files(tmp_path / "out").values())
    for name in (b"postgres", b"redis", b"api", b"pwned", "漢字".encode(), b"two\n", b"[/foo]", b"xxxx", b"www-data"):
        assert name not in whole
    assert b"/db" not in b"".join(data for name, data in files(tmp_path / "out").items() if name.endswith("/cgroup"))
    given: dict[str, dict[bytes, bytes]] = {"comm": {}, "cmdline": {}, "cgroup": {}}
    for pid in real.pids():
        was, now = (pid_stat.parse(source.read(f"{pid}/stat")) for source in (real, shown))
        assert was is not None and now is not None
        assert now == was._replace(comm=now.comm)
        assert shown.read(f"{pid}/status").startswith(f"Name:\t{now.comm}\n".encode())
        pairs = [("comm", was.comm.encode(), now.comm.encode())]
        pairs += [
            (kind, real.read(f"{pid}/{kind}"), shown.read(f"{pid}/{kind}"))
            for kind in ("cmdline", "cgroup")
            if (tree / "proc" / str(pid) / kind).exists()
        ]
        for kind, old, new in pairs:
            assert given[kind].setdefault(old, new) == new
            assert bool(old) == bool(new)
    for kind, names in given.items():
        assert len(set(names.values())) == len(names), f"two {kind} have become one"
    assert given["comm"][b"kswapd0"] == b"kswapd0"


def test_the_two_instants_agree_on_their_neutral_names(run: Run, host: Path, tmp_path: Path) -> None:
    run("capture", tmp_path / "out", "--redact", "--proc", host / "proc")
    (plain,) = run("top", "--json", "--proc", host / "proc").documents
    (neutral,) = run("top", "--json", "--proc", tmp_path / "out" / "proc").documents
    names = {"user", "command", "cgroup"}
    assert [{k: v for k, v in row.items() if k not in names} for row in neutral["rows"]] == [
        {k: v for k, v in row.items() if k not in names} for row in plain["rows"]
    ]
    users = {row["user"] for row in neutral["rows"]}
    assert "root" in users
    assert all(re.fullmatch(r"root|user-\d+", user) for user in users)


def test_of_the_kernel_log_only_what_tells_of_kills_and_nothing_once_names_are_redacted(
    run: Run, host: Path, tmp_path: Path
) -> None:
    machine = tmp_path / "machine"
    shutil.copytree(host, machine, symlinks=True)
    (machine / "dev").mkdir()
    log = Path(__file__).parent.parent / "proc" / "data" / "6.12" / "kmsg"
    (machine / "dev" / "kmsg").write_bytes(b"6,1,1,-;usb 1-1: SerialNumber: 1234\n" + log.read_bytes())
    run("capture", tmp_path / "once", "--proc", machine / "proc")
    run("capture", tmp_path / "twice", "--proc", tmp_path / "once" / "proc")
    kept = (tmp_path / "once" / "dev" / "kmsg").read_bytes()
    assert kept == (tmp_path / "twice" / "dev" / "kmsg").read_bytes()
    assert kept.count(b"Killed process") == 5 and b"bash" not in kept and b"usb" not in kept
    assert run("capture", tmp_path / "redacted", "--redact", "--proc", machine / "proc").status == 0
    assert not (tmp_path / "redacted" / "dev").exists()


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("7/stat", b"7 (a b) c) S 1", b"7 (proc-1) S 1"),
        ("7/stat", b"7 (kswapd0) S 2", b"7 (kswapd0) S 2"),
        ("7/stat", b"7 (kswapd0x) S 2", b"7 (proc-1) S 2"),
        ("7/status", b"Name:\tme\nUmask:\t0022\n", b"Name:\tproc-1\nUmask:\t0022\n"),
        ("7/cmdline", b"a\0secret\0", b"command-1\0"),
        ("7/cmdline", b"", b""),
        ("7/cgroup", b"4:memory:/\n0::/\n", b"4:memory:/\n0::/\n"),
        ("7/cgroup", b"0::/a/b/a\n", b"0::/cg-1/cg-2/cg-1\n"),
        ("7/cgroup", b"0::/../a:b\n", b"0::/../cg-1\n"),
        ("7/cgroup", b"1:name=systemd:/\n2:name=own:/\n", b"1:name=systemd:/\n2:name=cg-1:/\n"),
        ("7/io", b"rchar: 1\n", b"rchar: 1\n"),
        ("meminfo", b"MemTotal: 1 kB\n", b"MemTotal: 1 kB\n"),
        ("sys/kernel/hostname", b"mine\n", b"host\n"),
        ("version", b"Linux version 6.1.0 (me@mine) (gcc) #1\n", b"Linux version 6.1.0\n"),
        ("swaps", b"Filename Type\n/home/me/swap file 1 0 -2\n", b"Filename Type\n/swap-1 file 1 0 -2\n"),
        ("swaps", b"/dev/zram0 partition 1 0 5\n", b"/dev/zram0 partition 1 0 5\n"),
        ("swaps", b"/dev/mapper/mine partition 1 0 5\n", b"/swap-1 partition 1 0 5\n"),
    ],
)
def test_what_redaction_makes_of_a_file(path: str, data: bytes, expected: bytes) -> None:
    assert Redactor().file(path, data) == expected


def test_stat_and_status_of_one_name_get_one_neutral_name_however_it_is_escaped() -> None:
    redactor = Redactor()
    assert redactor.file("7/stat", b"7 (a\\n\nb) S 1") == b"7 (proc-1) S 1"
    assert redactor.file("7/status", rb"Name:" + b"\t" + rb"a\\n\nb" + b"\nPid:\t7\n") == b"Name:\tproc-1\nPid:\t7\n"


def test_the_running_machine_is_captured_as_it_is(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        started = time.time()
        done = subprocess.run(
            [sys.executable, "-m", "memtui", "capture", str(tmp_path / "now"), "--seconds", "0.2"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        tree = ProcSource(str(tmp_path / "now" / "proc"))
        assert tree.manifest is not None and tree.before is not None and tree.before.manifest is not None
        assert started <= tree.before.manifest.wall < tree.manifest.wall <= time.time()
        assert tree.manifest.wall - tree.before.manifest.wall >= 0.19
        assert tree.page_size == os.sysconf("SC_PAGE_SIZE")
        assert tree.manifest.kernel == os.uname().release
        pid = sleeper.pid
        assert tree.read(f"{pid}/cmdline") == b"sleep\x0060\0"
        assert tree.read(f"{pid}/cgroup") == Path(f"/proc/{pid}/cgroup").read_bytes()
        rollup, later = (smaps.parse(source.read(f"{pid}/smaps_rollup")) for source in (tree, ProcSource()))
        assert rollup is not None and later is not None
        assert rollup.rss == later.rss
        assert tree.read("meminfo").startswith(b"MemTotal:")
        assert tree.user(os.getuid()) == ProcSource().user(os.getuid())
        assert stat.S_IMODE((tmp_path / "now").stat().st_mode) == 0o700
        assert not {"stat_refresh", "compact_memory"} & {path.name for path in (tmp_path / "now").rglob("*")}
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_what_a_user_may_not_read_is_refused_in_the_tree_as_it_was_live() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        # once as root, so that everything is imported that the other user may not be able to reach
        code = (
            "import os; from memtui.cli import main; "
            f"main(['capture', {folder!r} + '/root', '--seconds', '0.1']); os.setgid(65534); os.setuid(65534); "
            f"raise SystemExit(main(['capture', {folder!r} + '/now', '--seconds', '0.1']))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        tree = Path(folder) / "now" / "proc"
        assert (tree / "1" / "smaps_rollup.unreadable").read_text() == "EACCES\n"
        assert (tree / "slabinfo.unreadable").read_text() == "EACCES\n"
        assert ProcSource().live and not ProcSource(str(tree)).live
