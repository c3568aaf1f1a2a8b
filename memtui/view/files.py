"""The files behind a process: open, mapped, deleted but still held."""

from typing import Final

from memtui.model.mappings import AddressSpace
from memtui.model.open_files import OpenFile, OpenFiles
from memtui.view import format as fmt
from memtui.view.blocks import heading
from memtui.view.lines import Line, Span, Tone
from memtui.view.table import Column, table
from memtui.view.text import cells, cut, sanitize

_SHOWN_DESCRIPTORS: Final = 3


def file_lines(found: OpenFiles, space: AddressSpace | None, width: int) -> list[Line]:
    """All files, largest first; resident sizes where the mappings have been read. At most `width` cells."""
    count = len(found.files)
    deleted = [file for file in found.files if file.deleted]
    note = f"{count} of them, largest first"
    if deleted:
        held = sum(file.allocated or 0 for file in deleted)
        note += f"; {len(deleted)} deleted, which hold {fmt.size(held)} until they are closed"
    resident: dict[str, int] = {}
    for mapping in space.mappings if space is not None else ():
        resident[mapping.path] = resident.get(mapping.path, 0) + mapping.rss
    columns = (
        Column("size", 6, right=True), Column("on disk", 7, right=True), Column("cached", 6, right=True),
        Column("mapped", 6, right=True),
        Column("open as", 9), Column("file", 0),
    )  # fmt: skip
    rows = [_row(file, resident if space is not None else None, width) for file in found.files]
    lines = [heading("Files", width, note), *table(columns, rows, width)]
    if found.others:
        others = ", ".join(f"{count} {sanitize(kind)}" for kind, count in found.others)
        lines.append((Span(f"besides: {others}", Tone.DIM),))
    if found.passed_over:
        lines.append((Span(f"{fmt.count(found.passed_over)} more descriptors were not looked at", Tone.WARN),))
    if found.why_not_cached is not None:
        words = f"pages in the cache are not told of all: {sanitize(str(found.why_not_cached))}"
        lines.append((Span(cut(words, width), Tone.DIM),))
    if space is None:
        lines.append((Span("what of them is mapped in RAM: open Mappings first", Tone.DIM),))
    return lines


def _row(file: OpenFile, resident: dict[str, int] | None, width: int) -> list[Span]:
    mapped = Span("yes" if file.mapped else "")
    if file.mapped and resident is not None:
        mapped = Span(fmt.size(resident.get(file.path, 0)))
    numbers = [str(number) for number in file.descriptors[:_SHOWN_DESCRIPTORS]]
    opened = ",".join(numbers) + ("…" if len(file.descriptors) > _SHOWN_DESCRIPTORS else "")
    room = width - 39
    return [
        _size(file.size), _size(file.allocated), _size(file.cached), mapped, Span(opened),
        Span(_end(sanitize(file.path), room), Tone.WARN if file.deleted else Tone.PLAIN),
    ]  # fmt: skip


def _size(value: int | None) -> Span:
    return Span(fmt.size(value), Tone.DIM if value is None else Tone.PLAIN)


def _end(path: str, room: int) -> str:
    """The end of a path, which tells more than its beginning, in at most `room` cells."""
    while cells(path) > room and len(path) > 1:
        path = "…" + path[2:] if path[0] == "…" else "…" + path[1:]
    return path
