"""Of stacks that keep memory."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

LEAK: Final = table(
    Field("bytes", "BYTES", Unit.BYTES, "malloc, mmap and their kin by uprobes", "bytes taken in the trace and not given back since", "growing while the work stays the same"),
    Field("count", "COUNT", Unit.NUMBER, "malloc, mmap and their kin by uprobes", "blocks taken in the trace and not given back since"),
    Field("oldest_s", "OLDEST", Unit.SECONDS, "memtui", "age of the oldest block"),
    Field("frames", "STACK", Unit.TEXT, "stack slice, .eh_frame, .symtab", "the calls that led to the allocation, innermost first; no frame pointers or debug information needed"),
    Field("by", "BY", Unit.TEXT, "memtui", "the function that gave the memory"),
)  # fmt: skip

GROWTH: Final = table(
    Field("growth_range", "95% RANGE", Unit.TEXT, "memtui", "the range that holds the true slope with 95 %, in bytes per second, errors that hang together allowed for"),
    Field("growth_over", "OVER", Unit.SECONDS, "memtui", "the time that the trend was judged over: the longest window in which it holds"),
    Field("growth_lasts", "LASTS", Unit.SECONDS, "MemAvailable / slope", "how long MemAvailable lasts at this rate, if nothing else changes", "minutes"),
    Field("growth_shape", "SHAPE", Unit.TEXT, "USS + SWAP over up to 10 minutes", "its own memory from the left, then, to now, each line on a scale of its own"),
)  # fmt: skip
