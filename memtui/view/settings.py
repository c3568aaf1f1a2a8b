"""The settings under /proc/sys/vm, each with what its value means on this machine."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from memtui.model.snapshot import Snapshot
from memtui.proc.unavailable import ABSENT
from memtui.view import format as fmt
from memtui.view.lines import Line, Span, Tone, fit
from memtui.view.page import Row
from memtui.view.reasons import missing
from memtui.view.text import cut

SETTING: Final = "setting:"
"""Before its name, the key of a row of a setting."""

_NAME: Final = 22
_VALUE: Final = 6


def setting_rows(snapshot: Snapshot, names: Iterable[str], width: int, before: Mapping[str, int]) -> list[Row]:
    """The lines of settings as rows; `before` has what memtui changed was before, which is said."""
    rows = []
    for name in names:
        (line,) = setting_lines(snapshot, (name,), width)
        found = snapshot.system.sysctl.get(name)
        old = before.get(name)
        if old is not None and found and found[0] != old:
            was = (Span(f"was {old}, Backspace sets it back  ", Tone.WARN),)
            line = fit((*line[:2], Span("  "), *was, *line[2:]), width)
        rows.append(Row(line, SETTING + name))
    return rows


def meaning(name: str, value: int, snapshot: Snapshot) -> str:
    """What a value of a setting means on this machine."""
    return _MEANINGS[name](value, snapshot)[1]


def setting_lines(snapshot: Snapshot, names: Iterable[str], width: int) -> list[Line]:
    """A line for each setting: name, value, meaning; `–` for one that this kernel doesn't have."""
    return [fit(_line(snapshot, name, width), width) for name in names]


def swappiness(value: int) -> str:
    """What a value of vm.swappiness asks for (mm/vmscan.c, get_scan_count: anon weighs it, file 200 less it)."""
    if value <= 0:
        return "swap only once free and file pages are below high"
    return f"swap I/O is taken to cost {max(0, 200 - value) / value:.1f} times a file read"


def _line(snapshot: Snapshot, name: str, width: int) -> Line:
    found = snapshot.system.sysctl.get(name)
    title = Span(name.ljust(_NAME), Tone.LABEL)
    if not found:
        return (title, Span(" " * (_VALUE - 1)), *missing(ABSENT, width - _NAME - _VALUE + 1))
    shown, meaning = _MEANINGS[name](found[0], snapshot)
    return title, Span(shown.rjust(_VALUE)), Span("  " + cut(meaning, width - _NAME - _VALUE - 2), Tone.DIM)


def _min_free(value: int, _: Snapshot) -> tuple[str, str]:
    return fmt.size(value * 1024), "the min marks of all zones add up to it"


def _scale_factor(value: int, _: Snapshot) -> tuple[str, str]:
    return str(value), f"the marks lie at least {value / 100:.2f} % of a zone apart"


def _boost_factor(value: int, _: Snapshot) -> tuple[str, str]:
    if value <= 0:
        return str(value), "marks are never raised after fragmentation"
    return str(value), f"after fragmentation marks rise by up to {value / 100:.0f} % of high"


def _zone_reclaim(value: int, _: Snapshot) -> tuple[str, str]:
    if not value & 1:
        return str(value), "a full node takes memory from others before it reclaims its own"
    more = [words for bit, words in ((2, "writes dirty pages"), (4, "swaps")) if value & bit]
    return str(value), " and ".join(["a full node reclaims its own before it takes from others", *more])


def _cache_pressure(value: int, _: Snapshot) -> tuple[str, str]:
    if value <= 0:
        return str(value), "dentries and inodes are never reclaimed: may end in OOM"
    return str(value), f"dentries and inodes are reclaimed at {value / 100:g} times the rate of page cache"


def _swappiness(value: int, _: Snapshot) -> tuple[str, str]:
    return str(value), swappiness(value)


def _overcommit(value: int, snapshot: Snapshot) -> tuple[str, str]:
    promised = fmt.size(snapshot.memory.get("Committed_AS"))
    if value == 2:
        limit = fmt.size(snapshot.memory.get("CommitLimit"))
        return str(value), f"refused past the commit limit: {promised} of {limit}"
    policy = "every request is granted" if value == 1 else "only obvious excess is refused"
    return str(value), f"{policy}; {promised} promised"


_MEANINGS: Final[dict[str, Callable[[int, Snapshot], tuple[str, str]]]] = {
    "min_free_kbytes": _min_free,
    "watermark_scale_factor": _scale_factor,
    "watermark_boost_factor": _boost_factor,
    "zone_reclaim_mode": _zone_reclaim,
    "vfs_cache_pressure": _cache_pressure,
    "swappiness": _swappiness,
    "overcommit_memory": _overcommit,
}
