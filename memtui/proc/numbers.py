"""Numbers as the kernel prints them: ASCII digits only, so hostile text can't smuggle in `1_0`, `nan` or `٣`.

Every reader of a kernel number gives None for a word that is not one, and never raises.
"""

from typing import Final

_U64_DIGITS: Final = 20  # no kernel counter is wider; also keeps clear of int()'s limit on long strings


def natural(word: str) -> int | None:
    """The value of an unsigned decimal number (the kernel's %lu, %llu), or None."""
    if word.isdecimal() and word.isascii() and len(word) <= _U64_DIGITS:
        return int(word)
    return None


def integer(word: str) -> int | None:
    """The value of a decimal number with an optional minus sign (the kernel's %d, %ld), or None."""
    if word[:1] == "-":
        value = natural(word[1:])
        return None if value is None else -value
    return natural(word)


def fraction(word: str) -> float | None:
    """The value of an unsigned number with decimals, like `0.46` (the kernel's %lu.%02lu), or None."""
    whole, _, decimals = word.partition(".")
    if natural(whole) is None or natural(decimals) is None:
        return None
    return float(word)
