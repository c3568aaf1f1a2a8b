"""Cgroups at their limits."""

from typing import Final

from memtui.model.findings.rule import Rule

CGROUP: Final[tuple[Rule, ...]] = ()
