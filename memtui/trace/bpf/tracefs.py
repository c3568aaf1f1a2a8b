"""Where tracefs is, which has the numbers of tracepoints.

Where nobody has mounted it, it is mounted for this process alone, on no folder: the mount goes with its descriptor,
and nobody else ever sees it (fsopen(2) and fsmount(2), kernel 5.2; needs CAP_SYS_ADMIN).
"""

import ctypes
import os
from functools import lru_cache
from typing import Final

_MOUNTS: Final = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432  # the same on every architecture
_CLOEXEC: Final = 1
_CREATE: Final = 6


@lru_cache(maxsize=1)
def tracefs() -> str:
    """The folder; where it would be if it can't be had."""
    found = next((path for path in _MOUNTS if os.path.isdir(f"{path}/events")), None)
    return found or _private() or _MOUNTS[0]


def _private() -> str | None:
    libc = ctypes.CDLL(None, use_errno=True)
    context = libc.syscall(_FSOPEN, b"tracefs", _CLOEXEC)
    if context < 0:
        return None
    try:
        if libc.syscall(_FSCONFIG, context, _CREATE, None, None, 0) < 0:
            return None
        mount = libc.syscall(_FSMOUNT, context, _CLOEXEC, 0)
    finally:
        os.close(context)
    return None if mount < 0 else f"/proc/self/fd/{mount}"
