"""A recorded tree as a stream: two instants if it has them, so that rates are real, and then it stands still."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from memtui.model.cgroups import CgroupsSample
from memtui.model.modeler import Modeler
from memtui.model.sample import IoSample, ProcessSample, ProcKey, Sample
from memtui.model.snapshot import Snapshot
from memtui.proc.source import ProcSource
from memtui.sampling.detail import DetailReader
from memtui.sampling.request import Need, Part, Request
from memtui.sampling.sampler import Sampler, Stream

if TYPE_CHECKING:
    from memtui.model.findings.watch import Preferences, Watch

_EVERYTHING: Final = Request(needs=~Need.NOTHING, complete=True)


def open_stream(source: ProcSource, *, processes: bool = True, preferences: "Preferences | None" = None) -> Stream:
    """The stream of a source: a `Sampler` of the running kernel, a `Recorded` of anything else.

    `preferences` are what the user wants of the rules; None leaves these as they are.
    """
    kind = Sampler if source.live else Recorded
    if preferences is None:
        return kind(source, processes=processes)
    wanted = preferences if source.live else preferences._replace(patience=0.0)
    return kind(source, processes=processes, watch=lambda: _watch(wanted))


class Recorded:
    """The one snapshot of a recorded tree, given again at every step with the `at` it was recorded at.

    Everything is read at the first step, whatever is asked for: there will be no later sample to bring the rest.
    Monotonic time is the recorded wall clock; a tree without a manifest has the time of its meminfo file.
    """

    def __init__(
        self, source: ProcSource, *, processes: bool = True, watch: "Callable[[], Watch] | None" = None
    ) -> None:
        self._source = source
        self._processes = processes
        self._watch = watch or impatient_watch
        self._samples: tuple[Sample, ...] = ()
        self._shown: tuple[ProcKey | None, Snapshot] | None = None

    def step(self, request: Request) -> Snapshot:
        """The recorded snapshot; the same object again unless the process in focus has changed."""
        if not self._samples:
            self._samples = self._read()
        if self._shown is None or self._shown[0] != request.focus:
            self._shown = request.focus, self._model(request.focus)
        return self._shown[1]

    def close(self) -> None:
        """Nothing is held open between steps."""

    def _read(self) -> tuple[Sample, ...]:
        now = _sample(self._source, processes=self._processes)
        if self._source.before is None:
            return (now,)
        then = _sample(self._source.before, processes=self._processes)
        survey = now.survey._replace(cgroups=_pair_groups(now.survey.cgroups, then.survey.cgroups))
        return then, replace(now, processes=_pair_io(now, then), survey=survey)

    def _model(self, focus: ProcKey | None) -> Snapshot:
        *earlier, last = self._samples
        modeler = Modeler(self._source.page_size, self._source.clock_ticks)
        modeler.watch = self._watch()
        for sample in earlier:
            modeler.advance(sample)
        reader = DetailReader(self._source)
        detail = reader.read(focus, last.processes, last.at, ~Part.NOTHING) if focus else None
        return modeler.advance(replace(last, detail=detail))


def _sample(source: ProcSource, *, processes: bool) -> Sample:
    wall = source.manifest.wall if source.manifest else os.stat(f"{source.proc}/meminfo").st_mtime
    sampler = Sampler(source, monotonic=lambda: wall, wall=lambda: wall, processes=processes)
    try:
        return sampler.sample(_EVERYTHING)
    finally:
        sampler.close()


def _pair_groups(now: CgroupsSample | None, then: CgroupsSample | None) -> CgroupsSample | None:
    """The later cgroups with the earlier readings beside their own."""
    if now is None or then is None:
        return now
    paired = {
        path: group._replace(then=before.group, then_at=before.at) if (before := then.groups.get(path)) else group
        for path, group in now.groups.items()
    }
    return replace(now, groups=paired)


def _pair_io(now: Sample, then: Sample) -> dict[int, ProcessSample]:
    """The later samples with the earlier storage counters beside their own, as a live reader would put them."""
    paired = dict(now.processes)
    for pid, sample in now.processes.items():
        before = then.processes.get(pid)
        if before is None or before.key != sample.key:
            continue
        if isinstance(sample.io, IoSample) and isinstance(before.io, IoSample):
            paired[pid] = sample._replace(io=IoSample(sample.io.io, sample.io.at, before.io.io, before.io.at))
    return paired


def impatient_watch() -> "Watch":
    """The rules, for two instants: what holds at the second of them is told."""
    from memtui.model.findings.watch import Preferences

    return _watch(Preferences(patience=0.0))


def _watch(preferences: "Preferences") -> "Watch":
    from memtui.model.findings.watch import Watch

    return Watch(preferences)
