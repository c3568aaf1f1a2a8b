"""/proc/uptime: how long the system has been up.

    585.36 962.75

Kernel: fs/proc/uptime.c, uptime_proc_show(). Meanings: proc_uptime(5).
"""

from dataclasses import dataclass

from memtui.proc.numbers import fraction


@dataclass(frozen=True, slots=True)
class Uptime:
    """Seconds since boot (suspend included), and idle seconds summed over all CPUs; None if not understood."""

    up: float | None = None
    idle: float | None = None


def parse(data: bytes) -> Uptime:
    """The record of an uptime file: whole, or empty if a part is missing or no number."""
    words = data.decode("utf-8", "backslashreplace").split()
    if len(words) != 2:
        return Uptime()
    up, idle = (fraction(word) for word in words)
    return Uptime() if up is None or idle is None else Uptime(up, idle)
