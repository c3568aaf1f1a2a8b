"""Who reclaims: kswapd and programs themselves, how much they find, who stalls, and what compaction does."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from memtui.model.rates import whole
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import Unavailable
from memtui.view import format as fmt
from memtui.view.blocks import flow, heading
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import missing
from memtui.view.table import Column, table


class _Count(NamedTuple):
    """A counter of /proc/vmstat: what it is called here, its name there, and the tone of a rate above 0."""

    title: str
    name: str
    tone: Tone


_COUNTS: Final = (
    _Count("kswapd scan", "pgscan_kswapd", Tone.WARN),
    _Count("kswapd steal", "pgsteal_kswapd", Tone.PLAIN),
    _Count("direct scan", "pgscan_direct", Tone.BAD),
    _Count("direct steal", "pgsteal_direct", Tone.PLAIN),
    _Count("khugepaged scan", "pgscan_khugepaged", Tone.WARN),
    _Count("alloc stalls", "allocstall", Tone.BAD),
    _Count("kswapd runs", "pageoutrun", Tone.WARN),
    _Count("low hit quickly", "kswapd_low_wmark_hit_quickly", Tone.WARN),
    _Count("high hit quickly", "kswapd_high_wmark_hit_quickly", Tone.WARN),
    _Count("zone reclaim fail", "zone_reclaim_failed", Tone.WARN),
    _Count("compact stalls", "compact_stall", Tone.BAD),
    _Count("compact success", "compact_success", Tone.PLAIN),
    _Count("compact fail", "compact_fail", Tone.WARN),
    _Count("refaults", "workingset_refault", Tone.WARN),
    _Count("activated anon", "workingset_activate_anon", Tone.PLAIN),
    _Count("activated file", "workingset_activate_file", Tone.PLAIN),
    _Count("THP fault", "thp_fault_alloc", Tone.PLAIN),
    _Count("THP fallback", "thp_fault_fallback", Tone.WARN),
    _Count("THP collapse", "thp_collapse_alloc", Tone.PLAIN),
    _Count("THP collapse fail", "thp_collapse_alloc_failed", Tone.WARN),
    _Count("huge page fail", "htlb_buddy_alloc_fail", Tone.WARN),
    _Count("OOM kills", "oom_kill", Tone.BAD),
)
_TITLE: Final = 17
_NUMBER: Final = 8
_CELL: Final = _TITLE + 2 * (_NUMBER + 1) + 3
_ASLEEP: Final = frozenset("SIP")


def reclaim_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """kswapd of each node, how much of what is scanned is freed, then the counters in as many columns as fit."""
    vmstat = snapshot.system.vmstat
    title = heading("Reclaim", width, "a second now, and since boot; reclaim by a cgroup's own limit is not in it")
    if isinstance(vmstat, Unavailable):
        return [title, missing(vmstat, width)]
    columns = max(1, width // _CELL)
    totals = whole(vmstat)
    counts = [count for count in _COUNTS if count.name in totals]
    rows = -(-len(counts) // columns)
    head, *_ = table(
        [Column("", _TITLE), Column("/s", _NUMBER, right=True), Column("boot", _NUMBER, right=True)], [], _CELL - 3
    )
    lines: list[Line] = [tuple(span for _ in range(columns) for span in (*head, Span("   ")))]
    for index in range(rows):
        spans: list[Span] = []
        for count in counts[index::rows]:
            spans += [*_cell(snapshot, count, totals[count.name]), Span("   ")]
        lines.append(tuple(spans))
    return [title, *flow([*_kswapd(snapshot), *_efficiency(snapshot)], width), *lines]


def _cell(snapshot: Snapshot, count: _Count, total: int) -> Iterator[Span]:
    rate = snapshot.rates.get(count.name)
    yield Span(count.title.ljust(_TITLE) + " ", Tone.LABEL)
    yield Span(fmt.rate(rate).rjust(_NUMBER) + " ", count.tone if rate else Tone.DIM)
    yield Span(fmt.count(total).rjust(_NUMBER), Tone.PLAIN if total else Tone.DIM)


def _kswapd(snapshot: Snapshot) -> Iterator[Line]:
    """Whether kswapd of each node is awake; by the scan rate where processes are not read."""
    threads = [
        row
        for row in snapshot.processes.values()
        if row.kernel_thread and row.comm[:6] == "kswapd" and row.comm[6:].isdecimal()
    ]
    for row in sorted(threads, key=lambda row: int(row.comm[6:])):
        awake = row.state not in _ASLEEP or bool(row.cpu_pct)
        yield (
            Span(f"{row.comm} ", Tone.LABEL),
            Span("awake" if awake else "asleep", Tone.WARN if awake else Tone.GOOD),
            Span(f" {fmt.percent(row.cpu_pct)}% CPU" if awake else "", Tone.DIM),
        )
    if not threads:
        rate = snapshot.rates.get("pgscan_kswapd")
        words = fmt.NONE if rate is None else "scanning" if rate else "not scanning"
        yield Span("kswapd ", Tone.LABEL), Span(words, Tone.WARN if rate else Tone.GOOD if rate == 0 else Tone.DIM)


def _efficiency(snapshot: Snapshot) -> Iterator[Line]:
    """Steal as a share of scan, now where anything is scanned, else since boot: sar calls it %vmeff."""
    for title in ("kswapd", "direct"):
        share, since = _share(snapshot, title)
        tone = Tone.DIM if share is None else Tone.WARN if share < 50 else Tone.PLAIN
        yield (
            Span(f"{title} frees ", Tone.LABEL),
            Span(fmt.percent(share), tone),
            Span(f"% of what it scans{since}" if share is not None else " nothing scanned since boot", Tone.DIM),
        )


def _share(snapshot: Snapshot, kind: str) -> tuple[float | None, str]:
    scan, steal = snapshot.rates.get(f"pgscan_{kind}"), snapshot.rates.get(f"pgsteal_{kind}")
    if scan and steal is not None:
        return 100 * steal / scan, ""
    vmstat = snapshot.system.vmstat
    if isinstance(vmstat, Unavailable):
        return None, ""
    scanned, stolen = vmstat.by_zone(f"pgscan_{kind}"), vmstat.by_zone(f"pgsteal_{kind}")
    return (100 * stolen / scanned, " (since boot)") if scanned and stolen is not None else (None, "")
