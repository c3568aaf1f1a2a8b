"""How the machine is: memory that is broken, promises near their limit, NUMA, settings, and what memtui can't see."""

from collections.abc import Iterable
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules.blind import BLIND
from memtui.model.findings.rules.common import held_by, largest
from memtui.model.findings.rules.settings import SETTINGS_ODD
from memtui.model.findings.words import Words, percent, size
from memtui.model.process import Process

_NEVER_OVERCOMMIT: Final = 2  # of vm.overcommit_memory


def _corrupted(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    broken = facts.line("HardwareCorrupted")
    if broken is None or broken < limits("corrupted"):
        return
    yield Symptom(
        Severity.CRITICAL,
        ("The hardware reported ", size(broken), " of memory as broken"),
        (limits.evidence("corrupted", "HardwareCorrupted", broken),),
    )


MEMORY_CORRUPTED: Final = Rule(
    "memory_corrupted",
    "Memory is broken",
    "The kernel took these pages out of use after errors that the hardware could not correct; whoever had data in "
    "them was killed or lost it. It stays so until the machine is started again, and more errors are likely: test "
    "the memory and replace the module.",
    _corrupted,
    marks=(
        Mark(
            "corrupted", 1.0, "bytes of memory that the hardware reported as broken", Unit.BYTES,
            source="netdata, awesome-prometheus-alerts: HardwareCorrupted above 0",
        ),
    ),
    steps=(Step(("what the kernel says of it",), "dmesg | grep -i -e 'hardware error' -e 'memory failure' -e edac"),),
    hold=0.0,
)  # fmt: skip


def _virt(row: Process) -> int:
    return row.virt


def _overcommit(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    limit, promised = facts.line("CommitLimit"), facts.line("Committed_AS")
    if facts.setting("overcommit_memory") != _NEVER_OVERCOMMIT or not limit or promised is None:
        return
    share = 100 * promised / limit
    severity = limits.above("committed", share)
    if severity is None:
        return
    title: Words = (
        size(promised), " of memory are promised to programs, ", percent(share), " of the commit limit of ",
        size(limit), ": soon requests are refused",
    )  # fmt: skip
    evidence = (
        limits.evidence("committed", "Committed_AS / CommitLimit", share),
        Evidence("vm.overcommit_memory", _NEVER_OVERCOMMIT),
        *held_by(largest(facts.processes(), _virt), "VmSize", _virt, Unit.BYTES),
    )
    yield Symptom(severity, title, evidence)


OVERCOMMIT: Final = Rule(
    "overcommit",
    "Commit limit near",
    "With vm.overcommit_memory = 2 the kernel refuses what would go past the commit limit (swap, and "
    "vm.overcommit_ratio percent of RAM), however much memory is free: fork and malloc fail, and most programs end "
    "by that.",
    _overcommit,
    marks=(
        Mark(
            "committed", 90.0, "percent of the commit limit that is promised", Unit.PERCENT, 98.0, 85.0,
            source="atop (critical once vmcom is above vmlim); the margins are our own",
        ),
    ),
    steps=(
        Step(("who asked for most address space",), "memtui top -s virt -n 10", Place("processes", sort="virt")),
        Step(("the limit, and how it is made up",), "sysctl vm.overcommit_ratio vm.overcommit_kbytes"),
    ),
)  # fmt: skip

MACHINE: Final = (MEMORY_CORRUPTED, OVERCOMMIT, SETTINGS_ODD, BLIND)
