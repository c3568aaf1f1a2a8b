"""What only some tabs show of the whole machine, and only they pay for; None: nobody asked for it."""

from typing import Final, NamedTuple

from memtui.model.cgroups import CgroupsSample


class Survey(NamedTuple):
    """The files of the machine that are read on demand."""

    cgroups: CgroupsSample | None = None


NOT_SURVEYED: Final = Survey()
