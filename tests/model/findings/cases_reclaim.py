"""Cases of reclaim."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
