"""Of paging and reclaim: rates of /proc/vmstat counters, zones and their watermarks."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_R, _P = Unit.RATE, Unit.PAGES

RATES: Final = table(
    Field("pswpin", "swap in", _R, "/proc/vmstat pswpin", "pages read back from swap", "steadily above 0: memory is short"),
    Field("pswpout", "swap out", _R, "/proc/vmstat pswpout", "pages written to swap", "together with swap in: thrashing"),
    Field("pgfault", "faults", _R, "/proc/vmstat pgfault", "page faults, minor and major"),
    Field("minflt", "minor faults", _R, "/proc/vmstat pgfault - pgmajfault", "faults had without storage"),
    Field("pgmajfault", "major faults", _R, "/proc/vmstat pgmajfault", "faults that read from storage", "hundreds a second"),
    Field("pgscan_kswapd", "kswapd scan", _R, "/proc/vmstat pgscan_kswapd", "pages looked at by background reclaim"),
    Field("pgsteal_kswapd", "kswapd steal", _R, "/proc/vmstat pgsteal_kswapd", "pages freed by background reclaim", "far below scan"),
    Field("pgscan_direct", "direct scan", _R, "/proc/vmstat pgscan_direct", "pages looked at by programs that had to reclaim themselves", "above 0: programs wait"),
    Field("pgsteal_direct", "direct steal", _R, "/proc/vmstat pgsteal_direct", "pages freed by programs themselves"),
    Field("workingset_refault", "refaults", _R, "/proc/vmstat workingset_refault_{anon,file}", "pages that came back soon after reclaim took them", "reclaim takes what is needed"),
    Field("allocstall", "alloc stalls", _R, "/proc/vmstat allocstall_*", "allocations that had to reclaim by themselves", "above 0: programs wait"),
    Field("pgpgin", "paged in", _R, "/proc/vmstat pgpgin", "KiB read from block devices"),
    Field("pgpgout", "paged out", _R, "/proc/vmstat pgpgout", "KiB written to block devices"),
    Field("nr_dirtied", "dirtied", _R, "/proc/vmstat nr_dirtied", "pages made dirty"),
)  # fmt: skip

ZONE: Final = table(
    Field("free", "free", _P, "/proc/zoneinfo pages free", "pages free in the zone"),
    Field("boost", "boost", _P, "/proc/zoneinfo boost", "pages by which the marks stand higher for a while, after fragmentation"),
    Field("min", "min", _P, "/proc/zoneinfo min", "under it programs must reclaim by themselves and wait", "free below it"),
    Field("low", "low", _P, "/proc/zoneinfo low", "under it kswapd wakes", "free below it"),
    Field("high", "high", _P, "/proc/zoneinfo high", "above it kswapd sleeps again"),
    Field("promo", "promo", _P, "/proc/zoneinfo promo", "above it pages are promoted from slower memory"),
    Field("spanned", "spanned", _P, "/proc/zoneinfo spanned", "pages from the zone's first to its last, holes included"),
    Field("present", "present", _P, "/proc/zoneinfo present", "pages that exist"),
    Field("managed", "managed", _P, "/proc/zoneinfo managed", "pages the allocator may give out"),
    Field("cma", "cma", _P, "/proc/zoneinfo cma", "pages of the contiguous memory area"),
)  # fmt: skip
