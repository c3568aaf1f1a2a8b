"""How an action went, in one kind and a few words."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """OK was done; GONE, the process is no more; DENIED by the kernel; FAILED otherwise; REFUSED by memtui itself."""

    OK = "ok"
    GONE = "gone"
    DENIED = "denied"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The kind, and one line to show, without names from outside: it needs no sanitising."""

    kind: Kind
    text: str


def gone(pid: int) -> Outcome:
    """The process that was meant has ended; its pid may be another's by now."""
    return Outcome(Kind.GONE, f"{pid} has ended already")


def failure(pid: int, error: OSError, need: str) -> Outcome:
    """What the kernel's refusal means; `need` says who may do it. A process that ends meanwhile gives ESRCH."""
    if error.errno in (errno.ESRCH, errno.ENOENT):
        return gone(pid)
    if error.errno in (errno.EPERM, errno.EACCES):
        return Outcome(Kind.DENIED, f"{pid}: permission denied: needs {need}")
    return Outcome(Kind.FAILED, f"{pid}: {os.strerror(error.errno) if error.errno else error}")


def in_short(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome for all: its text if there is one, else how many went how, and the first reason that isn't OK."""
    if len(outcomes) == 1:
        return outcomes[0]
    kinds = [outcome.kind for outcome in outcomes]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in Kind if kind in kinds)
    worst = next((outcome for outcome in outcomes if outcome.kind is not Kind.OK), None)
    if worst is None:
        return Outcome(Kind.OK, counts)
    return Outcome(worst.kind, f"{counts} ({worst.text})")
