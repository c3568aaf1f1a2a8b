"""Is it still the process that was meant? And why a file of it could not be had."""

from memtui.model.sample import ProcKey
from memtui.proc import pid_stat
from memtui.proc.pid_stat import PidStat
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import GONE, Unavailable, Unreadable, Why


def stat_of(source: ProcSource, key: ProcKey) -> PidStat | None:
    """The stat file of a process; None if it has ended, or its pid is another's now."""
    try:
        stat = pid_stat.parse(source.read(f"{key.pid}/stat"))
    except Unreadable:
        return None
    return stat if stat is not None and stat.starttime == key.starttime else None


def refusal(source: ProcSource, key: ProcKey, why: Unavailable, what: str) -> Unavailable:
    """Why `what` of a process can't be read: of one that is still there, a missing file is not the end."""
    if stat_of(source, key) is None:
        return GONE
    return Unavailable(Why.ABSENT, f"no {what}, or not in this recording") if why.why is Why.GONE else why
