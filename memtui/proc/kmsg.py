r"""Records of the kernel log, as /dev/kmsg gives them: one at a read, in the order in which they were written.

    3,584,797430423,-;Memory cgroup out of memory: Killed process 4901 (python3) total-vm:217348kB, ...
     SUBSYSTEM=...

Priority and facility in one number, sequence, microseconds on the clock of the log (which starts near that of
CLOCK_MONOTONIC and drifts from it by what NTP corrects), flags, and the text, in which every byte that is not
printable ASCII and every backslash is written as `\xNN`. Lines that start with a blank are its dictionary.

Kernel: Documentation/ABI/testing/dev-kmsg; kernel/printk/printk.c: info_print_ext_header, msg_add_ext_text.
"""

import re
from typing import Final, NamedTuple

from memtui.proc.numbers import natural

_PRIORITIES: Final = 8  # kernel's own messages have facility 0; what programs write into the log has another
_ESCAPE: Final = re.compile(rb"\\x([0-9a-f]{2})")


class LogRecord(NamedTuple):
    """One message: `seconds` on the log's clock, `own` whether the kernel itself wrote it, `text` still escaped."""

    sequence: int
    seconds: float
    own: bool
    text: bytes


def parse(data: bytes) -> LogRecord | None:
    """The record, its dictionary left out; None if it is none."""
    head, separator, text = data.partition(b"\n")[0].partition(b";")
    parts = head.decode("ascii", "replace").split(",")
    if not separator or len(parts) < 4:
        return None
    priority, sequence, microseconds = (natural(part) for part in parts[:3])
    if priority is None or sequence is None or microseconds is None:
        return None
    return LogRecord(sequence, microseconds / 1e6, priority < _PRIORITIES, text)


def unescaped(text: bytes) -> str:
    """A name in a record's text as it was before it was escaped."""
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), text).decode("utf-8", "backslashreplace")
