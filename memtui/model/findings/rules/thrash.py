"""Thrash: what was evicted is wanted again, from swap or from files."""

from typing import Final

from memtui.model.findings.rule import Rule

THRASH: Final[tuple[Rule, ...]] = ()
