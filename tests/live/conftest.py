"""A real terminal for the tests: tmux on a socket of its own, with the program in its only pane."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import psutil
import pytest

MEMTUI = (sys.executable, "-m", "memtui")
PATIENCE = 30.0  # seconds until something that never comes is given up
_numbers = count()


class Terminal:
    """A pane in which a shell runs the program, and stays when that has ended."""

    def __init__(self, folder: Path, size: tuple[int, int], command: Sequence[str], before: str = "") -> None:
        """Run `command`, `before` being shell words in front of it such as a redirection or a variable."""
        self._socket = f"memtui-test-{os.getpid()}-{next(_numbers)}"
        self._tty: int | None = None
        self._status = folder / f"status{next(_numbers)}"
        conf = folder / "tmux.conf"
        conf.write_text("set -g status off\nset -g default-terminal screen-256color\nset -g allow-rename on\n")
        line = f"{before} {shlex.join(command)}; echo $? > {shlex.quote(str(self._status))}; exec sleep 600"
        environ = {key: value for key, value in os.environ.items() if key not in ("TMUX", "NO_COLOR", "COLUMNS")}
        subprocess.run(
            ["tmux", "-u", "-L", self._socket, "-f", str(conf), "new-session", "-d", "-s", "m", "-x", str(size[0]),
             "-y", str(size[1]), "sh", "-c", line],
            check=True, env={**environ, "LC_ALL": "C.UTF-8", "MEMTUI_CONFIG": "/nonexistent/config.toml"}, cwd=folder,
        )  # fmt: skip

    def tmux(self, *words: str) -> str:
        """What a tmux command says."""
        done = subprocess.run(["tmux", "-u", "-L", self._socket, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def close(self) -> None:
        """End the program and its terminal."""
        if self._tty is not None:
            os.close(self._tty)
            self._tty = None
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], check=False, capture_output=True)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names."""
        self.tmux("send-keys", "-t", "m", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self.tmux("send-keys", "-t", "m", "-l", text)

    @property
    def text(self) -> str:
        """The screen."""
        return self.tmux("capture-pane", "-p", "-t", "m")

    @property
    def rows(self) -> list[str]:
        """The lines of the screen."""
        return self.text.split("\n")

    def flag(self, name: str) -> str:
        """A property of the pane, such as alternate_on."""
        return self.tmux("display-message", "-p", "-t", "m", f"#{{{name}}}").strip()

    def wait(self, until: str | Callable[[str], bool]) -> str:
        """The screen, once it shows a text or passes a test."""
        test = until if callable(until) else lambda text: until in text
        for _ in range(int(PATIENCE / 0.05)):
            text = self.text
            if test(text):
                return text
            time.sleep(0.05)
        pytest.fail(f"the screen never got there:\n{text}")

    @property
    def tty(self) -> int:
        """The terminal that the program has, open for this process too; closed with the pane."""
        if self._tty is None:
            self._tty = os.open(self.flag("pane_tty"), os.O_RDWR | os.O_NOCTTY)
        return self._tty

    @property
    def program(self) -> psutil.Process:
        """The program in the pane."""
        return psutil.Process(int(self.flag("pane_pid"))).children()[0]

    @property
    def status(self) -> int:
        """The exit status of the program, once it has ended."""
        for _ in range(int(PATIENCE / 0.05)):
            if self._status.exists() and self._status.read_text().endswith("\n"):
                return int(self._status.read_text())
            time.sleep(0.05)
        pytest.fail(f"the program never ended:\n{self.text}")


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start memtui with these arguments in a terminal; closed at the end of the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    open_ones: list[Terminal] = []

    def new(
        *arguments: str, size: tuple[int, int] = (120, 40), before: str = "", wrapper: Sequence[str] = ()
    ) -> Terminal:
        open_ones.append(Terminal(tmp_path, size, [*wrapper, *MEMTUI, *arguments], before))
        return open_ones[-1]

    yield new
    for terminal in open_ones:
        terminal.close()
