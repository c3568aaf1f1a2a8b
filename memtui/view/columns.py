"""The columns of the process table: how wide, which value, which tone. Titles and units are the field table's."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from memtui.model.fields import GROUP, PROCESS, Field
from memtui.model.growth import Trend
from memtui.model.sample import ProcKey
from memtui.view import format as fmt
from memtui.view.grid import Column
from memtui.view.lines import Tone
from memtui.view.text import sanitize

FIELDS: Final[Mapping[str, Field]] = {**PROCESS, **GROUP}
STALE_AFTER: Final = 6.0  # seconds after which a carried PSS is drawn dim
_WIDTHS: Final = {
    "pid": 7, "ppid": 7, "start_time": 10, "user": 9, "state": 1, "nice": 3, "threads": 5, "mem_pct": 5, "members": 5,
    "minflt": 7, "majflt": 7, "minflt_rate": 8, "majflt_rate": 8, "oom_score": 4, "oom_score_adj": 5, "cpu_pct": 5,
    "cpu_time": 9, "read_rate": 6, "write_rate": 7, "res_delta": 6, "growth": 7, "growth_state": 9, "growth_rate": 8,
    "pss_age": 4, "started": 12, "container": 20, "cgroup": 24,
}  # fmt: skip
_SIZE_WIDTH: Final = 5
_FROM_ROLLUP: Final = frozenset(("pss", "uss", "swap_pss", "pss_anon", "thp"))
_COUNTERS: Final = frozenset(("minflt", "majflt"))  # they never stop growing
_TEXTS: Final = frozenset(("user", "command", "cgroup", "container"))
_FAST_SHARE: Final = 0.1  # of its RES that a process grew in a minute, to be pointed out
_FAST_BYTES: Final = 16 << 20


class Look(NamedTuple):
    """What cells depend on besides their row: the time (monotonic), whole commands or names, guides of a tree."""

    now: float = 0.0
    full_command: bool = True
    lead: Mapping[ProcKey, str] = {}


def width_of(key: str) -> int:
    """The cells of a column, its title and the mark of the sort included; 0 for the command: what is left."""
    if key == "command":
        return 0
    return max(_WIDTHS.get(key, _SIZE_WIDTH), len(FIELDS[key].title) + 1)


@lru_cache(maxsize=8192)
def shown_text(text: str) -> str:
    """A command or name as it may go to a terminal; cached, as most come again every second."""
    return sanitize(text)


@lru_cache(maxsize=8192)
def short_command(command: str, comm: str) -> str:
    """The program without its folder and arguments; a command line that was rewritten stays as it is."""
    word, _, _ = command.partition(" ")
    if not word.startswith("/") and not word.startswith("."):
        return command if word.endswith(":") or word.startswith("[") else word or comm
    return word.rpartition("/")[2] or comm


def is_stale(row: Any, now: float) -> bool:
    """Whether the row's PSS was read so long ago that it is drawn dim."""
    return row.pss_at is not None and now - row.pss_at > STALE_AFTER


def column(key: str, look: Look | None = None) -> Column[Any]:
    """The column of a field for processes and groups of them."""
    look = look or Look()
    return Column(FIELDS[key], width_of(key), value_of(key, look.now), _tone(key, look.now), _text(key, look))


def value_of(key: str, now: float) -> Callable[[Any], Any]:
    """How to get a field of a row."""
    if key == "pss_age":
        return lambda row: None if row.pss_at is None else now - row.pss_at
    return attrgetter(key)


def _text(key: str, look: Look) -> Callable[[Any], str] | None:
    if key == "command":
        return _command(look)
    if key in _TEXTS:
        get = attrgetter(key)
        return lambda row: shown_text(get(row))
    if key == "started":
        return lambda row: fmt.moment(row.started)
    if key in _COUNTERS:
        get, width = attrgetter(key), width_of(key)
        return lambda row: text if len(text := str(get(row))) <= width else fmt.count(get(row))
    return None


def _command(look: Look) -> Callable[[Any], str]:
    lead = look.lead

    def text(row: Any) -> str:
        words = shown_text(row.command if look.full_command else short_command(row.command, row.comm))
        return lead.get(row.key, "") + words if lead else words

    return text


def _tone(key: str, now: float) -> Callable[[Any], Tone] | None:
    if key in _FROM_ROLLUP:
        return lambda row: Tone.DIM if is_stale(row, now) else Tone.PLAIN
    if key == "majflt_rate":
        return lambda row: Tone.WARN if row.majflt_rate else Tone.PLAIN
    if key == "swap":
        return lambda row: Tone.SWAP if row.swap else Tone.PLAIN
    if key == "state":
        return lambda row: Tone.WARN if row.state in "DZ" else Tone.PLAIN
    if key == "growth":
        return lambda row: Tone.WARN if _grows_fast(row) else Tone.PLAIN
    if key in ("growth_state", "growth_rate"):
        return lambda row: Tone.WARN if row.growth_state == Trend.GROWING else Tone.PLAIN
    return None


def _grows_fast(row: Any) -> bool:
    return row.growth is not None and row.growth >= max(_FAST_BYTES, _FAST_SHARE * row.res)
