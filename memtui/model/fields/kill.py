"""Of a process that the OOM killer took. Keys are the attributes of `view.kills.KillRow`."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_N, _B, _T = Unit.NUMBER, Unit.BYTES, Unit.TEXT

KILL: Final = table(
    Field("time", "KILLED", Unit.WALL, "kernel log", "when it was killed; the log's clock drifts a little from the wall's"),
    Field("pid", "PID", _N, "kernel log: Killed process", "process id that it had"),
    Field("uid", "UID", _N, "kernel log: UID, or the table of tasks", "its real user"),
    Field("score", "SCORE", _N, "mm/oom_kill.c: oom_badness()", "its oom_score, weighed against what had run out; ~ where it is estimated from the sizes in the log: kernels from 5.1 on don't give it"),
    Field("score_estimated", "EST", _T, "memtui", "whether SCORE is such an estimate"),
    Field("oom_score_adj", "ADJ", _N, "kernel log: oom_score_adj", "the user's correction of it"),
    Field("res", "RES", _B, "kernel log: anon-rss + file-rss + shmem-rss", "what it had resident"),
    Field("anon_rss", "ANON", _B, "kernel log: anon-rss", "of it anonymous memory, which its end gave back"),
    Field("file_rss", "FILE", _B, "kernel log: file-rss", "of it pages of mapped files"),
    Field("shmem_rss", "SHMEM", _B, "kernel log: shmem-rss", "of it shared memory, which stays while others hold it"),
    Field("swap", "SWAP", _B, "kernel log: swapents", "what it had in swap"),
    Field("pgtables", "PTE", _B, "kernel log: pgtables", "its page tables"),
    Field("total_vm", "VIRT", _B, "kernel log: total-vm", "its address space"),
    Field("comm", "NAME", _T, "kernel log: Killed process", "its name, of which the kernel keeps 15 bytes"),
    Field("constraint", "RAN OUT", _T, "kernel log: constraint", "what had run out: the machine, a cgroup up to its limit, the nodes of a cpuset or of a memory policy"),
    Field("cgroup", "LIMIT OF", _T, "kernel log: oom_memcg", "the cgroup whose limit was hit; none if it was the machine"),
    Field("limit", "LIMIT", _B, "kernel log: memory: limit", "that limit"),
    Field("task_cgroup", "IN", _T, "kernel log: task_memcg", "the cgroup that it was in"),
    Field("invoked_by", "ASKED", _T, "kernel log: invoked oom-killer", "who needed the page that there was not"),
)  # fmt: skip
