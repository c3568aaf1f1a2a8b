"""Which code keeps memory: outstanding allocations by the stack that made them, as a trace or a heap walk has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from memtui.model.sample import ProcKey


class Frame(NamedTuple):
    """One frame of a stack. `offset` counts from the function or, where that has no name, from the module's start.

    `source` is file:line where it is known.
    """

    function: str
    module: str
    offset: int
    source: str
    address: int


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks that one way through the program took and has not given back. Sizes in bytes, ages in seconds.

    `by` is the function that gave them, whose caller is the first frame. `label` stands for what has no frames, such
    as chunks of one size. `ends` says why the stack is not whole (empty:
    it is). `blocks` are (address, size) of some, oldest first.
    """

    bytes: int
    count: int
    oldest: float | None
    frames: tuple[Frame, ...]
    ends: str = ""
    by: str = ""
    label: str = ""
    blocks: tuple[tuple[int, int], ...] = ()


class Way(StrEnum):
    """The instruments, best first; the words are those of the screen."""

    TRACE = "uprobes, unwound stacks"
    TWO_PHASE = "uprobes for a moment, chunk headers later"
    HEAP = "heap walk, twice"


class Stage(StrEnum):
    """Where a trace is."""

    STARTING = "attaching"
    TRACING = "tracing"
    WATCHING = "watching frees"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Traced(NamedTuple):
    """What was seen: allocations, calls that give back, and what was lost for want of room."""

    allocations: int = 0
    frees: int = 0
    lost: int = 0


NOTHING_YET: Final = Traced()


class Plan(NamedTuple):
    """What is asked of a trace: seconds to follow allocations, then to see what of them is given back.

    `min_age` in seconds and `min_size` in bytes leave out what is younger or smaller; `limit` is the share of a CPU
    that probes may take before the trace stops; `two_phase` sees no free: it looks into the heap afterwards.
    """

    seconds: float = 10.0
    watch: float = 30.0
    min_age: float = 0.0
    min_size: int = 0
    limit: float = 0.6
    two_phase: bool = False


@dataclass(frozen=True, slots=True)
class Leaks:
    """A trace at one moment. `at` and `began` are monotonic, rates per second, `overhead` the share of a CPU.

    `why_not_better` says what keeps a better instrument away (empty: this is the best), `failure` why there is none
    at all, `ended` why it ended before its time, `notes` what has to be known to read the stacks.
    """

    key: ProcKey
    plan: Plan
    stage: Stage
    began: float
    at: float
    way: Way | None = None
    why_not_better: str = ""
    stacks: Sequence[Stack] = ()
    traced: Traced = NOTHING_YET
    allocations_rate: float | None = None
    frees_rate: float | None = None
    overhead: float | None = None
    attach_seconds: float | None = None
    ended: str = ""
    failure: str = ""
    notes: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.stage in (Stage.DONE, Stage.FAILED)

    @property
    def bytes(self) -> int:
        """Outstanding bytes of all stacks."""
        return sum(stack.bytes for stack in self.stacks)

    @property
    def count(self) -> int:
        """Outstanding blocks of all stacks."""
        return sum(stack.count for stack in self.stacks)
