"""Clearing swap: every area is switched off, which brings its pages back into RAM, and on again.

swapoff(2) takes as long as it takes and gives up only for a signal, for which it looks after every address space: it
runs in a process of its own, util-linux's swapoff, which can be ended. An area whose swapoff was ended stays on, with
what is still in it (mm/swapfile.c, try_to_unuse).
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from memtui.control.outcome import Kind, Outcome
from memtui.proc import swaps
from memtui.proc.swaps import Swap

NEED: Final = "root or CAP_SYS_ADMIN"
DELETED: Final = " (deleted)"
_POLL: Final = 0.1
_PATH: Final = "/usr/sbin:/sbin:/usr/bin:/bin"


def unable(areas: Sequence[Swap]) -> str:
    """Why these areas can't be switched off and on again, or nothing."""
    if not areas:
        return "there is no swap"
    for area in areas:
        if area.name.endswith(DELETED) or not os.path.exists(area.name):
            return f"{area.name} could not be switched on again: its file is gone"
    if any(shutil.which(tool, path=_PATH) is None for tool in ("swapoff", "swapon")):
        return "swapoff and swapon are not installed"
    return ""


@dataclass(slots=True, eq=False)
class Clearing:
    """One clearing of swap, to be run on a thread of its own. `cancel` may be called from any other."""

    areas: Sequence[Swap]
    file: str = "/proc/swaps"
    doing: str = ""
    _cancelled: Event = field(default_factory=Event)

    def cancel(self) -> None:
        """Stop: the area that is being switched off stays on, the others as they are."""
        self._cancelled.set()

    def left(self) -> int | None:
        """Bytes still in swap; None if that can't be read."""
        try:
            with open(self.file, "rb") as file:
                return sum(area.used for area in swaps.parse(file.read()))
        except OSError:
            return None

    def run(self) -> Outcome:
        """Clear area after area; each is on again before the next is switched off."""
        for area in self.areas:
            self.doing = area.name
            problem = self._off(area)
            if problem is None:
                problem = _on(area)
            if problem is not None:
                return problem
            if self._cancelled.is_set():
                return Outcome(Kind.FAILED, "cancelled: what had come back stays in RAM")
        return Outcome(Kind.OK, f"swap is cleared: {len(self.areas)} off and on again")

    def _off(self, area: Swap) -> Outcome | None:
        if self._cancelled.is_set():
            return Outcome(Kind.FAILED, "cancelled")
        child = _start("swapoff", area.name)
        while True:
            try:
                _, said = child.communicate(timeout=_POLL)
                break
            except subprocess.TimeoutExpired:
                if self._cancelled.is_set():
                    child.send_signal(signal.SIGTERM)
        if self._cancelled.is_set() and child.returncode != 0:
            return Outcome(Kind.FAILED, f"cancelled: {self._rest()}")
        return None if child.returncode == 0 else _failure("swapoff", said)

    def _rest(self) -> str:
        left = self.left()
        return "swap stays on" if left is None else f"swap stays on, {left >> 20} MiB are still in it"


def _on(area: Swap) -> Outcome | None:
    priority = ["-p", str(area.priority)] if area.priority >= 0 else []
    child = _start("swapon", *priority, area.name)
    _, said = child.communicate()
    return None if child.returncode == 0 else _failure("swapon", said)


def _start(tool: str, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [tool, *words],
        executable=shutil.which(tool, path=_PATH),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"LC_ALL": "C", "PATH": _PATH},
    )


def _failure(tool: str, said: bytes) -> Outcome:
    words = said.decode("utf-8", "backslashreplace").strip().split("\n")[0]
    denied = "not permitted" in words or "ermission denied" in words or "uperuser" in words
    if denied:
        return Outcome(Kind.DENIED, f"{tool}: permission denied: needs {NEED}")
    return Outcome(Kind.FAILED, f"{tool}: {words.rpartition(': ')[2] or 'failed'}")
