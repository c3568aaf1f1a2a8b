"""/proc/sys/fs/dentry-state: names of files that the kernel remembers.

    630712	629153	45	0	65432	0

Kernel: fs/dcache.c, proc_nr_dentry(): nr_dentry, nr_unused, age_limit, want_pages, nr_negative (5.1 and later, 0 or
a dummy before) and a dummy. Documentation/admin-guide/sysctl/fs.rst.
"""

from typing import NamedTuple

from memtui.proc.numbers import integer


class Dentries(NamedTuple):
    """All entries, those that nobody uses, and of these the negative ones: names that don't exist."""

    total: int
    unused: int
    negative: int | None


def parse(data: bytes) -> Dentries | None:
    """The counts, or None if anything else is in the file; they may be below 0 for a moment, which is 0."""
    words = data.decode("utf-8", "backslashreplace").split()
    numbers = [value for word in words if (value := integer(word)) is not None]
    if len(numbers) < 2 or len(numbers) != len(words):
        return None
    negative = max(0, numbers[4]) if len(numbers) > 4 else None
    return Dentries(max(0, numbers[0]), max(0, numbers[1]), negative)
