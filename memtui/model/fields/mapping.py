"""Of a mapping, and of a group of them. Keys are the attributes of `proc.mappings.Mapping` and `model.mappings.Group`."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_N, _B, _T = Unit.NUMBER, Unit.BYTES, Unit.TEXT

MAPPING: Final = table(
    Field("group", "GROUP", _T, "/proc/PID/smaps, by name, permissions and place", "what the mapping is: program, library, heap, stack, shm …"),
    Field("name", "NAME", _T, "/proc/PID/smaps", "the file, or what the kernel or the program calls it"),
    Field("mappings", "N", _N, "/proc/PID/smaps", "mappings in the group"),
    Field("size", "SIZE", _B, "/proc/PID/smaps Size", "address space, touched or not"),
    Field("rss", "RSS", _B, "/proc/PID/smaps Rss", "resident pages, shared ones in full"),
    Field("pss", "PSS", _B, "/proc/PID/smaps Pss", "resident pages, each divided by the number that map it; rounded down to KiB for each mapping"),
    Field("uss", "USS", _B, "/proc/PID/smaps Private_Clean + Private_Dirty", "resident pages that only this process maps"),
    Field("swap", "SWAP", _B, "/proc/PID/smaps Swap", "pages in swap, those of shared memory included"),
    Field("swap_pss", "SWPSS", _B, "/proc/PID/smaps SwapPss", "pages in swap, each divided by the number that share it"),
    Field("referenced", "REF", _B, "/proc/PID/smaps Referenced", "resident pages marked as used since the mark was last taken away"),
    Field("anonymous", "ANON", _B, "/proc/PID/smaps Anonymous", "resident pages that belong to no file"),
    Field("anon_huge", "THP", _B, "/proc/PID/smaps AnonHugePages", "anonymous memory in transparent huge pages"),
    Field("shared_clean", "SHCLN", _B, "/proc/PID/smaps Shared_Clean", "resident pages that others map too, unchanged"),
    Field("shared_dirty", "SHDTY", _B, "/proc/PID/smaps Shared_Dirty", "resident pages that others map too, changed"),
    Field("private_clean", "PRCLN", _B, "/proc/PID/smaps Private_Clean", "pages only it maps, unchanged: can be dropped"),
    Field("private_dirty", "PRDTY", _B, "/proc/PID/smaps Private_Dirty", "pages only it maps, changed: must be written or swapped to be freed"),
    Field("locked", "LCK", _B, "/proc/PID/smaps Locked", "its share of pages locked into RAM"),
    Field("hugetlb", "HTLB", _B, "/proc/PID/smaps Shared_Hugetlb + Private_Hugetlb", "huge pages of hugetlbfs; in none of RSS, PSS, USS"),
    Field("growth", "ΔRSS", Unit.BYTES_CHANGE, "memtui", "change of RSS since the reading before", "growing without end"),
    Field("start", "START", _N, "/proc/PID/smaps", "first address"),
    Field("end", "END", _N, "/proc/PID/smaps", "address behind the last"),
    Field("perms", "PERM", _T, "/proc/PID/smaps", "read, write, execute, and s shared or p private (copied when written)"),
    Field("offset", "OFFSET", _B, "/proc/PID/smaps", "where in the file it begins"),
    Field("device", "DEV", _T, "/proc/PID/smaps", "device of the file, major:minor in hexadecimal"),
    Field("inode", "INODE", _N, "/proc/PID/smaps", "inode of the file"),
    Field("path", "PATH", _T, "/proc/PID/smaps", "file, or a name in brackets"),
    Field("vm_flags", "FLAGS", _T, "/proc/PID/smaps VmFlags", "what the kernel keeps of the mapping"),
)  # fmt: skip
