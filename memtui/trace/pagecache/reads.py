"""Programs that count reads: on the tracepoint of 6.12, and on the functions that read before it."""

from memtui.trace.bpf.insn import R0, R1, R2, R3, R4, R5, R9, le, ne, sle
from memtui.trace.pagecache.counter import U64, Counter, argument


def get_pages(asm: Counter) -> bytes:
    """Count a read: `mm_filemap_get_pages(mapping, index, last)`, an event for each batch of at most 31 folios.

    The event names the rest of the whole request, so a batch that goes on with the request before counts nothing.
    Batches that end in a folio not read yet have no event; where it was the first of a request, the next one seems
    to begin too late, by which it is known: it ends where a request of the same length would.

        end, n = min(last, last page of mapping), 0
        if mapping == thread.mapping and last == thread.last and index > thread.index:
            pass                                                                     # the request goes on
        else:
            if mapping == thread.mapping and index > thread.last and last - thread.last == thread.length:
                index = thread.last + 1                                              # its first batch had no event
            n, thread.length = end - index + 1, last - index + 1
        thread.mapping, thread.index, thread.last = mapping, index, last
        process.read += n
    """
    asm.find_thread()
    asm.added_to_be_read()
    asm.load(U64, R1, argument(0))
    asm.load(U64, R2, argument(1))
    asm.load(U64, R3, argument(2))
    asm.mov(R9, 0)
    with asm.block() as counted:
        with asm.block() as fresh:
            asm.load(U64, R4, asm.of("mapping"))
            fresh.leave_when(ne(R4, R1))
            asm.load(U64, R4, asm.of("last"))
            with asm.block() as another:
                another.leave_when(ne(R4, R3))
                asm.load(U64, R5, asm.of("index"))
                another.leave_when(le(R2, R5))
                counted.leave()
            fresh.leave_when(le(R2, R4))
            asm.mov(R5, R3)
            asm.sub(R5, R4)
            asm.load(U64, R0, asm.of("length"))
            fresh.leave_when(ne(R5, R0))
            asm.mov(R2, R4)
            asm.add(R2, 1)
        asm.mov(R9, R3)
        asm.last_page(R9, R1, R4)
        asm.sub(R9, R2)
        asm.add(R9, 1)
        asm.mov(R4, R3)
        asm.sub(R4, R2)
        asm.add(R4, 1)
        asm.store(U64, asm.of("length"), R4)
    asm.store(U64, asm.of("mapping"), R1)
    asm.store(U64, asm.of("index"), R2)
    asm.store(U64, asm.of("last"), R3)
    asm.count("read")
    return asm.code()


def read_exit(asm: Counter, ki_pos: int) -> bytes:
    """Count a read: the end of `filemap_read(iocb, iter, already_read)`, before 5.12 `generic_file_buffered_read`.

    n = result - already_read
    if n > 0:
        process.read += pages that [iocb.ki_pos - n, iocb.ki_pos) touches
    """
    asm.find_thread()
    asm.added_to_be_read()
    asm.load(U64, R1, argument(0))
    asm.load(U64, R2, argument(3))
    asm.load(U64, R3, argument(2))
    asm.sub(R2, R3)
    asm.return_when(sle(R2, 0))
    asm.load(U64, R3, R1 + ki_pos)
    asm.mov(R9, R3)
    asm.sub(R9, 1)
    asm.rsh(R9, asm.shape.page_shift)
    asm.sub(R3, R2)
    asm.rsh(R3, asm.shape.page_shift)
    asm.sub(R9, R3)
    asm.add(R9, 1)
    asm.count("read")
    return asm.code()


def splice_exit(asm: Counter) -> bytes:
    """Count sendfile and splice: the end of `filemap_splice_read(in, ppos, pipe, len, flags)`, 6.5 and later.

    process.read += result in pages, rounded up
    """
    asm.find_thread()
    asm.added_to_be_read()
    asm.load(U64, R9, argument(5))
    asm.return_when(sle(R9, 0))
    asm.add(R9, (1 << asm.shape.page_shift) - 1)
    asm.rsh(R9, asm.shape.page_shift)
    asm.count("read")
    return asm.code()
