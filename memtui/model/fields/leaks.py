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
