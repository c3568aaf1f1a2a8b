"""Asks the kernel for the delays of one process, tick by tick, while somebody looks at them."""

import errno
import socket
from typing import Final

from memtui.model.sample import DelaysSample, ProcKey
from memtui.proc import taskstats
from memtui.proc.source import ProcSource
from memtui.proc.taskstats import Delays, Refused
from memtui.proc.unavailable import GONE, Unavailable, Unreadable, Why

SYSCTL: Final = "sys/kernel/task_delayacct"
OFF: Final = Unavailable(
    Why.PENDING, "it is off; sysctl kernel.task_delayacct=1 turns it on, for processes that start after that"
)
_DENIED: Final = Unavailable(Why.DENIED, "taskstats needs root or CAP_NET_ADMIN, outside containers")
_NO_TASKSTATS: Final = Unavailable(Why.ABSENT, "built without CONFIG_TASKSTATS")
_RECORDED: Final = Unavailable(Why.FAILED, "a recording has none: they come over netlink")
_PATIENCE: Final = 0.2  # seconds; the kernel answers at once or not at all
_LARGEST: Final = 1 << 16


class DelayReader:
    """Keeps the socket and the reading before, so that rates can be made. Owned by the sampler's thread."""

    def __init__(self, source: ProcSource) -> None:
        self._source = source
        self._socket: socket.socket | None = None
        self._family = 0
        self._sequence = 0
        self._last: tuple[ProcKey, DelaysSample] | None = None

    def read(self, key: ProcKey, at: float) -> DelaysSample | Unavailable:
        """The delays of a process at monotonic time `at`, or why there are none."""
        if not self._source.live:
            return _RECORDED
        if self._counting() == 0:
            return OFF
        try:
            delays = self._ask(key.pid)
        except Refused as error:
            return _reason(error.errno)
        except OSError as error:
            self.close()
            return _reason(error.errno or 0)
        if delays is None:
            return _NO_TASKSTATS
        then = self._last[1] if self._last is not None and self._last[0] == key else None
        sample = DelaysSample(delays, at, then.delays, then.at) if then else DelaysSample(delays, at)
        self._last = key, sample
        return sample

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _counting(self) -> int | None:
        """The sysctl; None before Linux 5.14, which has none and counts unless booted with nodelayacct."""
        try:
            data = self._source.read(SYSCTL)
        except Unreadable:
            return None
        return int(data) if data.strip().isdigit() else None

    def _ask(self, pid: int) -> Delays | None:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, taskstats.GENERIC)
            self._socket.settimeout(_PATIENCE)
            self._socket.bind((0, 0))
            self._family = taskstats.parse_family(self._exchange(taskstats.family_question(self._next()))) or 0
        return taskstats.parse(self._exchange(taskstats.question(self._family, pid, self._next())))

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _exchange(self, message: bytes) -> bytes:
        """Send a message and take its answer; answers to earlier ones, which came too late, are passed over."""
        assert self._socket is not None
        self._socket.send(message)
        while True:
            answer = self._socket.recv(_LARGEST)
            if answer[8:12] == message[8:12]:
                return answer


def _reason(code: int) -> Unavailable:
    if code == errno.ESRCH:
        return GONE
    if code in (errno.EPERM, errno.EACCES):
        return _DENIED
    if code in (errno.ENOENT, errno.EPROTONOSUPPORT, errno.EOPNOTSUPP, errno.EAFNOSUPPORT):
        return _NO_TASKSTATS
    return Unavailable(Why.FAILED, f"taskstats: errno {code}" if code else "taskstats: no answer")
