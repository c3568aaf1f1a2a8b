"""All rules, in the order of causes: one that explains others stands before them."""

from typing import Final

from memtui.model.findings.rule import Rule
from memtui.model.findings.rules.cgroup import CGROUP
from memtui.model.findings.rules.growth import GROWTH
from memtui.model.findings.rules.holders import HOLDERS
from memtui.model.findings.rules.kills import AFTER_KILLS, KILLS
from memtui.model.findings.rules.machine import MACHINE
from memtui.model.findings.rules.reclaim import RECLAIM
from memtui.model.findings.rules.shortage import SHORTAGE
from memtui.model.findings.rules.swap import SWAP
from memtui.model.findings.rules.thrash import THRASH
from memtui.model.findings.rules.writeback import WRITEBACK

RULES: Final[tuple[Rule, ...]] = (
    *KILLS, *THRASH, *SHORTAGE, *CGROUP, *RECLAIM, *SWAP, *WRITEBACK, *GROWTH, *HOLDERS, *MACHINE,
    *AFTER_KILLS,
)  # fmt: skip
