"""Data that waits to be written."""

from typing import Final

from memtui.model.findings.rule import Rule

WRITEBACK: Final[tuple[Rule, ...]] = ()
