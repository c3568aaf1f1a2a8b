"""Settings under /proc/sys/vm that are odd for this machine. What a distribution ships is never odd.

What each value does is said by Documentation/admin-guide/sysctl/vm.rst, here in our own words.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.words import Words, count
from memtui.proc.unavailable import Unavailable

_LEAST_FREE: Final = 1024  # KiB, vm.rst
_SMALL: Final = 64 << 20  # bytes of RAM, below which the kernel itself keeps less free
_AS_FILES: Final = 100  # swappiness with which swap is taken to be as fast as files
_LOCAL: Final = 1  # bit of zone_reclaim_mode
_NEVER_OVERCOMMIT: Final = 2


class _Odd(NamedTuple):
    name: str
    value: float
    why: str
    threshold: float | None = None


def _swappiness(facts: Facts, _: Limits) -> Iterator[_Odd]:
    value, swaps = facts.setting("swappiness"), facts.now.system.swaps
    if value is None or isinstance(swaps, Unavailable) or not swaps:
        return
    if value == 0:
        yield _Odd("swappiness", value, "there is swap, and it is used only once free and file pages run out")
    compressed = (facts.line("Zswap") or 0) > 0 or any("zram" in swap.name for swap in swaps)
    if value > _AS_FILES and not compressed:
        yield _Odd("swappiness", value, "takes swap to be faster than files, as zram and zswap are", _AS_FILES)


def _min_free(facts: Facts, limits: Limits) -> Iterator[_Odd]:
    value, total = facts.setting("min_free_kbytes"), facts.now.memory.total
    if value is None or not total:
        return
    if value < _LEAST_FREE and total >= _SMALL:
        yield _Odd("min_free_kbytes", value, "too little for reclaim itself: deadlocks under load", _LEAST_FREE)
    most = total * limits("min_free") / 100 / 1024
    if value > most:
        yield _Odd("min_free_kbytes", value, "so much of RAM is kept free; too high a value leads to OOM", most)


def _watermarks(facts: Facts, limits: Limits) -> Iterator[_Odd]:
    value = facts.setting("watermark_scale_factor")
    if value is not None and value >= limits("scale"):
        why = f"the watermarks are {value / 100:.0f} % of RAM apart, which kswapd keeps free"
        yield _Odd("watermark_scale_factor", value, why, limits.shown("scale"))


def _zone_reclaim(facts: Facts, _: Limits) -> Iterator[_Odd]:
    value = facts.setting("zone_reclaim_mode")
    if value is not None and value & _LOCAL and len({one.zone.node for one in facts.now.zones}) > 1:
        why = "a full node drops its page cache before it uses others: only for workloads split by node"
        yield _Odd("zone_reclaim_mode", value, why, 0)


def _overcommit(facts: Facts, limits: Limits) -> Iterator[_Odd]:
    limit, memory = facts.line("CommitLimit"), facts.now.memory
    if facts.setting("overcommit_memory") != _NEVER_OVERCOMMIT or not limit:
        return
    share = 100 * limit / (memory.total + memory.swap_total) if memory.total else 100.0
    if share < limits("committable"):
        why = f"with vm.overcommit_memory = 2 programs may have {share:.0f} % of RAM and swap, no more"
        yield _Odd("overcommit_ratio", facts.setting("overcommit_ratio") or 0, why)


def _dirty(facts: Facts, limits: Limits) -> Iterator[_Odd]:
    share, background = facts.setting("dirty_ratio"), facts.setting("dirty_background_ratio")
    if share is not None and share > limits("dirty"):
        why = "so much of available memory may wait to be written; writing it takes long"
        yield _Odd("dirty_ratio", share, why, limits.shown("dirty"))
    if share and background and background >= share:
        yield _Odd(
            "dirty_background_ratio", background, "not below dirty_ratio: the kernel takes half of that", share
        )
    most, sooner = facts.setting("dirty_bytes"), facts.setting("dirty_background_bytes")
    if most and facts.now.memory.total and 100 * most / facts.now.memory.total > limits("dirty"):
        yield _Odd("dirty_bytes", most, "so much of RAM may wait to be written; writing it takes long")
    if most and sooner and sooner >= most:
        yield _Odd("dirty_background_bytes", sooner, "not below dirty_bytes: the kernel takes half of that", most)


def _names(facts: Facts, limits: Limits) -> Iterator[_Odd]:
    value = facts.setting("vfs_cache_pressure")
    if value == 0:
        yield _Odd("vfs_cache_pressure", value, "dentries and inodes are never reclaimed, which may end in OOM")
    elif value is not None and value >= limits("pressure"):
        why = "reclaim looks for many times more names and inodes than there are: costs locks and time"
        yield _Odd("vfs_cache_pressure", value, why, limits.shown("pressure"))


def _panic(facts: Facts, _: Limits) -> Iterator[_Odd]:
    value = facts.setting("panic_on_oom")
    if value:
        also = ", of one cgroup too" if value > 1 else ""
        yield _Odd("panic_on_oom", value, f"the whole machine stops at an OOM{also}: for failover of clusters", 0)


_CHECKS: Final[tuple[Callable[[Facts, Limits], Iterator[_Odd]], ...]] = (
    _swappiness, _min_free, _watermarks, _zone_reclaim, _overcommit, _dirty, _names, _panic,
)  # fmt: skip


def _odd(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    found = [one for check in _CHECKS for one in check(facts, limits)]
    if not found:
        return
    first = found[0]
    title: Words = (f"vm.{first.name} = {first.value:.0f} is unusual for this machine: {first.why}",)
    if len(found) > 1:
        names = ", ".join(dict.fromkeys(one.name for one in found))
        title = count(len(found)), " settings are unusual for this machine: vm.", names
    evidence = tuple(Evidence(f"vm.{one.name}", one.value, one.threshold, Unit.NUMBER, one.why) for one in found)
    yield Symptom(Severity.NOTE, title, evidence)


SETTINGS_ODD: Final = Rule(
    "settings_odd",
    "Settings are unusual",
    "Somebody may have meant it so; if nobody did, the kernel's default is the better choice. What each setting does "
    "is in Documentation/admin-guide/sysctl/vm.rst.",
    _odd,
    marks=(
        Mark("min_free", 10.0, "percent of RAM that vm.min_free_kbytes keeps free", Unit.PERCENT),
        Mark("scale", 500.0, "vm.watermark_scale_factor, in 10,000ths of a zone (the default is 10)"),
        Mark("committable", 60.0, "percent of RAM and swap that may be promised, if overcommit is off", Unit.PERCENT),
        Mark("dirty", 40.0, "percent of memory that may wait to be written", Unit.PERCENT),
        Mark("pressure", 1000.0, "vm.vfs_cache_pressure", source="vm.rst, which warns of 1000"),
    ),
    steps=(Step(("settings, and what they mean here",), "sysctl vm", Place("memory")),),
)
