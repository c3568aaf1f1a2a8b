"""Data that waits to be written.

Up to the middle between the two thresholds of /proc/vmstat writers go on unhindered; from there on each of them has
to wait, so that the data stays below the upper one (mm/page-writeback.c: balance_dirty_pages). Measured: a writer to
a disk that takes 20 MB/s keeps it at 91 to 100 % of the upper threshold, which is 121 % of the middle and more; a
copy that its disk can take stays at 67 % of the middle, where the kernel starts to write in the background.
"""

from collections.abc import Iterable
from math import inf
from typing import Final

from memtui.model.fields.field import Unit
from memtui.model.findings.facts import Facts
from memtui.model.findings.finding import Evidence, Place, Severity, Step
from memtui.model.findings.rule import Limits, Mark, Rule, Symptom
from memtui.model.findings.rules import flow
from memtui.model.findings.rules.common import held_by, largest
from memtui.model.findings.words import Words, seconds, size, size_rate
from memtui.proc.unavailable import Unavailable

_SPAN: Final = 5.0  # seconds over which the amount is taken: it goes up and down with every batch


def _dirty(facts: Facts, limits: Limits) -> Iterable[Symptom]:
    vmstat, page = facts.now.system.vmstat, facts.now.page_size
    levels = facts.level("Dirty", _SPAN), facts.level("Writeback", _SPAN)
    if isinstance(vmstat, Unavailable) or levels[0] is None or levels[1] is None:
        return
    upper, lower = vmstat.get("nr_dirty_threshold"), vmstat.get("nr_dirty_background_threshold")
    waiting = levels[0] + levels[1]
    if not upper or lower is None:
        return
    middle, top = page * (upper + lower) / 2, page * upper
    if 100 * waiting < limits("slowed") * middle:
        return
    written = facts.rate("nr_written")
    if written is None:
        return
    drains = waiting / (written * page) if written else inf
    how: Words = (
        (", written at ", size_rate(written * page), ": ", seconds(drains), " for all of it")
        if written
        else (", and none of it is being written",)
    )
    writers = largest(facts.processes(), lambda row: row.write_rate)
    yield Symptom(
        Severity.WARNING if drains >= limits("drains") else Severity.NOTE,
        (size(waiting), " wait to be written", *how, "; writers are slowed"),
        (
            limits.evidence(
                "slowed", "Dirty + Writeback", 100 * waiting / middle, "of the middle of both thresholds"
            ),
            Evidence("Dirty + Writeback", waiting, float(top), Unit.BYTES, "of nr_dirty_threshold"),
            *([limits.evidence("drains", "(Dirty + Writeback) / nr_written", drains)] if written else []),
            *flow.stalls(facts),
            *held_by(writers, "write_bytes", lambda row: row.write_rate, Unit.BYTES_RATE),
        ),
    )


DIRTY_HIGH: Final = Rule(
    "dirty_high",
    "Much data waits to be written",
    "Programs write faster than storage takes it, so the kernel has them wait. That is normal for a large copy to a "
    "slow disk; sync, fsync and switching off take as long as all of it does to be written.",
    _dirty,
    marks=(
        Mark("slowed", 85.0, "percent of the middle between both thresholds", Unit.PERCENT, stays=75.0),
        Mark("drains", 60.0, "seconds to write all of it, from which on it is a warning", Unit.SECONDS, stays=40.0),
    ),
    steps=(
        Step(("who makes pages dirty",), "memtui cachetop 1 10", Place("cache", sort="dirties")),
        Step(("who writes",), "memtui top -s write_rate -n 10", Place("processes", sort="write_rate")),
        Step(("how much may wait: dirty_ratio and dirty_background_ratio",), "sysctl vm.dirty_ratio"),
    ),
    hold=4.0,
)  # fmt: skip

WRITEBACK: Final = (DIRTY_HIGH,)
