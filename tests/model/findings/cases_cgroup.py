"""Cases of cgroup."""

from .conftest import Case

CASES: tuple[Case, ...] = ()
