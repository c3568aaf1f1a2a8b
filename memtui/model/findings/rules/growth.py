"""What grows and doesn't stop: processes, cgroups, the kernel's own memory."""

from typing import Final

from memtui.model.findings.rule import Rule

GROWTH: Final[tuple[Rule, ...]] = ()
