"""Of the page cache."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_P = Unit.PAGES

CACHE: Final = table(
    Field("total", "TOTAL", _P, "tracepoints of mm/filemap.c; without them /proc/PID/io rchar", "pages asked for by reads and faults: hits + misses"),
    Field("misses", "MISSES", _P, "mm_filemap_add_to_page_cache; without it /proc/vmstat pgpgin, /proc/PID/io read_bytes", "pages that had to come from storage, readahead included", "many while the hit ratio is low"),
    Field("hits", "HITS", _P, "total - misses", "pages found in the cache"),
    Field("dirties", "DIRTIES", _P, "writeback_dirty_folio; without it /proc/vmstat nr_dirtied, /proc/PID/io write_bytes", "pages made dirty, to be written back later"),
    Field("hit_ratio", "HIT%", Unit.PERCENT, "hits / total", "share of accesses found in the cache", "low while misses are many"),
    Field("buffers_mb", "BUFFERS_MB", Unit.NUMBER, "/proc/meminfo Buffers", "cached blocks of devices, such as the metadata of file systems, in MiB"),
    Field("cached_mb", "CACHED_MB", Unit.NUMBER, "/proc/meminfo Cached", "cached pages of files, tmpfs included, in MiB"),
    Field("uid", "UID", Unit.TEXT, "/proc/PID/status Uid", "user"),
    Field("cmd", "CMD", Unit.TEXT, "/proc/PID/cmdline; of ended processes their name", "program"),
    Field("read_hit_pct", "READ_HIT%", Unit.PERCENT, "hits / total", "share of what a process read that was in the cache"),
    Field("write_hit_pct", "WRITE_HIT%", Unit.PERCENT, "pages dirtied that it did not add before / dirties", "share of writes that went to pages already in the cache"),
)  # fmt: skip
