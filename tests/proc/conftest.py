"""What the tests of the /proc parsers share."""

from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], bytes]:
    """The bytes of a recorded kernel file, by `kernel/path` (such as `6.1/pressure/cpu`).

    5.10, 6.1 and 6.12 are Debian guests with two nodes, 6.18 a machine with one; 3.10 is written by hand in the
    format of RHEL 7.
    """
    return lambda path: (DATA / path).read_bytes()
