"""Programs that count what changes in the page cache: pages added, pages made dirty; and who is who now."""

from memtui.trace.bpf.insn import R0, R1, R2, R3, R4, R8, R9, Helper, ge, lt, ne
from memtui.trace.pagecache.counter import U32, U64, Counter, argument
from memtui.trace.pagecache.records import COMM, COMM_LENGTH, UID


def add(asm: Counter) -> bytes:
    """Count `mm_filemap_add_to_page_cache(folio)`.

    n = pages of folio
    if folio.mapping == thread.add_mapping and folio.index == thread.add_end:
        thread.add_end += n
    else:
        thread.add_mapping, thread.add_from, thread.add_end = folio.mapping, folio.index, folio.index + n
    process.added += n
    """
    asm.find_thread()
    asm.load(U64, R1, argument(0))
    asm.pages_of(R1, R2)
    asm.load(U64, R2, R1 + asm.shape.mapping)
    asm.load(U64, R3, R1 + asm.shape.page_index)
    with asm.block() as known:
        with asm.block() as fresh:
            asm.load(U64, R4, asm.of("add_mapping"))
            fresh.leave_when(ne(R4, R2))
            asm.load(U64, R4, asm.of("add_end"))
            fresh.leave_when(ne(R4, R3))
            known.leave()
        asm.store(U64, asm.of("add_mapping"), R2)
        asm.store(U64, asm.of("add_from"), R3)
    asm.add(R3, R9)
    asm.store(U64, asm.of("add_end"), R3)
    asm.count("added")
    return asm.code()


def dirty(asm: Counter) -> bytes:
    """Count `writeback_dirty_folio(folio, mapping)`, before 5.16 `writeback_dirty_page(page, mapping)`.

    n = pages of folio
    process.dirtied += n
    if mapping == thread.add_mapping and thread.add_from <= folio.index < thread.add_end:
        thread.add_from = folio.index + n
        process.write_added += n
    """
    asm.find_thread()
    asm.load(U64, R1, argument(0))
    asm.pages_of(R1, R2)
    asm.count("dirtied")
    asm.load(U64, R1, argument(0))
    asm.load(U64, R2, argument(1))
    asm.load(U64, R3, asm.of("add_mapping"))
    asm.return_when(ne(R3, R2))
    asm.load(U64, R2, R1 + asm.shape.page_index)
    asm.load(U64, R3, asm.of("add_from"))
    asm.return_when(lt(R2, R3))
    asm.load(U64, R3, asm.of("add_end"))
    asm.return_when(ge(R2, R3))
    asm.add(R2, R9)
    asm.store(U64, asm.of("add_from"), R2)
    asm.add_to("write_added")
    return asm.code()


def executed(asm: Counter) -> bytes:
    """`sched_process_exec`: a process that is counted already gets its new name and user."""
    asm.find_known_process()
    asm.call(Helper.GET_CURRENT_UID_GID)
    asm.store(U32, R8 + UID, R0)
    asm.address(R1, R8 + COMM)
    asm.mov(R2, COMM_LENGTH)
    asm.call(Helper.GET_CURRENT_COMM)
    return asm.code()
