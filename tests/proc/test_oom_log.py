"""OOM kills out of the kernel log: as kernels from 3.10 to 6.18 write them, cut, interleaved, and hostile."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.proc import kmsg
from memtui.proc.cgroup import NO_LIMIT
from memtui.proc.oom_log import Constraint, OomKill, OomLog

DATA = Path(__file__).parent / "data"
KIB = 1024
OLD = {  # in the words of mm/oom_kill.c of these versions
    "3.10": """
        java invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0
        Task in /docker/f00 killed as a result of limit of /docker
        memory: usage 524288kB, limit 524288kB, failcnt 2441
        memory+swap: usage 524288kB, limit 1048576kB, failcnt 0
        [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name
        [ 3520]  1000  3520   913414   120811     322     4000           100 java
        Memory cgroup out of memory: Kill process 3520 (java) score 943 or sacrifice child
        Killed process 3520 (java), UID 1000, total-vm:3653656kB, anon-rss:470000kB, file-rss:13244kB, shmem-rss:4kB
        """,
    "4.9": """
        stress invoked oom-killer: gfp_mask=0x24280ca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), order=0, oom_score_adj=0
        [ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name
        [  801]     0   801   262144   240000     480       5        0             0 stress
        Out of memory: Kill process 801 (stress) score 903 or sacrifice child
        Killed process 801 (stress) total-vm:1048576kB, anon-rss:959000kB, file-rss:1000kB, shmem-rss:0kB
        """,
    "5.0": """
        a invoked oom-killer: gfp_mask=0x6200ca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0
        oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/u,task=b,pid=9,uid=33
        Out of memory: Kill process 9 (b) score 7 or sacrifice child
        Killed process 9 (b) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB
        """,
}  # fmt: skip


def records(text: str) -> list[bytes]:
    rows = [row.strip() for row in text.strip().splitlines()]
    return [f"6,{number},{number}000000,-;{row}\n".encode() for number, row in enumerate(rows)]


def kills(rows: Iterable[bytes]) -> list[OomKill]:
    log = OomLog(4096)
    return [kill for row in rows if (kill := log.take(row)) is not None]


def recorded(name: str) -> list[bytes]:
    return (DATA / name / "kmsg").read_bytes().splitlines(keepends=True)


def test_a_kill_at_a_cgroups_limit_says_who_and_whose_limit() -> None:
    (kill,) = kills(recorded("6.18"))
    assert kill == OomKill(
        sequence=503, seconds=109.393715, pid=2850, comm="python3", constraint=Constraint.MEMCG,
        total_vm=217348 * KIB, anon_rss=32512 * KIB, file_rss=5840 * KIB, shmem_rss=0, uid=0, pgtables=124 * KIB,
        swap=0, oom_score_adj=0, memcg="/memtui-test-2757-1", task_memcg="/memtui-test-2757-1", limit=32 << 20,
        swap_limit=None, memsw_limit=32 << 20, invoked_by="python3", score=None,
    )  # fmt: skip
    assert kill.res == (32512 + 5840) * KIB


@pytest.mark.parametrize("kernel", ["5.10", "6.1", "6.12"])
def test_a_limit_of_a_cgroup_above_a_whole_group_and_the_machine(kernel: str) -> None:
    first, *group, last = kills(recorded(kernel))
    assert (first.memcg, first.task_memcg) == ("/a", "/a/b c,task=x"), "a name may look like the next field"
    assert (first.limit, first.swap_limit, first.memsw_limit) == (40 << 20, NO_LIMIT, None)
    group = [kill for kill in group if kill.constraint is Constraint.MEMCG]
    assert len(group) == 2 and len({kill.pid for kill in group}) == 2, "the first of them is named twice in the log"
    assert {(kill.memcg, kill.limit) for kill in group} == {("/grp", 60 << 20)}
    assert (last.constraint, last.memcg, last.task_memcg, last.limit) == (Constraint.NONE, None, "/", None)
    assert (last.comm, last.oom_score_adj, last.invoked_by) == ("python3", 300, "python3")
    assert last.swap == 0 and last.pgtables and last.anon_rss > 200 << 20


@pytest.mark.parametrize("name", [b"/a,task_memcg=/x", b"/x,oom_memcg=/y", b"/a,task=b,pid=1,uid=0"])
def test_the_cgroups_of_a_report_are_told_apart_whatever_they_are_called(name: bytes) -> None:
    rows = [row.replace(b"_memcg=/a", b"_memcg=" + name) for row in recorded("6.12")]
    assert (kills(rows)[0].memcg, kills(rows)[0].task_memcg) == (name.decode(), name.decode() + "/b c,task=x")


def test_a_policy_that_ran_out_of_its_nodes_is_told_apart() -> None:
    assert [kill.constraint for kill in kills(recorded("6.12"))][-2:] == [Constraint.MEMORY_POLICY, Constraint.NONE]


def test_kernels_before_5_1_gave_the_score() -> None:
    (kill,) = kills(records(OLD["3.10"]))
    assert (kill.pid, kill.comm, kill.uid, kill.score, kill.oom_score_adj) == (3520, "java", 1000, 943, 100)
    assert (kill.constraint, kill.memcg, kill.task_memcg) == (Constraint.MEMCG, "/docker", "/docker/f00")
    assert (kill.swap, kill.pgtables) == (4000 * 4096, 322 * 4096)
    assert (kill.limit, kill.memsw_limit) == (512 << 20, 1 << 30)
    (kill,) = kills(records(OLD["4.9"]))
    assert (kill.constraint, kill.score, kill.pgtables, kill.uid) == (Constraint.NONE, 903, 485 * 4096, 0)
    (kill,) = kills(records(OLD["5.0"]))
    assert (kill.constraint, kill.score, kill.task_memcg, kill.uid) == (Constraint.NONE, 7, "/u", None)


def test_a_child_that_was_sacrificed_has_not_its_parents_score() -> None:
    rows = OLD["4.9"].replace("Killed process 801", "Killed process 802")
    (kill,) = kills(records(rows))
    assert (kill.pid, kill.score, kill.swap) == (802, None, None)


def test_of_an_overwritten_report_the_rest_still_tells() -> None:
    rows = recorded("6.18")
    for start in range(len(rows)):
        (kill,) = kills(rows[start:])
        assert (kill.pid, kill.constraint, kill.anon_rss) == (2850, Constraint.MEMCG, 32512 * KIB)
    assert kills(rows[:-1]) == []


def test_a_kill_whose_report_the_kernel_left_out_has_nothing_of_the_one_before() -> None:
    said = b"Memory cgroup out of memory: Killed process 77 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB\n"
    bare = b"3,900,200000000,-;" + said
    _, kill = kills([*recorded("6.18"), bare])
    assert (kill.pid, kill.constraint, kill.memcg, kill.invoked_by, kill.limit) == (
        77,
        Constraint.MEMCG,
        None,
        None,
        None,
    )


def test_what_programs_write_into_the_log_is_no_kill() -> None:
    rows = recorded("6.18")
    assert kills(row.replace(b"3,503,", b"11,503,") for row in rows) == []
    said = b"4,1,1,-;bash: Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB and then some\n"
    assert kills([said]) == []


def test_what_is_kept_of_a_kill_tells_of_it_again() -> None:
    for name in ("5.10", "6.1", "6.12", "6.18"):
        log, kept = OomLog(4096), []
        for row in recorded(name):
            if log.take(row) is not None:
                kept += log.kept
        assert kills(kept) == kills(recorded(name))
        again, twice = OomLog(4096), []
        for row in kept:
            if again.take(row) is not None:
                twice += again.kept
        assert twice == kept


@given(st.binary(min_size=1, max_size=15).filter(lambda name: b"\0" not in name))
def test_a_name_may_be_anything(name: bytes) -> None:
    shown = b"".join(bytes((c,)) if 32 <= c < 127 and c != 92 else b"\\x%02x" % c for c in name)
    rows = [row.replace(b"python3", shown) for row in recorded("6.12")]
    plain, odd = kills(recorded("6.12")), kills(rows)
    text = name.decode("utf-8", "backslashreplace")
    assert odd == [kill._replace(comm=text, invoked_by=kill.invoked_by and text) for kill in plain]


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.binary(max_size=12)), max_size=6))
def test_damaged_bytes_never_raise_nor_let_a_lone_surrogate_through(edits: list[tuple[float, int, bytes]]) -> None:
    data = b"".join(recorded("6.12"))
    for place, length, piece in edits:
        at = int(place * len(data))
        data = data[:at] + piece + data[at + length :]
    for kill in kills(data.splitlines(keepends=True)):
        for value in kill:
            if isinstance(value, str):
                value.encode()
            assert value is None or isinstance(value, (str, int, float))


@pytest.mark.parametrize("number", [b"9" * 30, b"9" * 5000, b"-1", "٣".encode()])
def test_odd_numbers_are_none(number: bytes) -> None:
    for row in recorded("6.18"):
        for word in (b"2850", b"32512", b"503", b"9588", b"32768"):
            kills([*recorded("6.18")[:-1], row.replace(word, number)])


def test_a_record_is_one_line_with_its_dictionary_left_out() -> None:
    record = kmsg.parse(b"6,339,5140900,-,caller=T1;NET: 10\\x0a\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n")
    assert record == (339, 5.1409, True, b"NET: 10\\x0a")
    assert record is not None and kmsg.unescaped(record.text) == "NET: 10\n"
    for bad in (b"", b"6;x", b"6,1,x,-;y", b"6,1,2,-", b" SUBSYSTEM=a,b,c,d;e"):
        assert kmsg.parse(bad) is None
