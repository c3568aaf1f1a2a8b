"""Programs for tests: compiled once for each set of options, and ended with the test that started them."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

Build = Callable[..., Path]
Launch = Callable[..., "subprocess.Popen[bytes]"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--slow` runs those marked slow too."""
    parser.addoption("--slow", action="store_true", help="run the tests that take half a minute each as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests unless they are asked for, and say so."""
    if config.getoption("--slow"):
        return
    for item in items:
        if item.get_closest_marker("slow") is not None:
            item.add_marker(pytest.mark.skip(reason="takes half a minute: pytest --slow runs it"))


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Compile a C or C++ source with options; the same options give the same file."""
    folder, made = tmp_path_factory.mktemp("programs"), dict[tuple[str, ...], Path]()

    def compile_(source: str, *options: str, name: str = "program", suffix: str = ".c") -> Path:
        key = (source, suffix, name, *options)
        if key not in made:
            compiler = "g++" if suffix == ".cc" else "gcc"
            if shutil.which(compiler) is None:
                pytest.skip(f"{compiler} is not installed")
            place = folder / str(len(made))
            place.mkdir()
            (place / f"{name}{suffix}").write_text(source)
            done = subprocess.run(
                [compiler, "-w", *options, "-o", name, f"{name}{suffix}", "-lpthread", "-ldl"],
                cwd=place, check=False, capture_output=True, text=True,
            )  # fmt: skip
            if done.returncode and "-static" in options:
                pytest.skip("no static libc")
            assert not done.returncode, done.stderr
            made[key] = place / name
        return made[key]

    return compile_


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start a program; its standard input and output are pipes. Killed at the end of the test."""
    children: list[subprocess.Popen[bytes]] = []

    def new(*command: object) -> "subprocess.Popen[bytes]":
        words: Sequence[str] = [str(word) for word in command]
        children.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return children[-1]

    yield new
    for child in children:
        with child:
            child.kill()
