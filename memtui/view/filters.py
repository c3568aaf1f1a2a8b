"""The filter language of the process table: a text becomes a test of rows.

    java 3021            every word must be in the command or the name, or be the pid; capitals don't count
    "java server"        with the space; quotes may also stand after a sign: cmd="java server"
    /^post(gres|man)/    a regular expression on command and name; also re:^post
    pss>100M user=root   a field held against a value: = != < <= > >= for numbers, = != ~ !~ for text
    cmd~java             `~` looks for a regular expression in the field
    pss=? pss!=?         the value is missing, or is not
    !java                the opposite
    a b | c              either; a space binds closer

Field values and regular expressions that have no capitals are held against the text in small letters. Within a
regular expression `|` is its own: an "or" after it needs a space before it. A missing value passes no test but `=?`.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter, eq, ge, gt, le, lt, ne
from typing import Any, Final

from memtui.model.fields import PROCESS, Unit
from memtui.model.process import Process
from memtui.view.filter_values import NotAValue, number

Test = Callable[[Process], bool]
Search = Callable[[str], bool]

ALIASES: Final = {"cmd": "command", "name": "comm", "mem": "mem_pct", "cpu": "cpu_pct"}
_FIELDS: Final = (
    {field.title.casefold(): key for key, field in PROCESS.items()}
    | {key: key for key in (*PROCESS, "comm")}
    | ALIASES
)  # fmt: skip
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
_MISSING: Final = "?"
_QUOTES: Final = "\"'"
_SPACE: Final = re.compile(r"\s*")
_WORD: Final = re.compile(r"[^\s|]*")
_PATTERN: Final = re.compile(r"\S*")
_SLASHES: Final = re.compile(r"/((?:[^/\\\s]|\\\S|/(?![\s|]|\Z))+)/(?=[\s|]|\Z)")
_COMPARISON: Final = re.compile(r"([^\s|<>=~]*?)(<=|>=|!=|!~|[<>=~])")
_QUOTED: Final = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in _QUOTES}
_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)
_SYNTAX: Final = re.compile(r"\\.|\(\?P", re.DOTALL)  # where a capital is no letter: \S, (?P<name>
_LONGEST_NAME: Final = 24


class FilterError(Exception):
    """What is wrong with the text, in a few words, and the character at which it is (from 0)."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled text: call it with a row. `fields` are the keys of the fields that it looks at."""

    text: str
    test: Test
    fields: frozenset[str]

    def __call__(self, row: Process) -> bool:
        """Whether the row passes."""
        return self.test(row)


def compile_filter(text: str) -> Filter:
    """The filter that a text describes; an empty one lets every row pass. Raises `FilterError`."""
    reader = _Reader(text)
    test = reader.alternatives()
    return Filter(text, test, frozenset(reader.fields))


class _Reader:
    """Reads the text once from left to right; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.fields: set[str] = set()

    def alternatives(self) -> Test:
        found: list[list[Test]] = [[]]
        bar = 0
        while self.match(_SPACE) is not None and self.at < len(self.text):
            if self.next() != "|":
                found[-1].append(self.term())
                continue
            bar = self.at
            if not found[-1]:
                raise FilterError("| needs a term before it", bar)
            found.append([])
            self.at += 1
        if len(found) > 1 and not found[-1]:
            raise FilterError("| needs a term after it", bar)
        return _any([_all(tests) for tests in found])

    def term(self) -> Test:
        start = self.at
        opposite = False
        while self.next() == "!" and self.text[self.at + 1 : self.at + 2] not in ("=", "~"):
            opposite = not opposite
            self.at += 1
        if self.at > start and self.next().strip() in ("", "|"):
            raise FilterError("! needs a term after it", start)
        test = self.positive()
        return _not(test) if opposite else test

    def positive(self) -> Test:
        start = self.at
        if self.next() in _QUOTES:
            return _contains(self.quoted())
        if self.text.startswith("re:", start):
            self.at += len("re:")
            return _either(self.pattern("re:", start))
        if found := self.match(_SLASHES):
            return _either(_regex(found[1], start + 1))
        if found := self.match(_COMPARISON):
            return self.comparison(found[1], found[2], start)
        return _contains(self.value(_WORD))

    def comparison(self, name: str, sign: str, start: int) -> Test:
        key = _field(name, sign, start)
        self.fields.add(key)
        field = PROCESS.get(key)
        unit = field.unit if field else Unit.TEXT
        at = self.at
        if sign in ("~", "!~"):
            if unit is not Unit.TEXT:
                raise FilterError(f"{name} is a number: use = != < <= > >=", start)
            return _in_text(key, self.pattern(name + sign, start), found=sign == "~")
        quoted = self.next() in _QUOTES
        value = self.value(_WORD, name + sign, start)
        if value == _MISSING and not quoted:
            if sign not in ("=", "!="):
                raise FilterError(f"{_MISSING} goes with = and != only", at)
            return _known(key, known=sign == "!=")
        if unit is not Unit.TEXT:
            try:
                return _number(key, _COMPARE[sign], number(value, unit))
            except NotAValue as like:
                raise FilterError(f"{name} needs {like}", at) from None
        if sign not in ("=", "!="):
            raise FilterError(f"{name} is text: use = != ~ !~", start)
        return _is_text(key, value, same=sign == "=")

    def pattern(self, before: str, start: int) -> Search:
        at = self.at + (self.next() in _QUOTES)
        return _regex(self.value(_PATTERN, before, start), at)

    def value(self, kind: re.Pattern[str], before: str = "", start: int = 0) -> str:
        """A quoted or plain text from here on; `before` and `start` say of what, should there be none."""
        if self.next() and self.next() in _QUOTES:
            return self.quoted()
        found = self.match(kind)
        if not found or not found[0]:
            raise FilterError(f"{before} needs a value", start)
        return found[0]

    def quoted(self) -> str:
        start, quote = self.at, self.next()
        found = self.match(_QUOTED[quote])
        if not found:
            raise FilterError(f"{quote} is not closed", start)
        if self.next().strip() not in ("", "|"):
            raise FilterError(f"a space is missing after {quote}", self.at)
        if not found[1]:
            raise FilterError("there is nothing between the quotes", start)
        return _ESCAPE.sub(lambda escape: quote if escape[0][1] == quote else escape[0], found[1])

    def next(self) -> str:
        """The next character; empty at the end."""
        return self.text[self.at : self.at + 1]

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What the pattern matches here, and go behind it."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found


def _field(name: str, sign: str, start: int) -> str:
    """The key of a field by what the user calls it."""
    if not name:
        raise FilterError(f"{sign} needs a field before it", start)
    key = _FIELDS.get(name.casefold())
    if key is None:
        raise FilterError(f"unknown field '{name[:_LONGEST_NAME]}': {_advice(name)}", start)
    if key not in Process._fields:  # an age, which a row alone doesn't know
        raise FilterError(f"no filter looks at {name}", start)
    return key


def _advice(name: str) -> str:
    from difflib import get_close_matches  # only for who mistypes

    near = get_close_matches(name.casefold()[:_LONGEST_NAME], _FIELDS, n=1)
    return f"did you mean {near[0]}?" if near else "put it into quotes to look for the text"


def _regex(pattern: str, start: int) -> Search:
    """A search that counts capitals if the pattern has some; lower() and search take a quarter of what re.I takes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "[[" may mean something else one day: no matter here
            search = re.compile(pattern).search
    except re.error as error:
        raise FilterError(f"regular expression: {error.msg}", start + (error.pos or 0)) from None
    except (OverflowError, RecursionError, ValueError):
        raise FilterError("regular expression: too large", start) from None
    if _SYNTAX.sub("", pattern) != _SYNTAX.sub("", pattern).lower():
        return lambda text: search(text) is not None
    return lambda text: search(text.lower()) is not None


# -- tests ---------------------------------------------------------------------------------------------------------


def _everything(_: Process) -> bool:
    return True


def _all(tests: list[Test]) -> Test:
    if len(tests) < 2:
        return tests[0] if tests else _everything
    if len(tests) == 2:
        one, other = tests
        return lambda row: one(row) and other(row)
    return lambda row: all(test(row) for test in tests)


def _any(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)


def _not(test: Test) -> Test:
    return lambda row: not test(row)


def _contains(word: str) -> Test:
    needle = word.lower()
    pid = int(word) if word.isascii() and word.isdigit() and len(word) < 11 and not word.startswith("0") else None
    return lambda row: needle in row.command.lower() or needle in row.comm.lower() or row.pid == pid


def _either(search: Search) -> Test:
    return lambda row: search(row.command) or search(row.comm)


def _number(key: str, compare: Callable[[Any, Any], bool], bound: float) -> Test:
    get = attrgetter(key)

    def test(row: Process) -> bool:
        value = get(row)
        return value is not None and compare(value, bound)

    return test


def _is_text(key: str, value: str, *, same: bool) -> Test:
    get = attrgetter(key)
    if value != value.lower():
        return lambda row: bool(text := get(row)) and (text == value) is same
    return lambda row: bool(text := get(row)) and (text.lower() == value) is same


def _in_text(key: str, search: Search, *, found: bool) -> Test:
    get = attrgetter(key)
    return lambda row: bool(text := get(row)) and search(text) is found


def _known(key: str, *, known: bool) -> Test:
    get = attrgetter(key)
    return lambda row: (get(row) not in (None, "")) is known
