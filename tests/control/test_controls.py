import json
import os
import signal
import stat
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from memtui.control import log, plan
from memtui.control.controls import READ_ONLY, RECORDED, Controls
from memtui.control.log import ActionLog
from memtui.control.outcome import Kind, Outcome
from memtui.control.reclaim import Advice
from memtui.model.process import Process

MIB = 1 << 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "memtui" / "actions.log"


@pytest.fixture
def controls(file: Path) -> Controls:
    return Controls(log=ActionLog(str(file)))


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()]


def mebibytes(size: int) -> str:
    return f"{size // MIB}M"


def row(pid: int, comm: str, **values: Any) -> Process:
    usual: dict[str, Any] = dict.fromkeys(Process._fields) | {
        "pid": pid, "start_time": 1, "comm": comm, "command": f"/bin/{comm}", "kernel_thread": False, "nice": 0,
        "threads": 1, "uss": 100 * MIB, "res": 120 * MIB, "oom_score_adj": 0,
    }  # fmt: skip
    return Process(**{**usual, **values})


# -- the log --------


def test_every_action_is_logged_with_its_result(child: Any, controls: Controls, file: Path) -> None:
    started = time.time()
    controls.renice(child, 3)
    controls.set_oom_score_adj(child, 300)
    controls.send(child, signal.SIGTERM)
    child.process.wait()
    controls.send(child, signal.SIGKILL)
    found = lines(file)
    assert [(line["action"], line["result"]) for line in found] == [
        ("nice 3", "ok"),
        ("oom_score_adj 300", "ok"),
        ("signal SIGTERM", "ok"),
        ("signal SIGKILL", "gone"),
    ]
    for line in found:
        assert (line["pid"], line["start_time"], line["command"]) == (child.pid, child.start_time, "sleep 1000")
        when = datetime.fromisoformat(line["time"])
        assert when.utcoffset() is not None
        assert started - 1 <= when.timestamp() <= time.time()


def test_the_log_is_for_its_owner_alone(controls: Controls, child: Any, file: Path) -> None:
    old = os.umask(0)
    try:
        controls.renice(child, 1)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_command_can_not_break_the_lines_of_the_log(file: Path) -> None:
    command = 'a\nb\x1b[31m "\u202e\udcff'
    assert ActionLog(str(file)).write("nice 1", 1, 2, command, Outcome(Kind.OK, "done")) == ""
    (line,) = lines(file)
    assert line["command"] == command


def test_an_action_that_could_not_be_logged_says_so(child: Any, tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "link", Path("/dev/null"), Path("/proc/memtui/actions.log")):
        if file.name == "link":
            file.symlink_to(tmp_path / "target")
        outcome = Controls(log=ActionLog(str(file))).renice(child, 2)
        assert outcome.kind is Kind.OK
        assert outcome.text.startswith(f"{child.pid} has nice 2 now (not in the log: ")
    assert not (tmp_path / "target").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")
def test_a_log_or_folder_of_another_user_is_left_alone(child: Any, tmp_path: Path) -> None:
    theirs = tmp_path / "actions.log"
    theirs.touch()
    home = tmp_path / "home"
    home.mkdir()
    for path in (theirs, home):
        os.chown(path, 65534, 65534)
    for file in (theirs, home / "state" / "actions.log"):
        assert "(not in the log: " in Controls(log=ActionLog(str(file))).renice(child, 2).text
    assert theirs.read_bytes() == b""
    assert os.listdir(home) == []


def test_the_log_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, child: Any) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert log.path() == f"{tmp_path}/memtui/actions.log"
    Controls().renice(child, 4)
    assert len(lines(tmp_path / "memtui" / "actions.log")) == 1


# -- refusals --------


@pytest.mark.parametrize(
    ("how", "refusal"),
    [({"read_only": True}, READ_ONLY), ({"recorded": True}, RECORDED)],
    ids=["read-only", "recorded"],
)
def test_every_action_is_refused(child: Any, file: Path, how: dict[str, bool], refusal: Outcome) -> None:
    controls = Controls(log=ActionLog(str(file)), **how)
    methods: list[Callable[[], Outcome]] = [
        lambda: controls.send(child, signal.SIGKILL),
        lambda: controls.renice(child, 5),
        lambda: controls.set_oom_score_adj(child, 500),
        lambda: controls.reclaim(child, Advice.MADV_PAGEOUT),
        lambda: controls.trace(child, lambda: pytest.fail("traced")),
    ]
    public = {name for name, found in vars(Controls).items() if not name.startswith("_") and callable(found)}
    assert len(methods) == len(public)
    before = child.stat.nice, Path(f"/proc/{child.pid}/oom_score_adj").read_text()
    for method in methods:
        assert method() == refusal == controls.refusal
    assert child.process.poll() is None
    assert (child.stat.nice, Path(f"/proc/{child.pid}/oom_score_adj").read_text()) == before
    assert not file.exists()


def test_the_refusal_names_the_option() -> None:
    assert READ_ONLY.text == "refused: memtui runs with --read-only"
    assert Controls().refusal is None


# -- plans --------


def test_a_plan_says_the_signal_the_processes_and_what_comes_free(controls: Controls) -> None:
    targets = [row(3021, "postgres"), row(18877, "app", uss=300 * MIB)]
    made = plan.signal_plan(controls, targets, signal.SIGTERM, mebibytes)
    assert made.title == "Send SIGTERM to 2 processes?"
    assert made.effect == (
        "send SIGTERM (15) to 2 processes: 3021 postgres, 18877 app",
        "frees about 400M USS if they end",
    )


def test_a_plan_for_one_process_names_it_in_the_title(controls: Controls) -> None:
    made = plan.signal_plan(controls, [row(3021, "postgres")], signal.SIGKILL, mebibytes)
    assert made.title == "Send SIGKILL to 3021 postgres?"
    assert made.effect[0] == "send SIGKILL (9) to 1 process: 3021 postgres"
    assert "they can't save anything nor clean up" in made.effect


def test_what_is_not_measured_is_not_counted_as_nothing(controls: Controls) -> None:
    unknown = row(2, "b", uss=None)
    one = plan.signal_plan(controls, [row(1000, "a"), unknown], signal.SIGTERM, mebibytes)
    assert one.effect[1] == "frees about 100M USS if they end, not counting 1 not measured"
    nothing = plan.signal_plan(controls, [row(1000, "a", uss=0)], signal.SIGTERM, mebibytes)
    assert nothing.effect[1] == "frees about 0M USS if they end"
    none = plan.signal_plan(controls, [unknown], signal.SIGTERM, mebibytes)
    assert none.effect[1] == "frees an unknown size: USS is not measured"


def test_only_signals_that_end_processes_promise_memory(controls: Controls) -> None:
    for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGUSR1, signal.SIGWINCH):
        made = plan.signal_plan(controls, [row(1000, "a")], number, mebibytes)
        assert not any(line.startswith("frees about") for line in made.effect)


def test_a_plan_warns_of_init_and_of_kernel_threads(controls: Controls) -> None:
    made = plan.signal_plan(
        controls, [row(1, "systemd"), row(2, "kthreadd", kernel_thread=True)], signal.SIGTERM, mebibytes
    )
    assert "kernel threads ignore signals: 2 kthreadd" in made.effect
    assert any(line.startswith("1 is init") for line in made.effect)


def test_many_processes_are_named_in_part_and_counted_in_full(controls: Controls) -> None:
    made = plan.signal_plan(controls, [row(pid, "x") for pid in range(100, 125)], signal.SIGTERM, mebibytes)
    assert made.effect[0].startswith("send SIGTERM (15) to 25 processes: 100 x, ")
    assert made.effect[0].endswith(", 109 x and 15 more")
    made = plan.nice_plan(controls, [row(pid, "x") for pid in range(100, 125)], step=1)
    assert len(made.effect) == 10
    assert made.effect[-1] == "and 16 more"


def test_a_step_of_nice_is_from_each_own_value_and_stays_within_bounds(controls: Controls) -> None:
    targets = [row(10, "a", nice=5, threads=4), row(11, "b", nice=19)]
    made = plan.nice_plan(controls, targets, step=1)
    assert made.effect == ("nice 5 to 6 for all 4 threads: 10 a", "nice 19 to 19: 11 b")
    made = plan.nice_plan(controls, targets, value=-30)
    assert made.effect[0] == "nice 5 to -20 for all 4 threads: 10 a"
    assert made.effect[-1].startswith("lowering nice takes root")


def test_a_plan_for_oom_score_adj_says_old_and_new(controls: Controls) -> None:
    made = plan.oom_plan(controls, [row(10, "a"), row(11, "b", oom_score_adj=None)], 2000)
    assert made.effect[:2] == ("oom_score_adj 0 to 1000: 10 a", "oom_score_adj ? to 1000: 11 b")
    assert made.effect[2] == "on the old scale: oom_adj 15"
    assert "before all others" in made.effect[3]
    never = plan.oom_plan(controls, [row(10, "a")], -1000).effect
    assert "oom_adj -17" in never[1]
    assert "never" in never[2]
    assert "CAP_SYS_RESOURCE" in never[3]


def test_running_a_plan_does_it_to_every_process(spawn: Callable[..., Any], controls: Controls, file: Path) -> None:
    children = [spawn(), spawn()]
    for made in (
        plan.nice_plan(controls, children, step=4),
        plan.oom_plan(controls, children, 400),
        plan.signal_plan(controls, children, signal.SIGTERM, mebibytes),
    ):
        assert [child.process.poll() for child in children] == [None, None]
        assert [outcome.kind for outcome in made.run()] == [Kind.OK] * 2
        if len(lines(file)) == 4:
            assert [child.stat.nice for child in children] == [4, 4]
            assert [Path(f"/proc/{child.pid}/oom_score_adj").read_text() for child in children] == ["400\n"] * 2
    assert [child.process.wait() for child in children] == [-signal.SIGTERM] * 2
    assert len(lines(file)) == 6
