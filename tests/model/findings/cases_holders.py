"""Cases of holders."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
