"""How the machine is set up: what is unusual and what every distribution ships, NUMA, and what isn't seen."""

from pathlib import Path
from typing import Any

import pytest

from memtui.model.cache import PageCache
from memtui.model.findings.finding import Finding, Severity
from memtui.model.findings.rules.blind import BLIND
from memtui.model.findings.rules.numa import NUMA_IMBALANCE
from memtui.model.findings.rules.settings import SETTINGS_ODD
from memtui.model.findings.watch import Preferences, Watch
from memtui.model.pagecache import Instrument, Quality
from memtui.model.slabs import Slabs
from memtui.model.survey import NodesSurvey, Survey
from memtui.proc import meminfo, node
from memtui.proc.node import NodeFiles
from memtui.proc.source import ProcSource
from memtui.proc.swaps import Swap
from memtui.proc.unavailable import ABSENT, PENDING, Unavailable, Why
from memtui.sampling.recorded import Recorded
from memtui.sampling.request import Request
from memtui.view.say import say

from .cases_machine import SCENE, nodes, seen, settings
from .conftest import GIB, MIB, Moment

TREES = sorted(path for path in (Path(__file__).parents[2] / "trees").iterdir() if path.is_dir())
DISK = Swap("/dev/sda2", "partition", 2 * GIB, 0, -2)
ZRAM = Swap("/dev/zram0", "partition", 2 * GIB, 0, 100)


def worst(scene: Any, rule: Any, moment: Moment) -> Finding | None:
    found = scene.run(rule, 15, moment)[-1].worst
    assert found is None or isinstance(found, Finding)
    return found


def odd(scene: Any, moment: Moment) -> list[str]:
    """The names of the settings that are told of."""
    found = worst(scene, SETTINGS_ODD, moment)
    return [] if found is None else [evidence.field for evidence in found.evidence]


def test_swappiness_is_held_against_the_swap_there_is(scene: Any) -> None:
    for value, swaps, told in (
        (0, (DISK,), True), (0, (), False), (1, (DISK,), False), (180, (DISK,), True), (180, (ZRAM,), False),
        (100, (DISK,), False),
    ):  # fmt: skip
        assert bool(odd(scene, {**settings(swappiness=value), "swaps": swaps})) is told, (value, swaps)
    assert odd(scene, {**settings({"Zswap": MIB}, swappiness=180), "swaps": (DISK,)}) == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"min_free_kbytes": 1023}, ["vm.min_free_kbytes"]),
        ({"min_free_kbytes": 1024}, []),
        ({"zone_reclaim_mode": 1}, []),
        ({"vfs_cache_pressure": 0}, ["vm.vfs_cache_pressure"]),
        ({"vfs_cache_pressure": 50}, []),
        ({"panic_on_oom": 2}, ["vm.panic_on_oom"]),
        ({"overcommit_memory": 1}, []),
        ({"dirty_ratio": 10, "dirty_background_ratio": 10}, ["vm.dirty_background_ratio"]),
        ({"dirty_ratio": 0, "dirty_bytes": 4 * GIB}, ["vm.dirty_bytes"]),
        ({"dirty_bytes": 3 * GIB, "dirty_background_bytes": GIB}, []),
        ({"dirty_bytes": GIB, "dirty_background_bytes": GIB}, ["vm.dirty_background_bytes"]),
        ({"swappiness": 10, "dirty_ratio": 40, "dirty_background_ratio": 10}, []),  # tuned throughput-performance
    ],
)
def test_a_setting_is_told_of_if_it_is_unusual(scene: Any, values: dict[str, int], told: list[str]) -> None:
    assert odd(scene, settings(None, **values)) == told


def test_zone_reclaim_is_unusual_where_there_are_nodes(scene: Any) -> None:
    assert odd(scene, {**settings(zone_reclaim_mode=1), "zones": nodes(0.5, 0.5)["zones"]}) == [
        "vm.zone_reclaim_mode"
    ]
    assert odd(scene, {**settings(zone_reclaim_mode=2), "zones": nodes(0.5, 0.5)["zones"]}) == []


def test_one_setting_is_named_with_its_meaning_and_several_are_one_finding(scene: Any) -> None:
    found = worst(scene, SETTINGS_ODD, settings(vfs_cache_pressure=0))
    assert found is not None and "vm.vfs_cache_pressure = 0 is unusual for this machine: dent" in say(found.title)
    found = worst(scene, SETTINGS_ODD, settings(vfs_cache_pressure=0, panic_on_oom=1))
    assert found is not None and len(found.evidence) == 2
    assert say(found.title) == "2 settings are unusual for this machine: vm.vfs_cache_pressure, panic_on_oom"


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_what_distributions_ship_is_never_unusual(tree: Path) -> None:
    watch = Watch(Preferences(patience=0.0), (SETTINGS_ODD,))
    source = ProcSource(str(tree / "proc"), str(tree / "sys"))
    assert Recorded(source, watch=lambda: watch).step(Request()).findings.open == ()


def test_a_node_that_is_full_of_page_cache_has_room(scene: Any) -> None:
    assert worst(scene, NUMA_IMBALANCE, nodes(0.0, 0.5, missed=0.5, files=0.6)) is None
    assert worst(scene, NUMA_IMBALANCE, nodes(0.0, 0.02)) is None, "both are full: that is another rule's"
    assert worst(scene, NUMA_IMBALANCE, {"zones": [SCENE.zone(1300)]}) is None, "there is one node"


def test_a_node_that_is_full_is_named_with_what_goes_elsewhere(scene: Any) -> None:
    moment = nodes(0.0, 0.5, missed=0.4)
    survey = NodesSurvey({}, (NodeFiles(0, meminfo.Meminfo({}), node.parse_numastat(b"local_node 30\nother_node 10"),
                                        (), ""),), (), {})  # fmt: skip
    found = worst(scene, NUMA_IMBALANCE, {**moment, "survey": Survey(nodes=survey)})
    assert found is not None and found.severity is Severity.NOTE and found.subject == "node0"
    title = say(found.title)
    assert title.startswith("NUMA node 0 is nearly full (0 left of 1.00G) while node 1 has room for 512M")
    assert "40.0% of new pages go to another node" in title
    remote = next(one for one in found.evidence if one.field.startswith("other_node"))
    assert remote.value == 25.0


def test_what_is_not_seen_is_told_with_its_reason_and_what_would_help(scene: Any) -> None:
    denied = Unavailable(Why.DENIED, "needs root")
    moment: Moment = {
        "slabs": Slabs((), denied),
        "survey": Survey(kills=denied),
        "system": {"pressure": {"memory": ABSENT}},
        "cache": PageCache(Instrument("/proc", Quality.ESTIMATE, (("BPF tracepoints", denied),))),
    }
    found = worst(scene, BLIND, moment)
    assert found is not None and found.severity is Severity.NOTE
    assert [one.note for one in found.evidence] == [
        "permission denied: needs root", "not in this kernel", "permission denied: needs root",
        "permission denied: needs root",
    ]  # fmt: skip
    assert found.steps[0].command == "sudo memtui"
    assert all(words in say(found.title) for words in ("slab caches", "pressure", "OOM kills", "page cache"))
    found = worst(scene, BLIND, {"system": {"pressure": {"memory": ABSENT}}})
    assert found is not None and "sudo memtui" not in [step.command for step in found.steps]


def test_who_sees_all_is_not_blind(scene: Any) -> None:
    exact = Instrument("BPF functions", Quality.EXACT, (("BPF tracepoints", ABSENT),))
    assert worst(scene, BLIND, {"cache": PageCache(exact), "slabs": Slabs(()), **seen(10, 0)}) is None
    assert worst(scene, BLIND, {"survey": Survey(kills=PENDING)}) is None
    assert worst(scene, BLIND, seen(0, 0)) is None
