"""Of OOM kills."""

from collections.abc import Callable, Sequence
from typing import Any

from memtui.model.findings.finding import Severity
from memtui.model.findings.rules.kills import CGROUP_OOM, OOM_KILL, OOM_KILLED_EARLIER, OOM_NEXT
from memtui.model.kills import LoggedKill
from memtui.model.survey import Survey
from memtui.proc.oom_log import Constraint, OomKill
from memtui.proc.unavailable import Unavailable, Why

from .conftest import GIB, MIB, START, Case, Moment, Scene

SCENE = Scene()
DENIED = Unavailable(Why.DENIED, "needs root or CAP_SYSLOG")


def kill(second: float, pid: int = 77, memcg: str | None = None, **fields: Any) -> LoggedKill:
    """A kill at a second of the history, before it if that is negative."""
    usual: dict[str, Any] = {
        "sequence": int(1e6 + second), "seconds": START + second, "pid": pid, "comm": "hog", "total_vm": GIB,
        "constraint": Constraint.MEMCG if memcg else Constraint.NONE, "anon_rss": 500 * MIB, "file_rss": MIB,
        "shmem_rss": 0, "uid": 0, "pgtables": MIB, "swap": 0, "oom_score_adj": 100, "memcg": memcg,
        "task_memcg": memcg, "limit": 512 * MIB if memcg else None, "invoked_by": "tar",
    }  # fmt: skip
    return LoggedKill(START + second, OomKill(**{**usual, **fields}))


def killed(second: float, memcg: str | None = None) -> Moment:
    return {"survey": Survey(kills=(kill(second, memcg=memcg),))}


NONE: Moment = {"survey": Survey(kills=())}


def short(available: float, swap: float) -> Moment:
    """Both as shares, of what programs could have and of swap."""
    return {
        "meminfo": {
            "MemAvailable": int(8 * GIB * available), "AnonPages": int(8 * GIB * (1 - available)),
            "SwapFree": int(2 * GIB * swap),
        },
        "processes": [SCENE.process(5, "small", oom_score=10), SCENE.process(6, "large", oom_score=800)],
    }  # fmt: skip


def uncounted(kills: Sequence[int]) -> Callable[[int], Moment]:
    """Kills at some seconds of which no log can be read; the hog is gone with the first."""

    def moment(second: int) -> Moment:
        rows = [SCENE.process(5, "small")]
        if second < min(kills, default=99):
            rows.append(SCENE.process(6, "hog", res=500 * MIB))
        count = sum(second >= at for at in kills)
        return {"vmstat": {"oom_kill": 3 + count}, "processes": rows, "survey": Survey(kills=DENIED)}

    return moment


CASES = (
    Case(OOM_KILL, killed(0), killed(-21), past=NONE, severity=Severity.CRITICAL),
    Case(OOM_KILL, uncounted([4]), uncounted([]), severity=Severity.CRITICAL),
    Case(CGROUP_OOM, killed(0, "/a"), killed(-21, "/a"), past=NONE, severity=Severity.CRITICAL),
    Case(OOM_KILLED_EARLIER, killed(-30), killed(-1801), past=NONE, severity=Severity.NOTE),
    Case(OOM_KILLED_EARLIER, killed(-1780, "/a"), killed(-1801, "/a"), past=NONE, severity=Severity.NOTE),
    Case(OOM_NEXT, short(0.099, 0.099), short(0.099, 0.101), short(0.14, 0.14), severity=Severity.NOTE),
    Case(OOM_NEXT, short(0.099, 0.0), short(0.101, 0.0), short(0.14, 0.0), severity=Severity.NOTE),
    Case(
        OOM_NEXT, {**short(0.5, 1.0), **killed(0)}, {**short(0.5, 1.0), **killed(-21)}, past=NONE,
        severity=Severity.NOTE,
    ),
)  # fmt: skip
