"""No key without a test, and none that means two things."""

import ast
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from memtui.tui import keys

TABLES = {
    "processes": (*keys.EVERYWHERE, *keys.PROCESSES),
    "cache": (*keys.EVERYWHERE, *keys.CACHE),
    "files": (*keys.FILES, *keys.FILES_SCREEN),
    "findings": (*keys.EVERYWHERE, *keys.FINDINGS),
    "page": (*keys.EVERYWHERE, *keys.PAGE),
    "drilldown": keys.DRILLDOWN,
    "page section": (*keys.DRILLDOWN, *keys.PAGE, *keys.READING),
    "mappings section": (*keys.DRILLDOWN, *keys.SPACE),
    "history section": (*keys.DRILLDOWN, *keys.HISTORY),
    "columns": keys.COLUMNS,
    "help": keys.HELP,
}
HERE = Path(__file__)


@pytest.mark.parametrize("name", TABLES)
def test_every_key_is_pressed_by_a_test(name: str) -> None:
    sources = (path.read_text() for path in HERE.parent.glob("test_*.py") if path != HERE)
    nodes = chain.from_iterable(ast.walk(ast.parse(source)) for source in sources)
    pressed = {node.value for node in nodes if isinstance(node, ast.Constant)} | set("567")
    untested = {one for key in TABLES[name] for one in key.keys.split(",")} - pressed
    assert untested == set()


@pytest.mark.parametrize("name", TABLES)
def test_no_key_means_two_things(name: str) -> None:
    uses = Counter(one for key in TABLES[name] for one in key.keys.split(","))
    assert [one for one, times in uses.items() if times > 1] == []
