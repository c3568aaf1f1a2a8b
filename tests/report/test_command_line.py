"""Wrong use and bad ends: one clear line on standard error, the right exit status, never a traceback."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
MEMTUI = [sys.executable, "-m", "memtui"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--proc", "/nonexistent"], "/nonexistent"),
        (["free", "--proc", "/nonexistent"], "/nonexistent"),
        (["free", "--proc", "/usr"], "no meminfo"),
        (["free", "--sys", "/nonexistent"], "/nonexistent"),
        (["-d", "nan"], "'nan'"),
        (["-d", "inf"], "'inf'"),
        (["-d", "0.09"], "'0.09'"),
        (["-d", "3601"], "'3601'"),
        (["-d", "-1"], "'-1'"),
        (["-d", "soon"], "'soon'"),
        (["--sort", "size"], "'size'"),
        (["top", "-s", "size"], "'size'"),
        (["--tab", "nine"], "'nine'"),
        (["--tab", "0"], "'0'"),
        (["--tab", ""], "''"),
        (["-p", "1,x"], "'1,x'"),
        (["-p", ""], "''"),
        (["top", "-n", "0"], "'0'"),
        (["top", "0"], "'0'"),
        (["top", "1", "0"], "'0'"),
        (["vmstat", "1", "two"], "'two'"),
        (["vmstat", "1", "2", "3"], "3"),
        (["nothing"], "'nothing'"),
        (["--json"], "--json"),
        (["--tab", "memory", "free"], "--tab"),
        (["-p", "1", "vmstat"], "--pid"),
        (["capture"], "DIR"),
        (["capture", "/proc/nothing/here"], "/proc/nothing/here"),
        (["top", "--proc", "/no\nsuch\x1b[2Jfolder"], r"/no\nsuch\x1b[2Jfolder"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(words: list[str], said: str, run: Run) -> None:
    done = run(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("memtui: ")
    assert done.err.count("\n") == 1
    assert done.err[:-1].isprintable()
    assert said in done.err


@pytest.mark.parametrize("word", ["top", "free", "vmstat", "zones"])
def test_help_and_version_end_well(word: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([word, "--help"], ["--help"], ["--version"]):
        with pytest.raises(SystemExit) as ended:
            run(*words)
        assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("memtui ")


@pytest.mark.parametrize(("word", "file"), [("vmstat", "vmstat"), ("zones", "zoneinfo"), ("free", "meminfo")])
def test_a_command_whose_file_is_not_there_says_so_and_ends_with_status_1(
    word: str, file: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_bytes(b"")
    done = run(word, "--proc", tmp_path / "proc")
    assert done.status == 1
    assert done.err.startswith(f"memtui: {file}: ")
    assert done.err.count("\n") == 1


def under_terminal(*words: str, term: str = "xterm-256color", stderr: str | None = None) -> tuple[int, str]:
    """Status and what is seen of a command line that runs under a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = term
        if stderr is not None:
            os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT, 0o600), 2)
        os.execv(MEMTUI[0], [*MEMTUI, *words])
    seen = b""
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()


def test_the_monitor_without_terminal_says_what_to_use_instead(run: Run) -> None:
    done = subprocess.run(MEMTUI, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("memtui: standard input is not a terminal")
    assert done.stderr.count("\n") == 1


def test_the_monitor_with_standard_error_elsewhere_says_that_the_screen_is_drawn_there(tmp_path: Path) -> None:
    status, seen = under_terminal(stderr=str(tmp_path / "err"))
    assert (status, seen) == (2, "")
    assert (tmp_path / "err").read_text().startswith("memtui: standard error is not a terminal: the screen is drawn")


@pytest.mark.parametrize("term", ["", "dumb"])
def test_the_monitor_on_a_terminal_that_can_do_nothing_says_so(term: str) -> None:
    status, seen = under_terminal(term=term)
    assert status == 2
    assert seen.startswith("memtui: TERM ")
    assert seen.count("\n") == 1


def test_on_a_terminal_text_is_cut_to_its_width(host: Path) -> None:
    status, seen = under_terminal("top", "--proc", str(host / "proc"))
    assert status == 0
    assert max(map(len, seen.split("\r\n"))) <= 80  # the size of a terminal that nobody has set
    assert "PID USER" in seen


def test_a_closed_pipe_ends_quietly() -> None:
    with subprocess.Popen(
        [*MEMTUI, "vmstat", "0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as memtui:
        assert memtui.stdout is not None and memtui.stderr is not None
        memtui.stdout.readline()
        memtui.stdout.close()
        assert memtui.stderr.read() == ""
        assert memtui.wait() == 128 + signal.SIGPIPE


def test_an_interrupt_ends_quietly() -> None:
    with subprocess.Popen(
        [
            "env",
            "--default-signal=INT",
            *MEMTUI,
            "vmstat",
            "3600",
        ],  # else it is ignored where tests run in the background
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as memtui:
        assert memtui.stdout is not None and memtui.stderr is not None
        for _ in range(4):
            memtui.stdout.readline()
        memtui.send_signal(signal.SIGINT)
        assert memtui.stderr.read() == ""
        assert memtui.wait() == 128 + signal.SIGINT


@pytest.mark.parametrize("words", [["free"], ["top", "--json"], ["zones"]])
def test_a_full_disk_is_one_line_and_status_1(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*MEMTUI, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "memtui: standard output: No space left on device\n"


def test_a_locale_without_our_dashes_is_no_reason_to_stop(host: Path) -> None:
    done = subprocess.run(
        [*MEMTUI, "top", "--proc", str(host / "proc")],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


def test_the_monitor_is_given_what_was_asked_for(monkeypatch: pytest.MonkeyPatch, run: Run, host: Path) -> None:
    from memtui import cli
    from memtui.options import Options
    from memtui.tui import start

    asked: list[Options] = []

    def monitor(options: Options) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr(cli, "_terminal", lambda stream: True)
    monkeypatch.setattr(start, "run", monitor)
    monkeypatch.setenv("TERM", "xterm")
    assert run().status == 0
    words = ["-d", "2.5", "--tab", "M", "--sort", "majflt/S", "--filter", "x", "-p", "4,2", "--read-only"]
    assert run(*words, "--proc", host / "proc").status == 0
    assert asked == [
        Options(),
        Options(2.5, "memory", "majflt_rate", "x", frozenset({2, 4}), True, str(host / "proc"), str(host / "sys")),
    ]
