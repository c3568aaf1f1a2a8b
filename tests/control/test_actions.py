import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from memtui.control import nice, oom_adj, signals
from memtui.control.nice import renice
from memtui.control.oom_adj import set_oom_score_adj
from memtui.control.outcome import Kind, Outcome, in_short
from memtui.control.signals import SIGNALS, send

ACTIONS: dict[str, Callable[[int, int], Outcome]] = {
    "signal": lambda pid, start: send(pid, start, signal.SIGKILL),
    "nice": lambda pid, start: renice(pid, start, 7),
    "oom_score_adj": lambda pid, start: set_oom_score_adj(pid, start, 700),
}
each_action = pytest.mark.parametrize("act", ACTIONS.values(), ids=ACTIONS.keys())
without_pidfd = pytest.mark.parametrize("pidfd", [True, False], ids=["pidfd", "no pidfd"])


def oom_score_adj(pid: int) -> int:
    with open(f"/proc/{pid}/oom_score_adj", "rb") as file:
        return int(file.read())


def give_next(pid: int) -> None:
    """Have the kernel give this pid to the next process (proc_sys_kernel(5), ns_last_pid)."""
    try:
        with open("/proc/sys/kernel/ns_last_pid", "wb", buffering=0) as file:
            file.write(b"%d" % (pid - 1))
    except OSError as error:
        pytest.skip(f"a pid can't be given again here: {error.strerror}")


def untouched(child: Any) -> bool:
    return (
        child.process.poll() is None
        and child.stat.nice == 0
        and oom_score_adj(child.pid) == oom_score_adj(os.getpid())
    )


@without_pidfd
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1])
def test_a_signal_arrives(child: Any, number: signal.Signals, pidfd: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not pidfd:
        monkeypatch.delattr(os, "pidfd_open")
    assert send(child.pid, child.start_time, number) == Outcome(Kind.OK, f"{number.name} sent to {child.pid}")
    assert child.process.wait() == -number


def test_a_sandbox_that_knows_no_pidfd_is_no_obstacle(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "pidfd_open", refused)
    assert send(child.pid, child.start_time, signal.SIGTERM).kind is Kind.OK
    assert child.process.wait() == -signal.SIGTERM


def test_stop_and_continue(child: Any) -> None:
    assert send(child.pid, child.start_time, signal.SIGSTOP).kind is Kind.OK
    assert os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1])
    assert child.stat.state == "T"
    assert send(child.pid, child.start_time, signal.SIGCONT).kind is Kind.OK
    assert os.WIFCONTINUED(os.waitpid(child.pid, os.WCONTINUED)[1])


def test_nice_is_set_for_every_thread(spawn: Callable[..., Any]) -> None:
    code = (
        "import threading, time\n"
        "for _ in range(3): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
        "print('ready', flush=True); time.sleep(1000)"
    )
    child = spawn("python3", "-c", code)
    assert child.process.stdout.readline() == b"ready\n"
    assert renice(child.pid, child.start_time, 5) == Outcome(Kind.OK, f"{child.pid} has nice 5 now")
    threads = os.listdir(f"/proc/{child.pid}/task")
    assert len(threads) == 4
    assert [os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in threads] == [5] * 4
    assert child.stat.nice == 5


def test_oom_score_adj_is_set(child: Any) -> None:
    done = set_oom_score_adj(child.pid, child.start_time, 321)
    assert done == Outcome(Kind.OK, f"{child.pid} has oom_score_adj 321 now")
    assert oom_score_adj(child.pid) == 321


@pytest.mark.parametrize(
    ("act", "values"),
    [(renice, (nice.LOWEST - 1, nice.HIGHEST + 1)), (set_oom_score_adj, (oom_adj.LOWEST - 1, oom_adj.HIGHEST + 1))],
)
def test_values_that_the_kernel_would_bend_or_refuse_fail(
    child: Any, act: Callable[[int, int, int], Outcome], values: tuple[int, int]
) -> None:
    for value in values:
        outcome = act(child.pid, child.start_time, value)
        assert outcome.kind is Kind.FAILED
        assert outcome.text.startswith(f"{value} is no ")
    assert untouched(child)


@each_action
def test_another_process_with_the_pid_is_not_touched(child: Any, act: Callable[[int, int], Outcome]) -> None:
    for start in (child.start_time + 1, child.start_time - 1, 0):
        assert act(child.pid, start) == Outcome(Kind.GONE, f"{child.pid} has ended already")
    assert untouched(child)


def test_without_pidfd_neither(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    assert send(child.pid, child.start_time + 1, signal.SIGKILL).kind is Kind.GONE
    assert untouched(child)


@without_pidfd
def test_a_pid_that_changes_hands_between_two_looks_is_not_touched(
    spawn: Callable[..., Any], pidfd: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = spawn(), spawn()
    open_pidfd, open_process = os.pidfd_open, psutil.Process

    def given_again(_: int) -> Any:
        """As if the old process had ended in this very moment, and the new one had its pid."""
        old.end()
        return open_pidfd(new.pid) if pidfd else open_process(new.pid)

    if not pidfd:
        monkeypatch.delattr(os, "pidfd_open")
    monkeypatch.setattr(*((os, "pidfd_open") if pidfd else (psutil, "Process")), given_again)
    assert send(old.pid, old.start_time, signal.SIGKILL).kind is Kind.GONE
    assert untouched(new)


@each_action
def test_a_pid_that_was_given_again_is_not_touched(
    spawn: Callable[..., Any], act: Callable[[int, int], Outcome]
) -> None:
    for _ in range(50):  # others start processes too, and may take the pid
        old = spawn()
        old.end()
        time.sleep(2 / os.sysconf("SC_CLK_TCK"))  # start times are told apart by a clock tick
        give_next(old.pid)
        new = spawn()
        if new.pid == old.pid:
            break
    else:
        pytest.skip("the pid was always taken by others")
    assert new.start_time > old.start_time
    assert act(old.pid, old.start_time).kind is Kind.GONE
    assert untouched(new)
    assert act(new.pid, new.start_time).kind is Kind.OK
    assert not untouched(new) or new.process.wait() == -signal.SIGKILL


@each_action
def test_a_process_that_has_ended_is_gone(child: Any, act: Callable[[int, int], Outcome]) -> None:
    child.process.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert child.stat.state == "Z"
    assert act(child.pid, child.start_time).kind is Kind.GONE
    child.process.wait()
    assert act(child.pid, child.start_time).kind is Kind.GONE


@each_action
@pytest.mark.parametrize("pid", [0, -1, -os.getpgrp()])
def test_groups_and_everyone_are_no_process(pid: int, act: Callable[[int, int], Outcome]) -> None:
    assert act(pid, 0).kind is Kind.GONE


@each_action
def test_another_users_process_is_denied(
    child: Any, as_nobody: Callable[[Callable[[], Any]], Any], act: Callable[[int, int], Outcome]
) -> None:
    outcome = as_nobody(lambda: act(child.pid, child.start_time))
    assert outcome.kind is Kind.DENIED
    assert re.fullmatch(rf"{child.pid}: permission denied: needs its own user.* root or CAP_\w+.*", outcome.text)
    assert untouched(child)


def test_without_pidfd_it_is_denied_too(
    child: Any, as_nobody: Callable[[Callable[[], Any]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    outcome = as_nobody(lambda: send(child.pid, child.start_time, signal.SIGKILL))
    assert outcome.kind is Kind.DENIED
    assert untouched(child)


@each_action
def test_no_descriptor_is_left_open(child: Any, act: Callable[[int, int], Outcome]) -> None:
    before = os.listdir("/proc/self/fd")
    act(child.pid, child.start_time + 1)
    act(child.pid, child.start_time)
    child.end()
    act(child.pid, child.start_time)
    assert os.listdir("/proc/self/fd") == before


def test_the_menu_has_every_signal_of_signal_7_once_and_term_first() -> None:
    numbers = [number for number, _ in SIGNALS]
    assert numbers[:2] == [signal.SIGTERM, signal.SIGKILL]
    assert sorted(numbers) == sorted(
        {number for number in signal.Signals if number < 32 and number.name != "SIGSTKFLT"}
    )
    assert all(words for _, words in SIGNALS)
    assert {number.name for number in numbers} >= signals.ENDING


def test_outcomes_in_short() -> None:
    ok, gone = Outcome(Kind.OK, "done"), Outcome(Kind.GONE, "7 has ended already")
    assert in_short([gone]) == gone
    assert in_short([ok, ok]) == Outcome(Kind.OK, "2 ok")
    assert in_short([ok, gone, ok]) == Outcome(Kind.GONE, "2 ok, 1 gone (7 has ended already)")
