import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model.fields import PROCESS, Unit
from memtui.model.process import Process
from memtui.view.filters import ALIASES, FilterError, compile_filter

MIB = 1 << 20


def row(**values: Any) -> Process:
    usual: dict[str, Any] = dict.fromkeys(Process._fields) | {
        "pid": 3021, "comm": "java", "command": "/usr/bin/Java -jar my server.jar", "user": "app", "state": "S",
        "pss": 100 * MIB, "swap": 0, "oom_score": 500, "cpu_pct": 12.5, "cpu_time": 7200.0, "nice": -5,
    }  # fmt: skip
    return Process(**{**usual, **values})


ROW = row()
KEYS = [key for key in PROCESS if key in Process._fields]
NAMES = [*KEYS, *(PROCESS[key].title for key in KEYS), *ALIASES, "comm"]


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "java", "JAVA", "server.jar java", "3021", '"my server"', "'my server'", "JAR",
        "/usr/bin", "/usr/bin/java", "/^java$/", "/^java$|x/", "re:^java$", "re:zzz|jar$", 're:"my server"',
        r"/s\S+er/ | x", r"/Java\s-j/", "/(?P<a>jar)/", r"/bin\/java/",
        "!postgres", "!!java", "!/^jar/", "zz|3021", "zz | yy | java", "zz java | jar",
        "pss>99M", "pss>=100M", "pss<=100M", "pss=100M", "pss=100MiB", "pss=102400k", "pss!=1", "PSS>1", "pss<0.1g",
        "!pss>100M", "oom>=500", "OOM<0.6k", "cpu>12", "cpu=12.5%", "%CPU>12", "TIME+>=2h", "cpu_time<121m", "ni<-4",
        "user=app", "USER=app", "user!=root", "user~^a", "user!~root", "state=s", "state=S",
        "cmd~java", "cmd~'my server'", 'cmd="/usr/bin/Java -jar my server.jar"', "name=java", "comm~^ja",
        "cmd~zz|jar", "cmd~zz |java", "uss=?", "pss!=?", "cgroup=?", "!cgroup~docker", "user!=?",
        "pss>1 user=app | zz",
    ],
)  # fmt: skip
def test_the_row_passes(text: str) -> None:
    assert compile_filter(text)(ROW) is True


@pytest.mark.parametrize(
    "text",
    [
        "postgres", "java postgres", "302", "03021", '"server my"', "/^jar/", "/^JAVA$/", "re:^zzz|yyy",
        "!java", "!!zz", "!3021", "zz | yy", "java zz | yy", "zz | java yy",
        "pss>100M", "pss<100M", "pss!=100M", "pss=?", "swap>0", "oom>500", "cpu>12.5%", "time+<2h", "nice>=0",
        "user=ap", "user=App", "user!=app", "user!~^a", "state=D", "cmd~JAVA", "name!=java", "comm=jav", "cmd=java",
    ],
)  # fmt: skip
def test_the_row_does_not_pass(text: str) -> None:
    assert compile_filter(text)(ROW) is False


@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">="])
def test_a_missing_number_passes_no_comparison(sign: str) -> None:
    assert not compile_filter(f"uss{sign}0")(ROW)


@pytest.mark.parametrize("sign", ["=", "!=", "~", "!~"])
def test_a_missing_text_passes_no_comparison(sign: str) -> None:
    assert not compile_filter(f"cgroup{sign}docker")(ROW)
    assert not compile_filter(f"user{sign}root")(row(user=""))


def test_zero_is_not_missing() -> None:
    assert compile_filter("swap=0 swap!=?")(ROW)
    assert not compile_filter("swap=?")(ROW)


def test_a_quoted_question_mark_is_the_text() -> None:
    assert compile_filter('user="?"')(row(user="?"))
    assert not compile_filter('user="?"')(row(user=""))


def test_a_quote_within_quotes_is_escaped() -> None:
    assert compile_filter(r'"say \"hi\""')(row(command='say "hi"'))
    assert compile_filter(r're:"\bjar\b"')(ROW)


def test_an_apostrophe_within_a_word_is_a_letter() -> None:
    assert compile_filter("it's")(row(command="echo it's"))


def test_what_python_warns_of_in_a_regular_expression_is_no_matter() -> None:
    assert compile_filter("re:[[a]")(ROW)


def test_a_number_of_any_length_is_a_word() -> None:
    assert compile_filter("9" * 5000)(row(command="x" + "9" * 5000))
    assert not compile_filter("9" * 5000)(ROW)


def test_kilo_is_1024_of_bytes_and_1000_of_counts() -> None:
    assert compile_filter("pss=1k minflt=1k minflt_rate=1k/s read_rate=1k/s")(
        row(pss=1024, minflt=1000, minflt_rate=1000.0, read_rate=1024.0)
    )


def test_a_start_is_held_against_a_local_time() -> None:
    started = time.mktime((2025, 11, 22, 13, 5, 0, 0, 0, -1))
    assert compile_filter('started=2025-11-22T13:05 started="2025-11-22 13:05" started>2025-11-22')(
        row(started=started)
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_field_goes_by_its_key_its_title_and_its_alias(name: str) -> None:
    found = compile_filter(f"{name}=?")
    (key,) = found.fields
    assert found(row(**{key: None}))
    assert not found(row(**{key: 1}))


@pytest.mark.parametrize("key", KEYS)
def test_every_number_says_what_its_values_look_like(key: str) -> None:
    if PROCESS[key].unit is not Unit.TEXT:
        with pytest.raises(FilterError, match=f"{key} needs a"):
            compile_filter(f"{key}>x")


def test_the_age_of_a_measurement_is_in_no_row() -> None:
    with pytest.raises(FilterError, match="no filter looks at AGE"):
        compile_filter("AGE>5")


def test_a_filter_names_the_fields_that_it_looks_at() -> None:
    assert compile_filter("java pss>1 | user=root !swap=0").fields == {"pss", "user", "swap"}


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("psss>1", "unknown field 'psss': did you mean pss?", 0),
        ("java a=b", "unknown field 'a': put it into quotes to look for the text", 5),
        ("pss>", "pss> needs a value", 0),
        ("java PSS>= swap", "PSS>= needs a value", 5),
        ("pss>1|", "| needs a term after it", 5),
        ("| java", "| needs a term before it", 0),
        ("a || b", "| needs a term before it", 3),
        ("java !", "! needs a term after it", 5),
        ("!| java", "! needs a term after it", 0),
        ("!=x", "!= needs a field before it", 0),
        ('"java ser', '" is not closed', 0),
        ('""', "there is nothing between the quotes", 0),
        ('user="a"b', 'a space is missing after "', 8),
        ("re:", "re: needs a value", 0),
        ("x re:a[", "regular expression: unterminated character set", 6),
        ("/a(/", "regular expression: missing ), unterminated subpattern", 2),
        ('cmd~"a["', "regular expression: unterminated character set", 6),
        ("cmd~", "cmd~ needs a value", 0),
        ("re:a{99999999999999999999}", "regular expression: too large", 3),
        ("pss~1", "pss is a number: use = != < <= > >=", 0),
        ("user>a", "user is text: use = != ~ !~", 0),
        ("pss<?", "? goes with = and != only", 4),
        ("pss>ten", "pss needs a size like 100M", 4),
        ("pss>5%", "pss needs a size like 100M", 4),
        ("pss>5/s", "pss needs a size like 100M", 4),
        ("cpu>5M", "cpu needs a percentage like 5%", 4),
        ("started>0001-01-01", "started needs a time like 2025-11-22T13:05", 8),
        ("started>5", "started needs a time like 2025-11-22T13:05", 8),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    assert (caught.value.message, caught.value.position) == (message, position)


def test_every_beginning_of_a_filter_compiles_or_says_what_is_missing() -> None:
    whole = '!java "a b" /x(y|z)/ re:q pss>=100M user!=root cmd!~"a|b" | swap=? oom<5'
    for end in range(len(whole)):
        try:
            compile_filter(whole[:end])(ROW)
        except FilterError as error:
            assert 0 <= error.position <= end
            assert len(error.message) < 80


PIECES = st.sampled_from(
    [*"!|\"'/\\<>=~?%()[]{}*+^$ \n\tA1", "pss", "cmd", "user", "started", "re:", "100M", "(?P<a>", "\\S"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text_compiles_or_is_refused_with_a_place_in_it(text: str) -> None:
    try:
        passes = compile_filter(text)
    except FilterError as error:
        assert error.message
        assert 0 <= error.position <= len(text)
    else:
        assert passes(ROW) in (True, False)
        assert passes(row(pss=None, user="", oom_score=None)) in (True, False)


@given(st.text(st.characters(exclude_characters="\\\"'")).filter(bool), st.text(), st.text())
def test_any_quoted_text_is_found_where_it_stands(text: str, before: str, after: str) -> None:
    assert compile_filter(f'"{text}"')(row(command=before + text + after))


@given(st.lists(st.sampled_from(["java", "zz", "3021", "pss>1", "pss>1G", "!java", "user=app"]), min_size=1))
def test_words_are_joined_by_and_and_bars_by_or(terms: list[str]) -> None:
    each = [compile_filter(term)(ROW) for term in terms]
    assert compile_filter(" ".join(terms))(ROW) is all(each)
    assert compile_filter(" | ".join(terms))(ROW) is any(each)
