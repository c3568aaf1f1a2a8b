"""Whose thrash it is: of the innermost cgroup that has most of it, or of the machine."""

from typing import Any

import pytest

from memtui.model.findings.rules.thrash import CACHE_THRASH, SWAP_THRASH
from memtui.view.say import say


def swapping(scene: Any, shares: dict[str, float]) -> Any:
    groups = [scene.group(path, refault_anon_rate=200 * share) for path, share in shares.items()]
    rows = [
        scene.process(100, "mine", cgroup="/a/b/c", majflt_rate=50.0),
        scene.process(101, "other", cgroup="/x", majflt_rate=90.0),
    ]
    rates = {"pswpin": 200, "pswpout": 200, "workingset_refault_anon": 200}
    return {"rates": rates, "groups": groups, "processes": rows}


@pytest.mark.parametrize(
    ("shares", "subject", "process"),
    [
        ({"/": 1, "/a": 0.9, "/a/b": 0.6, "/a/b/c": 0.5, "/x": 0.1}, "/a/b", "mine"),
        ({"/": 1, "/a": 0.5, "/x": 0.5}, None, "other"),
        ({}, None, "other"),
    ],
)
def test_it_is_that_of_the_innermost_cgroup_with_most_of_it(
    scene: Any, shares: dict[str, float], subject: str | None, process: str
) -> None:
    (found,) = scene.last(SWAP_THRASH, 12, swapping(scene, shares))
    assert found.subject == subject
    assert f"most by {process}" in say(found.title)


def test_a_cgroup_at_its_limit_is_told_of_its_own_refaults_only(scene: Any) -> None:
    group = scene.group("/app", refault_file_rate=1000.0, max=100 << 20, usage=100 << 20)
    moment = {"rates": {"workingset_refault_file": 100_000}, "groups": [group]}
    assert scene.last(CACHE_THRASH, 12, moment) == ()
