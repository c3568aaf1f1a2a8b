from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.arguments import LONGEST, SHORTEST
from memtui.model.fields import PROCESS
from memtui.options import TABS
from memtui.settings import Settings, read, written
from memtui.view.groups import BY

OTHER = Settings(("pid", "pss", "command"), "uss", True, True, "user", False, True, 2.5, "swap")
ANY = st.builds(
    Settings,
    columns=st.lists(st.sampled_from([*PROCESS]), unique=True).map(tuple),
    sort=st.sampled_from([*PROCESS, "members"]),
    reverse=st.booleans(),
    tree=st.booleans(),
    group=st.sampled_from(["", *BY]),
    full_command=st.booleans(),
    kernel_threads=st.booleans(),
    delay=st.floats(SHORTEST, LONGEST),
    tab=st.sampled_from(TABS),
)
LINES = st.sampled_from(
    [
        'sort = "res"', "sort = res", 'sort="PSS" # why', "sort = 1", "reverse = true", "reverse = yes", "delay = 3",
        "delay = nan", "columns = [", '  "pid", # first', "]", 'columns = ["pid", "zzz"]', "columns = []", '"x"',
        "# mine", "", "  ", "other = 1", 'note = """', '"""', "[table]", "[[", "tab = 'swap'", "a.b = 1",
        "sort.x = 1", '"sort" = "res"', "sort =", "=", "tree = true # \ttab", "x = 'a#b'", "\x00",
    ]
)  # fmt: skip
TEXT = st.one_of(st.text(), st.lists(LINES).map("\n".join), st.lists(LINES).map("\r\n".join))


def test_every_setting_differs_in_the_other_example() -> None:
    assert all(getattr(OTHER, field.name) != field.default for field in fields(Settings))


def test_no_text_means_defaults() -> None:
    assert read("") == (Settings(), ())


def test_a_new_text_explains_every_setting_and_holds_the_defaults() -> None:
    text = written("", Settings())
    assert read(text) == (Settings(), ())
    for field in fields(Settings):
        (above, line) = text[: text.index(f"\n{field.name} = ")].splitlines()[-1], field.name
        assert above.startswith("# "), line


def test_no_change_leaves_the_text_as_it_is() -> None:
    text = written("", OTHER).replace("delay = 2.5", "delay=2.50")
    assert written(text, OTHER) == text


@given(ANY, ANY)
def test_what_was_written_is_read(old: Settings, new: Settings) -> None:
    text = written("", old)
    assert read(text) == (old, ())
    assert read(written(text, new)) == (new, ())


@given(TEXT, ANY)
def test_whatever_the_text_was_what_was_written_is_read(text: str, settings: Settings) -> None:
    once = written(text, settings)
    assert read(once).settings == settings
    assert written(once, settings) == once


@given(TEXT)
def test_whatever_the_text_is_reading_gives_settings_and_places(text: str) -> None:
    lines = text.count("\n") + 1
    for problem in read(text).problems:
        assert 1 <= int(problem.removeprefix("line ").partition(":")[0]) <= lines


@given(TEXT, ANY)
def test_no_line_of_the_user_is_lost(text: str, settings: Settings) -> None:
    """But for the value in a line that was understood and has changed; its comment stays."""
    good = read(text).settings
    kept = iter(written(text, settings).split("\n"))
    for line in text.rstrip("\r\n").split("\n") if text.strip() else []:
        name = line.partition("=")[0].strip(" \"'")
        changed = hasattr(good, name) and getattr(good, name) != getattr(settings, name)
        wanted = {line.rstrip("\r"), f"# {line}".rstrip("\r")}
        assert any(
            row.rstrip("\r") in wanted or (changed and row.partition("=")[0].strip() == name) for row in kept
        ), line


def test_comments_unknown_keys_and_tables_stay_where_they_are() -> None:
    text = (
        '# my own\nsort = "res"   # by size\n\nother = {a = 1} # keep\ntree = false\n'
        '# of the table\n[table]\nsort = "kept"\n'
    )
    new = written(text, replace(Settings(), sort="uss", tree=True))
    assert new.startswith('# my own\nsort = "uss"   # by size\n\nother = {a = 1} # keep\ntree = true\n\n')
    assert new.endswith('\n\n# of the table\n[table]\nsort = "kept"\n')
    assert read(new).settings == replace(Settings(), sort="uss", tree=True)


def test_a_mark_within_a_text_is_no_comment() -> None:
    assert "# real" in written("tab = 'a#b' # real\n", Settings())
    text = written("tab = 'swap' # a # b\n", OTHER).replace("swap", "cache")
    assert 'tab = "swap" # a # b\n' in written(text, OTHER)


def test_a_list_of_many_lines_is_read_and_becomes_a_comment_when_it_changes() -> None:
    text = 'columns = [\n  "pid", # the id\n  "PSS",\n]\n'
    assert read(text).settings.columns == ("pid", "pss")
    assert written(text, replace(Settings(), columns=("pid", "pss"))).startswith(text)
    new = written(text, replace(Settings(), columns=("uss",)))
    assert new.startswith('# columns = [\n#   "pid", # the id\n#   "PSS",\n# ]\ncolumns = ["uss"]\n')


def test_what_was_not_understood_becomes_a_comment_above_its_new_value() -> None:
    new = written('sort = "psss" # typo\ndelay = 1s\n', Settings())
    assert new.startswith('# sort = "psss" # typo\nsort = "pss"\n# delay = 1s\ndelay = 1.0\n')


def test_a_line_that_is_no_toml_costs_only_itself() -> None:
    settings, problems = read('sort = res\nthis is nothing\ntree = true\ncolumns = [\ngroup = "user"\n')
    assert settings == replace(Settings(), tree=True, group="user")
    assert problems == (
        "line 1: not understood: sort = res",
        "line 2: not understood: this is nothing",
        "line 4: not understood: columns = [",
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('sort = "psss"', "sort: there is no field 'psss'"),
        ("sort = 1", "sort: is not a text in quotes"),
        ("columns = 1", "columns: is not a list of fields"),
        ("reverse = 1", "reverse: is neither true nor false"),
        ("delay = true", "delay: is not a number of seconds from 0.1 to 3600"),
        ("delay = 0.01", "delay: is not a number of seconds from 0.1 to 3600"),
        ("delay = nan", "delay: is not a number of seconds from 0.1 to 3600"),
        ('tab = "zones"', f"tab: is none of {', '.join(TABS)}"),
        ('group = "pid"', "group: is none of '', command, user, cgroup, container"),
        ("srot = 1", "there is no setting 'srot'"),
        ("sort.x = 1", "sort: is not a text in quotes"),
    ],
)
def test_a_bad_value_is_reported_and_has_its_default(line: str, problem: str) -> None:
    assert read(f"\n{line}\n") == (Settings(), (f"line 2: {problem}",))


def test_a_bad_column_is_left_out_and_the_others_stay() -> None:
    settings, problems = read('columns = ["pid", "zzz", "PSS", 3, "pid"]')
    assert settings.columns == ("pid", "pss")
    assert problems == ("line 1: columns: there is no field 'zzz'", "line 1: columns: is not a text in quotes")


def test_of_two_values_the_first_good_one_holds() -> None:
    text = 'sort = "bad"\nsort = "res"\nsort = "uss"\n'
    settings, problems = read(text)
    assert settings.sort == "res"
    assert len(problems) == 2
    assert written(text, Settings()).startswith('# sort = "bad"\nsort = "pss"\n# sort = "uss"\n')


def test_line_ends_stay_those_of_the_text() -> None:
    new = written('sort = "res"\r\n', Settings())
    assert new.count("\r\n") == new.count("\n")
