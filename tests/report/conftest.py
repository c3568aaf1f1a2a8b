"""What the tests of the text face share: a recorded machine, and the command line run in this process."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from memtui.cli import main

TREES = Path(__file__).parent.parent / "trees"


class Done(NamedTuple):
    """What a command line gave."""

    status: int
    out: str
    err: str

    @property
    def documents(self) -> list[Any]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(row) for row in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture(scope="session")
def host() -> Path:
    """A machine with shared memory, swap traffic, hostile names, a zombie and a refused process."""
    return TREES / "host-6.18"


@pytest.fixture(params=["host-6.18", "guest-5.10", "guest-6.1", "guest-6.12"])
def tree(request: pytest.FixtureRequest) -> Path:
    """Each recorded machine."""
    return TREES / str(request.param)


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same zone, the same paper and no settings wherever the tests run."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("MEMTUI_CONFIG", "/nonexistent/config.toml")
    monkeypatch.delenv("COLUMNS", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line: status, standard output, standard error."""

    def command(*argv: object) -> Done:
        capsys.readouterr()
        status = main([str(word) for word in argv])
        return Done(status, *capsys.readouterr())

    return command
