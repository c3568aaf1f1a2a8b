"""What surrounds the code says the same as the code."""

import os
import re
import tomllib
from pathlib import Path

import pytest

import memtui
from memtui.options import TABS
from memtui.tui import keys

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
FIRST_SCREEN = README.splitlines()[:40]
PROJECT = (ROOT / "pyproject.toml").read_text()


def readme_command(ending: str) -> str:
    """The one command in the first forty lines of the README that makes a venv and ends so."""
    (command,) = [row for row in FIRST_SCREEN if row.startswith("python3 -m venv") and row.endswith(ending)]
    return command


def test_the_readme_opens_with_the_name_one_bold_sentence_and_a_picture() -> None:
    name, sentence, picture = [row for row in FIRST_SCREEN if row][:3]
    assert name == "# memtui"
    assert re.fullmatch(r"\*\*[^*]+\.\*\*", sentence)
    assert re.fullmatch(r"!\[[^]]+\]\(docs/[\w-]+\.(svg|png)\)", picture)


def test_the_ci_runs_the_two_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert f"    {readme_command('/memtui')} --version\n" in script
    assert f"    {readme_command('/pytest')}\n" in script


def test_the_ci_script_can_be_executed() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_readme_names_every_key() -> None:
    tables = keys.EVERYWHERE, keys.PROCESSES, keys.CACHE, keys.FILES_SCREEN, keys.DRILLDOWN
    shown = {key.shown for table in tables for key in table if key.shown}
    rows = [row for row in README.splitlines() if row.startswith("|")]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert shown - named == set()


def test_the_readme_has_a_row_for_every_tab() -> None:
    rows = [row for row in README.splitlines() if re.match(r"\| \d ", row)]
    assert [re.split(r"\W+", row)[2].lower() for row in rows] == list(TABS)


def test_every_dependency_says_what_it_is_for() -> None:
    config = tomllib.loads(PROJECT)["project"]
    extras = config["optional-dependencies"]
    for requirement in [*config["dependencies"], *extras["test"], *extras["dev"]]:
        if requirement.startswith("memtui["):
            continue
        (row,) = [row for row in PROJECT.splitlines() if row.strip().startswith(f'"{requirement}"')]
        assert re.search(r"#\s*\w{2,}", row), row


def test_the_version_is_the_same_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## \[([^]]+)\]", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == memtui.__version__ == tomllib.loads(PROJECT)["project"]["version"]


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "README.md"])
def test_the_papers_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert tomllib.loads(PROJECT)["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
