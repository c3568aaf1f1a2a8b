"""All rules, in the order of causes: one that explains others stands before them."""

from typing import Final

from memtui.model.findings.rule import Rule
from memtui.model.findings.rules.shortage import SHORTAGE

RULES: Final[tuple[Rule, ...]] = (*SHORTAGE,)
