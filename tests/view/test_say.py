"""Sentences: every unit is written, names from outside can't steer or mark up anything."""

import pytest

from memtui.model.fields import Unit
from memtui.model.findings.words import Amount, Name, count, percent, rate, seconds, size, size_rate
from memtui.view.say import amount, say


def test_parts_follow_each_other() -> None:
    assert say(("Only ", size(512 << 20), " left (", percent(6.24), "), ", rate(1234.0), " faults/s")) == (
        "Only 512M left (6.2%), 1.2k faults/s"
    )
    assert say((size_rate(10 << 20), ", ", count(1234), ", ", seconds(None))) == "10.0M/s, 1,234, –"


@pytest.mark.parametrize("unit", list(Unit))
def test_every_unit_can_be_written_and_what_is_not_known_is_a_dash(unit: Unit) -> None:
    assert amount(1.5, unit)
    assert amount(None, unit) == say((Amount(None, unit),)) == "–"


def test_names_are_made_harmless() -> None:
    shown = say((Name("a\x1b[2Jb\u202ec[red]"), "!"))
    assert "\x1b" not in shown and "\u202e" not in shown and shown.endswith("!")
