"""Why an instrument can't be had: an errno of the kernel turned into a reason that a user can act on."""

import errno
import os
from functools import lru_cache
from typing import Final

from memtui.proc.unavailable import Unavailable, Unreadable, Why

CAP_SYS_ADMIN: Final = 21
CAP_PERFMON: Final = 38
CAP_BPF: Final = 39
NEEDS_BPF: Final = "needs root, or CAP_BPF and CAP_PERFMON"
_LOCKDOWN: Final = "/sys/kernel/security/lockdown"


class Refused(Unreadable):
    """An instrument is not to be had; `reason` says why, `log` is what the verifier said (may be empty)."""

    def __init__(self, reason: Unavailable, log: str = "", code: int = 0) -> None:
        super().__init__(reason)
        self.log = log
        self.code = code


def refused(error: OSError, what: str, *, log: str = "", need: str = NEEDS_BPF) -> Refused:
    """The refusal behind an OSError of bpf(2), perf_event_open(2) or a file of tracefs; `what` was to be done."""
    code = error.errno or 0
    if code in (errno.EPERM, errno.EACCES) and not log:
        return Refused(Unavailable(Why.DENIED, need if not privileged() else f"{what}: {withheld()}"), log, code)
    if code in (errno.ENOSYS, errno.ENOENT, errno.ENODEV):
        return Refused(Unavailable(Why.ABSENT, what), log, code)
    said = f"{what}: {last_word(log)}" if log else f"{what}: {os.strerror(code)}"
    return Refused(Unavailable(Why.FAILED, said), log, code)


def last_word(log: str) -> str:
    """The line of a verifier's log that says what was wrong: the last one that is no statistics."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("processed ", "verification time", "stack depth"))]
    return telling[-1] if telling else "refused by the verifier"


def privileged() -> bool:
    """Whether this process has what the instruments ask for, so that a refusal has another cause."""
    held = capabilities()
    return bool(held >> CAP_SYS_ADMIN & 1) or bool(held >> CAP_BPF & 1 and held >> CAP_PERFMON & 1)


@lru_cache(maxsize=1)
def capabilities() -> int:
    """The effective capabilities of this process, as /proc/self/status CapEff has them."""
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(b"CapEff:"):
                    return int(line.split()[1], 16)
    except (OSError, ValueError, IndexError):
        pass
    return 0


def withheld() -> str:
    """What keeps a privileged process from an instrument, as far as the kernel tells."""
    if in_user_namespace():
        return "needs root of the host, not of a user namespace"
    mode = lockdown()
    return f"the kernel withholds it (lockdown={mode})" if mode else "the kernel withholds it"


def in_user_namespace() -> bool:
    """Whether this process's root is not the host's."""
    try:
        with open("/proc/self/uid_map", encoding="ascii") as file:
            return file.read().split() != ["0", "0", "4294967295"]
    except OSError:
        return False


def lockdown() -> str:
    """The mode of the kernel's lockdown, `integrity` or `confidentiality`; empty if there is none."""
    try:
        with open(_LOCKDOWN, encoding="ascii", errors="replace") as file:
            words = file.read().split()
    except OSError:
        return ""
    mode = next((word.strip("[]") for word in words if word.startswith("[")), "none")
    return "" if mode == "none" else mode
