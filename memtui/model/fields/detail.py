"""Of one process in its drilldown, beside those of the process table."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_B = Unit.BYTES

DETAIL: Final = table(
    Field("shared", "shared", _B, "/proc/PID/smaps_rollup Shared_Clean + Shared_Dirty", "mapped by others too; with USS it makes up RSS"),
    Field("referenced", "REF", _B, "/proc/PID/smaps_rollup Referenced", "resident and marked as used since the mark was last taken away"),
    Field("lazy_free", "lazyfree", _B, "/proc/PID/smaps_rollup LazyFree", "given back by madvise(MADV_FREE), taken when memory is short"),
    Field("ksm", "KSM", _B, "/proc/PID/smaps_rollup KSM", "equal pages merged with others into one"),
    Field("pinned", "pinned", _B, "/proc/PID/status VmPin", "can't be moved: in use by devices"),
    Field("peak", "peak", _B, "/proc/PID/status VmHWM", "the largest RES so far"),
    Field("hugetlb", "hugetlb", _B, "/proc/PID/status HugetlbPages", "huge pages of hugetlbfs"),
)  # fmt: skip
