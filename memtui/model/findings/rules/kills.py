"""The OOM killer: of the whole machine, of a cgroup, and whom it would take next."""

from typing import Final

from memtui.model.findings.rule import Rule

KILLS: Final[tuple[Rule, ...]] = ()
