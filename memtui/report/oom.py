"""`memtui oom`: who would be killed for memory next, and who was."""

from collections.abc import Mapping
from typing import Any, Final

from memtui.model.fields import KILL
from memtui.model.process import Process
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unavailable
from memtui.report.document import document, iso_time
from memtui.report.failure import Failure
from memtui.report.paper import paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view.kills import KillRow, Nearer, counted, in_line, kills, lines, nearer

_REQUEST: Final = Request(needs=Need.STATUS | Need.OOM | Need.CGROUPS | Need.KILLS, complete=True)
_FIELDS: Final = (
    "pid",
    "start_time",
    "user",
    "oom_score",
    "oom_score_adj",
    "res",
    "swap",
    "pte",
    "cgroup",
    "command",
)
_SHOWN: Final = 10


def run(source: ProcSource, limit: int | None, *, as_json: bool) -> int:
    """Print both once, `limit` rows of each at most (None: 10, in JSON all); the exit status."""
    (snapshot,) = snapshots(source, _REQUEST, None, None)
    line, past = in_line(snapshot), kills(snapshot)
    if not line and isinstance(past, Unavailable):
        raise Failure(f"neither oom_score of any process nor the kernel log can be read: {past}")
    if as_json:
        refused = {"kills": str(past)} if isinstance(past, Unavailable) else {}
        print(
            document(
                "oom",
                snapshot,
                [_process(one) for one in line[:limit]],
                cgroups=[_cgroup(one) for one in nearer(snapshot, line)],
                kills=None if isinstance(past, Unavailable) else [_kill(one) for one in past[:limit]],
                oom_kill=counted(snapshot),
                unavailable=refused,
            ),
            flush=True,
        )
    else:
        on = paper()
        show(lines(snapshot, limit or _SHOWN, on.width, cut=on.cut), on)
    return 0


def _process(one: Process) -> Mapping[str, Any]:
    return {key: getattr(one, key) for key in _FIELDS}


def _cgroup(one: Nearer) -> Mapping[str, Any]:
    """Who would be killed in it is in `first`."""
    row = one.row
    return {
        "path": row.path,
        "left": one.left,
        "max": int(row.max or 0),
        "usage": row.usage,
        "anon": row.anon,
        "first": None if one.first is None else _process(one.first),
    }


def _kill(one: KillRow) -> Mapping[str, Any]:
    return {**{key: getattr(one, key) for key in KILL}, "time": iso_time(one.time)}
