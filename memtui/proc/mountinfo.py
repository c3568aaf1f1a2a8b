"""/proc/PID/mountinfo: which devices are tmpfs, whose files are memory.

    24 27 0:6 / /dev rw,relatime shared:2 - devtmpfs devtmpfs rw,size=12334492k,mode=755

proc_pid_mountinfo(5). Spaces in names are octal escapes there, so words are words.
"""

from typing import Final

_TYPES: Final = (b"tmpfs", b"devtmpfs", b"ramfs")
_DEVICE: Final = 2


def tmpfs_devices(data: bytes) -> frozenset[str]:
    """The devices of mounted tmpfs, written as in maps and smaps: two hexadecimal digits or more each (`00:1a`)."""
    found = set[str]()
    for row in data.split(b"\n"):
        words = row.split()
        if b"-" not in words[_DEVICE + 1 :]:
            continue
        kind = words.index(b"-", _DEVICE + 1) + 1
        major, _, minor = words[_DEVICE].partition(b":")
        if kind < len(words) and words[kind] in _TYPES and _number(major) and _number(minor):
            found.add(f"{int(major):02x}:{int(minor):02x}")
    return frozenset(found)


def _number(word: bytes) -> bool:
    return word.isdigit() and len(word) <= 10
