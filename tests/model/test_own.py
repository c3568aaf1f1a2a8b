"""The limit of a container: what of it is used by what, and what can still be had."""

from memtui.model.memory import Kind
from memtui.model.own import OwnLimit
from memtui.proc.cgroup import MemoryGroup

STAT = {"anon": 50, "file": 30, "shmem": 10, "active_file": 5, "inactive_file": 12}


def own(usage: int = 100, size: int = 120) -> OwnLimit:
    return OwnLimit("/a", size, MemoryGroup(2, usage=usage, stat=STAT))


def test_parts_add_up_to_what_is_charged() -> None:
    assert dict(own().parts) == {Kind.ANON: 50, Kind.FILE: 20, Kind.SHMEM: 10, Kind.OTHER: 20}
    assert sum(dict(own(usage=500).parts).values()) == 500


def test_available_is_the_rest_and_the_cache_and_never_more_than_the_host_or_the_limit_has() -> None:
    assert own().available(1000) == 20 + 17
    assert own().available(8) == 8
    assert own(usage=130).available(1000) == 17
    assert own(usage=1).available(None) == 120


def test_what_is_not_known_is_not_made_up() -> None:
    empty = OwnLimit("/a", 120, MemoryGroup(1))
    assert (empty.used, empty.available(None)) == (0, 120)
