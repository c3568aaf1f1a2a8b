"""`memtui leaks --pid PID`: outstanding allocations by the stack that made them, in memleak's layout.

Follows allocations for some seconds, then what of them is given back, and prints what is left. Progress goes to
standard error where that is a terminal.
"""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from memtui.model.leaks import Leaks, Plan, Stack
from memtui.model.sample import ProcKey
from memtui.proc import pid_files
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unreadable
from memtui.report.document import dumps, iso_time
from memtui.report.failure import Failure
from memtui.report.paper import paper, show
from memtui.sampling.leaks import LeakTrace
from memtui.view.leaks import stacks, summary
from memtui.view.lines import EMPTY, Line, Span, Tone, text_of
from memtui.view.text import sanitize

ROWS: Final = 10


def run(source: ProcSource, pid: int, plan: Plan, limit: int | None, *, addresses: bool, as_json: bool) -> int:
    """Trace, then print; the exit status."""
    if not source.live:
        raise Failure("leaks: a recorded tree can't be traced")
    if pid == os.getpid():
        raise Failure("leaks: memtui can't trace itself", 2)
    trace = LeakTrace(ProcKey(pid, 0), plan, source.proc)
    try:
        found = trace.run(_progress if sys.stderr is not None and sys.stderr.isatty() else None)
    finally:
        _clear()
    if found.failure:
        raise Failure(f"process {pid}: {found.failure}")
    if as_json:
        print(dumps(_document(found, limit)), flush=True)
        return 0
    on = paper()
    command = sanitize(_command(source, pid))
    head: Line = (Span(f"PID {pid}  ", Tone.STRONG), Span(command, Tone.DIM))
    show([head, *summary(found, on.width), EMPTY, *stacks(found, on.width, limit or ROWS, addresses=addresses)], on)
    return 0


def rows(found: Leaks, limit: int | None) -> list[Mapping[str, Any]]:
    """The stacks, most bytes first."""
    return [_row(stack) for stack in found.stacks[:limit]]


def _row(stack: Stack) -> Mapping[str, Any]:
    return {
        "bytes": stack.bytes,
        "count": stack.count,
        "oldest_s": stack.oldest,
        "by": stack.by or None,
        "label": stack.label or None,
        "frames": [
            {
                "function": frame.function or None,
                "module": frame.module,
                "offset": frame.offset,
                "source": frame.source or None,
                "address": frame.address,
            }
            for frame in stack.frames
        ],
        "ends": stack.ends or None,
        "addresses": [{"address": address, "size": size} for address, size in stack.blocks],
    }


def _document(found: Leaks, limit: int | None) -> Mapping[str, Any]:
    traced = found.traced
    quality = "exact" if not found.why_not_better and not found.plan.two_phase and not traced.lost else "estimate"
    return {
        "command": "leaks",
        "time": iso_time(time.time()),
        "interval": found.plan.seconds,
        "pid": found.key.pid,
        "rows": rows(found, limit),
        "traced": {"allocations": traced.allocations, "frees": traced.frees, "lost": traced.lost},
        "instrument": {
            "name": found.way.value if found.way else None,
            "quality": quality,
            "why_not_better": found.why_not_better or None,
        },
        "attach_seconds": found.attach_seconds,
        "ended": found.ended or None,
        "notes": list(found.notes),
        "unavailable": {},
    }


def _command(source: ProcSource, pid: int) -> str:
    try:
        return pid_files.parse_cmdline(source.read(f"{pid}/cmdline"))
    except Unreadable:
        return ""


def _progress(state: Leaks) -> None:
    words = "  ".join(text_of(line) for line in summary(state, 400)[:1])
    print(f"\r\x1b[K{words[:100]}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
