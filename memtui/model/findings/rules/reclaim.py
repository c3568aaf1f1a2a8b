"""Reclaim: kswapd that can't keep up, programs that reclaim by themselves, zones, fragmentation."""

from typing import Final

from memtui.model.findings.rule import Rule

RECLAIM: Final[tuple[Rule, ...]] = ()
