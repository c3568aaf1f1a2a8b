"""The reader of the kernel log: what is old, what is new, when it was, and what it says when it is refused."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from memtui.model.kills import LoggedKill
from memtui.proc.source import NEEDS_SYSLOG, ProcSource
from memtui.proc.unavailable import Unavailable, Why
from memtui.sampling.kernel_log import KernelLog, kill_records

DATA = Path(__file__).parent.parent / "proc" / "data"
KILL = b"3,%d,%d,-;Out of memory: Killed process %d (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB\n"
OTHER = b"6,%d,%d,-;eth0: link up\n SUBSYSTEM=net\n"


class Log:
    """A live kernel log: a socket that keeps records apart and never waits, as the device does."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (root / "proc" / "self").mkdir(parents=True)
        (root / "proc" / "self" / "stat").write_text("")
        (root / "proc" / "meminfo").write_text("MemTotal: 1 kB\n")
        self.source = ProcSource(str(root / "proc"), str(root / "sys"))
        self._out, self._in = _pair()
        monkeypatch.setattr(ProcSource, "open_log", lambda _: os.dup(self._out))

    def write(self, *rows: bytes) -> None:
        for row in rows:
            os.write(self._in, row)

    def close(self) -> None:
        os.close(self._in)
        os.close(self._out)


def _pair() -> tuple[int, int]:
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reader.setblocking(False)
    return reader.detach(), writer.detach()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """An empty log."""
    log = Log(tmp_path, monkeypatch)
    yield log
    log.close()


def taken(found: tuple[LoggedKill, ...] | Unavailable) -> list[tuple[float, int]]:
    assert not isinstance(found, Unavailable)
    return [(one.at, one.kill.pid) for one in found]


def test_first_all_that_is_there_by_its_own_time_then_what_is_new_between_two_looks(log: Log) -> None:
    time = [0.0]
    reader = KernelLog(log.source, monotonic=lambda: time[0])
    log.write(OTHER % (1, 5_000_000), KILL % (2, 90_000_000, 7))
    assert taken(reader.read(100.0, complete=False)) == [(90.0, 7)]
    quiet = reader.read(101.0, complete=False)
    assert quiet is reader.read(102.0, complete=False), "nothing new, nothing made"
    log.write(KILL % (3, 102_500_000, 8), KILL % (4, 95_000_000, 9), KILL % (5, 190_000_000, 10))
    found = taken(reader.read(103.0, complete=False))
    assert found == [(90.0, 7), (102.5, 8), (102.0, 9), (103.0, 10)], "a clock that drifts doesn't move what is new"
    time[0] = 130.0
    log.write(KILL % (6, 125_000_000, 11), KILL % (7, 190_000_000, 12))
    late = taken(reader.read(104.0, complete=False))[-2:]
    assert late == [(125.0, 11), (130.0, 12)], "what happens while a sample is taken is after its beginning"
    reader.close()


def test_a_large_log_is_read_in_pieces_and_whole_where_it_has_to_be(log: Log) -> None:
    late = iter(range(10**6))
    reader = KernelLog(log.source, clock=lambda: float(next(late)))
    log.write(*[OTHER % (number, number) for number in range(100)], KILL % (200, 1_000_000, 7))
    assert taken(reader.read(10.0, complete=False)) == []
    assert taken(reader.read(11.0, complete=False)) == [(1.0, 7)], "still of the first reading: by its own time"
    reader.close()
    log.write(*[OTHER % (number, number) for number in range(100)], KILL % (200, 1_000_000, 7))
    assert len(taken(KernelLog(log.source, clock=lambda: float(next(late))).read(10.0, complete=True))) == 1


def test_a_recorded_tree_has_the_records_of_kills_and_the_wall_clock(tmp_path: Path) -> None:
    host = Path(__file__).parent.parent / "trees" / "host-6.18"
    shutil.copytree(host / "proc", tmp_path / "proc", symlinks=True)
    shutil.copy(host / "capture.json", tmp_path)
    source = ProcSource(str(tmp_path / "proc"), str(host / "sys"))
    refused = KernelLog(source).read(1e9, complete=True)
    assert refused == Unavailable(Why.FAILED, "the recorded tree holds no kernel log")
    (tmp_path / "dev").mkdir()
    shutil.copy(DATA / "6.12" / "kmsg", tmp_path / "dev" / "kmsg")
    up = float(source.read("uptime").split()[0])
    found = taken(KernelLog(source).read(1e9, complete=True))
    assert [pid for _, pid in found] == [182, 184, 183, 185, 186]
    assert found[0][0] == pytest.approx(1e9 - up + 5.444891)
    assert kill_records(source).count(b"Killed process") == 5
    (tmp_path / "dev" / "kmsg").rename(tmp_path / "dev" / "kmsg.unreadable")
    (tmp_path / "dev" / "kmsg.unreadable").write_text("EPERM\n")
    assert KernelLog(source).read(1e9, complete=True) == Unavailable(Why.DENIED, NEEDS_SYSLOG)


def test_where_there_is_no_log_that_is_said_and_not_tried_again(tmp_path: Path) -> None:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "stat").write_text("")
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 1 kB\n")
    reader = KernelLog(ProcSource(str(tmp_path / "proc"), str(tmp_path / "sys")))
    said = reader.read(1.0, complete=False)
    assert said == Unavailable(Why.FAILED, "there is no /dev/kmsg here")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "kmsg").write_bytes(KILL % (1, 1, 1))
    assert reader.read(2.0, complete=False) is said
