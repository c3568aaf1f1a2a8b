"""What the Leaks tab has under way: one process watched for where it grows, one traced for which code does it."""

from threading import Thread

from memtui.model.leaks import Leaks, Plan
from memtui.model.sample import ProcKey
from memtui.model.where import Where
from memtui.proc.source import ProcSource
from memtui.sampling.leaks import LeakTrace
from memtui.sampling.where import WhereWatch


class LeakDesk:
    """Starts and stops the threads; what they have found is read by whoever draws it, at any time.

    The last trace of each process stays to be looked at until another begins on it.
    """

    def __init__(self, source: ProcSource | None = None) -> None:
        self._source = source
        self._watch: WhereWatch | None = None
        self._traces: dict[ProcKey, LeakTrace] = {}

    def where(self, key: ProcKey) -> Where | None:
        """What the watch on a process has found; None if it is not watched."""
        return self._watch.state if self._watch is not None and self._watch.state.key == key else None

    def leaks(self, key: ProcKey) -> Leaks | None:
        """What the last trace of a process has found; None if there was none."""
        trace = self._traces.get(key)
        return None if trace is None else trace.state

    @property
    def traced(self) -> ProcKey | None:
        """The process that is being traced, if one is."""
        return next((key for key, trace in self._traces.items() if not trace.state.over), None)

    def watch(self, key: ProcKey | None) -> None:
        """Watch where a process grows, and no other any more; None: no process."""
        if self._watch is not None:
            if key == self._watch.state.key:
                return
            self._watch.stop()
            self._watch = None
        if key is not None:
            self._watch = WhereWatch(self._source or ProcSource(), key)
            Thread(target=self._watch.run, name="where", daemon=True).start()

    def trace(self, key: ProcKey, plan: Plan) -> None:
        """Trace a process; what is being traced until now is stopped."""
        self.stop()
        trace = self._traces[key] = LeakTrace(key, plan)
        Thread(target=trace.run, name="leaks", daemon=True).start()

    def stop(self) -> None:
        """Stop the trace that is under way."""
        for trace in self._traces.values():
            trace.stop()

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.watch(None)
