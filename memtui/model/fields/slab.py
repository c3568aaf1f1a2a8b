"""Of a kernel slab cache. Keys are the attributes of `model.slabs.SlabRow`."""

from typing import Final

from memtui.model.fields.field import Field, Unit, table

_N, _B = Unit.NUMBER, Unit.BYTES

SLAB: Final = table(
    Field("size", "SIZE", _B, "/proc/slabinfo num_slabs × pagesperslab", "RAM that its slabs take, full or not: slabtop's CACHE SIZE"),
    Field("growth", "Δ/m", Unit.BYTES_CHANGE, "/proc/slabinfo num_slabs", "change of SIZE over the last minute, or since this table was opened", "growing without end: a leak in the kernel"),
    Field("objects", "OBJS", _N, "/proc/slabinfo num_objs", "objects that its slabs have room for"),
    Field("active", "ACTIVE", _N, "/proc/slabinfo active_objs", "objects in use"),
    Field("used_pct", "USE%", Unit.PERCENT, "active_objs / num_objs", "objects in use of those there are", "low with a large SIZE: fragmented"),
    Field("object_size", "OBJ SIZE", _B, "/proc/slabinfo objsize", "bytes of one object"),
    Field("slabs", "SLABS", _N, "/proc/slabinfo num_slabs", "slabs, each of some pages in one piece"),
    Field("name", "NAME", Unit.TEXT, "/proc/slabinfo", "kind of object; the kernel may have merged others into it"),
)  # fmt: skip
