"""Files and their pages in the cache, as a table with a picture of each file."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from memtui.model.fields import FILES
from memtui.model.files import FileRow
from memtui.view import format as fmt
from memtui.view.columns import shown_text
from memtui.view.grid import Column, Grid, ordered
from memtui.view.lines import Line, Span, Tone
from memtui.view.reasons import explained
from memtui.view.text import ELLIPSIS, cells

DEFAULT_SORT: Final = "cached"
UNKNOWN: Final = "unknown"
_LEVELS: Final = "·▁▂▃▄▅▆▇█"
_COUNTS: Final = ("dirty", "writeback", "evicted", "recently_evicted")
_NAME: Final = 24


def strip(row: FileRow, width: int) -> str:
    """The file from begin to end in `width` cells: `·` nothing, `█` all of that part is in the cache."""
    if not row.slots or not row.pages or width <= 0:
        return ""
    count = len(row.slots)
    shares = []
    for part, cached in enumerate(row.slots):
        pages = row.pages * (part + 1) // count - row.pages * part // count
        shares.append(cached / pages if pages else 0.0)
    return "".join(_level(share) for share in _resampled(shares, width))


def columns(width: int, *, plain: bool = False) -> list[Column[FileRow]]:
    """The columns at a width of the screen: the name and the picture share what the numbers leave."""
    sizes = [
        Column(FILES["size"], 6, attrgetter("size")),
        Column(FILES["pages"], 8, attrgetter("pages")),
        Column(FILES["cached"], 8, attrgetter("cached")),
        Column(FILES["percent"], 8, attrgetter("percent")),
    ]
    counts = [Column(FILES[key], max(7, len(FILES[key].title) + 1), attrgetter(key)) for key in _COUNTS]
    taken = sum(column.width + 1 for column in (*sizes, *counts))
    picture = 0 if plain else max(8, min(64, (width - taken) // 2 - 1))
    room = max(_NAME, width - taken - picture - 1)
    name = Column(FILES["name"], room, attrgetter("name"), text=lambda row: _end(shown_text(row.name), room))
    if plain:
        return [name, *sizes, *counts]
    where = Column(FILES["strip"], picture, lambda row: strip(row, picture) or _why(row, picture), tone=_strip_tone)
    return [*sizes, where, name, *counts]


def grid(sort: str, width: int, *, reverse: bool) -> Grid[FileRow]:
    """The table at this width."""
    return Grid(tuple(columns(width)), width, sort, reverse)


def select(rows: Iterable[FileRow], sort: str = DEFAULT_SORT, *, reverse: bool = False) -> list[FileRow]:
    """Files in the order of a column, those not known last; equal ones by name."""
    by_key = {column.field.key: column for column in columns(120)}
    return ordered(sorted(rows, key=attrgetter("name")), by_key[sort], reverse=reverse)


def unknown_note(rows: Sequence[FileRow]) -> Line:
    """How many files could not be looked at, and the first reason."""
    unknown = [row for row in rows if row.why is not None]
    if not unknown:
        return ()
    word = "file" if len(unknown) == 1 else "files"
    reasons = dict.fromkeys(shown_text(str(row.why)) for row in unknown)
    first = next(iter(reasons))
    more = f", and {len(reasons) - 1} other reasons" if len(reasons) > 1 else ""
    return (Span(f"{len(unknown)} {word} {UNKNOWN}: ", Tone.WARN), Span(f"{first}{more}", Tone.DIM))


def _end(name: str, width: int) -> str:
    """The end of a name, which tells files of a tree apart, in at most `width` cells."""
    if cells(name) <= width:
        return name
    kept = len(name)
    room = width - 1
    while kept and (room := room - cells(name[kept - 1])) >= 0:
        kept -= 1
    return ELLIPSIS + name[kept:]


def _why(row: FileRow, width: int) -> str | None:
    return explained(row.why, width) if row.why is not None else None


def _strip_tone(row: FileRow) -> Tone:
    return Tone.CACHE if row.slots else Tone.DIM


def _resampled(shares: Sequence[float], width: int) -> list[float]:
    count = len(shares)
    if width >= count:
        return [shares[cell * count // width] for cell in range(min(width, 64))] if width > count else list(shares)
    out = []
    for cell in range(width):
        part = shares[cell * count // width : max(cell * count // width + 1, (cell + 1) * count // width)]
        out.append(sum(part) / len(part))
    return out


def _level(share: float) -> str:
    """A glyph; something is never nothing, and all but a page never all."""
    if share <= 0:
        return _LEVELS[0]
    return _LEVELS[8] if share >= 1 else _LEVELS[max(1, min(7, round(share * 8)))]


def widest(rows: Sequence[FileRow]) -> int:
    """The cells of the longest name."""
    return max((cells(shown_text(row.name)) for row in rows), default=0)


def shown_percent(row: FileRow) -> str:
    """The share as pcstat writes it: `093.750`."""
    return fmt.NONE if row.percent is None else f"{row.percent:07.3f}"
