"""The lines above every panel: RAM, swap, what reclaim does now, and what memtui could not see."""

import time
from typing import Final, NamedTuple

from memtui.model.fields import MEMORY, PRESSURE
from memtui.model.memory import Memory
from memtui.model.snapshot import Snapshot
from memtui.model.zones import Level, worst
from memtui.proc.loadavg import Loadavg
from memtui.proc.pressure import Pressure
from memtui.proc.unavailable import Unavailable
from memtui.proc.uptime import Uptime
from memtui.view import format as fmt
from memtui.view.bars import stacked_bar
from memtui.view.facts import GAP, pss_coverage, unread
from memtui.view.findings import headline
from memtui.view.kinds import groups
from memtui.view.lines import EMPTY, Line, Span, Tone, fit, join, width_of
from memtui.view.reasons import minor_faults, missing
from memtui.view.text import cut, sanitize
from memtui.view.zones import LEVEL_TONES, zone_name

FULL_ROWS: Final = 5
KEY: Final = "!"
"""The key that leads to the findings from every tab."""
_TINY: Final = 72
_SMALL: Final = 100
_LARGE: Final = 150
_GAP: Final = "  "
_SHORTEST: Final = 30  # cells of a failed read that are worth showing
_NO_SWAP: Final = "none configured"
_PARTS: Final = (
    Tone.ANON, Tone.FILE, Tone.SHMEM, Tone.SLAB, Tone.KERNEL, Tone.BUFFERS, Tone.PAGETABLES, Tone.HUGE,
)  # fmt: skip
_SHORT_LEVELS: Final = {Level.BELOW_LOW: "below low", Level.BELOW_MIN: "below min", Level.UNKNOWN: "no marks"}


class Identity(NamedTuple):
    """The machine that the snapshots are of; `live` is False for a recorded tree."""

    host: str
    kernel: str
    live: bool


class Status(NamedTuple):
    """memtui's own state: seconds between samples, its CPU (percent of one) and memory (bytes), ms for a sample."""

    interval: float
    paused: bool
    own_cpu_pct: float | None
    own_rss: int | None
    sample_ms: float | None


class _Rate(NamedTuple):
    """A rate of the header: its name in /proc/vmstat, the label, and the tone of anything above zero."""

    name: str
    label: str
    tone: Tone


_RATES: Final = (
    _Rate("pgmajfault", "majflt", Tone.WARN),
    _Rate("pgscan_kswapd", "kswapd", Tone.WARN),
    _Rate("pgscan_direct", "direct", Tone.BAD),
    _Rate("workingset_refault", "refault", Tone.STRONG),
    _Rate("minflt", "minflt", Tone.STRONG),
    _Rate("allocstall", "stalls", Tone.BAD),
)
_SWAP_RATES: Final = _Rate("pswpin", "in", Tone.SWAP), _Rate("pswpout", "out", Tone.SWAP)
_SWAP_RATES_SHORT: Final = _Rate("pswpin", "si", Tone.SWAP), _Rate("pswpout", "so", Tone.SWAP)  # as vmstat(8)


def header(snapshot: Snapshot, identity: Identity, status: Status, width: int, rows: int) -> list[Line]:
    """Exactly `rows` lines of exactly `width` cells: from five on with the machine and the facts, else without.

    The last of them has the worst finding. With three or less there is no room for it.
    Nothing moves sideways while the width and the machine stay the same.
    """
    state = _state(snapshot, identity, status)
    swap, activity = _swap(snapshot, width), _activity(snapshot, width)
    if rows >= FULL_ROWS:
        machine = _machine(snapshot, identity, status, state, width)
        lines = [machine, _ram(snapshot, width, EMPTY), swap, activity, _found(snapshot, width)]
    else:
        lines = [_ram(snapshot, width, state), swap, activity, _found(snapshot, width)]
    shown = [(Span(" "), *line) for line in lines[:rows]]
    return [fit(line, width) for line in (*shown, *[EMPTY] * (rows - len(shown)))]


def _found(snapshot: Snapshot, width: int) -> Line:
    """The worst finding; behind it, where there is room, what could not be read and how much of PSS is known.

    A read that failed comes before a finding that there isn't: what could not be read was not judged either.
    """
    room = width - 1
    line, parts = headline(snapshot.findings, room, KEY), [*unread(snapshot), pss_coverage(snapshot)]
    if parts[0] and parts[0][0].tone is Tone.BAD and snapshot.findings.worst is None:
        line, parts = fit(parts[0], min(room, width_of(parts[0]))), parts[1:]
    for part in parts:
        longer = join([line, part], GAP)
        if width_of(longer) > room:
            failed = part and part[0].tone is Tone.BAD and room - width_of(line) >= _SHORTEST
            return fit(longer, room) if failed else line
        line = longer
    return line


def _machine(snapshot: Snapshot, identity: Identity, status: Status, state: Line, width: int) -> Line:
    own = f"{status.interval:.1f}s  {_decimals(status.sample_ms, 0, 3)} ms  "
    own += f"memtui {fmt.percent(status.own_cpu_pct):>4}% {fmt.size(status.own_rss):>5}  "
    right = (Span(own, Tone.DIM), *state) if width >= _SMALL else state
    system, room = snapshot.system, width - 1 - width_of(right) - len(_GAP)
    host: Line = (Span(cut(sanitize(identity.host), 24), Tone.STRONG),)
    kernel: Line = (Span(cut(sanitize(identity.kernel), 30)),)
    up, load = _uptime(system.uptime), _load(system.loadavg)
    choices = (host, kernel, up, load), (host, up, load), (host, up), (host,)
    left = next((line for line in map(join, choices) if width_of(line) <= room), host)
    return join([fit(left, max(0, room)), right])


def _state(snapshot: Snapshot, identity: Identity, status: Status) -> Line:
    word, tone = ("● live", Tone.GOOD) if identity.live else ("■ recorded", Tone.MARK)
    if status.paused:
        word, tone = "◌ paused", Tone.WARN
    return Span(f"{word:<10} ", tone), Span(time.strftime("%H:%M:%S", time.localtime(snapshot.wall)))


def _uptime(uptime: Uptime | Unavailable) -> Line:
    seconds = uptime.up if isinstance(uptime, Uptime) else None
    return Span("up ", Tone.LABEL), Span(f"{fmt.duration(seconds):<10}")


def _load(loadavg: Loadavg | Unavailable) -> Line:
    loads = (loadavg.load1, loadavg.load5, loadavg.load15) if isinstance(loadavg, Loadavg) else (None, None, None)
    return Span("load", Tone.LABEL), Span("".join(_decimals(load, 2, 6) for load in loads))


def _decimals(value: float | None, places: int, room: int) -> str:
    return (fmt.NONE if value is None else f"{value:.{places}f}").rjust(room)


def _rest(width: int) -> int:
    """The cells that RAM and swap have for numbers behind the bar and its headline."""
    return 0 if width < _TINY else 31 if width < _SMALL else 51 if width < _LARGE else 78


def _ram(snapshot: Snapshot, width: int, state: Line) -> Line:
    """RAM, or in a container with a limit that limit, the host's figures beside it."""
    memory, own = snapshot.memory, snapshot.system.own
    title = MEMORY["available"].title[: _title_room(width)]
    room = _rest(width) - (width_of(state) + len(_GAP) if state else 0)
    total = (own.size if own else memory.total) or None
    parts = groups(own.parts if own else memory.account)
    available = own.available(memory.available) if own else memory.available
    bar = [(part.size, part.tone) for part in parts]
    left = _bar("Limit" if own else "RAM", total, bar, title, available if total else None, width)
    sizes = {part.tone: part.size for part in parts}
    numbers = _host(memory) if own else EMPTY
    for tone in _PARTS:
        longer = join([numbers, (Span(f"{tone.value} ", tone), Span(fmt.size(sizes.get(tone)).rjust(5)))])
        if width_of(longer) > room:
            break
        numbers = longer
    return join([left, fit(numbers, max(0, room)), state])


def _host(memory: Memory) -> Line:
    return (
        Span("host RAM ", Tone.LABEL),
        Span(f"{fmt.size(memory.total):>5}"),
        Span(" available ", Tone.LABEL),
        Span(f"{fmt.size(memory.available):>5}"),
    )


def _swap(snapshot: Snapshot, width: int) -> Line:
    memory = snapshot.memory
    known = memory.get("SwapTotal") is not None
    total, used = memory.swap_total, memory.swap_used
    left = _bar("Swap", total if known else None, [(used, Tone.SWAP)], "used", used if known else None, width)
    rates = [_swap_rate(snapshot, rate, "/s") for rate in _SWAP_RATES] if width >= _SMALL else []
    return join([left, *rates, _pressure(snapshot.system.pressure.get("memory"), width)])


def _bar(
    label: str, total: int | None, parts: list[tuple[int, Tone]], title: str, value: int | None, width: int
) -> Line:
    """The left of RAM and swap, in the same cells for both: total, bar, and the headline with its percentage."""
    share = 100 * value / total if value is not None and total else None
    head = (Span(f"{label:<5}", Tone.LABEL), Span(f"{fmt.size(total):>5} "), Span("▕", Tone.TRACK))
    headline: Line = (
        Span(f" {title:<{_title_room(width)}} ", Tone.LABEL),
        Span(f"{fmt.size(value):>5}", Tone.DIM if value is None else Tone.STRONG),
        Span(f" {fmt.percent(share, 0):>3}" + ("%" if share is not None else " ")),
    )
    if total == 0:
        headline = (Span(f" {_NO_SWAP:<{width_of(headline) - 1}}", Tone.DIM),)
    bar = width - 1 - width_of(head) - 1 - width_of(headline) - len(_GAP) - _rest(width)
    return *head, *stacked_bar(parts, total or 0, max(0, bar)), Span("▏", Tone.TRACK), *headline


def _title_room(width: int) -> int:
    return len(MEMORY["available"].title) if width >= _SMALL else len("avail")


def _swap_rate(snapshot: Snapshot, rate: _Rate, unit: str = "") -> Line:
    pages = snapshot.rates.get(rate.name)
    text = fmt.size_rate(None if pages is None else pages * snapshot.page_size)
    return Span(f"{rate.label} ", Tone.LABEL), Span(f"{text:>5}{unit}", rate.tone if pages else Tone.DIM)


def _pressure(pressure: Pressure | Unavailable | None, width: int) -> Line:
    title = Span("PSI memory, 10 s:" if width >= _LARGE else "PSI", Tone.LABEL)
    if not isinstance(pressure, Pressure):
        return (title, Span(" "), *missing(pressure, 24)) if pressure else EMPTY
    out = [title]
    for key, stall in (("some", pressure.some), ("full", pressure.full)):
        share = stall.avg10 if stall else None
        tone = Tone.WARN if share else Tone.DIM
        out += [Span(f" {PRESSURE[key].title} ", Tone.LABEL), Span(f"{fmt.percent(share):>5}", tone)]
    return tuple(out)


def _activity(snapshot: Snapshot, width: int) -> Line:
    if width >= _SMALL:
        shown = _RATES if width >= _LARGE else _RATES[:5]
        rates = join([_rate(snapshot, rate, "/s") for rate in shown])
    else:
        swap = [_swap_rate(snapshot, rate) for rate in _SWAP_RATES_SHORT] if width >= _TINY else []
        rates = (*join([*swap, *[_rate(snapshot, rate) for rate in _RATES[:3]]]), Span("/s", Tone.LABEL))
    return join([rates, _zones(snapshot, width - 1 - width_of(rates) - len(_GAP), width)])


def _rate(snapshot: Snapshot, rate: _Rate, unit: str = "") -> Line:
    value = minor_faults(snapshot.rates) if rate.name == "minflt" else snapshot.rates.get(rate.name)
    return Span(f"{rate.label} ", Tone.LABEL), Span(f"{fmt.rate(value):>4}{unit}", rate.tone if value else Tone.DIM)


def _zones(snapshot: Snapshot, room: int, width: int) -> Line:
    zoneinfo = snapshot.system.zoneinfo
    if isinstance(zoneinfo, Unavailable):
        return Span("zones ", Tone.LABEL), *missing(zoneinfo, room - 6)
    one = worst(snapshot.zones)
    if one is None:
        return Span("zones ", Tone.LABEL), Span(fmt.NONE, Tone.DIM)
    name, zone = zone_name(one, snapshot.zones), one.zone
    if width < _SMALL:
        text = "zones ok" if one.level is Level.OK else f"{name} {_SHORT_LEVELS.get(one.level, one.level)}"
    elif one.level is Level.OK:
        text = f"zones ok, {name} nearest: {_bytes(snapshot, one.to_low)} above low"
    else:
        mark = {Level.BELOW_HIGH: zone.high, Level.BELOW_LOW: zone.low, Level.BELOW_MIN: zone.min}.get(one.level)
        short = mark - zone.free if mark is not None and zone.free is not None else None
        text = f"{name} {one.level}" + (f" by {_bytes(snapshot, short)}" if short is not None else "")
    return (Span(cut(text, room), LEVEL_TONES[one.level]),)


def _bytes(snapshot: Snapshot, pages: int | None) -> str:
    return fmt.size(None if pages is None else pages * snapshot.page_size)
