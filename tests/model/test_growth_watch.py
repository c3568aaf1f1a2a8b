"""The trend of processes: judged when something moved, and not all at once."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from memtui.model.growth import Trend
from memtui.model.growth_watch import AT_ONCE, EVERY, GrowthWatch, judge_trail
from memtui.model.sample import ProcKey

MIB = 1 << 20
Trail = list[tuple[float | None, ...]]


class Machine:
    """Processes whose sizes are functions of time, seen once a second."""

    def __init__(self, **sizes: Callable[[float], float]) -> None:
        self.watch, self.now = GrowthWatch(), 0.0
        self.trends: dict[int, Any] = {}
        self.judged = self.most = 0
        self._sizes = dict(enumerate(sizes.values(), 1))
        self._trails: dict[ProcKey, Trail] = {}
        self.start_time = 7

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            rows: dict[int, Any] = {}
            for pid, size in self._sizes.items():
                bytes_ = int(size(self.now))
                key = ProcKey(pid, self.start_time)
                trail = self._trails.setdefault(key, [])
                if not trail or trail[-1][3] != bytes_:
                    trail.append((self.now, bytes_ + MIB, None, bytes_, 0))
                rows[pid] = SimpleNamespace(
                    kernel_thread=False, key=key, start_time=self.start_time, res=bytes_ + MIB, uss=bytes_, swap=0
                )
            new = self.watch.advance(self.now, rows, self._trails.__getitem__)
            self.judged += len(new)
            self.most = max(self.most, len(new))
            self.trends.update(new)


def test_who_leaks_is_found_and_who_rests_costs_nothing() -> None:
    machine = Machine(leak=lambda now: 40 * MIB + 80_000 * now, still=lambda now: 9 * MIB)
    machine.run(55)
    assert machine.trends == {}
    machine.run(20)
    assert (machine.trends[1].trend, machine.trends[2].trend) == (Trend.GROWING, Trend.STEADY)
    assert abs(machine.trends[1].rate / 80_000 - 1) < 0.1
    assert len(machine.trends[1].shape) == 24
    assert machine.trends[2].rate == 0.0
    before = machine.judged
    machine.run(60)
    assert machine.judged - before <= 60 / EVERY + 1  # the leak alone, every few seconds


def test_a_leak_that_stops_is_steady_again() -> None:
    machine = Machine(leak=lambda now: 40 * MIB + 80_000 * min(now, 90))
    machine.run(90)
    trends = [machine.trends[1].trend]
    machine.run(120)
    assert [*trends, machine.trends[1].trend] == [Trend.GROWING, Trend.STEADY]


def test_a_pid_that_is_used_again_begins_anew() -> None:
    machine = Machine(leak=lambda now: 40 * MIB + 80_000 * now)
    machine.run(75)
    assert machine.trends.pop(1).trend is Trend.GROWING
    machine.start_time = 8
    machine.run(50)
    assert machine.trends == {}


def test_many_are_judged_in_turn() -> None:
    machine = Machine(**{f"p{number}": lambda now: 1e6 * now for number in range(3 * AT_ONCE)})
    machine.run(66)
    assert machine.most == AT_ONCE
    machine.run(10)
    assert len(machine.trends) == 3 * AT_ONCE


def test_res_counts_where_uss_is_refused() -> None:
    refused: Trail = [(float(second), 40 * MIB + 90_000 * second, None, None, None) for second in range(100)]
    found = judge_trail(refused, 100.0)
    assert found.trend is Trend.GROWING
    assert found.rate is not None
    assert abs(found.rate / 90_000 - 1) < 0.1


def test_what_moves_to_swap_has_not_shrunk() -> None:
    trail: Trail = [(float(second), 0, None, 50 * MIB - 300_000 * second, 300_000 * second) for second in range(100)]
    assert judge_trail(trail, 100.0).trend is Trend.STEADY
