"""Cases of machine."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
