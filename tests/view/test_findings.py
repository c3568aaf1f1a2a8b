"""Findings as lines: nothing is cut off, numbers stand in columns, keys stay, names can't steer."""

import pytest

from memtui.model.fields import Unit
from memtui.model.findings.finding import Event, EventKind, Evidence, Finding, Findings, Place, Severity, Step
from memtui.model.findings.rule import Changed
from memtui.model.findings.rules import RULES
from memtui.model.findings.watch import Preferences
from memtui.model.findings.words import Name, percent, size
from memtui.model.sample import ProcKey
from memtui.view.findings import (
    MARKS,
    counted,
    evidence_lines,
    finding_lines,
    finding_rows,
    headline,
    key_of,
    list_rows,
    moment,
    place_words,
    step_key,
    title_lines,
    watched,
)
from memtui.view.lines import Tone, text_of, width_of
from memtui.view.rules import rule_lines
from memtui.view.timeline import event_key, event_rows

from .conftest import GIB, MIB, WIDTHS

HOG = ProcKey(1234, 99)
PRESSURE = Finding(
    "memory_pressure", None, Severity.WARNING, ("Programs wait for memory ", percent(46.4), " of the time"), 60, 1.7e9
)
IDLE = Finding("swap_idle", "/idle", Severity.NOTE, (size(GIB), " are in swap"), 10, 1.7e9 - 50)
LOW = Finding(
    "available_low",
    None,
    Severity.CRITICAL,
    (
        "Only ",
        size(1200 * MIB),
        " of memory available (",
        percent(5.1),
        "); most is held by ",
        Name("hog"),
        " (1234)",
    ),
    58,
    1.7e9,
    (
        Evidence("MemAvailable / (MemTotal - Hugetlb)", 5.1, 10.0, Unit.PERCENT),
        Evidence("pss", 8 * GIB, None, Unit.BYTES, "hog (1234)"),
        Evidence(
            "pss", None, None, Unit.BYTES, "a process with a very long name, much longer than anything else (99)"
        ),
    ),
    ("When nothing more is available, programs reclaim and swap for themselves, and then the OOM killer chooses.",),
    (
        Step(("drilldown of ", Name("hog"), " (1234)"), "memtui maps 1234", Place("processes", process=HOG)),
        Step(("who holds the memory",), "memtui top -n 10", Place("processes", sort="pss")),
        Step(("a guide",)),
    ),
    (PRESSURE,),
)
ALL = (LOW, PRESSURE._replace(subject="/x"), IDLE)


def texts(lines: object) -> list[str]:
    return [text_of(line) for line in lines]  # type: ignore[attr-defined]


def squeezed(lines: list[str]) -> str:
    return "".join("".join(lines).split())


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_and_nothing_is_cut_off(width: int) -> None:
    rows = list_rows(ALL, 100, width, key_of(LOW))
    assert all(width_of(row.line) <= width for row in rows)
    found = squeezed([text_of(row.line) for row in rows])
    for words in (
        "Only1.17Gofmemoryavailable(5.1%);mostisheldbyhog(1234)",
        "thentheOOMkillerchooses.",
        "Programswaitformemory46.4%ofthetime",
        "$memtuitop-n10",
        "aguide",
        "1.00Gareinswap",
    ):
        assert words in found
    assert "…" not in found


def test_evidence_stands_in_columns_with_what_it_is_held_against() -> None:
    lines = texts(finding_lines(LOW, 100, 120))
    head = next(line for line in lines if "evidence" in line)
    share = next(line for line in lines if "Hugetlb" in line)
    size_of = next(line for line in lines if "8.00G" in line)
    unknown = next(line for line in lines if " – " in line)
    assert share.index("5.1%") + 4 == size_of.index("8.00G") + 5 == unknown.index("–") + 1 == head.index("now") + 3
    assert share.index("10.0%") + 5 == head.index("threshold") + len("threshold")
    assert size_of.endswith("hog (1234)")


def test_rates_are_told_from_counts() -> None:
    rate, count = texts(
        evidence_lines([Evidence("a", 1234.0, 100.0, Unit.RATE), Evidence("b", 1234, None, Unit.NUMBER)], 80)
    )[1:]
    assert rate.split() == ["a", "1.2k/s", "100/s"] and count.split() == ["b", "1,234"]


def test_steps_have_keys_and_say_where_they_lead_on_the_screen_only() -> None:
    rows = finding_rows(LOW, 100, 120)
    keys = [row.key for row in rows if row.key]
    assert keys == [key_of(LOW), *(step_key(LOW, number) for number in range(3))]
    by_key = {row.key: text_of(row.line) for row in rows if row.key}
    assert "→ who holds the memory" in by_key[step_key(LOW, 1)] and "Processes by PSS" in by_key[step_key(LOW, 1)]
    assert "$ memtui top -n 10" in by_key[step_key(LOW, 1)]
    plain = " ".join(texts(finding_lines(LOW, 100, 120)))
    assert "$ memtui top -n 10" in plain and "Processes by PSS" not in plain


def test_only_the_one_under_the_cursor_is_unfolded_and_keys_last() -> None:
    rows = list_rows(ALL, 100, 80, key_of(ALL[1]))
    assert [row.key for row in rows if row.key] == [key_of(one) for one in ALL]
    assert not any("threshold" in text_of(row.line) for row in rows)
    worse = LOW._replace(severity=Severity.WARNING, title=("another sentence",), evidence=(), since=70)
    assert key_of(worse) == key_of(LOW) != key_of(LOW._replace(subject="/x"))
    assert list_rows((), 100, 80, "") == []


def test_a_severity_is_told_by_mark_and_word_and_its_age_has_its_cells() -> None:
    for one in ALL:
        first = text_of(title_lines(one, 100, 120)[0])
        assert first.startswith(f"{MARKS[one.severity]} {one.severity.word}")
        young, old = (text_of(title_lines(one, one.since + age, 120)[0]) for age in (0, 86400 * 364))
        assert young[17:] == old[17:] and young[:11] == old[:11]
    assert len(set(MARKS.values())) == len(Severity)


def test_what_it_explains_follows_in_one_line_each() -> None:
    lines = texts(finding_lines(LOW, 100, 120))
    place = next(number for number, line in enumerate(lines) if "which explains" in line)
    assert lines[place + 1].strip() == "▲ Programs wait for memory 46.4% of the time"


def test_names_are_harmless_wherever_they_stand() -> None:
    bad = "\x1b[2J\u202e[red]"
    finding = LOW._replace(
        title=(Name(bad),),
        evidence=(Evidence(bad, 1.0, None, Unit.NUMBER, bad),),
        steps=(Step((Name(bad),), f"cat '{bad}'", Place("cgroups", path=bad)),),
        supports=(PRESSURE._replace(title=(Name(bad),)),),
    )
    shown = "".join(text_of(row.line) for row in finding_rows(finding, 100, 120))
    assert "\x1b" not in shown and "\u202e" not in shown and "[red]" in shown


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("processes", process=HOG), "Drilldown: 1234"),
        (Place("leaks", process=HOG), "Leaks: 1234"),
        (Place("swap"), "Swap & Faults"),
        (Place("cgroups", path="/a"), "Cgroups: /a"),
        (Place("processes", filter="user=x"), "Processes: user=x"),
        (Place("processes", sort="pss"), "Processes by PSS"),
        (Place("processes", sort="oom_score"), "Processes by OOM"),
        (Place("cgroups", sort="some"), "Cgroups by some"),
    ],
)
def test_a_place_is_said_in_words(place: Place, words: str) -> None:
    assert place_words(place) == words


# -- the line of the header, and what stands above the list ---------------------------------------------------------


def test_the_headline_is_the_worst_and_how_many_more() -> None:
    assert text_of(headline(Findings(ALL, checked=40), 80)) == (
        "◆ Only 1.17G of memory available (5.1%); most is held by hog (1234)  +2 more"
    )
    assert text_of(headline(Findings(ALL[1:2], checked=40), 80)) == "▲ Programs wait for memory 46.4% of the time"
    for width in range(20, 90):
        assert width_of(headline(Findings(ALL, checked=40), width)) <= width
        assert text_of(headline(Findings(ALL, checked=40), width)).endswith("+2 more")


def test_nothing_wrong_is_said_only_when_rules_were_applied() -> None:
    (good,) = headline(Findings(checked=40), 80)
    assert good.text == "✓ nothing found wrong" and good.tone is Tone.GOOD
    (unknown,) = headline(Findings(), 80)
    assert "not judged" in unknown.text and unknown.tone is not Tone.GOOD


def test_how_many_of_each_and_since_when() -> None:
    assert text_of(counted(ALL)) == "◆ 1 critical, ▲ 1 warning, • 1 note"
    assert text_of(counted((LOW, LOW, IDLE, IDLE))) == "◆ 2 critical, • 2 notes"
    words = text_of(watched(Findings(ALL, since=40, checked=31), 100, 1.7e9))
    assert words.startswith("31 rules, watched since ") and words.endswith(" (1m)")
    assert len(moment(1.7e9, 10)) == 8 and len(moment(1.7e9, 86400)) == 15


# -- the time line --------------------------------------------------------------------------------------------------

EVENTS = (
    Event(1, 1.7e9, EventKind.OPENED, ("it began",), Severity.WARNING),
    Event(2, 1.7e9 + 1, EventKind.WORSE, ("it got ", Name("w\x1borse")), Severity.CRITICAL),
    Event(3, 1.7e9 + 86400, EventKind.OOM_KILL, ("killed " + "a long name " * 12,)),
    Event(4, 1.7e9 + 86401, EventKind.CLOSED, ("it is over",), Severity.CRITICAL),
)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_newest_is_first_and_the_words_stand_in_columns(width: int) -> None:
    rows = event_rows(EVENTS, width)
    assert all(width_of(row.line) <= width for row in rows)
    assert [row.key for row in rows if row.key] == [event_key(event) for event in reversed(EVENTS)]
    lines = [text_of(row.line) for row in rows if row.key]
    assert "✓ closed" in lines[0] and "  OOM kill" in lines[1] and "◆ worse" in lines[2] and "▲ opened" in lines[3]
    assert lines[3].index("it began") == lines[2].index("it got") == lines[0].index("it is over")
    assert "\x1b" not in "".join(lines)
    assert squeezed([text_of(row.line) for row in rows]).count("alongname") == 12


def test_another_day_has_a_line_of_its_own() -> None:
    days = [text_of(row.line) for row in event_rows(EVENTS, 80) if not row.key and text_of(row.line)[:2] == "20"]
    assert len(days) == 1
    assert event_rows((), 80) == []
    assert len({event_key(event) for event in (*EVENTS, replace_at(EVENTS[0]))}) == 5


def replace_at(event: Event) -> Event:
    return event._replace(at=event.at + 0.5)


# -- the rules


@pytest.mark.parametrize("width", WIDTHS)
def test_rules_are_listed_whole_at_every_width(width: int) -> None:
    wanted = Preferences(frozenset(("memory_pressure",)), {"available_low": {"available": Changed(8.0)}})
    lines = rule_lines(wanted, width)
    assert max(map(width_of, lines)) <= width
    words = squeezed(texts(lines))
    for rule in RULES:
        assert rule.id in words and squeezed([rule.title]) in words
        assert all(squeezed([mark.meaning]) in words for mark in rule.marks)
    assert "offbythesettings" in words and "setbyyouinsteadof" in words
