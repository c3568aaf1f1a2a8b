"""Cases of writeback."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
