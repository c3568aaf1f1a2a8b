"""OOM kills as the kernel log tells them, from Linux 3.10 to today.

    python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    memory: usage 32768kB, limit 32768kB, failcnt 12
    memory+swap: usage 32768kB, limit 32768kB, failcnt 0           (v1; v2 has `swap:`)
    [  pid  ]   uid  tgid total_vm      rss ... pgtables_bytes swapents oom_score_adj name
    [   4901]     0  4901    54337     9570 ...         122880        0             0 python3
    oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=/a,task_memcg=/a/b,task=python3,pid=4901,uid=0     (from 5.0)
    Task in /a/b killed as a result of limit of /a                                                        (before)
    Memory cgroup out of memory: Kill process 4901 (python3) score 998 or sacrifice child          (before 5.1)
    Memory cgroup out of memory: Killed process 4901 (python3) total-vm:217348kB, anon-rss:32512kB, ...

Kernel: mm/oom_kill.c: dump_header, dump_tasks, __oom_kill_process; mm/memcontrol.c: mem_cgroup_print_oom_context.
Names in it are chosen by whoever runs the program, so every line is held against its whole form, from its end.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from memtui.proc.cgroup import NO_LIMIT, parse_limit
from memtui.proc.kmsg import LogRecord, parse, unescaped
from memtui.proc.numbers import integer, natural

_KIB: Final = 1024
_WORTH_A_LOOK: Final = re.compile(
    rb"invoked oom-killer: |: usage \d|;\[ *(?:pid|\d)|;oom-kill:|;Tasks? in |Kill(?:ed)? process \d"
)
_INVOKED: Final = re.compile(rb"(.*) invoked oom-killer: (?:gfp_mask|order)")
_USAGE: Final = re.compile(rb"(memory|memory\+swap|swap): usage \d+kB, limit (\d{1,20})kB, failcnt \d+")
_HEADER: Final = re.compile(rb"\[ *pid *\] +(.*)")
_ROW: Final = re.compile(rb"\[ *(\d{1,10})\] +(.*)")
_CONTEXT: Final = re.compile(rb"oom-kill:constraint=CONSTRAINT_(\w+),(.*),task=.*,pid=(\d{1,10}),uid=\d{1,10}")
_GROUPS: Final = re.compile(rb"(?:.*?,)?oom_memcg=(/.*),task_memcg=(/.*)")
_TASK_GROUP: Final = re.compile(rb".*?,global_oom,task_memcg=(/.*)")
_TASK_IN: Final = re.compile(rb"Task in (/.*) killed as a result of limit of (/.*)")
_ALL_OF: Final = re.compile(rb"Tasks in (/.*) are going to be killed due to memory\.oom\.group set")
_CHOSEN: Final = re.compile(rb"(.*)Kill process (\d{1,10}) \(.*\) score (\d{1,10}) or sacrifice child")
_KILLED: Final = re.compile(
    rb"(.*?)Killed process (\d{1,10}) \((.*)\),?(?: UID \d+,)? total-vm:(\d{1,20})kB, anon-rss:(\d{1,20})kB, "
    rb"file-rss:(\d{1,20})kB(?:, shmem-rss:(\d{1,20})kB)?(?:,? UID:(\d{1,20}))?(?: pgtables:(\d{1,20})kB)?"
    rb"(?: oom_score_adj:(-?\d{1,5}))?"
)
_OF_CGROUP: Final = b"Memory cgroup"


class Constraint(StrEnum):
    """What had run out: the machine, a cgroup up to its limit, or the nodes that a cpuset or a policy allows."""

    NONE = "machine"
    MEMCG = "cgroup"
    CPUSET = "cpuset"
    MEMORY_POLICY = "memory policy"


class OomKill(NamedTuple):
    """One process that was killed for memory; sizes in bytes, None where this kernel's log doesn't say.

    `seconds` are on the log's clock. `memcg` is the cgroup whose limit was hit, `task_memcg` the one that the process
    was in. `limit` is of that cgroup's memory; `swap_limit` of its swap, and `memsw_limit` v1's of both together.
    `score` is given by kernels before 5.1 only: a thousand is all that there is.
    """

    sequence: int
    seconds: float
    pid: int
    comm: str
    constraint: Constraint
    total_vm: int
    anon_rss: int
    file_rss: int
    shmem_rss: int | None = None
    uid: int | None = None
    pgtables: int | None = None
    swap: int | None = None
    oom_score_adj: int | None = None
    memcg: str | None = None
    task_memcg: str | None = None
    limit: float | None = None
    swap_limit: float | None = None
    memsw_limit: float | None = None
    invoked_by: str | None = None
    score: int | None = None

    @property
    def res(self) -> int:
        """What it had resident."""
        return self.anon_rss + self.file_rss + (self.shmem_rss or 0)


class _Report:
    """What the log has said since somebody last invoked the OOM killer."""

    def __init__(self, invoked_by: str | None = None) -> None:
        self.invoked_by = invoked_by
        self.limits: dict[bytes, float] = {}
        self.columns: list[str] = []
        self.rows: dict[int, tuple[bytes, list[str]]] = {}
        self.constraint: Constraint | None = None
        self.memcg: str | None = None
        self.task_memcg: str | None = None
        self.pid: int | None = None
        self.scores: dict[int, int] = {}
        self.told: set[int] = set()
        self.kept: list[bytes] = []

    def is_of(self, pid: int) -> bool:
        """Whether it is of this process: reports are rate-limited, and many kills have none of their own."""
        return not self.told or pid in self.rows


class OomLog:
    """Reads records one after another and tells of each kill; a report whose beginning was overwritten tells less.

    `kept` are the records of the last kill that are needed to tell of it again.
    """

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._report = _Report()
        self.kept: list[bytes] = []

    def take(self, raw: bytes) -> OomKill | None:
        """The kill that a record of the log completes."""
        record = parse(raw) if _WORTH_A_LOOK.search(raw) else None
        if record is None or not record.own:
            return None
        text = record.text
        if found := _INVOKED.match(text):
            self._report = _Report(unescaped(found[1]))
        elif found := _KILLED.fullmatch(text):
            return self._killed(record, found, raw)
        elif not self._known(text):
            if row := _ROW.match(text):
                self._report.rows[int(row[1])] = raw, unescaped(row[2]).split()
            return None
        self._report.kept.append(raw)
        return None

    def _known(self, text: bytes) -> bool:
        """Take in a line that says something of the whole report."""
        report = self._report
        if found := _USAGE.fullmatch(text):
            limit = parse_limit(str(int(found[2]) * _KIB).encode())
            report.limits[found[1]] = NO_LIMIT if limit is None else limit
        elif found := _HEADER.match(text):
            report.columns = unescaped(found[1]).split()
        elif found := _CONTEXT.fullmatch(text):
            report.constraint = Constraint.__members__.get(found[1].decode("ascii", "replace"))
            report.pid = int(found[3])
            report.memcg, report.task_memcg = _groups(found[2])
        elif found := _TASK_IN.fullmatch(text):
            report.memcg, report.task_memcg = unescaped(found[2]), unescaped(found[1])
        elif found := _CHOSEN.fullmatch(text):
            report.scores[int(found[2])] = int(found[3])
            report.constraint = Constraint.MEMCG if found[1].startswith(_OF_CGROUP) else report.constraint
        else:
            return _ALL_OF.fullmatch(text) is not None
        return True

    def _killed(self, record: LogRecord, found: re.Match[bytes], raw: bytes) -> OomKill | None:
        pid = int(found[2])
        if pid in self._report.told:  # where all of a cgroup are killed, the first is named twice
            return None
        if not self._report.is_of(pid):
            self._report = _Report()
        report = self._report
        of_cgroup = found[1].startswith(_OF_CGROUP) or report.constraint is Constraint.MEMCG
        line, cells = report.rows.get(pid, (b"", []))
        table = dict(zip(report.columns, cells, strict=False))
        pages, uid = natural(table.get("swapents", "")), _number(found[8])
        self.kept = [*report.kept, *([line] if line else []), raw]
        report.kept = []
        report.told.add(pid)
        return OomKill(
            sequence=record.sequence,
            seconds=record.seconds,
            pid=pid,
            comm=unescaped(found[3]),
            constraint=Constraint.MEMCG if of_cgroup else report.constraint or Constraint.NONE,
            total_vm=int(found[4]) * _KIB,
            anon_rss=int(found[5]) * _KIB,
            file_rss=int(found[6]) * _KIB,
            shmem_rss=None if found[7] is None else int(found[7]) * _KIB,
            uid=natural(table.get("uid", "")) if uid is None else uid,
            pgtables=self._tables(table) if found[9] is None else int(found[9]) * _KIB,
            swap=None if pages is None else pages * self._page_size,
            oom_score_adj=integer(table.get("oom_score_adj", "") if found[10] is None else found[10].decode("ascii")),
            memcg=report.memcg if of_cgroup else None,
            task_memcg=report.task_memcg if report.pid in (None, pid) else None,
            limit=report.limits.get(b"memory") if of_cgroup else None,
            swap_limit=report.limits.get(b"swap") if of_cgroup else None,
            memsw_limit=report.limits.get(b"memory+swap") if of_cgroup else None,
            invoked_by=report.invoked_by,
            score=report.scores.get(pid),
        )

    def _tables(self, table: dict[str, str]) -> int | None:
        size = natural(table.get("pgtables_bytes", ""))
        pages = [natural(table[name]) for name in ("nr_ptes", "nr_pmds", "nr_puds") if name in table]
        if size is None and pages and None not in pages:
            return self._page_size * sum(number or 0 for number in pages)
        return size


def _groups(context: bytes) -> tuple[str | None, str | None]:
    """The cgroup whose limit was hit and the one of the process, which lies in it: names may look like anything."""
    if found := _GROUPS.fullmatch(context):
        whole = context[found.start(1) :]
        at = whole.find(b",task_memcg=")
        while at >= 0:
            limit, task = whole[:at], whole[at + len(b",task_memcg=") :]
            if task == limit or task.startswith(limit.rstrip(b"/") + b"/"):
                return unescaped(limit), unescaped(task)
            at = whole.find(b",task_memcg=", at + 1)
        return unescaped(found[1]), unescaped(found[2])
    found = _TASK_GROUP.fullmatch(context)
    return None, unescaped(found[1]) if found else None


def _number(word: bytes | None) -> int | None:
    return None if word is None else natural(word.decode("ascii", "replace"))
