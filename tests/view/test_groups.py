"""Processes added up: by which name, which sums, what is missing."""

from typing import Any

import pytest

from memtui.model.fields import PROCESS
from memtui.model.process import Process
from memtui.model.snapshot import Snapshot
from memtui.view.columns import column
from memtui.view.groups import BY, groups, program
from memtui.view.processes import TableSpec, arrange, passing
from memtui.view.tree import ADDS_UP


def row(pid: int = 1, **values: Any) -> Process:
    usual: dict[str, Any] = dict.fromkeys(Process._fields) | {
        "pid": pid, "start_time": pid, "comm": "c", "command": "/bin/c", "user": "app", "kernel_thread": False,
    }  # fmt: skip
    return Process(**{**usual, **values})


@pytest.mark.parametrize(
    ("command", "comm", "name"),
    [
        ("/usr/bin/redis-server 127.0.0.1:6379", "redis-server", "redis-server"),
        ("python3 -m api --workers 4", "python3", "python3"),
        ("./run.sh /etc/x", "run.sh", "run.sh"),
        ("postgres: checkpointer", "postgres", "postgres"),
        ("/usr/lib/postgresql/bin/postgres -D /data", "postgres", "postgres"),
        ("nginx: worker process", "nginx", "nginx"),
        ("[zombie]", "zombie", "[zombie]"),
        ("", "named", "named"),
        ("/", "slash", "slash"),
        (": odd", "odd", "odd"),
    ],
)
def test_the_program_is_the_file_name_and_rewritten_command_lines_fall_in_with_it(
    command: str, comm: str, name: str
) -> None:
    assert program(row(command=command, comm=comm)) == name


def test_all_kernel_threads_are_one_group() -> None:
    threads = [row(2, kernel_thread=True, command="[kswapd0]"), row(3, kernel_thread=True, command="[kcompactd0]")]
    assert [(group.name, group.members) for group in groups(threads, "command")] == [("kernel threads", 2)]


@pytest.mark.parametrize(
    ("by", "name", "missing"),
    [("user", "www", "?"), ("cgroup", "/a.slice", "no cgroup"), ("container", "k8s 1", "none")],
)
def test_who_has_no_name_has_a_group_too(by: str, name: str, missing: str) -> None:
    found = groups([row(1, **{by: name}), row(2, **{by: None}), row(3, **{by: name}), row(4, **{by: ""})], by)
    assert [(group.name, group.members) for group in found] == [(name, 2), (missing, 2)]


@pytest.mark.parametrize("key", ADDS_UP)
def test_what_adds_up_is_summed_and_missing_values_are_left_out(key: str) -> None:
    (group,) = groups([row(1, **{key: 3}), row(2), row(3, **{key: 4})], "user")
    assert getattr(group, key) == 7
    (nothing,) = groups([row(1), row(2)], "user")
    assert getattr(nothing, key) is None


def test_of_oom_scores_the_highest_counts_of_pss_the_oldest_and_of_the_rest_nothing() -> None:
    first, second = row(1, oom_score=3, pss_at=7.0, nice=5, virt=10), row(2, oom_score=9, pss_at=5.0, nice=5, virt=10)
    (group,) = groups([first, second, row(3)], "user")
    assert (group.oom_score, group.pss_at, group.nice, group.virt, group.pid) == (9, 5.0, None, None, None)
    (nothing,) = groups([row(1)], "user")
    assert (nothing.oom_score, nothing.pss_at) == (None, None)


def test_a_group_is_called_by_its_name_in_the_command_column() -> None:
    (group,) = groups([row(user="www-data")], "user")
    assert (group.key, group.command, group.comm) == ("www-data",) * 3
    with pytest.raises(AttributeError):
        group.__wrapped__  # noqa: B018 - what Python itself looks for is not a field


@pytest.mark.parametrize("by", BY)
def test_groups_hold_every_process_of_this_machine_once(live: Snapshot, by: str) -> None:
    rows = list(live.processes.values())
    found = groups(rows, by)
    assert sum(group.members for group in found) == len(rows)
    assert len({group.name for group in found}) == len(found)
    assert sum(group.res or 0 for group in found) == sum(one.res for one in rows)


@pytest.mark.parametrize("by", BY)
def test_opening_a_group_shows_its_members(live: Snapshot, by: str) -> None:
    for group in arrange(live, TableSpec(group=by, kernel_threads=True)).rows:
        opened = TableSpec(group=by, kernel_threads=True, opened=group.name)
        assert len(passing(live.processes.values(), opened)) == group.members


@pytest.mark.parametrize("key", [key for key in PROCESS if key not in ("state", "user", "cgroup", "container")])
def test_every_column_can_be_drawn_of_a_group(live: Snapshot, key: str) -> None:
    for group in groups(live.processes.values(), "command"):
        assert column(key).cell(group).text
