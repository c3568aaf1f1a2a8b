"""Of the delays of a process. Keys are the attributes of `proc.taskstats.Delays`."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_S, _SOURCE = Unit.SECONDS, "taskstats"

DELAY: Final = table(
    Field("cpu", "CPU", _S, f"{_SOURCE} cpu_delay_total", "runnable, but another had the CPU"),
    Field("blkio", "storage", _S, f"{_SOURCE} blkio_delay_total", "for reads and writes of block devices, swap not included"),
    Field("swapin", "swap in", _S, f"{_SOURCE} swapin_delay_total", "for pages to come back from swap", "above a few percent: memory is short"),
    Field("freepages", "reclaim", _S, f"{_SOURCE} freepages_delay_total", "had to free memory themselves before they got any", "above 0"),
    Field("thrashing", "thrashing", _S, f"{_SOURCE} thrashing_delay_total", "for pages that reclaim took shortly before", "above 0: its working set does not fit"),
    Field("compact", "compaction", _S, f"{_SOURCE} compact_delay_total", "for memory to be moved together for a huge page"),
    Field("wpcopy", "page copies", _S, f"{_SOURCE} wpcopy_delay_total", "copied pages shared since fork when writing to them"),
)  # fmt: skip
