"""Memory that is held: what is told of it, of whom, and what is no trouble."""

from typing import Any

from memtui.model.findings.finding import Finding, Severity
from memtui.model.findings.rules.holders import HUGEPAGES_UNUSED, PAGE_TABLES
from memtui.model.findings.rules.shmem import SHMEM_BIG
from memtui.model.survey import MemorySurvey, Survey, Tmpfs
from memtui.proc.unavailable import ABSENT
from memtui.view.say import say

from .cases_holders import RAM, giants, huge, shared, tables, tmpfs
from .conftest import MIB, Moment


def worst(scene: Any, rule: Any, moment: Moment) -> Finding | None:
    found = scene.run(rule, 15, moment)[-1].worst
    assert found is None or isinstance(found, Finding)
    return found


def test_huge_pages_that_are_promised_or_in_use_are_not_unused(scene: Any) -> None:
    assert worst(scene, HUGEPAGES_UNUSED, huge(1000, 1000, 1000)) is None
    assert worst(scene, HUGEPAGES_UNUSED, huge(1000, 0)) is None
    found = worst(scene, HUGEPAGES_UNUSED, huge(64, 64))
    assert found is not None and found.severity is Severity.NOTE
    words = "128M of reserved huge pages are unused (64 of 2.00M), which ordinary memory can't be made of"
    assert say(found.title) == words
    both = {**giants(2, 1), **huge(64, 64)}
    found = worst(scene, HUGEPAGES_UNUSED, both)
    assert found is not None and "1.12G of reserved huge pages" in say(found.title)


def test_huge_pages_are_a_warning_only_while_memory_is_short_and_they_are_to_blame(scene: Any) -> None:
    def severity(free: int, available: float) -> Severity | None:
        found = worst(scene, HUGEPAGES_UNUSED, huge(400, free, 0, int(available * RAM)))
        return None if found is None else found.severity

    assert severity(400, 0.08) is Severity.WARNING
    assert severity(400, 0.2) is Severity.NOTE
    assert severity(190, 0.08) is Severity.NOTE


def test_a_tmpfs_is_named_with_what_to_look_at_and_each_is_a_finding(scene: Any) -> None:
    mounts = tuple(Tmpfs(folder, 100 * MIB, 200 * MIB) for folder in ("/a", "/it's"))
    found = scene.run(SHMEM_BIG, 15, {"survey": Survey(memory=MemorySurvey(mounts, (), {}, ()))})[-1].open
    assert {one.subject for one in found} == {"/a", "/it's"}
    assert say(found[0].title) == "tmpfs /a holds 100M in memory (50.0% of its size of 200M)"
    assert "'/it'\\''s'" in found[1].steps[0].command
    full = worst(scene, SHMEM_BIG, tmpfs(190 * MIB, 200 * MIB))
    assert full is not None and full.severity is Severity.WARNING
    assert "nearly full (95.0% of" in say(full.title) and "ENOSPC" in say(full.explanation)


def test_small_ones_that_are_full_by_design_and_file_systems_that_cant_be_asked_are_nothing(scene: Any) -> None:
    assert worst(scene, SHMEM_BIG, tmpfs(MIB, MIB)) is None
    assert worst(scene, SHMEM_BIG, {"survey": Survey(memory=MemorySurvey(ABSENT, (), {}, ()))}) is None


def test_shared_memory_is_a_warning_only_if_it_can_go_nowhere(scene: Any) -> None:
    found = worst(scene, SHMEM_BIG, shared(0.6, 0.05, 0))
    assert found is not None and found.severity is Severity.WARNING
    assert "no swap is free and memory is short" in say(found.title)
    for moment in (shared(0.6, 0.3, 0), shared(0.6, 0.05)):
        found = worst(scene, SHMEM_BIG, moment)
        assert found is not None and found.severity is Severity.NOTE


def test_page_tables_name_whose_they_are(scene: Any) -> None:
    rows = [scene.process(pid, "pg", pte=pid * MIB) for pid in (5, 6)]
    found = worst(scene, PAGE_TABLES, {**tables(200 * MIB, 500 * MIB), "processes": rows})
    assert found is not None and found.severity is Severity.NOTE
    words = "Page tables take 200M, 40.0% of the 500M that they map; the largest are of pg (6) 6.00M"
    assert say(found.title) == words
    assert worst(scene, PAGE_TABLES, tables(200 * MIB, 100_000 * MIB)) is None, "dense memory takes 0.2 %"
