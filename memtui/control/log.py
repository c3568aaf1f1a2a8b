"""What memtui did to the system, one line of JSON each, appended for good."""

import json
import os
import stat
from dataclasses import dataclass
from datetime import datetime

from memtui.control.outcome import Outcome


def path() -> str:
    """memtui/actions.log in the user's state folder (~/.local/state)."""
    from platformdirs import user_state_path  # not before there is something to log

    return str(user_state_path("memtui") / "actions.log")


@dataclass(frozen=True, slots=True)
class ActionLog:
    """The log in a file; without one named, that of `path`.

    A line is `{"time", "action", "pid", "start_time", "command", "result", "text"}`, in ASCII whatever a command
    holds. It goes out in a single write(2) to a file opened with O_APPEND, so lines of several memtuis don't mix.
    """

    file: str | None = None

    def write(self, action: str, pid: int, starttime: int, command: str, outcome: Outcome) -> str:
        """Add a line; why it could not be added, or nothing.

        The file is made for its owner alone. Another user's file or folder is left alone: with sudo and that user's
        HOME, what root makes there would keep the user from logging.
        """
        record = {
            "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "action": action,
            "pid": pid,
            "start_time": starttime,
            "command": command,
            "result": outcome.kind,
            "text": outcome.text,
        }
        try:
            self._append(json.dumps(record).encode() + b"\n")
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def _append(self, line: bytes) -> None:
        file = self.file or path()
        _make_folder(os.path.dirname(os.path.abspath(file)))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        fd = os.open(file, flags, 0o600)
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                raise OSError(None, "is not a file of this user")
            if os.write(fd, line) != len(line):
                raise OSError(None, "no space left for the whole line")
        finally:
            os.close(fd)


def _make_folder(folder: str) -> None:
    there = folder
    while not os.path.exists(there):
        there = os.path.dirname(there)
    if os.stat(there).st_uid not in (0, os.geteuid()):
        raise OSError(None, f"the folder {there} belongs to another user")
    os.makedirs(folder, mode=0o700, exist_ok=True)
