"""Who grows right now, and the trends of levels: what is remembered, for how long, and of whom."""

from collections.abc import Sequence
from typing import Any

from memtui.model.findings.facts import follow
from memtui.model.findings.rising import Rise, Rising
from memtui.model.findings.trends import AT_ONCE, Trends
from memtui.model.growth import Growth, Trend
from memtui.model.snapshot import Snapshot
from memtui.proc.cgroup import NO_LIMIT

from .conftest import MIB


def rises(scene: Any, sizes: Sequence[int], **fields: Any) -> Rise | None:
    """How a process of these sizes (MiB) at one second after another grew."""
    rising, found = Rising(), None
    for second, (last, size) in enumerate(zip((sizes[0], *sizes), sizes, strict=False)):
        row = scene.process(7, anon=size * MIB, res_delta=(size - last) * MIB, swap=0, **fields)
        found = rising.advance(scene.snapshot(second, processes=[row]), {7} if size != last else ()).get(7)
    return found


def test_it_is_counted_over_ten_seconds_from_the_first_growth_on(scene: Any) -> None:
    found = rises(scene, range(20, 40))
    assert found is not None
    assert (found.gained, found.seconds, found.rises, found.samples) == (10 * MIB, 10.0, 10, 10)
    assert (found.biggest, found.late, found.quiet) == (MIB, 5 * MIB, 0.0)
    short = rises(scene, [20, 21, 22, 23])
    assert short is not None and (short.gained, short.seconds) == (2 * MIB, 2.0)


def test_one_large_gain_and_one_that_came_down_are_seen(scene: Any) -> None:
    found = rises(scene, [20, 21, 22, 23, 24, 25, 26, 27, 80, 81, 82])
    assert found is not None and found.biggest == 53 * MIB
    found = rises(scene, [20, *range(22, 52, 3), 40])
    assert found is not None and (found.rises, found.gained) == (9, 18 * MIB)


def test_who_does_not_grow_is_not_followed(scene: Any) -> None:
    assert rises(scene, [20, 20, 20]) is None
    assert rises(scene, [20, 19, 18]) is None
    assert rises(scene, [20, 21, 22], kernel_thread=True) is None


def test_it_is_quiet_since_the_last_growth_and_forgotten_long_after(scene: Any) -> None:
    found = rises(scene, [20, 21, *[21] * 30])
    assert found is not None and (found.quiet, found.gained, found.rises) == (30.0, 0, 0)
    assert rises(scene, [20, 21, *[21] * 700]) is None


def test_a_pid_that_is_used_again_begins_anew(scene: Any) -> None:
    rising = Rising()
    for second in range(12):
        start = 1 if second < 10 else 2
        row = scene.process(7, start_time=start, anon=(20 + second) * MIB, res_delta=MIB, swap=0)
        found = rising.advance(scene.snapshot(second, processes=[row]), {7})
    assert found[7].seconds == 1.0
    other = scene.process(7, start_time=3, anon=9 * MIB, res_delta=0, swap=0)
    assert rising.advance(scene.snapshot(12, processes=[other]), ()) == {}
    assert rising.advance(scene.snapshot(13), ()) == {}


def test_a_trend_is_seen_from_where_it_began_until_it_ends(scene: Any) -> None:
    rising = Rising()
    seen = []
    for second in range(30):
        trend = Growth(Trend.GROWING, 60.0, 1.0 * MIB) if 5 <= second < 20 else None
        row = scene.process(7, anon=(20 + second) * MIB, res_delta=MIB, swap=0, trend=trend)
        seen.append(rising.advance(scene.snapshot(second, processes=[row]), {7})[7].seen)
    assert (seen[4], seen[5], seen[19], seen[20]) == (0.0, 60.0, 74.0, 0.0)


def pushed(trends: Trends, names: Sequence[str], seconds: int) -> None:
    for second in range(seconds):
        for name in names:
            trends.push(name, float(second), second * MIB)


def test_levels_are_judged_a_few_at_a_time_and_those_that_rest_never(scene: Any) -> None:
    trends = Trends()
    names = [f"/{number}" for number in range(2 * AT_ONCE)]
    pushed(trends, names, 100)
    for second in range(100):
        trends.push("still", float(second), 5.0 * MIB)
    assert len(trends.growing(100.0)) == AT_ONCE
    found = trends.growing(101.0)
    assert found.keys() == set(names) and found["/0"].goes_on
    assert abs((found["/0"].growth.rate or 0) / MIB - 1) < 0.05


def test_only_cgroups_under_a_limit_are_followed_and_only_while_they_are_there(scene: Any) -> None:
    def machine(second: int, *paths: str) -> Snapshot:
        rows = [
            scene.group(
                path, anon=second * MIB, shmem=0, max=NO_LIMIT if path == "/free" else 1e9, at=1000.0 + second
            )
            for path in paths
        ]
        found: Snapshot = scene.snapshot(second, groups=rows, meminfo={"SUnreclaim": second * MIB})
        return found

    trends = Trends()
    for second in range(120):
        follow(trends, machine(second, "/a", "/free"))
    assert trends.growing(1120.0).keys() == {"/a", "SUnreclaim"}
    follow(trends, machine(120, "/free"))
    assert trends.growing(1121.0).keys() == {"SUnreclaim"}


def test_those_that_grew_alike_and_ended_are_known_by_their_name_for_a_while(scene: Any) -> None:
    rising = Rising()

    def second(number: int, pid: int, comm: str = "cc1plus") -> int:
        """One process after another, each for 12 s of growth by 2 MiB."""
        row = scene.process(pid, comm, anon=(20 + 2 * (number % 12)) * MIB, res_delta=2 * MIB, swap=0)
        found = rising.advance(scene.snapshot(number, processes=[row]), {pid})
        return found[pid].alike

    assert [second(number, 100 + number // 12) for number in range(48)][::12] == [0, 1, 2, 3]
    assert second(48, 200, "other") == 0
    assert second(49, 201) == 4
    short = scene.process(300, "sh", anon=30 * MIB, res_delta=30 * MIB)
    rising.advance(scene.snapshot(50, processes=[short]), {300})
    assert second(51, 301, "sh") == 0, "it ended before it had grown for long"
    assert second(400, 302) == 0


def test_a_reused_pid_ends_who_had_it(scene: Any) -> None:
    rising = Rising()
    for number in range(24):
        size = 20 + 2 * (number % 12)
        row = scene.process(7, start_time=number // 12, anon=size * MIB, res_delta=2 * MIB, swap=0)
        found = rising.advance(scene.snapshot(number, processes=[row]), {7})
    assert found[7].alike == 1
