"""Reads what only some tabs show of the whole machine; what nobody asks for is not read."""

from memtui.model.survey import Survey
from memtui.proc.source import ProcSource
from memtui.sampling.cgroups import CgroupReader
from memtui.sampling.request import Need, Request


class SurveyReader:
    """The files of a source that are read on demand."""

    def __init__(self, source: ProcSource) -> None:
        self._cgroups = CgroupReader(source)

    def read(self, at: float, request: Request) -> Survey:
        """What is asked for, at the time `at`."""
        return Survey(
            cgroups=self._cgroups.read(at, request.paths, complete=request.complete)
            if Need.CGROUPS in request.needs
            else None,
        )
