"""TOML taken statement by statement, so that a mistake in one costs no other: tomllib refuses a text as a whole."""

import re
from typing import Any, Final

LONGEST_SHOWN: Final = 40  # characters of a line or a value that is not understood
_LONGEST: Final = 200  # lines
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_END: Final = "at end of document"  # where tomllib says that a statement goes on in the next line


def split(text: str) -> tuple[list[str], list[str]]:
    """The lines up to the first table, and those from it on; all with their line ends."""
    lines = _LINE.findall(text)
    at = 0
    while at < len(lines) and not is_header(lines[at]):
        at = statement(lines, at)[0]
    return lines[:at], lines[at:]


def is_header(line: str) -> bool:
    """Whether a line at which a statement starts begins a table."""
    return line.lstrip().startswith("[")


def statement(lines: list[str], at: int) -> tuple[int, dict[str, Any] | None]:
    """The line after the statement that starts at a line, and what it says; None if it is no TOML."""
    import tomllib  # not before there is a file to read

    for end in range(at + 1, min(at + _LONGEST, len(lines)) + 1):
        try:
            return end, tomllib.loads("".join(lines[at:end]))
        except (ValueError, RecursionError) as error:
            if _END not in str(error):
                break
    return at + 1, None
