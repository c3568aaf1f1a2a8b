"""`memtui files`: how much of each file is in the page cache, and a row for all of them.

Plain, or as pcstat draws it. With `--pid` the files that a process maps or has open. Status 1 if some file could not
be looked at; why is told for each on standard error in text, and in `unavailable` in JSON.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from memtui.model.fields import FILES
from memtui.model.files import FileRow, total
from memtui.proc.source import ProcSource
from memtui.report.document import dumps, iso_time
from memtui.report.failure import Failure
from memtui.report.paper import Paper, paper, show
from memtui.sampling.files import SLOTS, files_of, files_under
from memtui.view import format as fmt
from memtui.view.columns import shown_text
from memtui.view.lines import Line, Span, Tone
from memtui.view.residency import UNKNOWN, select, shown_percent, strip
from memtui.view.text import cells, cut, pad_right

_KEYS: Final = ("size", "pages", "cached", "percent", "dirty", "writeback", "evicted", "recently_evicted")
_JSON: Final = ("name", *_KEYS)
_PICTURE: Final = 24
_LONGEST: Final = 200
_PCSTAT: Final = ("Name", "Size (bytes)", "Pages", "Cached", "Percent")


def run(
    source: ProcSource,
    paths: list[str],
    pid: int | None,
    limit: int | None,
    *,
    all_file_systems: bool,
    pcstat: bool,
    as_json: bool,
) -> int:
    """Print the files, most cached first, and their total; the exit status."""
    if not source.live:
        raise Failure("files: a recording holds no files", 2)
    if bool(paths) == (pid is not None):
        raise Failure("files: give paths, or --pid, and not both", 2)
    slots = 0 if as_json or pcstat else SLOTS
    found: Iterator[FileRow]
    found = (
        files_under(paths, all_file_systems=all_file_systems, slots=slots) if pid is None else files_of(pid, slots)
    )
    rows = select(found)
    failed = {row.name: str(row.why) for row in rows if row.why is not None}
    if as_json:
        print(json_text(rows, limit, failed), flush=True)
        return 1 if failed else 0
    on = paper()
    known = [row for row in rows if row.cached is not None or row.size is not None]
    for name, why in failed.items():
        print(f"memtui: {shown_text(name)}: {shown_text(why)}", file=sys.stderr)
    shown = known[:limit]
    show(pcstat_lines(shown, total(rows)) if pcstat else lines(shown, total(rows), len(known), on), on)
    return 1 if failed else 0


def json_text(rows: list[FileRow], limit: int | None, failed: Mapping[str, str]) -> str:
    """The document: rows by the keys of the field table, and the sum."""
    everything = total(rows)
    return dumps(
        {
            "command": "files",
            "time": iso_time(time.time()),
            "interval": None,
            "rows": [json_row(row) for row in rows[:limit]],
            "total": {**json_row(everything), "files": len(rows)},
            "unavailable": failed,
        }
    )


def json_row(row: FileRow) -> Mapping[str, Any]:
    """A file by the keys of the field table."""
    return {key: getattr(row, key) for key in _JSON}


def lines(rows: list[FileRow], everything: FileRow, count: int, on: Paper) -> list[Line]:
    """Titles, files with their picture, the total."""
    widths = {key: max(8, len(FILES[key].title)) for key in _KEYS}
    taken = sum(width + 1 for width in widths.values()) + _PICTURE + 1
    longest = max((cells(shown_text(row.name)) for row in (*rows, everything)), default=0)
    room = max(12, min(longest, on.width - taken if on.cut else _LONGEST))
    titles = " ".join(f"{FILES[key].title:>{widths[key]}}" for key in _KEYS)
    head = f"{titles} {FILES['strip'].title:<{_PICTURE}} {FILES['name'].title}"
    body = [(Span(f"{_numbers(row, widths)} {_picture(row)} {cut(shown_text(row.name), room)}"),) for row in rows]
    name = f"total of {count} {'file' if count == 1 else 'files'}"
    last = f"{_numbers(everything, widths)} {'':<{_PICTURE}} {name}"
    return [(Span(head, Tone.HEAD),), *body, (Span(last, Tone.STRONG),)]


def pcstat_lines(rows: list[FileRow], everything: FileRow) -> list[Line]:
    """The table that pcstat draws, with a total."""
    table = [
        (
            shown_text(row.name),
            _exact(row.size),
            _exact(row.pages),
            _exact(row.cached),
            shown_percent(row),
        )
        for row in (*rows, everything)
    ]
    widths = [max(cells(line[place]) for line in (_PCSTAT, *table)) for place in range(len(_PCSTAT))]
    rule = "+".join("-" * (width + 2) for width in widths)

    def boxed(words: tuple[str, ...]) -> Line:
        parts = (pad_right(word, width) for word, width in zip(words, widths, strict=True))
        return (Span(f"| {' | '.join(parts)} |"),)

    edge: Line = (Span(f"+{rule}+"),)
    inner: Line = (Span(f"|{rule}|"),)
    return [edge, boxed(_PCSTAT), inner, *map(boxed, table[:-1]), inner, boxed(table[-1]), edge]


def _numbers(row: FileRow, widths: Mapping[str, int]) -> str:
    return " ".join(f"{_text(row, key):>{widths[key]}}" for key in _KEYS)


def _text(row: FileRow, key: str) -> str:
    value = getattr(row, key)
    if key == "size":
        return fmt.size(value)
    return fmt.percent(value) if key == "percent" else _exact(value)


def _picture(row: FileRow) -> str:
    return f"{UNKNOWN if row.why else strip(row, _PICTURE):<{_PICTURE}}"


def _exact(value: int | None) -> str:
    return fmt.NONE if value is None else str(value)
