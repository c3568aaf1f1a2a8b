"""Bars of one line: kinds of memory stacked, one smooth value, and the legend that explains the glyphs."""

from collections.abc import Sequence
from typing import Final

from memtui.view.lines import Line, Span, Tone, width_of
from memtui.view.text import cut

EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
FULL: Final = "█"
TRACK: Final = "·"

# Chosen to differ as textures, in runs: ▚ beside ▞, or ▐ beside ▌, would look the same without colour.
GLYPHS: Final = {
    Tone.ANON: FULL,
    Tone.FILE: "▓",
    Tone.SHMEM: "▒",
    Tone.CACHE: "░",
    Tone.BUFFERS: "▖",
    Tone.SLAB: "▞",
    Tone.PAGETABLES: "▄",
    Tone.KERNEL: "▀",
    Tone.HUGE: "▌",
    Tone.SWAP: "═",
    Tone.FREE: TRACK,
}


def glyph(tone: Tone) -> str:
    """The one-cell texture of a tone in bars and legends; `█` for a tone that is no kind of memory."""
    return GLYPHS.get(tone, FULL)


def stacked_bar(parts: Sequence[tuple[int, Tone]], total: int, width: int) -> Line:
    """`total` as exactly `width` cells: each part in the texture and tone of its kind, the rest a dotted track.

    Cells go by largest remainder, the rest counting as a part; but a part of at least half a cell has a cell,
    as long as there are that many cells. Parts that add up to more than `total` share the whole bar.
    """
    amounts = [max(0, amount) for amount, _ in parts]
    shares = _shares(amounts, max(total, sum(amounts)), width)
    spans = [Span(glyph(tone) * share, tone) for share, (_, tone) in zip(shares, parts, strict=True) if share]
    free = width - sum(shares)
    return (*spans, Span(TRACK * free, Tone.TRACK)) if free > 0 else tuple(spans)


def meter(value: float, total: float, width: int, tone: Tone) -> Line:
    """A smooth bar of `value` on 0..`total`, exactly `width` cells; above zero it shows at least an eighth."""
    eighths = 0
    if value > 0 and total > 0:
        eighths = min(width * 8, max(1, round(min(1.0, value / total) * width * 8)))
    full, part = divmod(eighths, 8)
    bar = FULL * full + (EIGHTHS[part] if part else "")
    return tuple(span for span in (Span(bar, tone), Span(" " * (width - len(bar)), Tone.TRACK)) if span.text)


def legend(items: Sequence[tuple[str, Tone, str]], width: int) -> list[Line]:
    """Entries of (name, tone, value), each behind its glyph, wrapped over lines of at most `width` cells."""
    lines: list[Line] = []
    current: Line = ()
    for name, tone, value in items:
        entry = _entry(name, tone, value, width)
        if current and width_of(current) + 2 + width_of(entry) <= width:
            current = (*current, Span("  "), *entry)
        else:
            if current:
                lines.append(current)
            current = entry
    return [*lines, current] if current else lines


def _entry(name: str, tone: Tone, value: str, width: int) -> Line:
    out: list[Span] = []
    words = (f" {name}", Tone.LABEL), (f" {value}" if value else "", Tone.PLAIN)
    for text, meaning in ((glyph(tone), tone), *words):
        shown = cut(text, width - width_of(tuple(out)))
        if shown:
            out.append(Span(shown, meaning))
        if shown != text:
            break
    return tuple(out)


def _shares(amounts: Sequence[int], total: int, width: int) -> list[int]:
    """How many of `width` cells each amount gets; what is missing to `width` is the share of the rest."""
    if total <= 0 or width <= 0:
        return [0] * len(amounts)
    quotas = [amount * width for amount in (*amounts, total - sum(amounts))]
    shares = [max(quota // total, int(2 * quota >= total)) for quota in quotas]
    shares[-1] = quotas[-1] // total
    spare = width - sum(shares)
    for _ in range(spare):
        shares[_neediest(quotas, shares, total)] += 1
    for _ in range(-spare):
        shares[_richest(quotas, shares, total)] -= 1
    return shares[:-1]


def _neediest(quotas: Sequence[int], shares: Sequence[int], total: int) -> int:
    return max(range(len(quotas)), key=lambda i: quotas[i] - shares[i] * total)


def _richest(quotas: Sequence[int], shares: Sequence[int], total: int) -> int:
    """Who gives a cell back: the one furthest above what is due, a single cell being given up last."""
    return max(range(len(quotas)), key=lambda i: (min(shares[i], 2), shares[i] * total - quotas[i]))
