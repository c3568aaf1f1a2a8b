"""What the programs keep in their maps, and what comes out of them."""

from typing import Final, NamedTuple

from memtui.trace.bpf.layout import Layout

COUNTS: Final = Layout("read", "mapped", "added", "write_added", "dirtied", tail=8 + 16)
"""Of one process, in pages, and behind them its user (u32) and name when it was first seen or last executed.

read         covered by read calls, splice and sendfile
mapped       brought into its page tables by faults
added        put into the page cache
write_added  those of them that it dirtied next: room for what it writes, not a miss
dirtied      made dirty
"""
UID: Final = COUNTS.tail
COMM: Final = COUNTS.tail + 8
COMM_LENGTH: Final = 16

THREAD: Final = Layout(
    "owner", "mapping", "index", "last", "length", "add_mapping", "add_from", "add_end",
    "map_mapping", "map_from", "map_end", "faulted",
)  # fmt: skip
"""Of one thread: its last request of a read, what it added since, and the last range that it mapped.

owner        pid_tgid of the thread; the slot is shared by those with the same low bits of the tid
mapping, index, last, length   last read: file, first page, last page (not cut at the file's end), pages
add_mapping, add_from, add_end   pages [from, end) added since the last read and not dirtied yet
map_mapping, map_from, map_end   last range [from, end] that faults mapped
faulted      its last fault found nothing mapped around it
"""
THREAD_SLOTS: Final = 4096
EVERYONE_ELSE: Final = 0xFFFF_FFFF
"""The key of processes that found no room in the map; no pid is that large."""


class Pages(NamedTuple):
    """The counters of one process, in pages, since the instrument was attached."""

    read: int
    mapped: int
    added: int
    write_added: int
    dirtied: int


class Counted(NamedTuple):
    """One process by its id, with its user and name as the kernel had them when it was counted."""

    pid: int
    uid: int
    comm: str
    pages: Pages
