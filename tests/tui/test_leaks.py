"""The Leaks tab over a recorded machine, some of whose processes are said to grow; the instruments are stand-ins."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from memtui.control.controls import Controls
from memtui.control.log import ActionLog
from memtui.model.growth import Growth, Trend
from memtui.model.leaks import Frame, Leaks, Plan, Stack, Stage, Traced, Way
from memtui.model.process import Process
from memtui.model.sample import ProcKey
from memtui.model.snapshot import Snapshot
from memtui.model.where import Ceiling, Part, Where

MIB = 1 << 20
GROWS = Growth(
    Trend.GROWING, 150.0, 80_200.0, 79_100.0, 81_000.0, 1.0, 1e-5, tuple(float(n * MIB) for n in range(24))
)
STEADY = Growth(Trend.STEADY, 600.0, 0.0, 0.0, 0.0)
SHRINKS = Growth(Trend.SHRINKING, 70.0, -40_000.0, -45_000.0, -35_000.0, -1.0, 1e-4, tuple(range(24, 0, -1)))


def with_trends(snapshot: Snapshot) -> Snapshot:
    """The largest process grows, the next shrinks, a few are steady, of the rest it is too early to say."""
    largest = sorted((row for row in snapshot.processes.values() if not row.kernel_thread), key=lambda row: -row.res)
    trends: dict[int, Growth] = dict(
        zip((row.pid for row in largest), (GROWS, SHRINKS, STEADY, STEADY), strict=False)
    )
    rows: dict[int, Process] = {pid: row._replace(trend=trends.get(pid)) for pid, row in snapshot.processes.items()}
    return replace(snapshot, processes=rows)


class Desk:
    """Watches and traces nothing, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.found: Where | None = None
        self.traces: dict[ProcKey, Leaks] = {}
        self.traced: ProcKey | None = None

    def where(self, key: ProcKey) -> Where | None:
        return self.found if self.found is None or self.found.key == key else None

    def leaks(self, key: ProcKey) -> Leaks | None:
        return self.traces.get(key)

    def watch(self, key: ProcKey | None) -> None:
        self.asked.append(("watch", key))

    def trace(self, key: ProcKey, plan: Plan) -> None:
        self.asked.append(("trace", key, plan))
        self.traced = key
        self.traces[key] = Leaks(key, plan, Stage.STARTING, 0.0, 0.0)

    def stop(self) -> None:
        self.asked.append(("stop",))
        self.traced = None

    def close(self) -> None:
        pass


def found(key: ProcKey) -> Where:
    grows = GROWS._replace(seconds=90.0, rate=79_900.0)
    return Where(
        key, 0.0, 90.0, 45, 0.018, 2.0,
        [Part("heap", 40 * MIB, 7 * MIB, grows), *(Part(name, 9 * MIB, 0, STEADY) for name in ("arena", "stack"))],
        [Ceiling("memory.max of cgroup /app", 64 * MIB, 50 * MIB)],
    )  # fmt: skip


def traced(key: ProcKey) -> Leaks:
    frames = (
        Frame("leak_inner(int)", "server", 9, "server.cc:12", 4096),
        Frame("", "libapp.so", 0x4F2, "", 0x7F00_0000_04F2),
        Frame("main", "server", 0x75, "", 5000),
    )
    return Leaks(
        key, Plan(), Stage.DONE, 0.0, 40.0, Way.TRACE, "",
        [Stack(4_276_224, 522, 38.0, frames, by="malloc"), Stack(640, 10, 30.0, frames[1:], "too deep", "calloc")],
        Traced(4698, 4176, 3), overhead=0.02, attach_seconds=0.19, notes=("a note",),
    )  # fmt: skip


@pytest.fixture
def open_leaks(open_app: Any, tmp_path: Any) -> Callable[..., Any]:
    """The tab, with an instrument that is a stand-in."""

    def start(size: tuple[int, int] = (120, 40), *, read_only: bool = False, live: bool = True) -> Any:
        log = ActionLog(str(tmp_path / "actions.log"))
        user = open_app(size, tab="leaks", controls=Controls(read_only=read_only, log=log))
        user.loop.alter = with_trends
        user.panel.desk, user.panel._live = Desk(), live
        user.press("ctrl+l")
        return user

    return start


def test_the_ranking_looks_as_recorded(
    open_leaks: Any, golden: Callable[[str, str], None], size: tuple[int, int]
) -> None:
    golden(f"leaks-{size[0]}x{size[1]}", open_leaks(size).text)


def test_the_page_of_a_process_looks_as_recorded(
    open_leaks: Any, golden: Callable[[str, str], None], size: tuple[int, int]
) -> None:
    user = open_leaks(size)
    key = user.cursor.key
    user.panel.desk.found, user.panel.desk.traces = found(key), {key: traced(key)}
    golden(f"leaks-page-{size[0]}x{size[1]}", user.press("enter"))


def test_the_fastest_grower_stands_first_and_missing_rates_last(open_leaks: Any) -> None:
    rows = open_leaks().table.rows
    assert rows[0].growth_state == "growing"
    assert [row.growth_rate for row in rows][:4] == [GROWS.rate, 0.0, 0.0, SHRINKS.rate]
    assert rows[-1].growth_rate is None


def test_enter_shows_where_and_esc_goes_back(open_leaks: Any) -> None:
    user = open_leaks()
    key = user.cursor.key
    text = user.press("enter")
    assert "Where it grows" in text
    assert "consistent with a leak" in text
    assert user.panel.desk.asked == [("watch", key)]
    assert user.loop.asked[-1].visible == (key.pid,)
    assert "GROWTH" in user.press("escape")
    assert user.panel.desk.asked[-1] == ("watch", None)


def test_a_trace_begins_after_a_question_only(open_leaks: Any) -> None:
    user = open_leaks()
    key = user.cursor.key
    text = user.press("t")
    assert "Trace the allocations" in text
    assert "2.4 µs" in text
    user.press("n")
    assert ("trace", key, Plan()) not in user.panel.desk.asked
    user.press("t", "y")
    assert user.panel.desk.asked[-1] == ("trace", key, Plan())
    user.press("t")
    assert user.panel.desk.asked[-1] == ("stop",)


def test_keys_choose_what_a_trace_does(open_leaks: Any) -> None:
    user = open_leaks()
    user.press("enter", "w", "a", "a", "s", "l", "T", "y")
    what, _, plan = user.panel.desk.asked[-1]
    assert what == "trace"
    assert plan == Plan(2.0, 6.0, 5.0, 64, 0.2, two_phase=True)


def test_read_only_and_recordings_are_not_traced(open_leaks: Any) -> None:
    for user, words in ((open_leaks(read_only=True), "read-only"), (open_leaks(live=False), "recording")):
        assert words in user.press("enter")
        user.press("t", "y")
        assert not [asked for asked in user.panel.desk.asked if asked[0] == "trace"]


def test_what_was_lost_is_said(open_leaks: Any) -> None:
    user = open_leaks()
    key = user.cursor.key
    user.panel.desk.traces = {key: traced(key)}
    assert "lost 3: the numbers below are too low" in user.press("enter")


def test_a_long_page_scrolls(open_leaks: Any) -> None:
    user = open_leaks((80, 24))
    key = user.cursor.key
    user.panel.desk.found = found(key)
    many = replace(traced(key), stacks=[traced(key).stacks[0]] * 12)
    user.panel.desk.traces = {key: many}
    top = user.press("enter")
    assert top != user.press("pagedown") != user.press("end")
    assert user.press("home") == top
