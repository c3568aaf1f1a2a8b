"""Sending a signal to exactly the process that was meant."""

import errno
import os
import signal
from typing import Final

from memtui.control.identity import check, held
from memtui.control.outcome import Kind, Outcome, failure

NEED: Final = "its own user, root or CAP_KILL"
_NO_PIDFD: Final = (
    errno.ENOSYS,
    errno.EPERM,
)  # Linux before 5.3; some sandboxes answer EPERM to what they don't know

SIGNALS: Final[tuple[tuple[signal.Signals, str], ...]] = (
    (signal.SIGTERM, "end"),
    (signal.SIGKILL, "destroy"),
    (signal.SIGHUP, "reload"),
    (signal.SIGINT, "interrupt"),
    (signal.SIGQUIT, "core"),
    (signal.SIGSTOP, "stop"),
    (signal.SIGCONT, "continue"),
    (signal.SIGTSTP, "suspend"),
    (signal.SIGUSR1, "user 1"),
    (signal.SIGUSR2, "user 2"),
    (signal.SIGABRT, "abort"),
    (signal.SIGALRM, "alarm"),
    (signal.SIGPIPE, "pipe"),
    (signal.SIGCHLD, "child"),
    (signal.SIGTRAP, "trap"),
    (signal.SIGILL, "illegal"),
    (signal.SIGBUS, "bus"),
    (signal.SIGFPE, "arithmetic"),
    (signal.SIGSEGV, "segment"),
    (signal.SIGTTIN, "input"),
    (signal.SIGTTOU, "output"),
    (signal.SIGURG, "urgent"),
    (signal.SIGXCPU, "CPU limit"),
    (signal.SIGXFSZ, "file limit"),
    (signal.SIGVTALRM, "timer"),
    (signal.SIGPROF, "profile"),
    (signal.SIGWINCH, "window"),
    (signal.SIGIO, "I/O"),
    (signal.SIGPWR, "power"),
    (signal.SIGSYS, "syscall"),
)
"""The signals of a kill menu, the usual first, each with what it is for in a word (signal(7))."""

ENDING: Final = frozenset({"SIGTERM", "SIGKILL", "SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT"})
"""The names of signals that are sent in order to end a process."""


def send(pid: int, starttime: int, number: signal.Signals) -> Outcome:
    """Send a signal to a process if it is still the one that started then (clock ticks since boot).

    By a pidfd, which stays with its process as a pid does not: it is opened, then the process is seen to be still
    the right one, then the signal goes to the pidfd (pidfd_open(2), pidfd_send_signal(2)). Where there are no pidfds,
    psutil looks once more just before kill(2).
    """
    try:
        with held(pid, starttime) as folder:
            pidfd = _pidfd(pid)
            if pidfd is None:
                _send_by_pid(folder, pid, starttime, number)
            else:
                _send_by_pidfd(folder, pidfd, starttime, number)
    except OSError as error:
        return failure(pid, error, NEED)
    return Outcome(Kind.OK, f"{number.name} sent to {pid}")


def _pidfd(pid: int) -> int | None:
    """A pidfd; None where there is no such thing. Raises OSError."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno in _NO_PIDFD:
            return None
        raise


def _send_by_pidfd(folder: int, pidfd: int, starttime: int, number: signal.Signals) -> None:
    try:
        check(folder, starttime)
        signal.pidfd_send_signal(pidfd, number)
    finally:
        os.close(pidfd)


def _send_by_pid(folder: int, pid: int, starttime: int, number: signal.Signals) -> None:
    import psutil  # seldom needed

    try:
        process = psutil.Process(pid)
        check(folder, starttime)
        process.send_signal(number)
    except psutil.NoSuchProcess:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH)) from None
    except psutil.AccessDenied:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM)) from None
