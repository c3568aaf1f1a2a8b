"""The Swap & Faults panel: what paging and reclaim did lately, and the swap devices."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from memtui.model.fields import RATES
from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import Unavailable
from memtui.view import format as fmt
from memtui.view.bars import meter
from memtui.view.blocks import beside, column_width, heading
from memtui.view.lines import EMPTY, Line, Span, Tone, fit, text_of
from memtui.view.page import Row, lines_of, plain, with_margin
from memtui.view.reasons import explained, minor_faults, missing, rate_reason
from memtui.view.series import area, sticky_top, sticky_top_bytes
from memtui.view.settings import setting_rows
from memtui.view.swapped import compressed_lines, process_rows, swapoff_rows
from memtui.view.table import Column, table
from memtui.view.text import sanitize

Values = Sequence[float | None]


class _Chart(NamedTuple):
    """One chart: a row of the field table, the counters it is made of, and the unit behind its number.

    Charts of one `scale` have the same top, so that scan and steal can be compared by eye.
    """

    key: str
    counters: tuple[str, ...]
    scale: str
    unit: str
    tone: Tone


class _Scale(NamedTuple):
    """The lowest top that a scale may have; one of bytes turns pages into bytes and steps in powers of two."""

    floor: float
    bytes: bool = False


_SCALES: Final = {
    "swap": _Scale(1 << 20, bytes=True),
    "minor": _Scale(1000),
    "major": _Scale(10),
    "kswapd": _Scale(1000),
    "direct": _Scale(1000),
    "refaults": _Scale(100),
    "stalls": _Scale(10),
}
_CHARTS: Final = (
    _Chart("pswpin", ("pswpin",), "swap", "/s", Tone.SWAP),
    _Chart("pswpout", ("pswpout",), "swap", "/s", Tone.SWAP),
    _Chart("minflt", ("pgfault", "pgmajfault"), "minor", "/s", Tone.PLAIN),
    _Chart("pgmajfault", ("pgmajfault",), "major", "/s", Tone.WARN),
    _Chart("pgscan_kswapd", ("pgscan_kswapd",), "kswapd", " pages/s", Tone.PLAIN),
    _Chart("pgsteal_kswapd", ("pgsteal_kswapd",), "kswapd", " pages/s", Tone.PLAIN),
    _Chart("pgscan_direct", ("pgscan_direct",), "direct", " pages/s", Tone.BAD),
    _Chart("pgsteal_direct", ("pgsteal_direct",), "direct", " pages/s", Tone.BAD),
    _Chart("workingset_refault", ("workingset_refault",), "refaults", " pages/s", Tone.WARN),
    _Chart("allocstall", ("allocstall",), "stalls", "/s", Tone.BAD),
)
_TWO_COLUMNS: Final = 110
_LABEL: Final = 12
_SCALE: Final = 7
_TALLEST: Final = 3
_PROCESSES_IN_VIEW: Final = 8


class SwapView:
    """Draws the panel. Between calls it keeps only the tops of the scales, so that they hold still."""

    def __init__(self) -> None:
        self._tops: dict[str, float] = {}

    def lines(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """The panel in lines of at most `width` cells, processes by their swap."""
        return lines_of(self.rows(snapshot, width, height, "swap", {}))

    def rows(self, snapshot: Snapshot, width: int, height: int, sort: str, before: Mapping[str, int]) -> list[Row]:
        """The panel, charts grown to three rows as far as `height` allows with some processes still in view.

        `sort` is one of `swapped.SORTS`; `before` has what settings were before memtui changed them.
        """
        inner = width - 1
        processes = process_rows(snapshot, inner, sort)
        below = [
            *plain(_devices(snapshot, inner)),
            *plain(compressed_lines(snapshot, inner)),
            *swapoff_rows(snapshot, inner),
            *setting_rows(snapshot, ("swappiness",), inner, before),
        ]
        columns = 2 if width >= _TWO_COLUMNS else 1
        chart_width = column_width(inner) if columns == 2 else inner
        taken = len(below) + min(len(processes), _PROCESSES_IN_VIEW)
        rows, gap = _shape((height - taken - 2) * columns // len(_CHARTS))
        room = _plot_width(chart_width, rows)
        values = [_values(snapshot, chart, room) for chart in _CHARTS]
        self._rescale(values)
        charts = [
            _draw(snapshot, chart, shown, self._tops[chart.scale], room, rows) + [EMPTY] * gap
            for chart, shown in zip(_CHARTS, values, strict=True)
        ]
        if columns == 2:
            drawn = [beside(*pair, inner) for pair in zip(charts[::2], charts[1::2], strict=True)]
        else:
            drawn = charts
        title = heading("Swap, faults, reclaim", inner, _span(snapshot, room))
        above = [title, *(line for chart in drawn for line in chart), *([] if gap else [EMPTY])]
        return with_margin([*plain(above), *below, *([Row(EMPTY)] if processes else []), *processes])

    def _rescale(self, values: Sequence[Values]) -> None:
        for name, scale in _SCALES.items():
            shown = [one for chart, of in zip(_CHARTS, values, strict=True) if chart.scale == name for one in of]
            step = sticky_top_bytes if scale.bytes else sticky_top
            self._tops[name] = step(self._tops.get(name, 0.0), shown, scale.floor)


def _draw(snapshot: Snapshot, chart: _Chart, values: Values, top: float, width: int, rows: int) -> list[Line]:
    """Name and value at the left, the area, its scale at the right."""
    write: Callable[[float | None], str] = fmt.size_rate if _SCALES[chart.scale].bytes else fmt.rate
    now = _now(snapshot, chart)
    if any(value is not None for value in values):
        plot = area(values, width, rows, top, chart.tone)
    else:
        reason = fit((Span(explained(rate_reason(snapshot, *chart.counters), width), Tone.DIM),), width)
        plot = [*[(Span(" " * width),)] * (rows - 1), reason]
    name = Span(RATES[chart.key].title.ljust(_LABEL), Tone.LABEL)
    number = write(now) + (chart.unit if now is not None else "")
    value = Span(number.rjust(_LABEL), Tone.STRONG if now else Tone.DIM)
    labels: list[Line] = [(name, Span(" "), value)]
    scale = [f"≤{write(top)}"]
    if rows > 1:
        labels = [(name,), (value,), *[(Span(" " * _LABEL),)] * (rows - 2)]
        scale = [write(top), *[""] * (rows - 2), "0"]
    return [
        (*label, Span(" "), *row, Span(f"▏{mark:<{_SCALE - 1}}", Tone.DIM))
        for label, row, mark in zip(labels, plot, scale, strict=True)
    ]


def _plot_width(width: int, rows: int) -> int:
    return width - _SCALE - (_LABEL + 1) * (1 if rows > 1 else 2)


def _shape(room: int) -> tuple[int, int]:
    """The rows of a chart and the empty lines under it, when each may take `room` lines."""
    if room > 2:
        return min(_TALLEST, room - 1), 1
    return max(1, room), 0


def _values(snapshot: Snapshot, chart: _Chart, count: int) -> Values:
    """The newest values of a chart; minor faults are all faults less the major ones, sample by sample."""
    series = [snapshot.history.series(name, count) for name in chart.counters]
    if len(series) == 2:
        pairs = zip(*map(reversed, series), strict=False)  # a sample may come in between: align at the newest
        return [None if every is None or major is None else max(0.0, every - major) for every, major in pairs][::-1]
    unit = snapshot.page_size if _SCALES[chart.scale].bytes else 1
    return [None if value is None else value * unit for value in series[0]]


def _now(snapshot: Snapshot, chart: _Chart) -> float | None:
    if chart.key == "minflt":
        return minor_faults(snapshot.rates)
    value = snapshot.rates.get(chart.key)
    return value * snapshot.page_size if value is not None and _SCALES[chart.scale].bytes else value


def _span(snapshot: Snapshot, samples: int) -> str:
    times = snapshot.history.times(samples)
    return f"last {fmt.duration(snapshot.at - times[0]) if times else fmt.NONE}, one sample a column"


def _devices(snapshot: Snapshot, width: int) -> list[Line]:
    swaps, title = snapshot.system.swaps, "Swap devices"
    if isinstance(swaps, Unavailable):
        return [(Span(f"{title}  ", Tone.TITLE), *missing(swaps, width - len(title) - 2))]
    if not swaps:
        return [heading(title, width, "no swap configured")]
    bar = max(4, min(16, width - 63))
    columns = (
        Column(title, 48 if width >= _TWO_COLUMNS else 0, tone=Tone.TITLE),
        Column("type", 9),
        *[Column(name, 5, right=True) for name in ("size", "used", "use%")],
        Column("", bar),
        Column("prio", 6, right=True),
    )
    rows = []
    for swap in sorted(swaps, key=lambda one: -one.priority):
        share = 100 * swap.used / swap.size if swap.size else None
        rows.append((
            Span(sanitize(swap.name)),
            Span(sanitize(swap.kind), Tone.DIM),
            Span(fmt.size(swap.size)),
            Span(fmt.size(swap.used)),
            Span(fmt.percent(share)),
            Span(text_of(meter(swap.used, swap.size, bar, Tone.SWAP)), Tone.SWAP),
            Span(str(swap.priority)),
        ))  # fmt: skip
    return table(columns, rows, width)
