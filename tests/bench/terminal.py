"""A full-screen program in a pseudo-terminal of its own: what it writes and when, and how soon it answers a key.

Whoever waits here reads, so a program never blocks on a full terminal while it is measured.
"""

import math
import os
import pty
import re
import select
import shutil
import signal
import sys
import termios
import time
from collections.abc import Mapping
from typing import Final

ANSWERS: Final = {
    b"\x1b[c": b"\x1b[?62;22c",  # device attributes
    b"\x1b[0c": b"\x1b[?62;22c",
    b"\x1b[>c": b"\x1b[>41;0;0c",
    b"\x1b[>0c": b"\x1b[>41;0;0c",
    b"\x1b[5n": b"\x1b[0n",  # status
    b"\x1b[6n": b"\x1b[1;1R",  # place of the cursor
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronized output: there
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",  # telling of changes of size in the input: not there
}
_QUESTION: Final = re.compile(b"|".join(map(re.escape, ANSWERS)))
_LONGEST: Final = max(map(len, ANSWERS))
_QUIET: Final = 0.05  # seconds without output after which a paint is taken to be over
_APART: Final = 0.2  # seconds between two refreshes at least


class Terminal:
    """Runs a command in `columns` x `rows`. Raises SystemExit when it ends by itself."""

    def __init__(
        self, command: tuple[str, ...], environment: Mapping[str, str], columns: int = 200, rows: int = 50
    ) -> None:
        self._command = command
        self._text = bytearray()
        self._answered = 0
        self.writes: list[tuple[float, int]] = []
        self.started = time.monotonic()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                termios.tcsetwinsize(0, (rows, columns))
                os.execvpe(command[0], command, environment)
            finally:
                os._exit(127)

    def listen(self, seconds: float) -> None:
        """Take what comes for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(end)

    def settle(self, quiet: float = _QUIET) -> None:
        """Take what comes until nothing has come for a while."""
        while self._read(time.monotonic() + quiet):
            pass

    def painted(self, pattern: bytes, patience: float = 60.0) -> float:
        """Seconds from the start to the end of the paint in which a pattern is seen first."""
        end = self.started + patience
        while not re.search(pattern, self._text):
            if time.monotonic() >= end:
                sys.exit(f"{self._command[0]} never showed {pattern!r}")
            self._read(end)
        self.settle()
        return self.writes[-1][0] - self.started

    def press_down(self, patience: float = 5.0) -> float:
        """Seconds from the cursor key to the first output after it; infinite if none comes."""
        self.settle()
        application = self._text.rfind(b"\x1b[?1h") > self._text.rfind(b"\x1b[?1l")
        sent = time.monotonic()
        os.write(self._fd, b"\x1bOB" if application else b"\x1b[B")
        return self.writes[-1][0] - sent if self._read(sent + patience) else math.inf

    def refreshes(self, since: float) -> list[int]:
        """Bytes of each refresh since a moment: writes close to each other are one."""
        sizes: list[int] = []
        last = -math.inf
        for at, size in self.writes:
            if at < since:
                continue
            if at - last > _APART:
                sizes.append(0)
            sizes[-1] += size
            last = at
        return sizes

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + 2
        try:
            while time.monotonic() < end:
                self._read(end)
        except SystemExit:
            pass  # as it was told to
        else:
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def _read(self, until: float) -> bool:
        """Take what comes next; False if nothing does until then."""
        if not select.select([self._fd], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # EIO: the other side is closed
            data = b""
        if not data:
            sys.exit(f"{self._command[0]} ended: {bytes(self._text[-400:])!r}")
        self.writes.append((time.monotonic(), len(data)))
        self._text += data
        self._answer()
        return True

    def _answer(self) -> None:
        """Answer what was asked since the last answer, also where a question came in two pieces."""
        for question in _QUESTION.finditer(self._text, self._answered):
            os.write(self._fd, ANSWERS[question[0]])
            self._answered = question.end()
        self._answered = max(self._answered, len(self._text) - _LONGEST)


def environment(home: str, **more: str) -> dict[str, str]:
    """The variables of a plain terminal, with settings in a home of its own."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "VIRTUAL_ENV")}
    return {
        **kept,
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/.config",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        **more,
    }


def installed(program: str) -> bool:
    """Whether a program can be started by its name."""
    return shutil.which(program) is not None
