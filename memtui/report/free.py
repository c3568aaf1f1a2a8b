"""`memtui free`: memory and swap as free(1) sums them up, and the account of all RAM."""

from collections.abc import Mapping
from typing import Any, Final

from memtui.model.account import account, measured
from memtui.model.memory import Memory
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.report.document import document
from memtui.report.failure import Failure
from memtui.report.paper import paper, show
from memtui.report.repeat import snapshots
from memtui.sampling.request import Need, Request
from memtui.view.memory import memory_lines

KEYS: Final = ("total", "used", "free", "shared", "buff_cache", "available")
_NEEDS: Final = Need.STATUS | Need.SMAPS | Need.MEMORY


def run(source: ProcSource, *, as_json: bool) -> int:
    """Print memory and swap once; the exit status."""
    (snapshot,) = snapshots(source, Request(needs=_NEEDS, complete=True), None, None)
    if not snapshot.memory.total:
        raise Failure(next((f"{what}: {why}" for what, why in snapshot.problems if what == "meminfo"), "no memory"))
    if as_json:
        parts = [{"name": part.kind.value, "bytes": part.size} for part in account(snapshot)]
        pss = measured(snapshot)._asdict()
        limit = _limit(snapshot)
        shown = document("free", snapshot, rows(snapshot.memory), limit=limit, account=parts, processes=pss)
        print(shown, flush=True)
    else:
        on = paper()
        show(memory_lines(snapshot, on.width), on)
    return 0


def _limit(snapshot: Snapshot) -> Mapping[str, Any] | None:
    """The limit that memtui itself is under, in bytes; null where it may use all of RAM."""
    own = snapshot.system.own
    if own is None:
        return None
    return {
        "path": own.path,
        "max": own.size,
        "used": own.used,
        "available": own.available(snapshot.memory.available),
    }


def rows(memory: Memory) -> list[Mapping[str, Any]]:
    """The two rows, in bytes; swap has neither shared nor cached nor available memory."""
    swap = {"total": memory.swap_total, "used": memory.swap_used, "free": memory.swap_free}
    return [
        {"name": "mem", **{key: getattr(memory, key) for key in KEYS}},
        {"name": "swap", **{key: swap.get(key) for key in KEYS}},
    ]
