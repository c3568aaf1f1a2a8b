"""Cases of swap."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
