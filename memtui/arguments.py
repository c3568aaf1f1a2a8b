"""The command line: one parser for the monitor's options and the commands, and the checks of their values.

Only argparse is imported here; a check that needs more imports it when its option is given.
"""

import argparse
from collections.abc import Callable
from typing import Final, Never

from memtui import __version__
from memtui.options import TABS

SHORTEST, LONGEST = 0.1, 3600.0
_SHARED: Final = frozenset({"json", "proc", "sys"})
_ACCEPTS: Final = {
    None: frozenset({"delay", "tab", "sort", "filter", "pids", "read_only", "proc", "sys"}),
    "free": _SHARED,
    "top": _SHARED | {"sort", "filter", "pids"},
    "vmstat": _SHARED,
    "zones": _SHARED,
    "cachestat": _SHARED,
    "cachetop": _SHARED,
    "files": _SHARED,
    "maps": _SHARED | {"sort"},
    "cgroups": _SHARED | {"filter"},
    "slabs": _SHARED | {"sort"},
    "oom": _SHARED,
    "leaks": _SHARED,
    "diagnose": _SHARED,
    "capture": _SHARED,
}
_TAKES_VALUE: Final = {"-d", "--delay", "--tab", "--sort", "--filter", "-p", "--pid", "--proc", "--sys"}


class UsageError(Exception):
    """The command line can't be understood; the text is one clear line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        raise UsageError(f"{message} (see {self.prog} --help)")


def command_of(argv: list[str]) -> str | None:
    """The command that a command line names, also one that can't be understood; None without any."""
    words = iter(argv)
    for word in words:
        if word in _TAKES_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def parse(argv: list[str]) -> argparse.Namespace:
    """The options that were given and no others, with `command` (None: the monitor) and the command's positionals.

    Options shared by the monitor and the commands may stand before or after the command. Raises `UsageError`.
    """
    found = _parser().parse_args(argv)
    command = getattr(found, "command", None)
    for name in ("delay", "tab", "sort", "filter", "pids", "read_only", "json"):
        if hasattr(found, name) and name not in _ACCEPTS[command]:
            option = "--pid" if name == "pids" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is not for {f'the command {command!r}' if command else 'the monitor'}")
    return found


def _parser() -> _Parser:
    parser = _Parser(
        prog="memtui",
        usage="%(prog)s [options] [command ...]",
        description="A monitor for Linux memory. Without a command it takes the whole screen.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"memtui {__version__}")
    parser.add_argument("-d", "--delay", type=delay, metavar="SECONDS", help="seconds between samples (1)")
    parser.add_argument("--tab", type=tab, metavar="NAME", help=f"first tab: {', '.join(TABS)}, or its digit")
    _add_selection(parser, ("--sort",))
    parser.add_argument("--read-only", action="store_true", help="refuse everything that would change the system")
    _add_shared(parser)
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", prog="memtui", parser_class=_Parser)

    def command(name: str, words: str) -> _Parser:
        sub = commands.add_parser(
            name, help=words, description=words, argument_default=argparse.SUPPRESS, allow_abbrev=False
        )
        _add_shared(sub)
        return sub

    command("free", "memory and swap, and the account of all RAM")
    top = command("top", "processes with their shares of memory")
    _add_selection(top, ("-s", "--sort"))
    top.add_argument("-n", "--rows", type=natural, default=None, metavar="N", help="at most this many processes")
    _add_interval(top)
    _add_interval(command("vmstat", "paging, swap, fault and reclaim rates"))
    command("zones", "nodes, zones, watermarks, free blocks by order")
    _add_interval(command("cachestat", "hits and misses of the page cache, of the whole system"))
    cachetop = command("cachetop", "hits and misses of the page cache by process")
    cachetop.add_argument("-n", "--rows", type=natural, default=None, metavar="N", help="at most this many processes")
    _add_interval(cachetop)
    files = command("files", "how much of files, of trees of them, or of what a process uses is in the page cache")
    files.add_argument("paths", nargs="*", metavar="PATH", default=[], help="files and folders")
    files.add_argument(
        "--pid", dest="pid", type=natural, default=None, help="the files that this process maps or has open"
    )
    files.add_argument("-n", "--rows", type=natural, default=None, metavar="N", help="at most this many files")
    files.add_argument("--pcstat", action="store_true", default=False, help="as pcstat draws it")
    files.add_argument(
        "--all-file-systems", action="store_true", default=False, help="enter folders that are other file systems too"
    )
    maps = command("maps", "the address space of a process by what its parts are, or mapping by mapping")
    maps.add_argument("pid_of", type=pid, metavar="PID", help="the process")
    maps.add_argument("--all", dest="every", action="store_true", default=False, help="every mapping by itself")
    maps.add_argument("-s", "--sort", dest="sort", type=mapping_field, metavar="FIELD", help="column to sort by")
    slabs = command("slabs", "the kernel's slab caches; needs root")
    slabs.add_argument("-s", "--sort", dest="sort", type=slab_field, metavar="FIELD", help="column to sort by (size)")
    slabs.add_argument("-n", "--rows", type=natural, default=None, metavar="N", help="at most this many caches")
    cgroups = command("cgroups", "the tree of memory cgroups: usage, limits, events, pressure")
    cgroups.add_argument("--filter", metavar="TEXT", help="only cgroups with these words in their path")
    _add_interval(cgroups)
    oom = command("oom", "who would be killed for want of memory next, and who was")
    oom.add_argument("-n", "--rows", type=natural, default=None, metavar="N", help="at most so many of each (10)")
    _add_leaks(command("leaks", "which code of a process keeps memory: outstanding allocations by stack"))
    _add_diagnose(command("diagnose", "what is wrong, how bad and why; exit status as monitoring plugins have it"))
    capture = command("capture", "copy the files of /proc and /sys that memtui reads, for --proc and --sys")
    capture.add_argument("directory", metavar="DIR", help="where to; must be empty or not there yet")
    capture.add_argument("--redact", action="store_true", default=False, help="replace names and command lines")
    capture.add_argument(
        "--seconds", type=delay, default=1.0, help="time between the two instants that rates are made from (1)"
    )
    return parser


def _add_leaks(leaks: _Parser) -> None:
    leaks.add_argument("-p", "--pid", dest="pid_of", type=pid, required=True, metavar="PID", help="the process")
    leaks.add_argument("--seconds", type=delay, default=10.0, help="how long to follow allocations (10)")
    leaks.add_argument(
        "--watch", type=seconds, default=None, metavar="SECONDS",
        help="how long to see what of them is given back (three times as long, at most 30)",
    )  # fmt: skip
    leaks.add_argument("--min-age", type=seconds, default=0.0, metavar="S", help="only blocks at least so old (0)")
    leaks.add_argument("--min-size", type=natural, default=0, metavar="BYTES", help="only blocks at least so large")
    leaks.add_argument(
        "--limit",
        type=seconds,
        default=60.0,
        metavar="PERCENT",
        help="stop when the probes take so much of a CPU (60)",
    )
    leaks.add_argument("--two-phase", action="store_true", default=False, help="don't probe free: look afterwards")
    leaks.add_argument("-a", "--addresses", action="store_true", default=False, help="every block by itself too")
    leaks.add_argument("-n", "--rows", type=natural, default=None, metavar="N", help="at most this many stacks")


def _add_diagnose(diagnose: _Parser) -> None:
    diagnose.add_argument("--seconds", type=look, default=5.0, help="how long to look; at least 2 (5)")
    diagnose.add_argument(
        "--since", type=ago, default=None, metavar="SECONDS", help="OOM kills so long ago count as now (300)"
    )
    diagnose.add_argument("--rules", action="store_true", default=False, help="list what is checked, and how")


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object for each sample (commands only)")
    parser.add_argument("--proc", metavar="DIR", help="read this instead of /proc: a captured tree, for example")
    parser.add_argument("--sys", metavar="DIR", help="read this instead of /sys (the folder sys beside --proc)")


def _add_selection(parser: argparse.ArgumentParser, sort: tuple[str, ...]) -> None:
    parser.add_argument(*sort, dest="sort", type=field, metavar="FIELD", help="column to sort by (pss)")
    parser.add_argument(
        "--filter", type=expression, metavar="TEXT", help="only processes that pass: words, pss>100M, user=root …"
    )
    parser.add_argument("-p", "--pid", dest="pids", type=pids, metavar="PID,…", help="only these processes")


def _add_interval(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("interval", nargs="?", type=delay, default=None, help="seconds between outputs")
    parser.add_argument("count", nargs="?", type=natural, default=None, help="how many outputs")


def _between(lowest: float, longest: float) -> Callable[[str], float]:
    def check(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = -1.0
        if not lowest <= found <= longest:  # a NaN is not either
            raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from {lowest:g} to {longest:.0f}")
        return found

    return check


delay: Final = _between(SHORTEST, LONGEST)
"""Seconds between samples."""

look: Final = _between(2, LONGEST)
"""Seconds to look at the machine: rates take two intervals."""

ago: Final = _between(0, 7 * 86400)
"""Seconds to look back."""


def seconds(text: str) -> float:
    """A number that is not negative."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {LONGEST:.0f}")
    return number


def natural(text: str) -> int:
    """A number of at least 1."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def pid(text: str) -> int:
    """One process id."""
    (found,) = pids(text) if "," not in text else (0,)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a process id")
    return found


def mapping_field(text: str) -> str:
    """The key of a size of mappings, by its key or title."""
    from memtui.model.fields import MAPPING
    from memtui.view.maps import SIZES

    wanted = text.casefold()
    for key in SIZES:
        if wanted in (key, MAPPING[key].title.casefold()):
            return key
    raise argparse.ArgumentTypeError(f"no field {text!r}; there are {', '.join(SIZES)}")


def pids(text: str) -> frozenset[int]:
    """Process ids with commas between them."""
    words = text.split(",")
    if not all(word.isascii() and word.isdigit() and len(word) < 11 for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of process ids like 1,42")
    return frozenset(int(word) for word in words)


def tab(text: str) -> str:
    """A tab by its digit, or by its name or the beginning of it."""
    known = [name for digit, name in enumerate(TABS, 1) if text.lower() == name or text == str(digit)]
    known = known or [name for name in TABS if text and name.startswith(text.lower())]
    if len(known) != 1:
        raise argparse.ArgumentTypeError(f"no tab {text!r}; there are {', '.join(TABS)}")
    return known[0]


def field(text: str) -> str:
    """The key of a process field by its key or its title, capitals aside."""
    from memtui.model.fields import PROCESS

    wanted = text.casefold()
    if wanted in PROCESS:
        return wanted
    for key, known in PROCESS.items():
        if known.title.casefold() == wanted:
            return key
    raise argparse.ArgumentTypeError(f"no field {text!r}; there are {', '.join(PROCESS)}")


def slab_field(text: str) -> str:
    """The key of a field of slab caches by its key or its title, capitals aside."""
    from memtui.model.fields import SLAB

    wanted = text.casefold()
    known = [key for key, row in SLAB.items() if wanted in (key, row.title.casefold())]
    if not known:
        raise argparse.ArgumentTypeError(f"no field {text!r}; there are {', '.join(SLAB)}")
    return known[0]


def expression(text: str) -> str:
    """A filter that can be understood."""
    from memtui.view.processes import filter_error

    if wrong := filter_error(text):
        raise argparse.ArgumentTypeError(f"{text!r}: {wrong}")
    return text
