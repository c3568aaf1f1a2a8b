"""Numbers as fixed-width texts: the cells that a function promises hold after rounding, so nothing jitters.

`None` is always `–`. Sizes are binary (K is 1024), rates and counts are decimal (k is 1000).
"""

import time
from typing import Final

NONE: Final = "–"
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_YEAR: Final = 365 * _DAY


def size(n: int | None) -> str:
    """Bytes with three significant digits: `0`, `512B`, `640K`, `24.1M`, `1.21G`; 5 cells, negative 6."""
    if n is None:
        return NONE
    if n < 0:
        return "-" + size(-n)
    if n < 1024:
        return f"{n}B" if n else "0"
    value, unit = _scale(n / 1024, 1024, "KMGTPEZY")
    return (f"{value:.0f}" if unit == "K" else _three_digits(value)) + unit


def signed_size(n: int | None) -> str:
    """A change in bytes, growth with its sign: `+3.10M`, `-640K`, `+0`; 6 cells."""
    return size(n) if n is None or n < 0 else "+" + size(n)


def size_rate(x: float | None) -> str:
    """Bytes per second, written as `size` does."""
    return NONE if x is None else size(round(x))


def rate(x: float | None) -> str:
    """Events per second, not negative: `0`, `<0.1`, `0.3`, `12`, `1.2k`, `345k`, `1.2M`; 4 cells."""
    if x is None:
        return NONE
    if x == 0:
        return "0"
    if x < 0.05:
        return "<0.1"
    value, unit = _scale(x, 1000, ("", "k", "M", "G", "T", "P", "E"))
    return (f"{value:.1f}" if value < 9.95 else f"{value:.0f}") + unit


def count(n: int | None) -> str:
    """A number of things: `1,234`, `999,999`, then `1.23M`, `12.3G`; 7 cells."""
    if n is None:
        return NONE
    text = f"{n:,}"
    if len(text) <= 7:
        return text
    value, unit = _scale(abs(n) / 1000, 1000, "kMGTPEZY")
    return ("-" if n < 0 else "") + _three_digits(value) + unit


def percent(x: float | None, digits: int = 1) -> str:
    """A value that is in percent already, without the sign: `0.0`, `99.9`, `100`; 5 cells.

    Decimals are given up before the width is; what still doesn't fit is `>9999` or `<-999`.
    """
    if x is None:
        return NONE
    for places in range(digits, 0, -1):
        text = f"{x:z.{places}f}"
        if len(text) <= 5 and len(text.lstrip("-")) <= places + 3:
            return text
    text = f"{x:z.0f}"
    if len(text) <= 5:
        return text
    return ">9999" if x > 0 else "<-999"


def duration(seconds: float | None) -> str:
    """A length of time, cut to whole units: `04:11:09`, from a day on `12d 04:11`."""
    if seconds is None:
        return NONE
    days, rest = divmod(max(0, int(seconds)), _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    return f"{days}d {hours:02}:{minutes:02}" if days else f"{hours:02}:{minutes:02}:{rest:02}"


def short_time(seconds: float | None) -> str:
    """A length of time in its largest whole unit: `9s`, `12m`, `3h`, `364d`, `>1y`; 4 cells."""
    if seconds is None:
        return NONE
    whole = max(0, int(seconds))
    if whole >= _YEAR:
        return ">1y"
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if whole >= unit:
            return f"{whole // unit}{name}"
    return f"{whole}s"


def cpu_time(seconds: float | None) -> str:
    """CPU time as TIME+ of top: `0:01.23`, `12:34.56`, from 100 min `123:45`, from 1000 min `99h`; 9 cells."""
    if seconds is None:
        return NONE
    minutes, hundredths = divmod(round(seconds * 100), 6000)
    if minutes < 100:
        return f"{minutes}:{hundredths // 100:02}.{hundredths % 100:02}"
    return f"{minutes}:{hundredths // 100:02}" if minutes < 1000 else f"{minutes // 60}h"


def _scale(value: float, step: int, units: str | tuple[str, ...]) -> tuple[float, str]:
    """Divide by `step` until the value rounds to a whole number below it; the last unit takes the rest."""
    for unit in units[:-1]:
        if value < step - 0.5:
            return value, unit
        value /= step
    return value, units[-1]


def _three_digits(value: float) -> str:
    """1.23, 12.3, 123, and 1023 whole: the bounds are where rounding would add a digit."""
    if value < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def moment(wall: float) -> str:
    """A point in time in the local zone, `Nov 22 13:05`; 12 cells."""
    return time.strftime("%b %d %H:%M", time.localtime(wall))
