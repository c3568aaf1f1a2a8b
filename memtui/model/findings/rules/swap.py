"""Swap space: full, or holding what nobody wants back."""

from typing import Final

from memtui.model.findings.rule import Rule

SWAP: Final[tuple[Rule, ...]] = ()
