"""The door to all actions: refuses when it must, acts, and writes down what was done."""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from memtui.control import nice, oom_adj, reclaim, signals
from memtui.control.log import ActionLog
from memtui.control.outcome import Kind, Outcome
from memtui.control.reclaim import Advice

READ_ONLY: Final = Outcome(Kind.REFUSED, "refused: memtui runs with --read-only")
RECORDED: Final = Outcome(Kind.REFUSED, "refused: this is a recording, its processes are not here")


class Target(Protocol):
    """What an action must know of a process; a row of the process table does. Sizes in bytes."""

    @property
    def pid(self) -> int:
        """Process id."""

    @property
    def start_time(self) -> int:
        """Clock ticks from boot to its start; with the pid its identity."""

    @property
    def comm(self) -> str:
        """Name, as from outside: to be sanitised."""

    @property
    def command(self) -> str:
        """Command line, as from outside: to be sanitised."""

    @property
    def kernel_thread(self) -> bool:
        """Whether it is a kernel thread."""

    @property
    def nice(self) -> int:
        """Nice value."""

    @property
    def threads(self) -> int:
        """Number of threads."""

    @property
    def res(self) -> int:
        """Resident memory."""

    @property
    def uss(self) -> int | None:
        """What only it maps."""

    @property
    def oom_score_adj(self) -> int | None:
        """The user's correction of its OOM score."""


@dataclass(frozen=True, slots=True)
class Controls:
    """Acts on processes. Under `read_only`, and on `recorded` ones, every method returns a refusal, nothing else."""

    read_only: bool = False
    recorded: bool = False
    log: ActionLog = field(default_factory=ActionLog)

    @property
    def refusal(self) -> Outcome | None:
        """Why nothing will be done, so that nobody is asked in vain."""
        return READ_ONLY if self.read_only else RECORDED if self.recorded else None

    def send(self, target: Target, number: signal.Signals) -> Outcome:
        """Send a signal."""
        return self._act(f"signal {number.name}", target, lambda: signals.send(target.pid, target.start_time, number))

    def renice(self, target: Target, value: int) -> Outcome:
        """Set the nice value of all threads."""
        return self._act(f"nice {value}", target, lambda: nice.renice(target.pid, target.start_time, value))

    def set_oom_score_adj(self, target: Target, value: int) -> Outcome:
        """Set oom_score_adj."""
        return self._act(
            f"oom_score_adj {value}",
            target,
            lambda: oom_adj.set_oom_score_adj(target.pid, target.start_time, value),
        )

    def reclaim(self, target: Target, how: Advice) -> Outcome:
        """Give its memory to reclaim. May take long: for a thread."""
        return self._act(how.name, target, lambda: reclaim.advise(target.pid, target.start_time, how))

    def trace(self, target: Target, begin: Callable[[], None]) -> Outcome:
        """Put probes into a process, by `begin`, for some time."""

        def run() -> Outcome:
            begin()
            return Outcome(Kind.OK, f"tracing {target.pid}")

        return self._act("trace allocations", target, run)

    def _act(self, action: str, target: Target, run: Callable[[], Outcome]) -> Outcome:
        if self.refusal:
            return self.refusal
        outcome = run()
        problem = self.log.write(action, target.pid, target.start_time, target.command, outcome)
        return Outcome(outcome.kind, f"{outcome.text} (not in the log: {problem})") if problem else outcome
