"""The sampler: one `step` reads the machine and gives the next snapshot. It knows no Textual and no threads."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from memtui.model.modeler import Modeler
from memtui.model.sample import Cost, Problem, ProcessSample, Sample
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.proc.unavailable import Unreadable
from memtui.sampling.attention import Attention
from memtui.sampling.detail import DetailReader
from memtui.sampling.processes import ProcessReader
from memtui.sampling.request import Need, Request
from memtui.sampling.survey import SurveyReader
from memtui.sampling.system import SystemReader

if TYPE_CHECKING:
    from memtui.model.findings.watch import Watch

_DRIFT: Final = 0.02  # share of AnonPages by which the kept sum may be off before the rotation hurries
_HASTE: Final = 3.0


class Stream(Protocol):
    """Snapshots one after another: of the running kernel (`Sampler`) or of what was recorded (`Recorded`)."""

    def step(self, request: Request) -> Snapshot:
        """The next snapshot; failed reads are in its problems."""

    def close(self) -> None:
        """Give back what the stream holds open."""


class Sampler:
    """Reads a source sample by sample. `monotonic` and `wall` are the clocks, in seconds.

    Without `processes` only the files of the whole machine are read, for faces that show no process. `watch` makes
    the judge of snapshots when findings are first asked for.
    """

    def __init__(
        self,
        source: ProcSource,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        reader: ProcessReader | None = None,
        *,
        processes: bool = True,
        watch: "Callable[[], Watch] | None" = None,
    ) -> None:
        self._source = source
        self._monotonic = monotonic
        self._wall = wall
        self._system = SystemReader(source)
        self._survey = SurveyReader(source)
        self._processes = reader or ProcessReader(source)
        self._detail = DetailReader(source)
        self._with_processes = processes
        self._modeler = Modeler(source.page_size, source.clock_ticks)
        self._attention = Attention()
        self._watch = watch or default_watch
        self._haste = 1.0
        self._resting: float | None = None

    def step(self, request: Request) -> Snapshot:
        """The machine now. Failed reads are in the snapshot's problems; this never raises for them."""
        if Need.FINDINGS in request.needs and self._modeler.watch is None:
            self._modeler.watch = self._watch()
        return self._modeler.advance(self.sample(request))

    def close(self) -> None:
        """Give back what the sampler holds open."""
        self._processes.close()
        self._survey.close()
        self._detail.close()

    def sample(self, request: Request) -> Sample:
        """The raw counters now, with no rates yet."""
        at, wall, cpu = self._monotonic(), self._wall(), time.thread_time()
        started, reads = time.perf_counter(), self._source.count.reads
        system, problems = self._system.read(
            settings=bool(request.needs & (Need.NODES | Need.SWAP)), names=Need.FINDINGS in request.needs
        )
        if Need.FINDINGS in request.needs:
            request = replace(request, needs=request.needs | self._attention.due(at, system, request.needs))
        processes: Mapping[int, ProcessSample] = {}
        touched: frozenset[int] = frozenset()
        if self._with_processes:
            try:
                processes, touched = self._processes.tick(at, request, self._haste)
            except Unreadable as error:
                problems = (*problems, Problem("processes", error.reason))
        self._watch_sum(system.meminfo.get("AnonPages"))
        return Sample(
            at=at,
            wall=wall,
            system=system,
            processes=processes,
            touched=touched,
            detail=self._detail.read(request.focus, processes, at, request.parts) if request.focus else None,
            survey=self._survey.read(at, request, processes),
            problems=problems,
            cost=Cost(
                wall=time.perf_counter() - started,
                cpu=time.thread_time() - cpu,
                reads=self._source.count.reads - reads,
                rollups=self._processes.rollups,
            ),
        )

    def _watch_sum(self, anon_pages: int | None) -> None:
        """Hold the kept sum of Pss_Anon against AnonPages; while they part from their resting offset, hurry."""
        if not anon_pages:
            return
        gap = (anon_pages - self._processes.pss_anon) / anon_pages
        if self._resting is None or abs(gap) < abs(self._resting):
            self._resting = gap
        self._haste = _HASTE if abs(gap - self._resting) > _DRIFT else 1.0
        self._resting += 0.02 * (gap - self._resting)


def default_watch() -> "Watch":
    """The rules as they are; their code is loaded with their first use."""
    from memtui.model.findings.watch import Watch

    return Watch()
