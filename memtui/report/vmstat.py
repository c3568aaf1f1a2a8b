"""`memtui vmstat`: paging, swap, faults and reclaim, with the columns of vmstat(8) where they mean the same.

The first line is the average since boot, as in vmstat(8); with an interval there follows one line for each. Sizes
and rates have unit letters: `si`, `so`, `bi`, `bo` are bytes per second, faults and reclaim events (mostly pages)
per second, `us` to `wa` percent of all CPUs. JSON has every counter of /proc/vmstat under the kernel's own name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from memtui.model.modeler import Modeler
from memtui.model.sample import Sample
from memtui.model.snapshot import Snapshot
from memtui.proc.cpustat import Cpustat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.proc.uptime import Uptime
from memtui.proc.vmstat import Vmstat
from memtui.report.document import document
from memtui.report.failure import Failure
from memtui.report.paper import paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view import format as fmt
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import minor_faults
from memtui.view.text import pad_left


class Cell(NamedTuple):
    """A column: its group and title, its cells, and its text in a snapshot."""

    group: str
    title: str
    width: int
    text: Callable[[Snapshot], str]


def run(source: ProcSource, interval: float | None, count: int | None, *, as_json: bool) -> int:
    """Print the average since boot, and with an interval `count` lines in all, or lines without end."""
    wanted = None if count is None else count - 1
    taken = snapshots(source, Request(needs=Need.NOTHING), interval if wanted != 0 else None, wanted, processes=False)
    if as_json:
        for snapshot in _since_boot_first(taken, source.clock_ticks):
            print(document("vmstat", snapshot, [row(snapshot)], system=system(snapshot)), flush=True)
        return 0
    on = paper()
    for number, snapshot in enumerate(_since_boot_first(taken, source.clock_ticks)):
        if number == 0:
            show([note(snapshot, more=interval is not None)], on)
        again = number % max(1, on.height - 3) == 0 if on.height else number == 0
        show([*(heading() if again else ()), line(snapshot)], on)
    return 0


def row(snapshot: Snapshot) -> Mapping[str, float]:
    """Events per second by the names of /proc/vmstat, and those that this kernel splits also as a whole."""
    return dict(snapshot.rates)


def system(snapshot: Snapshot) -> Mapping[str, Any]:
    """What vmstat(8) shows besides: tasks, sizes in bytes, and CPU time in percent by use."""
    cpu = snapshot.system.cpu if isinstance(snapshot.system.cpu, Cpustat) else Cpustat()
    memory = snapshot.memory
    return {
        "procs_running": cpu.procs_running,
        "procs_blocked": cpu.procs_blocked,
        "swap_used": memory.swap_used,
        "free": memory.free,
        "buffers": memory.buffers,
        "cached": memory.cached,
        "cpu_pct": dict(snapshot.cpu),
    }


def note(snapshot: Snapshot, *, more: bool) -> Line:
    """What the first line is, which is unlike those that may follow."""
    since = f"averages since boot, {fmt.duration(snapshot.interval)} ago"
    return (Span(f"first line: {since}; then of each interval" if more else since, Tone.DIM),)


def heading() -> list[Line]:
    """The groups, and under them the titles."""
    groups: dict[str, int] = {}
    for cell in CELLS:
        groups[cell.group] = groups.get(cell.group, -1) + cell.width + 1
    rule = " ".join(name.center(width, "-") for name, width in groups.items())
    return [(Span(rule, Tone.DIM),), (Span(" ".join(pad_left(cell.title, cell.width) for cell in CELLS), Tone.HEAD),)]


def line(snapshot: Snapshot) -> Line:
    """The line of one snapshot."""
    return (Span(" ".join(pad_left(cell.text(snapshot), cell.width) for cell in CELLS)),)


def _since_boot_first(taken: Iterator[Snapshot], clock_ticks: int) -> Iterator[Snapshot]:
    first = next(taken)
    if isinstance(first.system.vmstat, Unavailable):
        raise Failure(f"vmstat: {first.system.vmstat}")
    yield since_boot(first, clock_ticks)
    yield from taken


def since_boot(snapshot: Snapshot, clock_ticks: int) -> Snapshot:
    """The same moment with rates over the whole uptime: all counters began at 0 then."""
    now = snapshot.system
    up = now.uptime.up if isinstance(now.uptime, Uptime) else None
    modeler = Modeler(snapshot.page_size, clock_ticks)
    if up:
        counters = now.vmstat.values if isinstance(now.vmstat, Vmstat) else {}
        boot = replace(now, vmstat=Vmstat(dict.fromkeys(counters, 0)), cpu=Cpustat(0, 0, 0, 0, 0, 0, 0, 0))
        modeler.advance(Sample(-up, snapshot.wall - up, boot, {}))
    return modeler.advance(Sample(0.0, snapshot.wall, now, {}, problems=snapshot.problems))


def _tasks(name: str) -> Callable[[Snapshot], str]:
    def text(snapshot: Snapshot) -> str:
        cpu = snapshot.system.cpu
        return fmt.count(getattr(cpu, name)) if isinstance(cpu, Cpustat) else fmt.NONE

    return text


def _rate(*names: str) -> Callable[[Snapshot], str]:
    def text(snapshot: Snapshot) -> str:
        known = [snapshot.rates[name] for name in names if name in snapshot.rates]
        return fmt.rate(sum(known) if known else None)

    return text


def _bytes(name: str, unit: int | None = None) -> Callable[[Snapshot], str]:
    """A rate as bytes, of which one event is `unit` (None: a page)."""

    def text(snapshot: Snapshot) -> str:
        events = snapshot.rates.get(name)
        return fmt.size_rate(None if events is None else events * (unit or snapshot.page_size))

    return text


def _minor(snapshot: Snapshot) -> str:
    return fmt.rate(minor_faults(snapshot.rates))


def _cpu(*names: str) -> Callable[[Snapshot], str]:
    def text(snapshot: Snapshot) -> str:
        known = [snapshot.cpu[name] for name in names if name in snapshot.cpu]
        return fmt.percent(sum(known) if known else None, 0)

    return text


def _cache(snapshot: Snapshot) -> str:
    return fmt.size(snapshot.memory.buff_cache - snapshot.memory.buffers)


CELLS: Final = (
    Cell("procs", "r", 2, _tasks("procs_running")),
    Cell("procs", "b", 2, _tasks("procs_blocked")),
    Cell("memory", "swpd", 5, lambda now: fmt.size(now.memory.swap_used)),
    Cell("memory", "free", 5, lambda now: fmt.size(now.memory.free)),
    Cell("memory", "buff", 5, lambda now: fmt.size(now.memory.buffers)),
    Cell("memory", "cache", 5, _cache),
    Cell("swap", "si", 5, _bytes("pswpin")),
    Cell("swap", "so", 5, _bytes("pswpout")),
    Cell("faults", "minflt", 6, _minor),
    Cell("faults", "majflt", 6, _rate("pgmajfault")),
    Cell("faults", "refault", 7, _rate("workingset_refault")),
    Cell("reclaim", "kscan", 5, _rate("pgscan_kswapd")),
    Cell("reclaim", "dscan", 5, _rate("pgscan_direct")),
    Cell("reclaim", "steal", 5, _rate("pgsteal_kswapd", "pgsteal_direct")),
    Cell("reclaim", "stall", 5, _rate("allocstall")),
    Cell("io", "bi", 5, _bytes("pgpgin", 1024)),
    Cell("io", "bo", 5, _bytes("pgpgout", 1024)),
    Cell("cpu", "us", 3, _cpu("user", "nice")),
    Cell("cpu", "sy", 3, _cpu("system", "irq", "softirq")),
    Cell("cpu", "id", 3, _cpu("idle")),
    Cell("cpu", "wa", 3, _cpu("iowait")),
)
