r"""/proc/self/mounts: what is mounted where, as this process sees it.

    tmpfs /dev/shm tmpfs rw,nosuid,nodev,size=12342044k 0 0
    none /mnt/with\040space ext4 rw,relatime 0 0

Kernel: fs/proc_namespace.c, show_vfsmnt(): blank, tab, newline, backslash and # in a word are printed in octal.
"""

import re
from typing import Final, NamedTuple

_OCTAL: Final = re.compile(rb"\\([0-3][0-7]{2})")


class MountPoint(NamedTuple):
    """A mounted file system: device, folder and type; bytes that are no UTF-8 are surrogate escapes in the folder."""

    device: str
    folder: str
    kind: str


def parse(data: bytes) -> tuple[MountPoint, ...]:
    """The mounts in the kernel's order; a line of fewer than three words is skipped."""
    found = []
    for line in data.split(b"\n"):
        words = [_OCTAL.sub(lambda code: bytes([int(code[1], 8)]), word) for word in line.split(b" ")]
        if len(words) >= 3 and all(words[:3]):
            found.append(MountPoint(*(word.decode("utf-8", "surrogateescape") for word in words[:3])))
    return tuple(found)
