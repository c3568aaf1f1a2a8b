"""Of files in the page cache."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_P = Unit.PAGES

FILES: Final = table(
    Field("name", "NAME", Unit.TEXT, "the path, /proc/PID/maps, /proc/PID/fd", "file; (deleted): it has no name any more"),
    Field("size", "SIZE", Unit.BYTES, "stat(2) st_size", "bytes of the file, holes included"),
    Field("pages", "PAGES", _P, "size / page size, rounded up", "pages that all of it would take"),
    Field("cached", "CACHED", _P, "cachestat(2) nr_cache; mincore(2) before 6.5", "pages that are in the page cache; unknown where the kernel doesn't tell this user"),
    Field("percent", "PERCENT", Unit.PERCENT, "cached / pages", "share of the file that is in the cache"),
    Field("dirty", "DIRTY", _P, "cachestat(2) nr_dirty", "cached pages that are to be written back"),
    Field("writeback", "WRITEBACK", _P, "cachestat(2) nr_writeback", "cached pages that are being written back now"),
    Field("evicted", "EVICTED", _P, "cachestat(2) nr_evicted", "pages that reclaim took out of the cache and remembers"),
    Field("recently_evicted", "RECENT", _P, "cachestat(2) nr_recently_evicted", "evicted pages that, used again now, would count as taken too early", "many: the cache is too small for what is used"),
    Field("strip", "WHERE", Unit.TEXT, "cachestat(2) by ranges", "the file from its begin to its end, fuller where more of it is in the cache"),
)  # fmt: skip
