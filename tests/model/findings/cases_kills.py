"""Cases of kills."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
