"""Of the page cache."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_R = Unit.RATE

CACHE: Final = table(
    Field("total", "TOTAL", _R, "misses + hits", "page accesses, pages per second"),
    Field("misses", "MISSES", _R, "system: /proc/vmstat pgpgin; process: /proc/PID/io read_bytes", "pages that had to come from storage"),
    Field("hits", "HITS", _R, "accesses (/proc/PID/io rchar) - misses", "pages found in the cache; an estimate"),
    Field("dirties", "DIRTIES", _R, "system: /proc/vmstat nr_dirtied; process: /proc/PID/io write_bytes", "pages made dirty"),
    Field("hit_ratio", "HIT%", Unit.PERCENT, "hits / total", "share of accesses found in the cache", "low while misses are many"),
    Field("read_hit_pct", "READ_HIT%", Unit.PERCENT, "hits / (hits + misses)", "share of reads found in the cache"),
    Field("write_hit_pct", "WRITE_HIT%", Unit.PERCENT, "needs tracing", "share of writes to pages already in the cache"),
)  # fmt: skip
