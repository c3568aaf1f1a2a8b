"""/proc/sys/fs/dentry-state."""

import pytest

from memtui.proc import dentries
from memtui.proc.dentries import Dentries


def test_counts_of_new_and_old_kernels() -> None:
    assert dentries.parse(b"630712\t629153\t45\t0\t65432\t0\n") == Dentries(630712, 629153, 65432)
    assert dentries.parse(b"100 40") == Dentries(100, 40, None)


def test_a_count_below_zero_for_a_moment_is_zero() -> None:
    assert dentries.parse(b"5\t-3\t45\t0\t-1\t0\n") == Dentries(5, 0, 0)


@pytest.mark.parametrize("data", [b"", b"\n", b"5", b"1 2 x", b"1 \xff"])
def test_what_is_not_understood_is_none(data: bytes) -> None:
    assert dentries.parse(data) is None
