"""`memtui`: arguments to one command. A face is imported only when it is asked for.

Exit status: 0 fine, 1 what was asked for could not be had, 2 wrong use, 130 interrupted. What goes wrong is one
line on standard error. `diagnose` is a monitoring plugin, whose 1 and 2 mean something else: there all that goes
wrong is 3, and is said on standard output too, which is the one that monitoring systems show.
"""

import contextlib
import os
import sys
import traceback
from argparse import Namespace
from typing import TYPE_CHECKING, Any, Final, TextIO

from memtui.arguments import UsageError, command_of, parse
from memtui.options import Options
from memtui.report.failure import Failure

if TYPE_CHECKING:
    from memtui.proc.source import ProcSource

_INTERRUPTED: Final = 130  # what shells make of an end by SIGINT and by SIGPIPE
_PIPE_CLOSED: Final = 141
_UNKNOWN: Final = 3
_EXPECTED: Final = UsageError, Failure, KeyboardInterrupt, OSError


def main(argv: list[str] | None = None) -> int:
    """Run one command line (None: that of this process) and return the exit status."""
    words = sys.argv[1:] if argv is None else argv
    if command_of(words) == "diagnose":
        return _plugin(words)
    try:
        return _whole(words)
    except _EXPECTED as error:
        return _failed(error)


def _plugin(words: list[str]) -> int:
    """Run `diagnose`: whatever goes wrong, nobody may take it for a finding."""
    try:
        return _whole(words)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        expected = error if isinstance(error, _EXPECTED) else _unforeseen(error)
        if _failed(expected) == _PIPE_CLOSED:
            return _PIPE_CLOSED
        if "--json" not in words and sys.stdout is not None and not isinstance(error, OSError):
            from memtui.view.summary import unknown

            _never_fail_to_encode()
            with contextlib.suppress(OSError):
                print(unknown(_harmless(str(expected))), flush=True)
        return _UNKNOWN


def _unforeseen(error: Exception) -> Failure:
    """An error of memtui's own in one line, with its place."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Failure(f"{type(error).__name__}: {error} ({os.path.basename(last.filename)}:{last.lineno})")


def _whole(words: list[str]) -> int:
    status = _run(parse(words))
    sys.stdout.flush()
    return status


def _failed(error: BaseException) -> int:
    """Say what went wrong; the exit status."""
    if isinstance(error, KeyboardInterrupt):
        return _INTERRUPTED
    if isinstance(error, BrokenPipeError):
        _drop_output()
        return _PIPE_CLOSED
    if isinstance(error, OSError):
        _drop_output()
        _complain(f"{error.filename or 'standard output'}: {error.strerror}")
        return 1
    _complain(str(error))
    return error.status if isinstance(error, Failure) else 2


def _run(given: Namespace) -> int:
    source = _source(given)
    if sys.stdout is None:
        raise Failure("standard output is closed", 2)
    if getattr(given, "command", None) is None:
        return _monitor(given, source)
    _never_fail_to_encode()
    return _command(given, source)


def _never_fail_to_encode() -> None:
    """A locale without our dashes and marks is no reason to stop."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def _command(given: Namespace, source: "ProcSource") -> int:
    as_json = getattr(given, "json", False)
    match given.command:
        case "free":
            from memtui.report import free

            return free.run(source, as_json=as_json)
        case "top":
            from memtui.report import top

            spec = top.table_spec(**_given(given, "sort", "filter", "pids"))
            return top.run(source, spec, given.rows, given.interval, given.count, as_json=as_json)
        case "vmstat":
            from memtui.report import vmstat

            return vmstat.run(source, given.interval, given.count, as_json=as_json)
        case "cachestat":
            from memtui.report import cachestat

            return cachestat.run(source, given.interval, given.count, as_json=as_json)
        case "cachetop":
            from memtui.report import cachetop

            return cachetop.run(source, given.rows, given.interval, given.count, as_json=as_json)
        case "files":
            from memtui.report import files

            return files.run(
                source, given.paths, given.pid, given.rows, all_file_systems=given.all_file_systems,
                pcstat=given.pcstat, as_json=as_json,
            )  # fmt: skip
        case "zones":
            from memtui.report import zones

            return zones.run(source, as_json=as_json)
        case "maps":
            from memtui.report import maps

            sort = getattr(given, "sort", None)
            return maps.run(source, given.pid_of, every=given.every, sort=sort, as_json=as_json)
        case "slabs":
            from memtui.report import slabs

            return slabs.run(source, given.rows, getattr(given, "sort", None), as_json=as_json)
        case "cgroups":
            from memtui.report import cgroups
            from memtui.view.cgroups import GroupSpec

            words = getattr(given, "filter", "")
            return cgroups.run(source, given.interval, given.count, GroupSpec(filter=words), as_json=as_json)
        case "oom":
            from memtui.report import oom

            return oom.run(source, given.rows, as_json=as_json)
        case "leaks":
            from memtui.model.leaks import Plan
            from memtui.report import leaks

            watch = min(30.0, 3 * given.seconds) if given.watch is None else given.watch
            plan = Plan(given.seconds, watch, given.min_age, given.min_size, given.limit / 100, given.two_phase)
            return leaks.run(source, given.pid_of, plan, given.rows, addresses=given.addresses, as_json=as_json)
        case "diagnose":
            from memtui import settings_file
            from memtui.report import diagnose

            config = settings_file.path()
            wanted, problems = settings_file.load_rules(config)
            told = tuple(f"{config}: {problem}" for problem in problems)
            if given.rules:
                return diagnose.list_rules(wanted, told, as_json=as_json)
            return diagnose.run(source, given.seconds, given.since, wanted, told, as_json=as_json)
        case _:
            from memtui.report import capture

            return capture.run(source, given.directory, given.seconds, redact=given.redact, as_json=as_json)


def _monitor(given: Namespace, source: "ProcSource") -> int:
    options = Options(
        **_given(given, "delay", "tab", "sort", "filter", "pids", "read_only"), proc=source.proc, sys=source.sys
    )
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if not _terminal(stream):
            raise Failure(f"standard {name} is not a terminal: the monitor needs one (for text: memtui top)", 2)
    if not _terminal(sys.stderr):
        raise Failure("standard error is not a terminal: the screen is drawn there; don't redirect it", 2)
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        raise Failure("TERM does not name a terminal that can place its cursor: set it, e.g. TERM=xterm-256color", 2)
    from memtui.tui.start import run

    return run(options)


def _source(given: Namespace) -> "ProcSource":
    """The roots to read; without --sys it is the folder beside the proc root, so that two machines never mix."""
    from memtui.proc.source import BadRoot, ProcSource

    proc = getattr(given, "proc", "/proc")
    sys_root = getattr(given, "sys", None)
    if sys_root is not None and not os.path.isdir(sys_root):
        raise Failure(f"{sys_root}: no such folder", 2)
    try:
        return ProcSource(proc, sys_root or os.path.join(os.path.dirname(os.path.abspath(proc)), "sys"))
    except BadRoot as error:
        raise Failure(str(error), 2) from None


def _given(given: Namespace, *names: str) -> dict[str, Any]:
    """Those of the named options that stand on the command line; the others keep the defaults of who takes them."""
    return {name: getattr(given, name) for name in names if hasattr(given, name)}


def _terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _complain(message: str) -> None:
    """One line on standard error, whatever the message holds."""
    if sys.stderr is not None:  # closed; print would take standard output in its stead
        print(f"memtui: {_harmless(message)}", file=sys.stderr)


def _harmless(message: str) -> str:
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in message)


def _drop_output() -> None:
    """Nobody reads standard output any more; what is still buffered goes where its flush at exit can't fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
