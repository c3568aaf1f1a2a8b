"""Growth: who is told of and who is not, how bad it is, and that it is over soon after it stops."""

from typing import Any

from memtui.model.findings.finding import Finding, Severity
from memtui.model.findings.rules.growth import CGROUP_GROWING, PROCESS_GROWING
from memtui.model.findings.rules.kernel import SLAB_GREW, SLAB_GROWING
from memtui.model.growth import Growth, Trend
from memtui.model.sample import ProcKey
from memtui.view.say import say

from .cases_growth import cache, filling, kernel, names, rising, slab, trending
from .conftest import GIB, MIB, Moment

KIB = 1024


def process(scene: Any, sizes: Any, seconds: int, **fields: Any) -> list[str]:
    """What is told of a process with these sizes, second by second."""

    def at(second: int) -> Moment:
        size, last = (100 * MIB + int(sizes(now)) for now in (second, second - 1))
        return {"processes": [scene.process(7, anon=size, res=size, res_delta=size - last, swap=0, **fields)]}

    return ["".join(str(one.severity.word) for one in now.open) for now in scene.run(PROCESS_GROWING, seconds, at)]


def worst(scene: Any, moment: Any, rule: Any = PROCESS_GROWING, lead: int = 0) -> Finding | None:
    found = scene.run(rule, 15, moment, lead=lead)[-1].worst
    assert found is None or isinstance(found, Finding)
    return found


def test_a_leak_is_told_within_fifteen_seconds_and_is_over_soon_after_it_stops(scene: Any) -> None:
    found = process(scene, lambda second: min(second, 40) * 2 * MIB, 75)
    assert found[5] == "" and found[14] == found[40] == "note"
    assert found[70] == "" and found.index("", 41) <= 70


def test_bursts_steps_and_levelling_off_are_no_growth(scene: Any) -> None:
    def told(sizes: Any) -> bool:
        return any(process(scene, sizes, 40))

    assert not told(lambda second: 300 * MIB if second > 5 else 0), "one allocation"
    assert not told(lambda second: second * MIB // 2 + (60 * MIB if second > 5 else 0)), "one, and little beside"
    assert not told(lambda second: min(second, 5) * 60 * MIB), "filled once, in five seconds"
    assert not told(lambda second: (second // 3) * 30 * MIB), "in steps, with rests between"
    assert not told(lambda second: (second % 6) * 20 * MIB), "a sawtooth"
    assert not told(lambda second: 900 * MIB * (1 - 0.6**second)), "it slows down"
    assert told(lambda second: second * 20 * MIB)


def test_a_process_that_fills_memory_for_half_a_minute_is_never_a_warning(scene: Any) -> None:
    found = process(scene, lambda second: min(second, 30) * 60 * MIB, 80)
    assert set(found) == {"", "note"} and found[-1] == ""


def test_a_trend_warns_only_if_it_is_much_was_long_and_ends_soon(scene: Any) -> None:
    def severity(moment: Any) -> Severity | None:
        found = worst(scene, moment)
        return None if found is None else found.severity

    assert severity(trending(1.0 * MIB)) is Severity.WARNING
    assert severity(trending(0.05 * MIB)) is Severity.NOTE, "less than 50 MB"
    assert severity(trending(46.0 * KIB, 1300)) is Severity.NOTE, "more than a day is left"
    assert severity(trending(50.0 * KIB, 1300)) is Severity.WARNING
    assert severity(trending(1.0 * MIB, 800)) is Severity.NOTE, "an hour and more is left, and it was no quarter hour"
    assert severity(trending(1.5 * MIB, 800)) is Severity.WARNING, "a quarter of what is left was seen"
    assert severity(trending(20.0 * MIB, 100)) is Severity.NOTE, "too short"
    assert severity(trending(20.0 * MIB, 110)) is Severity.WARNING


def test_a_test_run_that_grows_for_ten_minutes_is_no_warning_and_what_goes_on_is(scene: Any) -> None:
    def at(second: int) -> Moment:
        trend = Growth(Trend.GROWING, min(600.0, second / 1.4), 1.5 * MIB) if second > 80 else None
        ram = {"MemTotal": 24 * GIB, "MemAvailable": 22 * GIB}
        return {**rising(1.5 * MIB, trend)(second), "meminfo": ram}

    found = scene.run(PROCESS_GROWING, 1300, at)
    severities = [{one.severity for one in now.open} for now in found]
    assert all(one == {Severity.NOTE} for one in severities[15:600])
    assert severities[1299] == {Severity.WARNING}


def test_a_trend_that_stopped_is_over_though_it_is_still_judged_so(scene: Any) -> None:
    found = process(scene, lambda second: min(second, 20) * MIB, 60, trend=Growth(Trend.GROWING, 900.0, 1.0 * MIB))
    assert found[19] == "warning" and found[49] == ""


def test_a_slow_leak_that_takes_a_page_now_and_then_goes_on(scene: Any) -> None:
    found = process(
        scene, lambda second: second // 30 * 600 * KIB, 100, trend=Growth(Trend.GROWING, 600.0, 20.0 * KIB)
    )
    assert set(found[35:]) == {"note"}


def test_the_sentence_has_rate_time_and_what_is_left_and_leads_to_the_process(scene: Any) -> None:
    found = worst(scene, trending(1.0 * MIB))
    assert found is not None
    words = "leaky (7) has grown by 1.00M/s for 15m; at that rate available memory lasts 1h: consistent with a leak"
    assert say(found.title) == words
    step = found.steps[0]
    assert step.command == "memtui leaks -p 7" and step.place is not None
    assert (step.place.tab, step.place.process) == ("leaks", ProcKey(7, 70))
    early = worst(scene, rising(2.0 * MIB))
    assert early is not None
    assert say(early.title) == "leaky (7) grows by 2.00M/s, 20.0M in 10s: too early to call it a leak"


def test_a_cgroup_that_ends_sooner_than_the_machine_is_what_counts(scene: Any) -> None:
    def at(second: int) -> Moment:
        row = trending(1.0 * MIB)(second)["processes"][0]._replace(cgroup="/app/web")
        groups = [scene.group("/app", max=1.0 * GIB, usage=GIB - 128 * MIB, file=64 * MIB, shmem=0)]
        return {"processes": [row], "groups": [*groups, scene.group("/app/web")]}

    found = worst(scene, at)
    assert found is not None
    assert "what its cgroup /app may have lasts 3m" in say(found.title)


def test_of_many_that_grow_three_are_told(scene: Any) -> None:
    def at(second: int) -> Moment:
        rows = [
            scene.process(pid, anon=100 * MIB + second * pid * MIB, res_delta=pid * MIB, swap=0)
            for pid in range(2, 9)
        ]
        return {"processes": rows}

    found = scene.run(PROCESS_GROWING, 15, at)[-1].open
    assert {one.subject.pid for one in found} == {6, 7, 8}


def test_a_cgroup_warns_with_the_time_to_its_limit_and_only_under_one(scene: Any) -> None:
    found = worst(scene, filling(0.5 * MIB, 640.0 * MIB), CGROUP_GROWING, 200)
    assert found is not None and found.severity is Severity.WARNING and found.subject == "/app"
    assert "at its limit of 640M in 9m" in say(found.title)
    assert worst(scene, filling(0.5 * MIB, float("inf")), CGROUP_GROWING, 200) is None
    slow = worst(scene, filling(0.2 * MIB), CGROUP_GROWING, 200)
    assert slow is not None and slow.severity is Severity.NOTE


def test_the_innermost_cgroup_is_told_of(scene: Any) -> None:
    def at(outer: float) -> Any:
        def moment(second: int) -> Moment:
            parts = [filling(0.5 * MIB, outer, "/a")(second), filling(0.5 * MIB, 1.0 * GIB, "/a/b")(second)]
            return {"groups": [row for part in parts for row in part["groups"]]}

        return moment

    for outer, subjects in ((2.0 * GIB, {"/a/b"}), (0.9 * GIB, {"/a", "/a/b"})):
        found = scene.run(CGROUP_GROWING, 15, at(outer), lead=200)[-1].open
        assert {one.subject for one in found} == subjects


def test_a_cgroup_in_which_one_process_grows_is_not_told_of_beside_it(scene: Any) -> None:
    def at(rate: float, cgroup: str) -> Any:
        def moment(second: int) -> Moment:
            row = trending(rate)(second)["processes"][0]._replace(cgroup=cgroup)
            return {**filling(0.5 * MIB)(second), "processes": [row]}

        return moment

    for rate, cgroup, told in (
        (0.45, "/app/web", False),
        (0.45, "/app", False),
        (0.3, "/app", True),
        (0.45, "/appl", True),
    ):
        found = worst(scene, at(rate * MIB, cgroup), CGROUP_GROWING, 200)
        assert (found is not None) is told, (rate, cgroup)


def test_growth_of_a_cgroup_and_of_slab_is_over_soon_after_it_stops(scene: Any) -> None:
    for rule, history in ((CGROUP_GROWING, filling(0.5 * MIB)), (SLAB_GROWING, kernel(0.5 * MIB))):
        found = scene.run(rule, 60, lambda second, history=history: history(min(second, 15)), lead=300)
        assert found[15].open and not found[45].open, rule.id


def test_kernel_memory_that_grows_is_told_with_the_cache_that_does(scene: Any) -> None:
    def at(second: int) -> Moment:
        return {**kernel(8.0 * MIB)(second), "slabs": slab(0, cache("sock_inode", 9 * MIB))(second)["slabs"]}

    found = worst(scene, at, SLAB_GROWING, 200)
    assert found is not None and found.severity is Severity.WARNING
    assert say(found.title).endswith("lasts 8m; the cache that grew most is sock_inode")


def test_new_dentries_say_whose_caches_grew_and_whether_the_names_exist(scene: Any) -> None:
    found = worst(scene, names(12_000), SLAB_GREW)
    assert found is not None
    assert say(found.title) == "12,000 new dentries (names of files) in the kernel's caches"
    flood = worst(scene, names(12_000, negative=0.9), SLAB_GREW)
    assert flood is not None
    assert "12,000 new negative dentries" in say(flood.title) and "don't exist" in say(flood.explanation)
    found = worst(scene, slab(40.0 * MIB, cache("ext4_inode_cache", 30 * MIB)), SLAB_GREW)
    assert found is not None
    assert say(found.title) == "The kernel's caches grew by 40.0M in 15 s: ext4_inode_cache +30.0M"


def test_what_page_cache_brings_along_is_no_growth_of_slab(scene: Any) -> None:
    assert worst(scene, slab(60.0 * MIB, cached=2.0 * GIB), SLAB_GREW) is None
    pages = cache("radix_tree_node", 30 * MIB), cache("buffer_head", 30 * MIB)
    assert worst(scene, slab(60.0 * MIB, *pages), SLAB_GREW) is None
    assert worst(scene, slab(60.0 * MIB, *pages, cache("kmalloc-1k", 20 * MIB)), SLAB_GREW) is not None


def test_it_is_told_of_even_ten_thousand_dentries_that_come_at_once_and_is_over_in_thirty_seconds(scene: Any) -> None:
    found = scene.run(SLAB_GREW, 60, lambda second: names(10_000)(15 if second >= 20 else 0))
    opened = [second for second, now in enumerate(found) if now.open]
    assert opened[0] <= 22 and opened[-1] < 50


def test_a_program_whose_processes_all_grow_and_end_is_not_told_of_for_each(scene: Any) -> None:
    def compilers(second: int) -> dict[str, Any]:
        """One after another, each growing for 14 s."""
        size = (20 + 3 * (second % 14)) * MIB
        row = scene.process(100 + second // 14, "cc1plus", anon=size, res_delta=3 * MIB, swap=0)
        return {"processes": [row]}

    found = scene.run(PROCESS_GROWING, 139, compilers)
    told = {one.subject for now in found for one in now.open}
    assert {getattr(subject, "pid", None) for subject in told} == {100, 101, 102, 103}
