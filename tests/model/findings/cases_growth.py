"""Cases of growth."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
