"""Findings as lines: the list with the worst first, one of them unfolded, and the one line of the header.

Text output draws every finding unfolded; the screen only the one under its cursor. A finding that is unfolded has its
evidence in columns, what that means, what it explains, and the steps that lead on.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from memtui.model.fields import CACHE, CGROUP, GROWTH, PROCESS, Field, Unit
from memtui.model.findings.finding import Evidence, Finding, Findings, Place, Severity
from memtui.view import format as fmt
from memtui.view.blocks import wrapped
from memtui.view.columns import shown_text
from memtui.view.lines import EMPTY, Line, Span, Tone
from memtui.view.page import Row, plain
from memtui.view.say import amount, say
from memtui.view.text import cells, cut, pad_left, pad_right

MARKS: Final = {Severity.CRITICAL: "◆", Severity.WARNING: "▲", Severity.NOTE: "•"}
TONES: Final = {Severity.CRITICAL: Tone.BAD, Severity.WARNING: Tone.WARN, Severity.NOTE: Tone.LABEL}
NOTHING: Final = "nothing found wrong"
COLUMN: Final = 17
"""The cells of mark, severity and age before a sentence."""

SORTS: Final[Mapping[str, Mapping[str, Field]]] = {
    "processes": PROCESS, "cgroups": CGROUP, "cache": CACHE, "leaks": {**PROCESS, **GROWTH}
}  # fmt: skip
"""By which fields the table of a tab can be sorted."""

_WORD: Final = 8  # cells of the longest word for a severity
_AGE: Final = 4
_VALUE: Final = 8  # cells of any value with its unit
_MARK: Final = "threshold"
_NUMBERS: Final = 2 + _VALUE + 2 + len(_MARK)
_GAP: Final = "  "
_NOTE: Final = 36  # cells in which a note that is longer is wrapped beside its value; with less it goes below
_INDENT: Final = 4
_WIDE: Final = 90  # from here on details are indented as far as the sentence
_COMMAND: Final = "$ "
_LONG_AGO: Final = 12 * 3600.0  # seconds
_STEP: Final = "→ "
_STEP_TONES: Final = (Tone.PLAIN, Tone.LABEL, Tone.DIM)
_TAB_NAMES: Final = {"swap": "Swap & Faults", "slabs": "slab caches", "shmem": "shared memory"}


def key_of(finding: Finding) -> str:
    """The key of a finding's row, the same as long as it lasts."""
    return f"finding {finding.rule} {finding.subject!r}"


def step_key(finding: Finding, number: int) -> str:
    """The key of one of its steps, from 0."""
    return f"{key_of(finding)} step {number}"


# -- the list -------------------------------------------------------------------------------------------------------


def list_rows(findings: Sequence[Finding], at: float, width: int, opened: str) -> list[Row]:
    """All findings, the one whose row has the key `opened` unfolded; `at` is now, on the clock of snapshots."""
    rows: list[Row] = []
    for one in findings:
        if key_of(one) == opened:
            rows += [*([Row(EMPTY)] if rows else []), *finding_rows(one, at, width), Row(EMPTY)]
        else:
            first, *more = title_lines(one, at, width)
            rows += [Row(first, key_of(one)), *plain(more)]
    return rows if not rows or rows[-1].line else rows[:-1]


def counted(findings: Sequence[Finding]) -> Line:
    """How many there are of each severity, the worst first."""
    out: list[Span] = []
    for severity in sorted(Severity, reverse=True):
        number = sum(one.severity is severity for one in findings)
        if number:
            word = severity.word if severity is Severity.CRITICAL or number == 1 else f"{severity.word}s"
            out.append(Span(f"{', ' if out else ''}{MARKS[severity]} {number} {word}", TONES[severity]))
    return tuple(out)


def watched(findings: Findings, at: float, wall: float) -> Line:
    """How many rules are applied, and since when."""
    age = max(0.0, at - findings.since)
    words = f"{findings.checked} rules, watched since {moment(wall - age, age)} ({fmt.short_time(age)})"
    return (Span(words, Tone.DIM),)


def headline(findings: Findings, width: int, key: str = "") -> Line:
    """The worst finding in one line of at most `width` cells, how many more there are, the key that leads to them."""
    worst = findings.worst
    if worst is None:
        return (Span(f"✓ {NOTHING}", Tone.GOOD),) if findings.checked else (Span("○ not judged yet", Tone.DIM),)
    calm = worst.severity is Severity.NOTE and width >= _WIDE
    before = Span("✓ nothing wrong" + _GAP, Tone.GOOD) if calm else Span("")
    more = Span(f"{_GAP}+{len(findings.open) - 1} more" if len(findings.open) > 1 else "", Tone.STRONG)
    behind = Span(f"{_GAP}[{key}]" if key else "", Tone.DIM)
    room = max(0, width - len(before.text) - len(more.text) - len(behind.text))
    text = cut(f"{MARKS[worst.severity]} {say(worst.title)}", room)
    return before, Span(text, TONES[worst.severity]), more, behind


def title_lines(finding: Finding, at: float, width: int) -> list[Line]:
    """How bad, for how long, and the sentence."""
    tone = TONES[finding.severity]
    age = fmt.short_time(max(0.0, at - finding.since))
    head = (
        Span(f"{MARKS[finding.severity]} {finding.severity.word:<{_WORD}} ", tone),
        Span(f"{age:>{_AGE}}{_GAP}", Tone.DIM),
    )
    title = Tone.STRONG if finding.severity > Severity.NOTE else Tone.PLAIN
    pieces = wrapped(say(finding.title), width - COLUMN)
    return [
        ((*head, Span(piece, title)) if not number else (Span(" " * COLUMN), Span(piece, title)))
        for number, piece in enumerate(pieces)
    ]


# -- one of them ----------------------------------------------------------------------------------------------------


def finding_lines(finding: Finding, at: float, width: int) -> list[Line]:
    """One finding unfolded, for text output."""
    return [row.line for row in finding_rows(finding, at, width, places=False)]


def finding_rows(finding: Finding, at: float, width: int, *, places: bool = True) -> list[Row]:
    """One finding unfolded; its first line and its steps have keys. `places` are where keys lead on the screen."""
    title, *more = title_lines(finding, at, width)
    indent = COLUMN if width >= _WIDE else _INDENT
    room = width - indent
    since: Line = (Span(_since(finding, at), Tone.DIM),)
    blocks: list[list[Row]] = [
        plain([since, *evidence_lines(finding.evidence, room)]),
        plain((Span(piece),) for piece in wrapped(say(finding.explanation), room)),
        plain(_explained(finding.supports, room)),
        _step_rows(finding, room, places=places),
    ]
    details = [row for block in blocks if block for row in (*block, Row(EMPTY))][:-1]
    return [Row(title, key_of(finding)), *plain(more), *(_moved(row, indent) for row in details)]


def evidence_lines(evidence: Sequence[Evidence], width: int) -> list[Line]:
    """Field, value, the mark that it is held against, and a note; fields and notes that are too long go on below."""
    if not evidence:
        return []
    longest = max(cells(shown_text(one.field)) for one in evidence)
    field = max(len("evidence"), min(longest, width - _NUMBERS))
    head = f"{'evidence':<{field}}{_GAP}{'now':>{_VALUE}}{_GAP}{_MARK}"
    lines: list[Line] = [(Span(head, Tone.LABEL),)]
    for one in evidence:
        lines += _evidence(one, field, width)
    return lines


def _evidence(one: Evidence, field: int, width: int) -> Iterable[Line]:
    first, *rest = wrapped(shown_text(one.field), field)
    mark = "" if one.threshold is None else _number(one.threshold, one.unit)
    words, room = shown_text(one.note), width - field - _NUMBERS - len(_GAP)
    beside = wrapped(words, room) if words and (cells(words) <= room or room >= _NOTE) else []
    yield (
        Span(pad_right(first, field) + _GAP),
        Span(pad_left(_number(one.value, one.unit), _VALUE), Tone.DIM if one.value is None else Tone.STRONG),
        Span(f"{_GAP}{pad_left(mark, len(_MARK))}", Tone.DIM),
        *([Span(f"{_GAP}{beside[0]}", Tone.DIM)] if beside else []),
    )
    for left, right in zip_longest(rest, beside[1:], fillvalue=""):
        yield (Span(pad_right(left, field + _NUMBERS) + _GAP), Span(right, Tone.DIM)) if right else (Span(left),)
    for piece in wrapped(words, width - 2) if words and not beside else ():
        yield Span("  "), Span(piece, Tone.DIM)


def _number(value: float | None, unit: Unit) -> str:
    """With its unit, which sentences have in their words."""
    return amount(value, unit) + ("/s" if unit is Unit.RATE and value is not None else "")


def _explained(supports: Iterable[Finding], width: int) -> list[Line]:
    """What this finding explains: a sentence for each."""
    lines: list[Line] = []
    for one in supports:
        for number, piece in enumerate(wrapped(say(one.title), width - 2)):
            mark = Span(f"{MARKS[one.severity]} ", TONES[one.severity]) if not number else Span("  ")
            lines.append((mark, Span(piece)))
    return [(Span("which explains", Tone.LABEL),), *lines] if lines else []


def _step_rows(finding: Finding, width: int, *, places: bool) -> list[Row]:
    """The words of each step, where a key leads, and the command: in columns where these fit, else stacked.

    In less room the place is left out first: the words tell it, and the menu of steps has it.
    """
    steps = [
        (
            say(step.words),
            place_words(step.place) if places and step.place is not None else "",
            _COMMAND + shown_text(step.command) if step.command else "",
        )
        for step in finding.steps
    ]
    if not steps:
        return []
    room = width - len(_STEP)
    columns = [max(map(cells, texts)) for texts in zip(*steps, strict=True)]
    if not (together := _together(columns, room)):
        columns[1] = 0  # the words say where a key leads as well
        together = _together(columns, room)
    rows = [Row((Span("next", Tone.LABEL),))]
    for number, texts in enumerate(steps):
        first, *more = _in_columns(texts, columns) if together else _stacked(texts, room)
        rows.append(Row((Span(_STEP, Tone.LABEL), *first), step_key(finding, number)))
        rows += plain((Span(" " * len(_STEP)), *line) for line in more)
    return rows


def _together(widths: Sequence[int], room: int) -> bool:
    return sum(widths) + len(_GAP) * (sum(map(bool, widths)) - 1) <= room


def _in_columns(texts: Sequence[str], widths: Sequence[int]) -> list[Line]:
    parts = [
        Span(pad_right(text, width) + _GAP, tone)
        for text, width, tone in zip(texts, widths, _STEP_TONES, strict=True)
        if width
    ]
    return [(*parts[:-1], Span(parts[-1].text.rstrip(), parts[-1].tone))]


def _stacked(texts: Sequence[str], width: int) -> list[Line]:
    return [
        (Span(piece, tone),)
        for text, tone in zip(texts, _STEP_TONES, strict=True)
        if text
        for piece in wrapped(text, width)
    ]


def place_words(place: Place) -> str:
    """A place of the screen: its tab, and what is shown of it."""
    tab = _TAB_NAMES.get(place.tab, place.tab.capitalize())
    if place.process is not None:
        return f"{'Drilldown' if place.tab == 'processes' else tab}: {place.process.pid}"
    if place.path:
        return f"{tab}: {shown_text(place.path)}"
    if place.filter:
        return f"{tab}: {shown_text(place.filter)}"
    field = SORTS.get(place.tab, {}).get(place.sort)
    return f"{tab} by {field.title}" if field is not None else tab


def moment(wall: float, age: float) -> str:
    """A time of day, with the date if that was long ago; 8 or 15 cells."""
    return time.strftime("%H:%M:%S" if age < _LONG_AGO else "%b %d %H:%M:%S", time.localtime(wall))


def _since(finding: Finding, at: float) -> str:
    return f"since {moment(finding.since_wall, at - finding.since)}"


def _moved(row: Row, cells_right: int) -> Row:
    return row._replace(line=(Span(" " * cells_right), *row.line)) if row.line else row
