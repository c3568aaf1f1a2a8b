"""A trace from beginning to end, by the best instrument that is to be had, told of as it goes.

A `LeakTrace` runs on a thread of whoever calls it. It ends by itself: after its time, when the target ends or runs
another program, or when the probes take more of a CPU than the plan allows.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Event
from typing import Any, Final

from memtui.model.leaks import Leaks, Plan, Stack, Stage, Traced, Way
from memtui.model.sample import ProcKey
from memtui.proc import pid_stat
from memtui.proc.pid_stat import PidStat
from memtui.proc.source import NEEDS_PTRACE
from memtui.proc.unavailable import GONE as NOT_THERE
from memtui.proc.unavailable import Unavailable, Unreadable, Why
from memtui.sampling.stacks import Stacks
from memtui.trace.alloc.functions import is_glibc
from memtui.trace.alloc.heap import Heap
from memtui.trace.alloc.layout import Block
from memtui.trace.alloc.tracer import Limits, Phase, Tracer
from memtui.trace.code import Code
from memtui.trace.refused import Refused

POLL: Final = 0.5  # seconds between two looks at the counters
CALL_COST, FREE_COST = 1.8e-6, 0.6e-6  # seconds; measured: a pair of malloc and free takes 2.4 µs more under probes
_STEPS: Final = 2  # looks in a row with too much overhead, before a trace stops
_LOST: Final = ("lost_blocks", "lost_paths", "lost_calls")
STOPPED, GONE, EXEC = "stopped", "the process has ended", "the process runs another program now"
CACHES: Final = "blocks freed lately may still count: malloc's caches keep them marked as in use"
HEADERS: Final = "found by the headers of their chunks, not by watching free"
PYTHON: Final = "frames of the interpreter; for those of Python code: memray attach PID"
MAIN_HEAP: Final = "chunks of the main heap by size: no stacks, no other arenas, no mappings"


class LeakTrace:
    """One trace. `run` blocks until it is over; `stop` from any thread cuts it short; `state` is the newest."""

    def __init__(
        self, key: ProcKey, plan: Plan, proc: str = "/proc", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = Leaks(key, plan, Stage.STARTING, clock(), clock())
        self._key, self._plan, self._proc, self._clock = key, plan, proc, clock
        self._stopped = Event()
        self._startcode: int | None = None
        self._seen = clock()
        self._tell: Callable[[Leaks], None] = lambda _: None

    def stop(self) -> None:
        """End what is under way; what was found until now is the result."""
        self._stopped.set()

    def run(self, tell: Callable[[Leaks], None] | None = None) -> Leaks:
        """Trace; `tell` is called with every new state. The last state."""
        self._tell = tell or self._tell
        try:
            self._startcode = self._target_or_refuse().startcode
            code = Code(self._key.pid, self._proc)
        except (Unreadable, OSError) as error:
            return self._over(failure=_words(error))
        try:
            self._by_the_best(code)
        except (Unreadable, OSError) as error:
            self._over(failure=_words(error))
        finally:
            code.close()
        return self.state

    def _by_the_best(self, code: Code) -> None:
        phase = Phase.TAKE if self._plan.two_phase else Phase.TRACE
        started = self._clock()
        try:
            tracer = Tracer(code, phase, Limits(self._plan.min_size))
        except Refused as error:
            self._walk_heap(code, str(error))
            return
        try:
            self._change(
                way=Way.TWO_PHASE if self._plan.two_phase else Way.TRACE,
                attach_seconds=self._clock() - started,
                began=self._clock(),
                notes=(PYTHON,) if _is_python(code) else (),
            )
            self._trace(code, tracer)
        finally:
            tracer.close()

    # -- uprobes ------------------------------------------------------------------------------------------------

    def _trace(self, code: Code, tracer: Tracer) -> None:
        stacks = Stacks(code, tracer)
        began = self._clock()
        ended = self._follow(code, tracer, stacks, Stage.TRACING, self._plan.seconds)
        heap = self._plan.two_phase or ended == self._too_much
        overhead = _cost(tracer.counters()) / max(POLL, self._clock() - began)
        if heap and ended in ("", self._too_much):
            stacks.look(tracer.tallies())
            tracer.turn(Phase.DONE)
            ended = self._wait(self._plan.watch) or ended
        elif not ended:
            tracer.turn(Phase.WATCH)
            ended = self._follow(code, tracer, stacks, Stage.WATCHING, self._plan.watch)
        self._read_counters(tracer)
        now = self._clock()
        blocks = tracer.blocks()
        if ended == EXEC:  # what came after may be the other program's
            blocks = {address: block for address, block in blocks.items() if block.at <= self._seen * 1e9}
        notes = list(self.state.notes)
        if ended not in (GONE, EXEC):
            blocks = stacks.still_mapped(blocks)
            if heap:
                blocks = self._in_use(blocks, notes)
        found = stacks.of_blocks(blocks, now, self._plan.min_age)
        self._over(stacks=found, ended=ended, notes=tuple(notes), overhead=overhead)

    def _follow(self, code: Code, tracer: Tracer, stacks: Stacks, stage: Stage, seconds: float) -> str:
        """Look every half second for some time; why it ended early, or nothing."""
        began, last, hot = self._clock(), tracer.counters(), 0
        before = began
        while (left := began + seconds - self._clock()) > 0:
            if self._stopped.wait(min(POLL, left)):
                return STOPPED
            if ended := self._target():
                return ended
            self._seen = self._clock()
            now, counters = self._clock(), tracer.counters()
            gap = max(1e-6, now - before)
            calls, frees = counters["calls"] - last["calls"], counters["frees"] - last["frees"]
            overhead = (_cost(counters) - _cost(last)) / gap
            last, before = counters, now
            self._read_counters(tracer)
            self._change(
                stage=stage, at=now, overhead=overhead, allocations_rate=calls / gap, frees_rate=frees / gap,
                stacks=stacks.of_tallies(tracer.tallies()),
            )  # fmt: skip
            hot = hot + 1 if overhead > self._plan.limit else 0
            if hot >= _STEPS:
                return self._too_much
            try:
                if code.refresh():
                    tracer.follow()
            except OSError:
                return GONE
        return ""

    @property
    def _too_much(self) -> str:
        return f"stopped early: the probes took more than {self._plan.limit:.0%} of a CPU"

    def _read_counters(self, tracer: Tracer) -> None:
        found = tracer.counters()
        self._change(traced=Traced(found["taken"], found["frees"], sum(found[name] for name in _LOST)))

    def _in_use(self, blocks: dict[int, Block], notes: list[str]) -> dict[int, Block]:
        heap = Heap(self._key.pid, self._proc)
        try:
            kept = heap.in_use((address, block.size) for address, block in blocks.items())
        finally:
            heap.close()
        notes += [HEADERS, CACHES]
        return {address: block for address, block in blocks.items() if address in kept}

    # -- without probes -----------------------------------------------------------------------------------------

    def _walk_heap(self, code: Code, why: str) -> None:
        """Chunks in use at the beginning against those at the end, by their size."""
        if not is_glibc(code):
            raise Refused(Unavailable(Why.ABSENT, f"{why}; the heap is not glibc's either"))
        heap = Heap(self._key.pid, self._proc)
        try:
            before = heap.walk(code.everything)
            if not before:
                raise Refused(Unavailable(Why.ABSENT, f"{why}; and no heap that can be walked"))
            self._change(way=Way.HEAP, why_not_better=why, began=self._clock(), notes=(MAIN_HEAP, CACHES))
            ended = self._wait(self._plan.seconds, Stage.WAITING)
            code.refresh()
            after = heap.walk(code.everything)
        finally:
            heap.close()
        gained = {size: after[size] - before[size] for size in after if after[size] > before[size]}
        stacks = [
            Stack(size * count, count, None, (), label=f"chunks of {size:,} bytes")
            for size, count in sorted(gained.items(), key=lambda one: -one[0] * one[1])
            if size > self._plan.min_size
        ]
        self._over(stacks=stacks, ended=ended)

    def _wait(self, seconds: float, stage: Stage = Stage.WAITING) -> str:
        self._change(stage=stage)
        until = self._clock() + seconds
        while (left := until - self._clock()) > 0:
            if self._stopped.wait(min(POLL, left)):
                return STOPPED
            if ended := self._target():
                return ended
            self._change(at=self._clock(), overhead=0.0)
        return ""

    # -- the target, the state ----------------------------------------------------------------------------------

    def _target(self) -> str:
        """Why there is no target any more, or nothing."""
        try:
            stat = self._target_or_refuse()
        except Unreadable:
            return GONE
        if stat.state in "ZX":
            return GONE
        return EXEC if stat.startcode != self._startcode else ""

    def _target_or_refuse(self) -> PidStat:
        try:
            with open(f"{self._proc}/{self._key.pid}/stat", "rb") as file:
                stat = pid_stat.parse(file.read())
        except OSError:
            raise Unreadable(NOT_THERE) from None
        if stat is None or (self._key.starttime and stat.starttime != self._key.starttime):
            raise Unreadable(NOT_THERE)
        return stat

    def _change(self, **what: Any) -> None:
        self.state = replace(self.state, **what)
        self._tell(self.state)

    def _over(self, failure: str = "", **what: Any) -> Leaks:
        self._change(stage=Stage.FAILED if failure else Stage.DONE, at=self._clock(), failure=failure, **what)
        return self.state


def _cost(counters: Mapping[str, int]) -> float:
    """Seconds of CPU that the probes took."""
    return (counters["calls"] + counters["nested"]) * CALL_COST + counters["frees"] * FREE_COST


def _is_python(code: Code) -> bool:
    """Whether the program is a Python interpreter."""
    return any("python" in mapping.path.rpartition("/")[2] for mapping in code.mappings)


def _words(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, PermissionError):
        return str(Unavailable(Why.DENIED, NEEDS_PTRACE))
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
