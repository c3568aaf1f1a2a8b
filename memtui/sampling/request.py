"""What the faces ask of the sampler: columns that nothing shows cost nothing."""

from dataclasses import dataclass
from enum import Flag, auto

from memtui.model.sample import ProcKey


class Need(Flag):
    """Kinds of files beyond those of every sample; each is read only while something shows or sorts by it.

    From STATUS to IO they are per process; the others are of the machine: the tree of cgroups, what the account of
    RAM names, who holds shared memory, nodes and free blocks, slabs, what is behind swap, the instrument that counts
    what the page cache does, and OOM kills in the kernel log. FINDINGS has the rules applied, reads that log, and the
    files that rules look at now and then.
    """

    NOTHING = 0
    STATUS = auto()
    SMAPS = auto()
    OOM = auto()
    IO = auto()
    CGROUPS = auto()
    MEMORY = auto()
    SEGMENTS = auto()
    NODES = auto()
    SLABS = auto()
    SWAP = auto()
    PAGE_CACHE = auto()
    KILLS = auto()
    FINDINGS = auto()


class Part(Flag):
    """Parts of the detail of the process in focus that are read only while something shows them."""

    NOTHING = 0
    DELAYS = auto()
    CGROUPS = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """Immutable, so that the screen can hand the sampler's thread a new one at any time.

    `interval` is seconds between samples; `visible` are the pids on the screen, in their order; `focus` is the
    process of the drilldown, `parts` what is shown of it beside the usual; `paths` are the cgroups on the screen;
    `complete` lifts the budgets, for one-shot text output.
    """

    interval: float = 1.0
    needs: Need = Need.STATUS | Need.SMAPS | Need.OOM
    visible: tuple[int, ...] = ()
    focus: ProcKey | None = None
    paths: tuple[str, ...] = ()
    parts: Part = Part.NOTHING
    complete: bool = False
