"""How the machine is set up: NUMA, settings, bad memory, and what memtui can't see."""

from typing import Final

from memtui.model.findings.rule import Rule

MACHINE: Final[tuple[Rule, ...]] = ()
