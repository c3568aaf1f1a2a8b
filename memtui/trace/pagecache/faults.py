"""Programs that count faults on mapped files: on the tracepoints of 6.12, and on the functions before them."""

from typing import Final

from memtui.trace.bpf.insn import R1, R2, R3, R4, R5, R9, Reg, eq, gt, le, lt, ne
from memtui.trace.pagecache.counter import U64, Counter, argument
from memtui.trace.pagecache.kernel import FaultShape

_MAPPED: Final = 0x100  # VM_FAULT_NOPAGE: the page that was asked for is in the page tables now


def map_range(asm: Counter) -> None:
    """Count what a fault maps around it: R1 = mapping, R2 = from, R3 = end. The same range comes again for each of
    its pages that was not in memory yet. After a fault that had to read (`map_page`) it comes too, and is as large
    as what was read.

        end = min(end, last page of mapping)
        if thread.faulted and mapping == thread.add_mapping and [from, end] touches [thread.add_from, thread.add_end):
            from, end = max(from, thread.add_from), min(end, thread.add_end - 1)
        thread.faulted, thread.add_mapping = 0, 0
        n = end - from + 1
        if mapping == thread.map_mapping:
            if thread.map_from <= from and end <= thread.map_end: return
            if from <= thread.map_from and thread.map_end <= end: n -= thread.map_end - thread.map_from + 1
        thread.map_mapping, thread.map_from, thread.map_end = mapping, from, end
        process.mapped += n
    """
    asm.last_page(R3, R1, R4)
    with asm.block() as block:
        asm.load(U64, R4, asm.of("faulted"))
        block.leave_when(eq(R4, 0))
        asm.load(U64, R4, asm.of("add_mapping"))
        block.leave_when(ne(R4, R1))
        asm.load(U64, R4, asm.of("add_from"))
        block.leave_when(gt(R4, R3))
        asm.load(U64, R5, asm.of("add_end"))
        block.leave_when(le(R5, R2))
        with asm.when(gt(R4, R2)):
            asm.mov(R2, R4)
        asm.sub(R5, 1)
        with asm.when(lt(R5, R3)):
            asm.mov(R3, R5)
    asm.store(U64, asm.of("faulted"), 0)
    asm.added_to_be_read()
    asm.mov(R9, R3)
    asm.sub(R9, R2)
    asm.add(R9, 1)
    with asm.block() as block:
        asm.load(U64, R4, asm.of("map_mapping"))
        block.leave_when(ne(R4, R1))
        asm.load(U64, R4, asm.of("map_from"))
        asm.load(U64, R5, asm.of("map_end"))
        with asm.when(le(R4, R2)):
            asm.return_when(le(R3, R5))
        block.leave_when(gt(R2, R4))
        block.leave_when(gt(R5, R3))
        asm.sub(R5, R4)
        asm.add(R5, 1)
        asm.sub(R9, R5)
    asm.store(U64, asm.of("map_mapping"), R1)
    asm.store(U64, asm.of("map_from"), R2)
    asm.store(U64, asm.of("map_end"), R3)
    asm.count("mapped")


def map_page(asm: Counter) -> None:
    """Count the one page of a fault: R1 = mapping, R2 = index. What it has to read is added after this.

    thread.faulted, thread.add_mapping = 1, 0
    if mapping != thread.map_mapping or not thread.map_from <= index <= thread.map_end:
        thread.map_mapping, thread.map_from, thread.map_end = mapping, index, index
        process.mapped += 1
    """
    asm.store(U64, asm.of("faulted"), 1)
    asm.added_to_be_read()
    with asm.block() as fresh:
        asm.load(U64, R4, asm.of("map_mapping"))
        fresh.leave_when(ne(R4, R1))
        asm.load(U64, R4, asm.of("map_from"))
        fresh.leave_when(lt(R2, R4))
        asm.load(U64, R4, asm.of("map_end"))
        asm.return_when(le(R2, R4))
    asm.store(U64, asm.of("map_mapping"), R1)
    asm.store(U64, asm.of("map_from"), R2)
    asm.store(U64, asm.of("map_end"), R2)
    asm.mov(R9, 1)
    asm.count("mapped")


def map_pages(asm: Counter) -> bytes:
    """Count `mm_filemap_map_pages(mapping, from, end)`."""
    asm.find_thread()
    for number, register in enumerate((R1, R2, R3)):
        asm.load(U64, register, argument(number))
    map_range(asm)
    return asm.code()


def fault(asm: Counter) -> bytes:
    """Count `mm_filemap_fault(mapping, index)`."""
    asm.find_thread()
    asm.load(U64, R1, argument(0))
    asm.load(U64, R2, argument(1))
    map_page(asm)
    return asm.code()


def fault_entry(asm: Counter, at: FaultShape) -> bytes:
    """Count `filemap_fault(vmf)`."""
    asm.find_thread()
    asm.load(U64, R2, argument(0))
    _mapping(asm, at, R1, R2)
    asm.load(U64, R2, R2 + at.pgoff)
    map_page(asm)
    return asm.code()


def map_pages_exit(asm: Counter, at: FaultShape, *, has_result: bool) -> bytes:
    """Count `filemap_map_pages(vmf, from, end)` where it mapped what was asked for.

    Before 5.12 it doesn't say whether it did: the range counts as mapped in any case.
    """
    asm.find_thread()
    if has_result:
        asm.load(U64, R1, argument(3))
        asm.mask(R1, _MAPPED)
        asm.return_when(eq(R1, 0))
    asm.load(U64, R4, argument(0))
    _mapping(asm, at, R1, R4)
    asm.load(U64, R2, argument(1))
    asm.load(U64, R3, argument(2))
    map_range(asm)
    return asm.code()


def _mapping(asm: Counter, at: FaultShape, dst: Reg, vmf: Reg) -> None:
    """`dst = vmf->vma->vm_file->f_mapping`."""
    asm.load(U64, dst, vmf + at.vma)
    asm.load(U64, dst, dst + at.vm_file)
    asm.load(U64, dst, dst + at.f_mapping)
