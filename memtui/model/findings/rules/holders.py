"""Memory that is held: huge pages, shared memory, page tables."""

from typing import Final

from memtui.model.findings.rule import Rule

HOLDERS: Final[tuple[Rule, ...]] = ()
