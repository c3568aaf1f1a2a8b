"""Kills as rules see them: told by the log, or guessed; and what they leave in the time line."""

from typing import Any

from memtui.model.findings.finding import EventKind, Findings
from memtui.model.findings.killed import KillWatch, victim
from memtui.model.findings.rules.cgroup import CGROUP_HIGH, CGROUP_MAX, CGROUP_NEAR_MAX
from memtui.model.findings.rules.kills import AFTER_KILLS, CGROUP_OOM, KILLS, OOM_KILL, OOM_KILLED_EARLIER
from memtui.model.findings.rules.shortage import AVAILABLE_LOW
from memtui.model.survey import Survey
from memtui.view.say import say

from .cases_kills import DENIED, NONE, kill, short
from .conftest import MIB, START

GUESSED = Survey(kills=DENIED)


def told(findings: Findings) -> list[tuple[str, Any, list[str]]]:
    return [(one.rule, one.subject, [under.rule for under in one.supports]) for one in findings.open]


def test_the_sentence_says_who_how_large_where_and_how_many(scene: Any) -> None:
    kills = (kill(-3, 1), kill(-2, 2, "/a"), kill(-1, 3, "/a"))
    machine, cgroup = scene.run(KILLS, 0, {"survey": Survey(kills=kills)})[-1].open
    assert say(machine.title) == "The OOM killer took hog (1), 501M resident"
    assert say(cgroup.title) == "/a ran out of memory: hog (3), 501M resident, was killed, and 1 more"
    assert say(cgroup.explanation).startswith("tar asked for the page that there was not. A cgroup was at its limit")
    values = {(one.field, one.note): one.value for one in cgroup.evidence}
    assert values["limit", "of the cgroup"] == 512 * MIB
    assert values["anon-rss", "hog (3)"] == values["anon-rss", "hog (2)"] == 500 * MIB
    assert values["oom_score_adj", "hog (3)"] == 100
    # 501 MiB and 1 MiB of tables of 512 MiB, and a tenth of that: (1000 + 1080) * 2 / 3
    assert values["oom_score", "estimated from these sizes"] == 1386
    assert cgroup.steps[0].place is not None and cgroup.steps[0].place.path == "/a"


def test_an_old_kernels_own_score_is_no_estimate(scene: Any) -> None:
    old = kill(0, swap=None, pgtables=None, oom_score_adj=None, score=943)
    (found,) = scene.run(OOM_KILL, 0, {"survey": Survey(kills=(old,))})[-1].open
    assert ("oom_score", 943, "as the kernel log has it") in [
        (one.field, one.value, one.note) for one in found.evidence
    ]


def test_a_kill_is_one_event_if_it_happened_while_we_looked(scene: Any) -> None:
    kills = [kill(-100, 1), kill(2.5, 2), kill(4.5, 3, "/a")]

    def moment(second: int) -> dict[str, Any]:
        return {"survey": Survey(kills=tuple(one for one in kills if one.at <= START + second))}

    events = [one for one in scene.run((), 9, moment)[-1].events if one.kind is EventKind.OOM_KILL]
    assert [(one.at - START, say(one.text)) for one in events] == [
        (2.5, "hog (2), 501M resident"),
        (4.5, "hog (3), 501M resident at the limit of /a"),
    ]
    assert events[1].place is not None and events[1].place.path == "/a"


def test_it_closes_within_30_seconds_and_is_remembered_for_30_minutes(scene: Any) -> None:
    found = scene.run((*KILLS, *AFTER_KILLS), 1900, {"survey": Survey(kills=(kill(0, memcg="/a"),))})
    open_at = [told(one) for one in found]
    assert open_at[0] == open_at[20] == [("cgroup_oom", "/a", [])]
    assert open_at[22] == [("cgroup_oom", "/a", ["oom_killed_earlier"])]
    assert open_at[29] == open_at[1800] == [("oom_killed_earlier", "/a", [])]
    assert open_at[1810] == []
    assert say(found[30].open[0].title) == "Lately the OOM killer took hog (77), 501M resident in /a"
    several = Survey(kills=(kill(-90, 1), kill(-60, 2)))
    assert say(scene.run(OOM_KILLED_EARLIER, 0, {"survey": several})[0].open[0].title) == (
        "Lately the OOM killer took 2 processes, the last: hog (2), 501M resident"
    )


def test_a_kill_in_the_midst_of_a_long_sample_is_not_old_when_it_is_told(scene: Any) -> None:
    def moment(second: int) -> dict[str, Any]:
        return {"survey": Survey(kills=(kill(10),) if second >= 40 else ()), "at": START + second}

    seconds = (0, 5, 40, 45, 59, 66)
    found = scene.run(OOM_KILL, len(seconds) - 1, lambda number: moment(seconds[number]))
    assert [bool(one.open) for one in found] == [False, False, True, True, True, False]


def test_a_kill_of_the_machine_explains_that_memory_is_short(scene: Any) -> None:
    moment = {**short(0.04, 0.0), "survey": Survey(kills=(kill(0),))}
    assert told(scene.run((OOM_KILL, AVAILABLE_LOW, *AFTER_KILLS), 10, moment)[-1]) == [
        ("oom_kill", None, ["available_low", "oom_next"])
    ]
    assert told(scene.run((OOM_KILL, AVAILABLE_LOW, *AFTER_KILLS), 10, {**moment, **NONE})[-1]) == [
        ("available_low", None, ["oom_next"])
    ]


# -- without the log ------------------------------------------------------------------------------------------------


def guesses(scene: Any, *moments: dict[str, Any]) -> list[Any]:
    watch = KillWatch()
    out = []
    for second, moment in enumerate(moments):
        kills = moment.pop("kills", 0)
        found = watch.advance(scene.snapshot(second, survey=GUESSED, vmstat={"oom_kill": 5 + kills}, **moment))
        out.append((found, watch.fresh))
    return out


def test_who_ended_as_a_kill_was_counted_is_probably_who_it_was(scene: Any) -> None:
    small, large, other = scene.process(1), scene.process(2, "hog", res=900 * MIB), scene.process(3, res=10**12)
    zombie = large._replace(state="Z", res=0)
    for later in ([small, other], [small, zombie, other], [small, scene.process(2, "new", start_time=9), other]):
        *_, (found, fresh) = guesses(scene, {"processes": [small, large, other]}, {"processes": later, "kills": 1})
        assert found == fresh
        (one,) = found
        assert (one.log, one.cgroup, one.suspects, one.number) == (None, None, (large,), 1)
        assert say(victim(one)) == "a process, probably hog (2), 900M resident"
    *_, (found, _) = guesses(scene, {}, {"kills": 2})
    assert say(victim(found[0])) == "a process that memtui had not seen" and found[0].number == 2
    assert guesses(scene, {"kills": 7})[-1][0] == (), "what was counted before the first look is long ago"


def test_the_counts_of_cgroups_say_where_it_was_if_a_limit_is_there(scene: Any) -> None:
    def groups(kills: int, limit: float | None = 100.0) -> list[Any]:
        return [
            scene.group("/", oom_kills=kills),
            scene.group("/a", oom_kills=kills, max=limit),
            scene.group("/a/b", oom_kills=kills, max=None),
            scene.group("/c", oom_kills=1, max=limit),
        ]

    inside, outside = scene.process(1, "in", cgroup="/a/b"), scene.process(2, "out", cgroup="/c", res=900 * MIB)
    both = {"processes": [inside, outside]}
    *_, (found, fresh) = guesses(
        scene, {**both, "groups": groups(1)}, {"kills": 1}, {"kills": 1, "groups": groups(2)}
    )
    assert [(one.cgroup, one.suspects) for one in found] == [("/a/b", (inside,))], "the deepest, and who was in it"
    assert fresh == (), "it was told when it was counted"
    *_, (found, _) = guesses(
        scene, {"groups": groups(1, None)}, {"kills": 1}, {"kills": 1, "groups": groups(2, None)}
    )
    assert [one.cgroup for one in found] == [None], "where no cgroup has a limit it was the machine"


# -- cgroups --------------------------------------------------------------------------------------------------------


def test_only_the_deepest_cgroup_is_told_of_and_one_that_vanished_no_more(scene: Any) -> None:
    def full(path: str) -> Any:
        return scene.group(
            path, usage=100, max=100, high=100, anon=99, swap_max=0, some=20.0, max_rate=9.0, high_rate=9.0
        )

    rules = CGROUP_HIGH, CGROUP_MAX, CGROUP_NEAR_MAX

    def moment(second: int) -> dict[str, Any]:
        return {"groups": [full("/a"), full("/a/b")] if second < 10 else [full("/c")] if second < 20 else []}

    found = [told(one) for one in scene.run(rules, 25, moment)]
    assert found[9] == [("cgroup_high", "/a/b", ["cgroup_max", "cgroup_near_max"])]
    assert found[10] == [], "closed at once, though what is open clears after ten seconds"
    assert {subject for _, subject, _ in found[19]} == {"/c"}
    assert found[20] == []


def test_who_is_largest_in_the_cgroup_is_named(scene: Any) -> None:
    row = scene.group("/a", usage=100, max=100, anon=99, swap_max=0)
    rows = [scene.process(1, "big", cgroup="/a/b", pss=900), scene.process(2, "out", cgroup="/ab", pss=10**9)]
    (found,) = scene.last(CGROUP_NEAR_MAX, 10, {"groups": [row], "processes": rows})
    assert say(found.explanation).startswith("The largest in it: big (1) 900B.")


def test_a_kill_in_a_group_that_is_gone_is_told_all_the_same(scene: Any) -> None:
    moment = {"survey": Survey(kills=(kill(0, memcg="/gone"),)), "groups": [scene.group("/")]}
    assert told(scene.run(CGROUP_OOM, 15, moment)[-1]) == [("cgroup_oom", "/gone", [])]
