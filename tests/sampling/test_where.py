"""Where a process grows, watched on a real one: this test's own child."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from memtui.model.sample import ProcKey
from memtui.model.where import Ceiling
from memtui.proc.pid_stat import parse
from memtui.proc.source import ProcSource
from memtui.sampling.where import PAGE_TABLES, WhereWatch

MIB = 1 << 20
PROGRAM = """
import sys
kept = []
print("ready", flush=True)
for line in sys.stdin:
    kept.append(b"x" * (8 << 20))
    print(len(kept), flush=True)
"""


@pytest.fixture
def child() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def watch_of(child: "subprocess.Popen[str]") -> WhereWatch:
    source = ProcSource()
    stat = parse(source.read(f"{child.pid}/stat"))
    assert stat is not None
    return WhereWatch(source, ProcKey(child.pid, stat.starttime))


def rounds(watch: WhereWatch, between: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the watch read once, and again after each of these calls, without waiting."""
    calls = iter(between)

    def wait(seconds: float) -> bool:
        assert seconds >= 0
        call = next(calls, None)
        if call is None:
            watch.stop()
        else:
            call()  # type: ignore[operator]
        return False

    monkeypatch.setattr(watch._stopped, "wait", wait)
    watch.run()


def test_the_part_that_grows_is_named(child: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch) -> None:
    watch = watch_of(child)

    def grow() -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("\n")
        child.stdin.flush()
        child.stdout.readline()

    rounds(watch, [grow, grow], monkeypatch)
    state = watch.state
    assert (state.readings, state.failure) == (3, "")
    assert state.parts[0].name == "anonymous"
    assert state.parts[0].change == pytest.approx(16 * MIB, abs=MIB)
    assert PAGE_TABLES in {part.name for part in state.parts}
    assert state.every >= 2.0
    assert state.every * 0.02 == pytest.approx(max(state.cost, 0.04))


def test_a_process_that_ends_leaves_what_was_known_and_the_reason(
    child: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watch_of(child)

    def end() -> None:
        child.kill()
        child.wait()

    rounds(watch, [end], monkeypatch)
    assert watch.state.failure == "the process has ended"
    assert watch.state.parts


def test_a_ceiling_lasts_as_long_as_its_room_at_the_rate() -> None:
    assert Ceiling("memory.max", 100, 40).lasts(20.0) == 3.0
    assert Ceiling("memory.max", 100, 140).lasts(20.0) == 0.0
    assert Ceiling("memory.max", 100, 40).lasts(0.0) is None
