"""Cases of thrash."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
