"""The programs event by event, on a machine that is no kernel: what each event counts, and what it must not."""

import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from memtui.trace.bpf.insn import Size
from memtui.trace.bpf.maps import Map
from memtui.trace.pagecache import changes, faults, reads
from memtui.trace.pagecache.counter import Counter
from memtui.trace.pagecache.kernel import FaultShape, OrderAt, Shape
from memtui.trace.pagecache.records import COMM, COUNTS, EVERYONE_ELSE, THREAD, THREAD_SLOTS, UID, Pages

_spec = importlib.util.spec_from_file_location("vm", Path(__file__).with_name("vm.py"))
assert _spec is not None and _spec.loader is not None
vm = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(vm)

SHAPE = Shape(
    page_shift=12,
    host=0,
    i_size=80,
    mapping=24,
    page_index=32,
    flags=0,
    head_bit=6,
    order=OrderAt(64, Size.U64, 0xFF),
)
FAULT = FaultShape(vma=0, pgoff=16, vm_file=40, f_mapping=8)
MAPPING, OTHER, INODE, FOLIO, IOCB, VMF, VMA, FILE = (0x1000 * n for n in range(1, 9))


class Kernel:
    """Fires events, and tells what was counted."""

    def __init__(self, capacity: int = 1 << 30, shape: Shape = SHAPE) -> None:
        self.threads = vm.FakeMap(3, THREAD.size, array=True)
        self.processes = vm.FakeMap(4, COUNTS.size, capacity=capacity)
        self.machine = vm.Machine(self.threads, self.processes)
        self.shape = shape
        self.file_of(MAPPING, 1 << 40)
        self.file_of(OTHER, 1 << 40)

    def file_of(self, mapping: int, size: int) -> None:
        self.machine.memory[mapping] = INODE + mapping
        self.machine.memory[INODE + mapping + 80] = size

    def fire(self, write: Callable[[Counter], bytes], *arguments: int) -> None:
        asm = Counter(cast(Map, self.threads), cast(Map, self.processes), self.shape)
        self.machine.run(write(asm), *arguments)

    def get(self, index: int, last: int, mapping: int = MAPPING) -> None:
        self.fire(reads.get_pages, mapping, index, last)

    def put(self, index: int, order: int = 0, mapping: int = MAPPING) -> None:
        """Add a folio; order 0 is a small one, whatever stands behind it."""
        self._folio(index, order, mapping)
        self.fire(changes.add, FOLIO)

    def dirty(self, index: int, order: int = 0, mapping: int = MAPPING) -> None:
        self._folio(index, order, mapping)
        self.fire(changes.dirty, FOLIO, mapping)

    def map(self, start: int, end: int, mapping: int = MAPPING) -> None:
        self.fire(faults.map_pages, mapping, start, end)

    def fault(self, index: int, mapping: int = MAPPING) -> None:
        self.fire(faults.fault, mapping, index)

    def _folio(self, index: int, order: int, mapping: int) -> None:
        memory = self.machine.memory
        memory[FOLIO], memory[FOLIO + 64] = (1 << 6 if order else 0) | 1 << 3, 0xAB00 | (order or 5)
        memory[FOLIO + 24], memory[FOLIO + 32] = mapping, index

    def pages(self, pid: int = 10) -> Pages:
        element = self.processes.elements.get(pid)
        return Pages(*COUNTS.counters(element.data)) if element else Pages(0, 0, 0, 0, 0)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


def test_a_read_in_batches_counts_once(kernel: Kernel) -> None:
    for index in range(0, 256, 31):
        kernel.get(index, 255)
    assert kernel.pages().read == 256
    for index in range(256, 512, 31):
        kernel.get(index, 511)
    assert kernel.pages().read == 512


def test_the_same_read_again_counts_again(kernel: Kernel) -> None:
    for _ in range(4):
        kernel.get(7, 7)
    assert kernel.pages().read == 4


def test_a_read_ends_where_the_file_does(kernel: Kernel) -> None:
    kernel.file_of(MAPPING, 3000)
    kernel.get(0, 31)  # 128 KiB asked of 3000 bytes
    assert kernel.pages().read == 1
    kernel.file_of(MAPPING, 4096 * 3)
    kernel.get(1, 32)
    kernel.get(1, 32)
    assert kernel.pages().read == 5


def test_a_read_behind_the_end_counts_nothing(kernel: Kernel) -> None:
    kernel.file_of(MAPPING, 4096)
    kernel.get(5, 9)
    assert kernel.pages().read == 0


def test_a_first_batch_without_an_event_is_made_up_for(kernel: Kernel) -> None:
    kernel.get(0, 255)
    kernel.get(256 + 31, 511)  # the event of 256 did not come
    kernel.get(256 + 62, 511)
    assert kernel.pages().read == 512
    kernel.get(512, 767)
    assert kernel.pages().read == 768


@pytest.mark.parametrize("indices", [(10, 500, 900, 5), (100, 102, 104, 106)])
def test_random_reads_have_no_gaps_to_be_filled(kernel: Kernel, indices: tuple[int, ...]) -> None:
    for index in indices:
        kernel.put(index)
        kernel.get(index, index)
    assert kernel.pages().read == len(indices)


def test_threads_that_read_the_same_file_at_once_don_t_mix(kernel: Kernel) -> None:
    for index in range(0, 256, 31):
        for thread in (10, 11):
            kernel.machine.pid_tgid = 10 << 32 | thread
            kernel.get(index, 255)
    assert kernel.pages().read == 512


def test_a_slot_that_two_threads_share_starts_afresh_rather_than_lose(kernel: Kernel) -> None:
    for thread in (10, 10 + THREAD_SLOTS, 10):
        kernel.machine.pid_tgid = thread << 32 | thread
        kernel.get(0, 9)
        kernel.get(5, 9)
    assert kernel.pages(10).read == 20
    assert kernel.pages(10 + THREAD_SLOTS).read == 10


def test_a_large_folio_counts_all_its_pages(kernel: Kernel) -> None:
    kernel.put(0, order=4)
    kernel.put(16, order=9)
    kernel.put(528)
    assert kernel.pages().added == 16 + 512 + 1


@pytest.mark.parametrize(("order", "pages"), [(None, 1), (OrderAt(65, Size.U8, 0xFF), 1 << 3)])
def test_older_kernels_keep_the_order_elsewhere_or_have_none(order: OrderAt | None, pages: int) -> None:
    kernel = Kernel(shape=SHAPE._replace(order=order))
    kernel._folio(0, 9, MAPPING)
    kernel.machine.memory[FOLIO + 65] = 3
    kernel.fire(changes.add, FOLIO)
    assert kernel.pages().added == pages


def test_pages_added_and_dirtied_next_are_room_for_a_write(kernel: Kernel) -> None:
    kernel.put(0, order=2)
    kernel.dirty(0, order=2)
    kernel.put(4)
    kernel.put(5)
    kernel.dirty(4)
    kernel.dirty(5)
    assert kernel.pages() == Pages(0, 0, 6, 6, 6)


def test_dirtied_twice_is_added_once(kernel: Kernel) -> None:
    kernel.put(4)
    kernel.dirty(4)
    kernel.dirty(4)
    assert kernel.pages() == Pages(0, 0, 1, 1, 2)


def test_what_was_read_before_it_was_written_is_a_miss(kernel: Kernel) -> None:
    kernel.put(4)
    kernel.get(4, 4)
    kernel.dirty(4)
    assert kernel.pages() == Pages(1, 0, 1, 0, 1)


def test_dirtying_another_file_or_page_is_no_room(kernel: Kernel) -> None:
    kernel.put(4)
    kernel.dirty(4, mapping=OTHER)
    kernel.dirty(9)
    assert kernel.pages() == Pages(0, 0, 1, 0, 2)


def test_a_cold_mapping_counts_every_page_once(kernel: Kernel) -> None:
    """As on 6.12: the readahead mark at the head of each window makes its page fault, the rest is mapped around."""
    kernel.fault(0)
    for index in range(32):
        kernel.put(index)
    kernel.map(0, 15)
    for window in range(16, 128, 16):
        kernel.map(window, window + 15)
        if window % 32 == 0:
            kernel.fault(window)
            for index in range(window + 32, window + 64):
                kernel.put(index)
            kernel.map(window, window + 15)
    assert kernel.pages().mapped == 128


def test_a_single_page_read_by_a_fault_is_one(kernel: Kernel) -> None:
    for index in (100, 9000, 40):
        kernel.fault(index)
        kernel.put(index)
        kernel.map(index & ~15, index | 15)
    assert kernel.pages() == Pages(0, 3, 3, 0, 0)


def test_a_mapping_ends_where_the_file_does(kernel: Kernel) -> None:
    kernel.file_of(MAPPING, 4096 * 5)
    kernel.map(0, 15)
    assert kernel.pages().mapped == 5


def test_a_page_dirtied_through_a_mapping_was_a_miss_when_it_was_read(kernel: Kernel) -> None:
    kernel.fault(4)
    kernel.put(4)
    kernel.map(0, 15)
    kernel.dirty(4)
    assert kernel.pages().write_added == 0


@pytest.mark.parametrize(
    ("end", "result", "already", "pages"),
    [(4096, 4096, 0, 1), (5000, 4096, 0, 2), (8192, 8192, 4096, 1), (4096, 0, 0, 0), (4096, -14, 0, 0),
     (3000, 3000, 0, 1)],
)  # fmt: skip
def test_the_end_of_a_read_counts_the_pages_it_touched(
    kernel: Kernel, end: int, result: int, already: int, pages: int
) -> None:
    kernel.machine.memory[IOCB + 8] = end
    kernel.fire(lambda asm: reads.read_exit(asm, 8), IOCB, 0, already, result)
    assert kernel.pages().read == pages


@pytest.mark.parametrize(("result", "pages"), [(1, 1), (4096, 1), (65536, 16), (0, 0), (-11, 0)])
def test_the_end_of_a_splice_counts_what_it_moved(kernel: Kernel, result: int, pages: int) -> None:
    kernel.fire(reads.splice_exit, 0, 0, 0, 0, 0, result)
    assert kernel.pages().read == pages


def test_faults_by_function_find_their_file(kernel: Kernel) -> None:
    kernel.machine.memory |= {VMF: VMA, VMF + 16: 3, VMA + 40: FILE, FILE + 8: MAPPING}
    kernel.fire(lambda asm: faults.fault_entry(asm, FAULT), VMF)
    assert kernel.pages().mapped == 1
    for result in (0, 0x100):  # not mapped, mapped
        kernel.fire(lambda asm: faults.map_pages_exit(asm, FAULT, has_result=True), VMF, 0, 15, result)
    assert kernel.pages().mapped == 16
    kernel.fire(lambda asm: faults.map_pages_exit(asm, FAULT, has_result=False), VMF, 16, 31)
    assert kernel.pages().mapped == 32


def test_a_new_process_has_its_name_and_user(kernel: Kernel) -> None:
    kernel.get(0, 0)
    data = kernel.processes.elements[10].data
    assert bytes(data[COMM : COMM + 16]) == b"reader".ljust(16, b"\0")
    assert struct.unpack_from("<I", data, UID) == (1000,)


def test_a_program_started_anew_gets_its_new_name_and_only_if_it_is_counted(kernel: Kernel) -> None:
    kernel.fire(changes.executed)
    assert not kernel.processes.elements
    kernel.get(0, 0)
    kernel.machine.comm = b"after"
    kernel.fire(changes.executed)
    assert bytes(kernel.processes.elements[10].data[COMM : COMM + 6]) == b"after\0"


def test_who_finds_no_room_is_counted_with_everyone_else() -> None:
    kernel = Kernel(capacity=2)
    kernel.processes.elements[EVERYONE_ELSE] = vm.Element(COUNTS.size)
    for pid in (10, 11, 12):
        kernel.machine.pid_tgid = pid << 32 | pid
        kernel.get(0, 4)
    assert kernel.pages(10).read == 5
    assert kernel.pages(EVERYONE_ELSE).read == 10


def test_nothing_is_written_for_nothing(kernel: Kernel) -> None:
    kernel.file_of(MAPPING, 4096)
    kernel.get(5, 9)
    assert not cast(Any, kernel.processes).elements
