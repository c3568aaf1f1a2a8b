"""The table of thresholds in the settings file: what is meant is taken, a mistake costs only itself and is told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.findings.rule import Changed
from memtui.model.findings.watch import Preferences
from memtui.rule_settings import read_rules
from memtui.settings import Settings, read, written
from memtui.settings_file import load_rules

NOTHING = Preferences()
LINES = st.sampled_from(
    [
        "[findings]", "[findings.available_low]", "[findings.available_low.available]", "[findings", "[[findings]]",
        "[other]", "[ findings . memory_pressure ] # why", 'off = ["available_low"]', "off = [", "]", "off = 1",
        'off = [["x"], 1, "nothing"]', "available = 8", "available = {warning = 8, critical = 4}", "warning = 7",
        "available = nan", "available_low.available = 9", "findings.off = []", "findings = 1", 'note = """', '"""',
        "available_low = 1", "x", "", "# mine", "critical = true", "= 1", "\x00", '"" = 1', 'sort = "res"',
    ]
)  # fmt: skip
TEXT = st.one_of(st.text(), st.lists(LINES).map("\n".join), st.lists(LINES).map("\r\n".join))


def test_no_table_means_the_rules_as_they_are() -> None:
    assert read_rules("") == read_rules('sort = "res"\n[other]\noff = 1\n') == (NOTHING, ())


def test_rules_can_be_off() -> None:
    assert read_rules('[findings]\noff = ["memory_pressure"]\n').preferences.off == {"memory_pressure"}


@pytest.mark.parametrize(
    "text",
    [
        "[findings.available_low]\navailable = {warning = 8, critical = 4}\n",
        "[findings.available_low]\navailable.warning = 8\navailable.critical = 4\n",
        "[findings]\navailable_low.available = {warning = 8.0, critical = 4}\n",
        "[findings]\navailable_low = {available = {warning = 8, critical = 4}}\n",
        "[findings.available_low.available]\nwarning = 8\n[findings.available_low.available]\ncritical = 4\n",
        "findings.available_low.available = {warning = 8, critical = 4}\n",
        "[ findings . 'available_low' ] # why\navailable = {warning = 8, critical = 4} # because\n",
    ],
)
def test_thresholds_can_be_written_in_every_way_of_toml(text: str) -> None:
    wanted = {"available_low": {"available": Changed(warning=8.0, critical=4.0)}}
    assert read_rules(text) == (NOTHING._replace(marks=wanted), ())


def test_a_number_alone_is_the_warning() -> None:
    reading = read_rules("[findings.memory_pressure]\nsome = 20\n")
    assert reading == (NOTHING._replace(marks={"memory_pressure": {"some": Changed(warning=20.0)}}), ())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('off = ["none"]', "findings.off: there is no rule 'none'; memtui diagnose --rules lists them"),
        ("off = [1]", "findings.off: there is no rule '1'; memtui diagnose --rules lists them"),
        ("off = true", "findings.off: is not a list of rules; memtui diagnose --rules lists them"),
        ("none.available = 1", "findings: there is no rule 'none'; memtui diagnose --rules lists them"),
        ("available_low = 8", "findings.available_low: is not a table of its thresholds: available"),
        ("available_low.free = 8", "findings.available_low: no threshold 'free'; there are available"),
        ("available_low.available = true", "findings.available_low.available: warning is not a number"),
        ('available_low.available = "8"', "findings.available_low.available: warning is not a number"),
        (f"available_low.available = 1{'0' * 400}", "findings.available_low.available: warning is not a number"),
        ("available_low.available.stays = nan", "findings.available_low.available: stays is not a number"),
        (
            "available_low.available = {warn = 8}",
            "findings.available_low.available: no 'warn'; there are warning, critical, stays",
        ),
        ("off = none", "not understood: off = none"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_costs_only_itself(line: str, problem: str) -> None:
    reading = read_rules(f'sort = "res"\n\n[findings]\n{line}\nmemory_pressure.some = 20\n')
    assert reading.problems == (f"line 4: {problem}",)
    assert reading.preferences == NOTHING._replace(marks={"memory_pressure": {"some": Changed(warning=20.0)}})


@pytest.mark.parametrize("header", ["[findings", "[[findings]]", "[findings.]"])
def test_a_header_that_is_none_is_told(header: str) -> None:
    reading = read_rules(f"{header}\nmemory_pressure.some = 20\n[findings]\navailable_low.available = 8\n")
    assert reading.problems == (f"line 1: not understood: {header}",)
    assert set(reading.preferences.marks) == {"available_low"}


def test_of_two_values_the_first_holds() -> None:
    text = "[findings]\noff = []\noff = ['available_low']\nmemory_pressure.some = 1\nmemory_pressure.some = 2\n"
    reading = read_rules(text)
    assert reading.preferences.off == frozenset()
    assert reading.preferences.marks["memory_pressure"]["some"].warning == 1.0
    assert [problem[:6] for problem in reading.problems] == ["line 3", "line 5"]


def test_text_in_other_tables_is_no_header() -> None:
    text = '[other]\nnote = """\n[findings]\noff = 1\n"""\n'
    assert read_rules(text) == (NOTHING, ())


def test_the_other_settings_neither_complain_of_the_table_nor_lose_it() -> None:
    text = 'findings.off = ["available_low"]\nsort = "res"\n\n[findings.memory_pressure]\nsome = 20\n'
    assert read(text) == (Settings(sort="res"), ())
    after = written(text, Settings(sort="uss"))
    assert read_rules(after) == read_rules(text)
    assert read_rules(text).preferences.off == {"available_low"}


@given(TEXT)
def test_whatever_the_text_is_it_is_read_and_problems_have_their_place(text: str) -> None:
    lines = text.count("\n") + 1
    for problem in read_rules(text).problems:
        assert 1 <= int(problem.removeprefix("line ").partition(":")[0]) <= lines


def test_a_file_that_does_not_speak_of_them_or_is_not_there_wants_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    assert load_rules(str(file)) == (None, ())
    file.write_text('sort = "res"\n')
    assert load_rules(str(file)) == (None, ())
    file.write_text("[findings]\noff = ['available_low']\n")
    assert load_rules(str(file)) == (Preferences(off=frozenset({"available_low"})), ())
