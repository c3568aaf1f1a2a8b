"""BPF on this kernel: maps, the verifier's word, and a program that counts."""

import os
import signal
import struct
from collections.abc import Iterator

import pytest

from memtui.trace.bpf import btf
from memtui.trace.bpf.asm import Assembler
from memtui.trace.bpf.insn import FP, R0, R1, R6, Helper, Size, eq, ne
from memtui.trace.bpf.maps import Flag, Kind, Map
from memtui.trace.bpf.perf import Event, EventType, online_cpus, tracepoint
from memtui.trace.bpf.program import Attach, Link, Program, ProgramKind, attached
from memtui.trace.refused import Refused, privileged

pytestmark = pytest.mark.skipif(
    not privileged() or not os.path.exists(btf.VMLINUX), reason="needs root or CAP_BPF and CAP_PERFMON, and BTF"
)
U64 = struct.Struct("=Q")


@pytest.fixture
def hash_map() -> Iterator[Map]:
    map_ = Map(Kind.HASH, 8, 16, 10_000, flags=Flag.NO_PREALLOC)
    yield map_
    map_.close()


def test_a_map_keeps_what_it_is_given(hash_map: Map) -> None:
    key = U64.pack(7)
    assert hash_map.lookup(key) is None
    hash_map.update(key, b"sixteen bytes of")
    assert hash_map.lookup(key) == b"sixteen bytes of"
    assert hash_map.delete(key)
    assert not hash_map.delete(key)


@pytest.mark.parametrize("batches", [True, False])
def test_all_elements_come_once_however_many(hash_map: Map, batches: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(22, "as before 5.6")

    if not batches:
        monkeypatch.setattr(hash_map, "_batches", unsupported)
    for number in range(9000):
        hash_map.update(U64.pack(number), U64.pack(number) * 2)
    found = hash_map.items(take=True)
    assert sorted(found) == sorted((U64.pack(number), U64.pack(number) * 2) for number in range(9000))
    assert hash_map.items() == []


def test_a_wrong_key_is_refused_before_the_kernel_reads_beyond_it(hash_map: Map) -> None:
    with pytest.raises(ValueError, match="4 bytes where the map has 8"):
        hash_map.lookup(b"four")


def test_the_verifier_says_why() -> None:
    asm = Assembler()
    asm.load(Size.U64, R0, R6 + 0)  # never set
    with pytest.raises(Refused) as caught:
        Program(ProgramKind.RAW_TRACEPOINT, asm.code())
    assert "R6 !read_ok" in str(caught.value)
    assert "r0 = *(u64 *)(r6 +0)" in caught.value.log


def counting(counts: Map, pid: int) -> bytes:
    """Adds one to a per-CPU counter for every event of a process."""
    asm = Assembler()
    asm.call(Helper.GET_CURRENT_PID_TGID)
    asm.rsh(R0, 32)
    asm.return_when(ne(R0, pid))
    asm.store(Size.U32, FP - 4, 0)
    asm.map_lookup(counts, FP - 4)
    asm.return_when(eq(R0, 0))
    asm.mov(R1, 1)
    asm.atomic_add(R0 + 0, R1)
    return asm.code()


def test_a_program_on_a_typed_tracepoint_runs_until_its_link_is_closed() -> None:
    counts = Map(Kind.PERCPU_ARRAY, 4, 8, 1)
    number = btf.read().tracepoint("sys_enter")
    assert number is not None
    link = attached(counting(counts, os.getpid()), Attach.RAW_TRACEPOINT, number, "count")

    def total() -> int:
        return sum(U64.unpack(value)[0] for value in counts.per_cpu(bytes(4)))

    before = total()
    for _ in range(1000):
        os.getppid()
    within = total() - before
    link.close()
    after = total()
    os.getppid()
    assert within >= 1000
    assert total() == after
    counts.close()


def test_a_link_to_nothing_is_refused() -> None:
    counts = Map(Kind.PERCPU_ARRAY, 4, 8, 1)
    with pytest.raises(Refused):
        Link(Program(ProgramKind.RAW_TRACEPOINT, counting(counts, 1)), "nowhere")
    counts.close()


def test_a_counter_counts_only_what_passes_its_filter() -> None:
    number = tracepoint("signal", "signal_generate")
    events = [Event(EventType.TRACEPOINT, number, cpu=cpu, what="signals") for cpu in online_cpus()]
    for event in events:
        event.filter(f"sig == {int(signal.SIGWINCH)} && pid == {os.getpid()}")
    before = sum(event.count() for event in events)
    for _ in range(100):
        os.kill(os.getpid(), signal.SIGWINCH)
        os.kill(os.getpid(), signal.SIGURG)
    assert sum(event.count() for event in events) - before == 100
    with pytest.raises(Refused, match="set_filter"):
        events[0].filter("no_such_field == 1")
    for event in events:
        event.close()
