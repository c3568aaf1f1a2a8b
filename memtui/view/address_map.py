"""The address space as a picture: low addresses at the bottom, sizes on a log scale, the resident part filled."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from memtui.model.mappings import AddressSpace, Kind
from memtui.proc.mappings import Mapping
from memtui.view import format as fmt
from memtui.view.bars import EIGHTHS, FULL, TRACK
from memtui.view.lines import Line, Span, Tone
from memtui.view.maps import kind_word, tone_of
from memtui.view.text import cut, pad_right

_SMALLEST: Final = 4096
_ADDRESS: Final = 13
_NAME: Final = 15
_SIZE: Final = 6
_NARROWEST_BAR: Final = 8


class Segment(NamedTuple):
    """Neighbouring mappings of one nature, named as in textbooks. Addresses and bytes; `mappings` is their number."""

    name: str
    tone: Tone
    start: int
    end: int
    size: int
    rss: int
    mappings: int


def segments(space: AddressSpace) -> list[Segment]:
    """The segments from low to high addresses; neighbours of one nature are one, whatever lies unmapped between."""
    natures = [_nature(one, key[0], key[1]) for one, key in zip(space.mappings, space.keys, strict=True)]
    found = []
    for (name, tone), run in groupby(zip(natures, space.mappings, strict=True), key=lambda pair: pair[0]):
        found.append(_segment(name, tone, [mapping for _, mapping in run]))
    return found


def picture(space: AddressSpace, width: int, height: int) -> list[Line]:
    """The picture, at most `width` x `height` cells: where there are more segments than lines, the small ones between
    large ones are drawn as one."""
    if height < 2:
        return []
    found = _fitted(segments(space), height - 1)
    bar = max(_NARROWEST_BAR, width - _ADDRESS - _NAME - 2 * (_SIZE + 1) - 3)
    largest = max((one.size for one in found), default=_SMALLEST)
    sizes = f"{'size':>{_SIZE}} {'in RAM':>{_SIZE}}"
    title = f"{'from address':<{_ADDRESS}} {'':<{_NAME}} {'log scale':<{bar}} {sizes}"
    return [(Span(cut(title, width), Tone.DIM),), *(_line(one, bar, largest) for one in reversed(found))]


def _nature(mapping: Mapping, kind: Kind, name: str) -> tuple[str, Tone]:
    tone = tone_of(kind)
    if kind is Kind.PROGRAM:
        if mapping.perms[2] == "x":
            return "program text", tone
        if mapping.perms[1] != "w":
            return "program r/o", tone
        return ("program data", tone) if mapping.path else ("program bss", Tone.ANON)
    if kind is Kind.STACK:
        return name, tone
    if kind is Kind.KERNEL:
        return name if name in ("[vdso]", "[vsyscall]") else "[vvar]", tone
    return kind_word(kind), tone


def _segment(name: str, tone: Tone, run: Sequence[Mapping]) -> Segment:
    size, rss = sum(one.size for one in run), sum(one.rss for one in run)
    return Segment(name, tone, run[0].start, run[-1].end, size, rss, len(run))


def _fitted(found: list[Segment], lines: int) -> list[Segment]:
    """At most `lines` segments: the largest by what they hold stay, what lies between two of them becomes one."""
    if len(found) <= lines:
        return found
    ranks = sorted(range(len(found)), key=lambda index: (-found[index].rss, -found[index].size))
    for keep in range(lines - 1, 0, -1):
        kept = set(ranks[:keep])
        out: list[Segment] = []
        for own, run in groupby(enumerate(found), key=lambda pair: pair[0] if pair[0] in kept else -1):
            members = [segment for _, segment in run]
            out += members if own >= 0 or len(members) == 1 else [_mixed(members)]
        if len(out) <= lines:
            return out
    return [_mixed(found)]


def _mixed(members: Sequence[Segment]) -> Segment:
    count = sum(one.mappings for one in members)
    size, rss = sum(one.size for one in members), sum(one.rss for one in members)
    tones = {one.tone for one in members}
    tone = tones.pop() if len(tones) == 1 else Tone.PLAIN
    return Segment(f"{count} others", tone, members[0].start, members[-1].end, size, rss, count)


def _line(one: Segment, bar: int, largest: int) -> Line:
    length = _length(one.size, bar, largest)
    share = min(1.0, one.rss / one.size) if one.size else 0.0
    eighths = round(share * length * 8)
    if one.rss and not eighths:
        eighths = 1
    full, part = divmod(eighths, 8)
    filled = FULL * full + (EIGHTHS[part] if part else "")
    return (
        Span(f"{one.start:>{_ADDRESS}x} ", Tone.DIM),
        Span(pad_right(cut(one.name, _NAME), _NAME) + " "),
        Span(filled, one.tone),
        Span(TRACK * (length - len(filled)), Tone.TRACK),
        Span(" " * (bar - length)),
        Span(f" {fmt.size(one.size):>{_SIZE}} {fmt.size(one.rss):>{_SIZE}}"),
    )


def _length(size: int, bar: int, largest: int) -> int:
    """Cells of a bar: one for a page, all for the largest, and the same more for each doubling in between."""
    if size <= _SMALLEST or largest <= _SMALLEST:
        return 1
    return max(1, round(1 + (bar - 1) * math.log2(size / _SMALLEST) / math.log2(largest / _SMALLEST)))
